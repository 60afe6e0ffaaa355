// What others write is shown as text: nothing of it becomes an element, nothing of it runs.

import assert from "node:assert/strict";
import { browse } from "./driver.mjs";

await browse("hostile", async (open) => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await open({ javaScriptEnabled });
    if (javaScriptEnabled) {
      for (const button of await page.locator(".chevron").all()) await button.click();
      for (const details of await page.locator("details > summary").all()) await details.click();
      const shown = await page.locator("#findings").innerText();
      for (const text of ["<script>alert(2)<\\u{202e}&amp;.env", "<img src=x onerror=alert(1)>", "acme_<script>alert(3)</script>",
        "</script><script>alert(4)</script>", "<svg onload=alert(5)>", "<b>Acme</b> & Co", "<b>onclick=alert(6)"]) {
        assert.ok(shown.includes(text), `${text} is shown as it was written`);
      }
    }
    assert.ok((await page.locator("#gaps").innerText()).includes("x' style='position:fixed"));
    const strange = "img, b, [onload], [onerror], [onclick], [style*=fixed]";
    assert.equal(await page.locator(strange).count(), 0, "no element was made of data");
    assert.equal(await page.locator("script").count(), 2, "the data and the page's own");
    await page.waitForTimeout(200);
  }
});
