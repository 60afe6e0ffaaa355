// The keyboard reaches everything, and axe finds nothing serious.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { browse } from "./driver.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe says of the page as it is: minor things too. */
async function audit(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((one) => `${one.impact} ${one.id}: ${one.help}\n    ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ")}`).join("\n    ")}`);
  assert.deepEqual(told, [], `${what}: ${told.join("\n")}`);
}

await browse("access", async (open) => {
  for (const [width, colorScheme] of [[1280, "light"], [400, "dark"]]) {
    // The policy of the page forbids scripts that are not its own; the audit's is let in for the audit alone.
    const page = await open({ width, colorScheme, bypassCSP: true });
    await page.addScriptTag({ path: axe });
    await audit(page, `${width} ${colorScheme}`);
    for (const button of (await page.locator(".chevron").all()).slice(0, 5)) await button.click();
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    await page.waitForTimeout(100);
    await audit(page, `${width} ${colorScheme}, all open`);
  }

  const page = await open({ height: 2_000 });
  const levels = await page.locator("h1, h2, h3").evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1])));
  assert.ok(levels[0] === 1 && levels.every((level, at) => at === 0 || level <= levels[at - 1] + 1), `headings in order: ${levels}`);
  const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
    .filter((one) => one.checkVisibility()).map((one, at) => { one.dataset.wanted = at; return at; }));
  const reached = new Set();
  for (let presses = 0; presses < wanted.length + 20; presses += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const focused = document.activeElement;
      const ring = getComputedStyle(focused);
      return { at: focused.dataset.wanted, isSeen: ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 1, what: focused.outerHTML.slice(0, 100) };
    });
    if (at.at === undefined) continue;
    assert.ok(at.isSeen, `the focus is seen on ${at.what}`);
    reached.add(Number(at.at));
  }
  const missed = await page.evaluate((all) => all.map((at) => document.querySelector(`[data-wanted="${at}"]`).outerHTML.slice(0, 100)), wanted.filter((at) => !reached.has(at)));
  assert.deepEqual(missed, [], "the keyboard reaches every control");

  // And works them.
  await page.locator(".chevron").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".detail:visible").count(), 1);
  assert.equal(await page.locator(".chevron").first().getAttribute("aria-expanded"), "true");
  await page.keyboard.press("Space");
  assert.equal(await page.locator(".detail:visible").count(), 0);
  await page.locator("th[data-sort=severity] button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.closest("th").getAttribute("aria-sort")), "ascending", "the focus stays on what sorts");
  await page.locator("#findings .more").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.closest("tr")?.dataset.index !== undefined), true, "the focus goes to the first new finding");
});
