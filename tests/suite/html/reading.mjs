// Reads the worked example from top to bottom, as somebody who was sent it.

import assert from "node:assert/strict";
import { browse, texts } from "./driver.mjs";

await browse("reading", async (open) => {
  const page = await open();
  assert.equal(await page.locator("h1").innerText(), "1\nfinding without a sure owner");
  assert.match(await page.locator(".facts").innerText(), /Complete: all was scanned[^]*3 secrets at 7 places[^]*6 violations of checks/);
  assert.deepEqual(await texts(page, ".bars.tier, .bars li.tier:not(.none)"), ["probable\n2", "contested\n1"]);

  // A finding, with the evidence for whose it is.
  assert.deepEqual(await texts(page, "tr.group"), ["shop 2 findings", "platform, shop 1 finding"]);
  const stripe = page.locator("tr.finding", { hasText: "Stripe secret key" });
  await stripe.locator(".chevron").click();
  const detail = page.locator(".detail:visible");
  assert.match(await detail.locator(".evidence").innerText(), /for\s+E env name\s+\+22\s+SHOP_STRIPE_KEY\s+for\s+F component\s+\+15\s+webshop/);
  const said = await detail.innerText();
  for (const text of [/probable 37 of 100/, /shop \(by integration\)/, /@acme\/platform \(CODEOWNERS\)/, /shop-mails 15, lacks env name/, /51 = unknown \+15/,
    /WHERE IT STANDS \(4\)/, /Ada Author <ada@acme.example>/, /still at HEAD/, /G06 Stripe secret key .* OWASP NHI8:2025/]) {
    assert.match(said, text);
  }
  assert.match(page.url(), /#finding=fp1:[a-z0-9]+:[A-Z2-7]{32}$/, "the address names what is open");

  // The link to it, opened anew.
  const link = await detail.getByRole("link", { name: "Link to this finding" }).getAttribute("href");
  const sent = await open({ hash: link });
  assert.match(await sent.locator(".detail:visible").innerText(), /SHOP_STRIPE_KEY/);
  assert.equal(await sent.evaluate(() => document.activeElement.getAttribute("aria-expanded")), "true", "the focus is on the finding");

  // What it opens, drawn and as a list.
  const blast = page.locator("details.blast", { hasText: "shop-to-stripe" }).first();
  await blast.locator("summary").first().click();
  await blast.locator("g.box").first().waitFor();
  assert.deepEqual(await blast.locator("g.box").allTextContents(), ["integration shop-to-stripeintegrationshop-to-stripe", "system stripesystemstripe"]);
  assert.equal(await blast.locator("path.edge").count(), 2, "one arrow: its line and its tip");
  await blast.getByText("The same as a list").click();
  assert.match(await blast.locator(".outline").innerText(), /integration shop-to-stripe\s+system stripe/);

  // Since when.
  assert.deepEqual(await texts(page, "#exposure .when"), ["2026-03-02 → still there", "2026-03-02 → 2026-03-02", "2026-03-02 → still there"]);
  const spans = await page.locator("#exposure .span rect").evaluateAll((all) => all.map((one) => Number(one.getAttribute("width"))));
  assert.ok(spans[0] > 900 && spans[1] < 20, `the bars are as long as the time: ${spans}`);

  // A check, by a link from the finding.
  await detail.getByRole("link", { name: "G06" }).click();
  const check = page.locator("#check-G06");
  await check.locator("li").waitFor();
  assert.match(await check.innerText(), /One credential in several environments[^]*Remedy\.[^]*OWASP NHI8:2025[^]*it is in prod, dev at once/);
  await check.getByRole("link", { name: "Show the finding" }).click();
  assert.equal(await page.locator(".detail:visible").count(), 1);
});
