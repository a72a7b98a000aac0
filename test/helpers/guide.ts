import { expect } from "vitest";
import { freePorts } from "./free-ports.ts";
import type { GuideShell } from "./guide-shell.ts";
import { blocksOf, type PageBlock } from "./shell-block.ts";

/** Addresses as a page shows them, with those that they are in a test. */
export type Places = readonly (readonly [shown: string, real: string])[];

/** Ports of companies as a page shows them, with some that are free. */
export async function portsOf(page: string): Promise<Places> {
  const shown = [...new Set([...page.matchAll(/\/tcp\/(\d+)/g)].map(([, port = ""]) => port))];
  const free = await freePorts(shown.length);
  return shown.map((port, index) => [`/tcp/${port}`, `/tcp/${free[index]}`]);
}

/** Commands with the addresses that they have in a test. */
export function placed(commands: string, places: Places): string {
  return places.reduce((made, [shown, real]) => made.replaceAll(shown, real), commands);
}

/**
 * A line without what differs from run to run: numbers, lengths of time, how far columns are apart, and the
 * order of companies, which stand by their keys.
 */
export function shapeOf(line: string): string {
  return line
    .replaceAll(/\d[\d.,]* (?:ミリ秒|秒|分|ms|s|min)(?!\w)/g, "(time)")
    .replaceAll(/\d[\d.,:+-]*/g, "0")
    .replaceAll(/\b(row|record|batch)(?:e?s)?\b/g, "$1")
    .replaceAll(/\b[kM]?B\b/g, "B")
    .split(/[ ,]+/)
    .sort()
    .join(" ")
    .trim();
}

/** Lines of a picture that were not printed, in their order. */
export function missingOf(picture: string, printed: string): readonly string[] {
  const shapes = printed.split(/\r?\n/).map(shapeOf);
  let next = 0;
  const lines = picture.split("\n").filter((line) => line !== "");
  return lines.filter((line) => {
    const at = shapes.indexOf(shapeOf(line), next);
    if (at >= 0) next = at + 1;
    return at < 0;
  });
}

/**
 * Types the blocks of a page one after the other. Each picture shows lines of what was printed since the
 * picture before it. What the page lets run until Ctrl-C is interrupted once its picture was seen.
 * Gives how many pictures there were.
 */
export async function runBlocks(
  shell: GuideShell,
  blocks: readonly PageBlock[],
  places: Places,
): Promise<number> {
  let pictures = 0;
  let seen = shell.said.length;
  let isRunning = false;
  const printed = (): string => shell.said.slice(seen).replaceAll(shell.folder, "…");
  for (const { kind, text } of blocks) {
    if (kind === "text") {
      if (isRunning) {
        await shell.untilSaid(text, () => missingOf(text, printed()).length === 0);
      }
      expect(missingOf(text, printed()), printed()).toEqual([]);
      pictures += 1;
      if (isRunning) await shell.interrupt();
      isRunning = false;
      seen = shell.said.length;
      continue;
    }
    expect(isRunning, `nothing shows what this does before Ctrl-C:\n${text}`).toBe(false);
    const real = placed(text, places);
    isRunning = kind === "sh until-ctrl-c";
    await (isRunning ? shell.begin(real) : shell.run(real));
  }
  return pictures;
}

/** The blocks of a page, and those of its end that stop what it started. */
export function takeEnd(page: string): {
  readonly blocks: readonly PageBlock[];
  readonly end: readonly PageBlock[];
} {
  const blocks = blocksOf(page);
  expect(blocks.at(-1)?.text).toMatch(/^(?:tegata .*stop\n)+$/);
  return { blocks: blocks.slice(0, -1), end: blocks.slice(-1) };
}
