// Opens a page in headless Chromium, and ends the test if the page asks for anything, complains, or opens a dialogue.

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Runs `test` with a function that opens the page: `open({ hash, width, ...options of the context })`. */
export async function browse(name, test) {
  const address = pathToFileURL(process.argv[2]).href;
  // Root may not use Chromium's sandbox, and what it opens here was made by the tests.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const complaints = [];
  const open = async ({ hash = "", width = 1280, height = 900, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== address) complaints.push(`asks for ${request.url()}`);
    });
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      complaints.push(`dialogue: ${dialog.message()}`);
      return dialog.dismiss();
    });
    await page.goto(address + hash);
    return page;
  };
  try {
    await test(open);
    assert.deepEqual(complaints, [], "the page asks for nothing and complains of nothing");
    console.log(`ok ${name}`);
  } finally {
    await browser.close();
  }
}

/** How far the page is wider than the screen. */
export const overhang = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The texts of all elements of a kind. */
export const texts = (page, selector) => page.locator(selector).allInnerTexts();
