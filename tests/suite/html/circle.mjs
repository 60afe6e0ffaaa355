// A blast radius whose way comes back to where it began.

import assert from "node:assert/strict";
import { browse, texts } from "./driver.mjs";

await browse("circle", async (open) => {
  const page = await open();
  const blast = page.locator("details.blast", { has: page.locator("h3", { hasText: "shop-to-stripe" }) });
  if (await blast.getAttribute("open") === null) await blast.locator("summary").first().click();
  await blast.locator("g.box").first().waitFor();
  const titles = await blast.locator("g.box title").allTextContents();
  assert.deepEqual(titles.toSorted(), ["integration shop-mails", "integration shop-to-stripe", "opens secret_store", "system sendgrid", "system stripe"]);
  assert.equal(await blast.locator("path.back").count(), 1, "one arrow leads back");

  // Every line and box is inside the drawing, and no two boxes overlap.
  const frame = await blast.locator("svg.graph").boundingBox();
  const boxes = await Promise.all((await blast.locator("g.box").all()).map((box) => box.boundingBox()));
  for (const one of [...boxes, await blast.locator("path.back").boundingBox()]) {
    assert.ok(one.x >= frame.x && one.y >= frame.y && one.x + one.width <= frame.x + frame.width && one.y + one.height <= frame.y + frame.height);
  }
  for (const [at, one] of boxes.entries()) {
    const over = boxes.slice(at + 1).some((other) => one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height);
    assert.ok(!over, titles[at]);
  }
  await blast.getByText("The same as a list").click();
  assert.match((await texts(page, ".outline:visible")).join(), /integration shop-to-stripe \(see above\)/);
  assert.match(await blast.locator(".badges").first().innerText(), /2 systems[^]*secret store[^]*data: pci[^]*data: pii/);
});
