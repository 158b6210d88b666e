// Writes the pictures of the README and the guide: docs/page.jpg and docs/guide/*.jpg.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { openDesk, openPage, startBrowser, startDemo } from "./demo.mjs";

const docs = fileURLToPath(new URL("../../../docs/", import.meta.url));

/** Pictures of the guide: name, what opens it, and how large it is. */
const PICTURES = [
  ["thieu-theo-thon", (page, { origin }) => openPage(page, `${origin}/#level=village&measure=missing&in=19897&area=19897`), [1280, 800], "light"],
  ["in-a4", (page, { origin }) => openPage(page, `${origin}/#paper=a4`), [1120, 780], "light"],
  ["ho-con-thieu", async (page, { origin, token }) => {
    await openDesk(page, origin, token, "#gaps=19897");
    await page.selectOption("#village", { index: 1 });
    await page.locator("#gap-map[data-idle]").waitFor();
  }, [1280, 760], "dark"],
  ["duyet", async (page, { origin, token }) => {
    await openDesk(page, origin, token, "#review");
    await page.selectOption("#review-rule", "D03");
    await page.waitForFunction(() => document.querySelector("#queue .codes")?.textContent.includes("D03"));
    await page.locator("#queue button").first().click();
    await page.locator("#review-map[data-idle]").waitFor();
    await page.keyboard.press("c");
    await page.locator("#release").waitFor();
    await page.evaluate(() => document.activeElement.blur());
  }, [1280, 1100], "light"],
  ["cac-cot", async (page, { origin, token, files }) => {
    await openDesk(page, origin, token, "#upload");
    await page.setInputFiles("#file", `${files}/phieu-dot-1.csv`);
    await page.locator("#columns[data-settled]").waitFor();
  }, [1280, 860], "light"],
  ["lich-su", async (page, { origin, token }) => {
    await openDesk(page, origin, token, "#history");
    await page.locator("#runs .run summary").first().click();
    await page.locator(".coverage-change").waitFor();
  }, [1280, 860], "light"],
  ["dien-thoai", (page, { origin }) => openPage(page, origin), [360, 740], "light"],
];

const demo = await startDemo();
try {
  const browser = await startBrowser();
  const shoot = async (name, open, [width, height], colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await open(page, demo);
    await page.waitForTimeout(500);
    const path = `${docs}${name}`;
    await page.screenshot({ path, type: "jpeg", quality: 72 });
    console.log(path);
    await page.close();
  };
  try {
    await mkdir(`${docs}guide`, { recursive: true });
    await shoot("page.jpg", (page, { origin }) => openPage(page, `${origin}/`), [1280, 800], "light");
    for (const [name, open, size, scheme] of PICTURES) await shoot(`guide/${name}.jpg`, open, size, scheme);
  } finally {
    await browser.close();
  }
} finally {
  await demo.stop();
}
