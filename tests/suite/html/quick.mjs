// Measures a large page: until it is there, and until a filter, a search, a sort and a grouping are shown.

import assert from "node:assert/strict";
import { browse } from "./driver.mjs";

await browse("quick", async (open) => {
  const page = await open();
  const ready = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  const findings = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).findings.length);
  /** Milliseconds from the event until the layout is done, the slowest of all values. */
  const slowest = (id, values, event) => page.evaluate(([id, values, event]) => Math.max(...values.map((value) => {
    const control = document.getElementById(id);
    const start = performance.now();
    control.value = value;
    control.dispatchEvent(new Event(event));
    document.body.getBoundingClientRect();
    return performance.now() - start;
  })), [id, values, event]);
  const took = {
    filter: await slowest("by-severity", ["critical", "high", "medium", ""], "change"),
    search: await slowest("by-q", ["d", "de", "dep", "deploy env", ""], "input"),
    sort: await slowest("by-sort", ["name", "priority:down", "place", ""], "change"),
    group: await slowest("by-group", ["integration", "pattern", "place", "owner"], "change"),
  };
  console.log(`${findings} findings: there after ${ready.toFixed(0)} ms; ${Object.entries(took).map(([what, time]) => `${what} ${time.toFixed(0)} ms`).join(", ")}`);
  assert.ok(ready < 8_000, `${ready} ms until it is there`);
  for (const [what, time] of Object.entries(took)) assert.ok(time < 250, `${what}: ${time} ms`);
});
