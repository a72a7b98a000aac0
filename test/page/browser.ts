import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where Debian puts Chromium, unless it is named. */
const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts Chromium, without anybody at a screen. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executable)) {
    throw new Error(
      `${executable} is not here: apt-get install chromium poppler-utils fonts-noto-cjk`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: executable,
    chromiumSandbox: !isRoot,
    args: ["--disable-dev-shm-usage"],
  });
}

/** What a page did while it was open, beside being shown. */
export interface Seen {
  readonly page: Page;
  /** Addresses that it asked for, its own first. */
  readonly requests: readonly string[];
  /** What it complained of, said, or asked. */
  readonly sayings: readonly string[];
}

/** Opens a file as a person would, in a window of this size. */
export async function openPage(
  browser: Browser,
  file: string,
  size: { readonly width: number; readonly height: number },
): Promise<Seen> {
  const context = await browser.newContext({ viewport: size, locale: "ja-JP" });
  const page = await context.newPage();
  const requests: string[] = [];
  const sayings: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => sayings.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => sayings.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    sayings.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  return { page, requests, sayings };
}

/** By how many pixels something on the page reaches beyond the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Names of the fonts in which a place of the page is shown, with the letters that each of them shows. */
export async function fontsOf(page: Page, selector: string): Promise<ReadonlyMap<string, number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("DOM.enable");
  await session.send("CSS.enable");
  const { root } = await session.send("DOM.getDocument");
  const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector });
  const { fonts } = await session.send("CSS.getPlatformFontsForNode", { nodeId });
  return new Map(fonts.map(({ familyName, glyphCount }) => [familyName, glyphCount]));
}
