// Takes the README's pictures of a page: `node screenshots.mjs PAGE FOLDER`.

import assert from "node:assert/strict";
import { browse } from "./driver.mjs";

const folder = process.argv[3];

await browse("screenshots", async (open) => {
  for (const [name, options] of [
    ["light", { width: 1200, height: 900 }],
    ["dark", { width: 1200, height: 900, colorScheme: "dark" }],
    ["small", { width: 400, height: 900 }],
  ]) {
    const page = await open(options);
    const bytes = await page.screenshot({ path: `${folder}/report-${name}.png` });
    assert.ok(bytes.length < 200_000, `${name} is small enough to be committed: ${bytes.length}`);
  }
  const page = await open({ width: 1200, height: 900 });
  await page.locator(".chevron").first().click();
  await page.locator("table.findings").evaluate((table) => table.scrollIntoView());
  await page.screenshot({ path: `${folder}/report-finding.png` });
});
