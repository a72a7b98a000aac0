import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { spoolText } from "../../packages/collect/src/shdr-adapter.ts";
import { ShdrLines } from "../../packages/collect/src/shdr-lines.ts";
import { metric, payload } from "../../packages/collect/test/sparkplug-bytes.ts";
import { dataPath } from "../helpers/shared-data.ts";
import { readShdrText } from "../helpers/shdr-text.ts";

/** Time, item and value of one reading. */
export type Reading = readonly [time: string, item: string, value: string];

/** The lines of a log of the sample data. */
export function logLines(...path: readonly string[]): readonly string[] {
  return readFileSync(dataPath(...path), "utf8")
    .trimEnd()
    .split(/\r?\n/);
}

/** The readings of a log, as other code than the product's takes them apart. */
export function readingsOf(lines: readonly string[]): readonly Reading[] {
  return readShdrText(lines.join("\n")).observations.map(({ cells }) => cells);
}

/** Readings under a topic each, none twice: to a broker equal words are one message that came again. */
export function topicReadings(lines: readonly string[], countMax: number): readonly Reading[] {
  const found = new Map(
    readingsOf(lines).map(([time, item, value]) => {
      return [`${time}|${item}|${value}`, [time, `line/mazak/${item}`, value] as Reading];
    }),
  );
  return [...found.values()].slice(0, countMax);
}

/** A message of an edge node, and the rows that it stands for. */
export interface EdgeMessage {
  readonly topic: string;
  readonly bytes: Buffer;
  readonly rows: readonly Reading[];
}

const textType = 12;

/** Readings as an edge node says them: a birth with the names, then data that names each by its number. */
export function edgeMessages(readings: readonly Reading[]): readonly EdgeMessage[] {
  const node = "plant/agie";
  const names = [...new Set(readings.map(([, item]) => item))];
  const msOf = ([time]: Reading): number => Date.parse(time);
  const rowOf = (ms: number, item: string, value: string): Reading => {
    return [new Date(ms).toISOString(), `${node}/${item}`, value];
  };
  const [first] = readings;
  const startMs = first === undefined ? 0 : msOf(first);
  const string = "UNAVAILABLE";
  const birth: EdgeMessage = {
    topic: "spBv1.0/plant/NBIRTH/agie",
    bytes: payload({
      ...{ timestamp: startMs, seq: 0 },
      metrics: names.map((name, alias) => metric({ name, alias, datatype: textType, string })),
    }),
    rows: [
      rowOf(startMs, "online", "true"),
      ...names.map((name) => rowOf(startMs, name, "UNAVAILABLE")),
    ],
  };
  const data = readings.map((reading, index): EdgeMessage => {
    const [, item, value] = reading;
    const timestamp = msOf(reading);
    const alias = names.indexOf(item);
    return {
      topic: "spBv1.0/plant/NDATA/agie",
      bytes: payload({
        ...{ timestamp, seq: (index + 1) % 256 },
        metrics: [metric({ alias, timestamp, datatype: textType, string: value })],
      }),
      rows: [rowOf(timestamp, item, value)],
    };
  });
  return [birth, ...data];
}

/** Bytes of an entry beside its text: checksum, time, their spaces, the line end. */
const entryBytes = 8 + 1 + 13 + 1 + 1;

/**
 * How many lines of a log a killed collector has on its disk or handed over. An adapter cannot know: its protocol
 * confirms nothing. The place where its spool ends says it, because every line takes a known number of bytes.
 */
export async function linesHeard(home: string, lines: readonly string[]): Promise<number> {
  const root = join(home, "collect");
  const place = (await readdir(root)).find((name) => name.startsWith("shdr-")) ?? "";
  const end = await spoolEnd(join(root, place));
  const heard = new ShdrLines("adapter");
  let bytes = 0;
  let count = 0;
  if (end === 0) return 0;
  for (const [index, line] of lines.entries()) {
    for (const word of heard.take(Buffer.from(`${line}\n`))) {
      if (word.type === "command") continue;
      bytes += entryBytes + Buffer.byteLength(JSON.stringify(spoolText(word)));
    }
    // Lines of something that is not whole yet add nothing: it is said again from its first one.
    if (bytes >= end) {
      count = bytes === end ? index + 1 : 0;
      break;
    }
  }
  if (count === 0) throw new Error(`no line of the log ends at byte ${end} of the spool`);
  return count;
}

async function spoolEnd(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".spool")).sort();
  const { next } = JSON.parse(await readFile(join(folder, "cursor.json"), "utf8")) as {
    readonly next: number;
  };
  const last = names.at(-1);
  if (last === undefined) return next;
  const entries = (await readFile(join(folder, last), "utf8")).split("\n").slice(0, -1);
  const wrong = entries.findIndex((entry) => {
    return crc32(entry.slice(9)) !== Number.parseInt(entry.slice(0, 8), 16);
  });
  const whole = wrong === -1 ? entries : entries.slice(0, wrong);
  const bytes = whole.reduce((sum, entry) => sum + Buffer.byteLength(entry) + 1, 0);
  return Number.parseInt(last, 10) + bytes;
}
