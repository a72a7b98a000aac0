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

function rowOf(door: Door, result: DoorResult): string {
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
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The table of all doors, as a campaign saw them. */
export function doorTable(doors: readonly Door[], results: readonly DoorResult[]): string {
  const byName = new Map(results.map((result) => [result.door, result]));
  const rows = doors.flatMap((door) => {
    const result = byName.get(door.name);
    return result === undefined ? [] : rowOf(door, result);
  });
  const heads = [
    "door",
    "what comes in",
    "bounded before it is read",
    "inputs",
    "past the decoder",
  ];
  const head = [...heads, "accepted", "refused as", "failures"];
  return [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows].join("\n");
}

/** Puts the table into docs/SECURITY.md. */
export function writeDoorTable(table: string): void {
  const text = readFileSync(path, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has no place for it`);
  writeFileSync(path, `${before}${begin}\n\n${table}\n\n${end}${after}`);
}

/** Names of the doors that the page knows. */
export function doorsOnPage(): readonly string[] {
  const [, rest = ""] = readFileSync(path, "utf8").split(begin);
  const table = rest.split(end)[0] ?? "";
  return [...table.matchAll(/^\| `([\w.-]+)` \|/gm)].map(([, name]) => name as string);
}
