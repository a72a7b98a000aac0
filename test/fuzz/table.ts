import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DoorResult } from "./campaign.ts";
import type { Door } from "./door.ts";

const path = join(import.meta.dirname, "../../docs/SECURITY.md");
const begin = "<!-- doors: npm run -s fuzz -- --write -->";
const end = "<!-- end of doors -->";

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / Math.max(1, whole))} %`;
}

/** The commonest reasons why a door refused, so that one sees how deep the inputs came. */
function reasonsOf({ codes }: DoorResult): string {
  const [first, second, third] = Object.keys(codes);
  const shown = [first, second, third].filter((code) => code !== undefined);
  const more = Object.keys(codes).length - shown.length;
  const text = shown.map((code) => `\`${code}\``).join(", ");
  return more > 0 ? `${text} and ${more} more` : text;
}

/** What a cell says where nothing was thrown at a process. */
const notThrown = "";

function rowOf(door: Door, result: DoorResult, thrown: string): string {
  const { inputs, outer, accepted, failures } = result;
  const cells = [
    `\`${door.name}\``,
    door.what,
    door.limit,
    inputs.toLocaleString("en-US"),
    percent(outer, inputs),
    accepted.toLocaleString("en-US"),
    reasonsOf(result),
    `${failures}`,
    thrown,
  ];
  return `| ${cells.join(" | ")} |`;
}

/**
 * The table of all doors: those that a campaign tried as it saw them, the others as `before` has them, so that a
 * table can be completed door by door. What processes got stays as it stands there.
 */
export function doorTable(
  doors: readonly Door[],
  results: readonly DoorResult[],
  before: string,
): string {
  const thrown = thrownIn(before);
  const kept = rowsIn(before);
  const byName = new Map(results.map((result) => [result.door, result]));
  const rows = doors.flatMap((door) => {
    const result = byName.get(door.name);
    if (result === undefined) return kept.get(door.name) ?? [];
    return rowOf(door, result, thrown.get(door.name) ?? notThrown);
  });
  const heads = [
    "door",
    "what comes in",
    "bounded before it is read",
    "inputs",
    "past the decoder",
  ];
  const head = [...heads, "accepted", "refused as", "failures", "through the real process"];
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows].join("\n");
}

interface Page {
  readonly before: string;
  readonly table: string;
  readonly after: string;
}

function readPage(): Page {
  const text = readFileSync(path, "utf8");
  const [before, rest] = text.split(begin);
  const [table, after] = rest?.split(end) ?? [];
  if (before === undefined || table === undefined || after === undefined) {
    throw new Error(`${path} has no place for it`);
  }
  return { before, table, after };
}

/** The table as docs/SECURITY.md has it. */
export function tableOnPage(): string {
  return readPage().table;
}

/** Puts the table into docs/SECURITY.md. */
export function writeDoorTable(table: string): void {
  const { before, after } = readPage();
  writeFileSync(path, `${before}${begin}\n\n${table}\n\n${end}${after}`);
}

const rowPattern = /^\| `([\w.-]+)` \|.* \| ?([^|]*?) ?\|$/gm;

/** The rows of a table by their doors. */
function rowsIn(table: string): ReadonlyMap<string, string> {
  return new Map([...table.matchAll(rowPattern)].map(([row, name = ""]) => [name, row] as const));
}

/** How many inputs of a door went through processes, as a table says it. */
function thrownIn(table: string): ReadonlyMap<string, string> {
  if (!table.includes("through the real process")) return new Map();
  return new Map(
    [...table.matchAll(rowPattern)].map(([, name = "", cell = ""]) => [name, cell] as const),
  );
}

/** Puts into the table how many inputs of each door processes got. */
export function writeThrown(thrown: Readonly<Record<string, number>>): void {
  const { table } = readPage();
  const written = table.trim().replaceAll(rowPattern, (row, name: string, cell: string) => {
    const count = thrown[name]?.toLocaleString("en-US") ?? notThrown;
    return `${row.slice(0, row.lastIndexOf("|", row.length - 2))}| ${count || cell} |`;
  });
  writeDoorTable(written);
}

/** Names of the doors that the page knows. */
export function doorsOnPage(): readonly string[] {
  const { table } = readPage();
  return [...table.matchAll(/^\| `([\w.-]+)` \|/gm)].map(([, name]) => name as string);
}
