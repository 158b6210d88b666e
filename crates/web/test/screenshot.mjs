// Writes the pictures of the README and the guide: docs/page.jpg and docs/guide/*.jpg.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { fillCsv } from "./filled.mjs";
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
  ["ket-qua", async (page, { origin, token }) => {
    const bearer = { headers: { Authorization: `Bearer ${token}` } };
    const ask = async (path) => fetch(`${origin}/api/v1/areas/19891/gaps?${path}`, bearer);
    const free = (await (await ask("limit=1000")).json()).rows.filter((r) => r.state === "none").map((r) => r.household);
    const words = ["Đã làm", "Vắng nhà", "Vắng nhà", "Đã chuyển đi", "Không còn", "Đã làm", "Từ chối", "vắng tanh"];
    const csv = Buffer.from(await (await ask("format=csv&purpose=di+thuc+dia")).arrayBuffer());
    const { file } = fillCsv(csv, Object.fromEntries(words.map((word, i) => [free[i], word])));
    await openDesk(page, origin, token, "#results");
    await page.setInputFiles("#filled", file);
    await page.fill("#visit-by", "Tổ 3 Phước Lập");
    await page.click("#load-results");
    await page.locator("#waiting-results [data-result]").first().waitFor({ timeout: 120_000 });
    await page.evaluate(() => document.activeElement.blur());
  }, [1280, 1180], "light"],
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

// node test/screenshot.mjs [words of names]: only these.
const wanted = process.argv.slice(2);
const demo = await startDemo();
try {
  const browser = await startBrowser();
  const shoot = async (name, open, [width, height], colorScheme) => {
    if (wanted.length > 0 && !wanted.some((w) => name.includes(w))) return;
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
