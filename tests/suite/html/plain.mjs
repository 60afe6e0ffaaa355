// A report without inventory and verification: what was not asked is not shown, what is there works.

import assert from "node:assert/strict";
import { browse, texts } from "./driver.mjs";

await browse("plain", async (open) => {
  const page = await open();
  assert.deepEqual(await texts(page, "#findings thead th"), ["Severity", "Credential", "Validity", "First place", "Exposed", "Details"]);
  assert.deepEqual(await texts(page, ".tallies h2"), ["SEVERITY", "VALIDITY"]);
  assert.deepEqual(await texts(page, "#by-group option"), ["nothing", "pattern", "first place"]);
  assert.equal(await page.locator("#by-owner, #by-tier, #by-check").count(), 0);
  await page.locator(".chevron").click();
  assert.equal(await page.locator(".detail h3").count(), 2, "the credential, and where it stands");
  assert.match(await page.locator("#exposure").innerText(), /1 finding stands in no commit that was read/);
});
