// Small screens, dark rooms, paper, and scripts that are off.

import assert from "node:assert/strict";
import { browse, overhang } from "./driver.mjs";

await browse("devices", async (open) => {
  // 400 px and 320 px, all closed and all open.
  for (const width of [400, 320, 768]) {
    const page = await open({ width, height: 800 });
    assert.equal(await overhang(page), 0, `nothing is wider than ${width} px`);
    for (const button of await page.locator(".chevron").all()) await button.click();
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    await page.waitForTimeout(100);
    assert.equal(await overhang(page), 0, `nothing is wider than ${width} px with all open`);
  }

  const colors = async (page) => page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
  const bright = await colors(await open({ colorScheme: "light" }));
  const dark = await colors(await open({ colorScheme: "dark" }));
  const sum = (color) => color.match(/\d+/g).slice(0, 3).reduce((all, part) => all + Number(part), 0);
  assert.ok(sum(bright[0]) > 600 && sum(bright[1]) < 200 && sum(dark[0]) < 150 && sum(dark[1]) > 600, `${bright} ${dark}`);

  // Paper: all that was folded is open, and nothing is left to press.
  const page = await open();
  const all = JSON.parse(await page.locator("#data").textContent()).findings.filter((one) => !one.suppressed).length;
  await page.emulateMedia({ media: "print" });
  await page.locator("tr.detail:visible").nth(all - 1).waitFor();
  assert.equal(await page.locator("tr.detail:visible").count(), all);
  assert.equal(await page.locator("details:not([open])").count(), 0);
  assert.equal(await page.locator("button:visible:not(thead button), input:visible, select:visible, nav:visible").count(), 0);
  assert.equal(await page.locator("#exposure li.line").count(), await page.evaluate(() => document.querySelectorAll("#exposure li.line").length));
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 100_000 && pdf.subarray(0, 5).toString() === "%PDF-", `${pdf.length} bytes`);
  await page.emulateMedia({ media: "screen" });
  await page.waitForFunction(() => document.querySelectorAll("tr.detail:not([hidden])").length === 0);

  // Without scripts: the overview, the checks, what was not scanned, and a note.
  const still = await open({ javaScriptEnabled: false });
  assert.match(await still.locator("#overview").innerText(), /without a sure owner[^]*SEVERITY[^]*Scripts are off/);
  assert.match(await still.locator("#gaps").innerText(), /mono\/pipe/);
  assert.equal(await still.locator("#findings:visible, nav a.scripted:visible").count(), 0);
  const check = still.locator("details.check").first();
  await check.locator("summary").click();
  assert.match(await check.innerText(), /Remedy\.[^]*Supports evidence for/);
});
