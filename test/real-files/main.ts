// `npm run -s real-files -- --json`: public measurements published and read again, every cell compared.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { campaignOver, wordsOf } from "../helpers/campaign.ts";
import { foundConsortium } from "../helpers/consortium.ts";
import { dataPath } from "../helpers/shared-data.ts";
import { type RoundTrip, roundTrip } from "./round-trip.ts";

const usage = `usage: npm run -s real-files -- [--json] [--only TEXT]
  --json  one JSON document on stdout and nothing else
  --only  only files whose paths hold this text
`;

const guide = join(import.meta.dirname, "../../docs/guides/files.md");

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The line of the guide's table that this file makes true. */
function guideLine(file: string, trip: RoundTrip): string {
  const isDocument = trip.createFlags.includes("--documents");
  const left = Object.values(trip.leftOut).reduce((sum, count) => sum + count, 0);
  const rows = left === 0 ? `${trip.rowsOut}` : `${trip.rowsOut}, ${left} left out`;
  const said = (flags: readonly string[]): string =>
    flags.map((flag) => `\`${flag}\``).join(" ") || "none";
  const cells = [file, trip.form, isDocument ? "" : rows];
  return `| ${[...cells, said(trip.createFlags), said(trip.submitFlags)].join(" | ")} |`;
}

/** The sentence of the guide that a whole run makes true. */
function guideSentence({
  rows,
  cells,
  bytes,
}: Readonly<Record<"rows" | "cells" | "bytes", number>>) {
  const [said, compared, read] = [rows, cells, bytes].map((one) => one.toLocaleString("en"));
  return `All ${said} rows came back in the order of their files, to their owner and to a partner: ${compared} cells and ${read} bytes of documents compared, none differs.`;
}

interface Told extends RoundTrip {
  readonly inGuide: boolean;
}

async function main({ only, json }: { readonly only: string; readonly json: boolean }) {
  const files = globSync("{design,events,quality,telemetry}/**/*.*", { cwd: dataPath() })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.includes(only))
    .sort();
  const text = readFileSync(guide, "utf8");
  const listed = text.split("\n");
  const consortium = await foundConsortium(["nishi"]);
  const trips: Told[] = [];
  const failed: string[] = [];
  try {
    const pair = { owner: consortium.company("kato"), partner: consortium.company("toda") };
    for (const [index, file] of files.entries()) {
      try {
        const trip = await roundTrip(pair, `real-${index + 1}`, dataPath(...file.split("/")));
        const line = guideLine(file, trip);
        trips.push({ ...trip, file, inGuide: listed.includes(line) });
        const parts = [`${trip.seconds} s`, `${trip.cells} cells`, `${trip.bytes} bytes`];
        say(`${line} ${parts.join(", ")}, ${trip.wrong} wrong ${trip.wrongSample ?? ""}`);
        for (const [why, count] of Object.entries(trip.leftOut)) say(`    ${count}: ${why}`);
      } catch (error) {
        failed.push(file);
        say(`${file}: ${error instanceof Error ? error.message : error}`);
      }
    }
  } finally {
    await consortium.close();
  }
  const sum = (of: (trip: RoundTrip) => number): number =>
    trips.reduce((total, trip) => total + of(trip), 0);
  const told = {
    rows: sum((trip) => trip.rowsOut),
    cells: sum((trip) => trip.cells),
    bytes: sum((trip) => trip.bytes),
  };
  const isTold = only !== "" || text.replaceAll("\n", " ").includes(guideSentence(told));
  if (!isTold) say(`docs/guides/files.md must say: ${guideSentence(told)}`);
  const result = {
    ...{ schema: "tegata.real-files/1", files: files.length, failed },
    ...{ rowsIn: sum((trip) => trip.rowsIn), rowsOut: told.rows },
    ...{ partnerRows: sum((trip) => trip.partnerRows), cells: told.cells, bytes: told.bytes },
    wrong: sum((trip) => trip.wrong),
    notInGuide: trips.filter(({ inGuide }) => !inGuide).map(({ file }) => file),
  };
  say(JSON.stringify(result, null, 1));
  if (json) process.stdout.write(`${JSON.stringify({ ...result, trips })}\n`);
  const { rowsIn, rowsOut, partnerRows, wrong, notInGuide } = result;
  const isWhole = rowsIn === rowsOut && rowsIn === partnerRows && wrong === 0;
  return isWhole && failed.length === 0 && notInGuide.length === 0 && isTold ? 0 : 1;
}

function readOptions(): { readonly only: string; readonly json: boolean } {
  return wordsOf(usage, {
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  });
}

process.exitCode = await campaignOver(readOptions(), usage, main);
