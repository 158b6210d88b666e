// Writes docs/page.png, the picture of the README.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { openPage, startBrowser, startDemo } from "./demo.mjs";

const file = fileURLToPath(new URL("../../../docs/page.png", import.meta.url));
const demo = await startDemo();
try {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await openPage(page, `${demo.origin}/`);
    await mkdir(new URL(".", `file://${file}`), { recursive: true });
    await page.screenshot({ path: file });
    console.log(file);
  } finally {
    await browser.close();
  }
} finally {
  await demo.stop();
}
