import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GrantAnswer, RevokeAnswer, Stream } from "@tegata/gateway/client";
import { fromCell } from "../input/cells.ts";
import { readCsv } from "../input/csv.ts";
import { readHeader } from "../input/header.ts";
import { words } from "../words/catalogue.ts";
import { claim, type Stage } from "./stage.ts";

const patienceMs = 30_000;

interface Submitted {
  readonly rows: number;
  readonly heightLast: number | null;
}

/** What `tegata query --json` gives. */
export interface Records {
  readonly items: readonly {
    readonly record: string;
    readonly time: string;
    readonly cells: Readonly<Record<string, unknown>>;
  }[];
}

/** Kato Press makes a stream and publishes its rows. */
export async function publish(stage: Stage): Promise<string> {
  const { data, stream } = stage;
  const create = ["streams", "create", stream, "--from", data.file, ...data.createOptions];
  const made = await stage.document<{ stream: Stream }>("kato", ...create, "--category", "quality");
  stage.streamId = made.stream.id;
  const submit = ["submit", stream, data.file, ...data.submitOptions];
  const done = await stage.document<Submitted>("kato", ...submit);
  claim(done.rows === data.rowCount, `${done.rows} rows of ${data.rowCount} were published`);
  const { items } = await stage.ask<Records>("kato", "query", stream, "--limit", "1");
  stage.record = items[0]?.record ?? "";
  claim(stage.record !== "", "the owner cannot read its own record");
  return words().demo.published(done.rows, data.facets.size, done.heightLast ?? 0);
}

/** Aoki Motors gets `quality`, Toda Machine gets `status`; Nishi Press gets nothing. */
export async function grant(stage: Stage): Promise<string> {
  const give = (to: string, facet: string): Promise<GrantAnswer> => {
    const line = ["grant", stage.stream, "--to", to, "--facet", facet, "--until", "30d"];
    return stage.document<GrantAnswer>("kato", ...line);
  };
  await give("aoki", "quality");
  await give("toda", "status");
  return words().demo.granted;
}

/** Each partner reads its facet, every cell as it was written, and nothing else. */
export async function readExactly(stage: Stage): Promise<string> {
  const { data } = stage;
  await checkReader(stage, "aoki", "quality", { count: data.rowCount, shown: true });
  await checkReader(stage, "toda", "status", { count: data.rowCount, shown: true });
  return words().demo.readExactly(data.rowCount);
}

/** Waits until a reader has so many records, then compares fields and cells with what was published. */
export async function checkReader(
  stage: Stage,
  handle: string,
  facet: string,
  { count, shown }: { readonly count: number; readonly shown: boolean },
): Promise<void> {
  const line = ["query", `kato/${stage.stream}`, "--all"];
  if (shown) stage.show(handle, `tegata ${line.join(" ")}`);
  const { items } = await stage.until(
    `${handle} does not get ${count} records`,
    patienceMs,
    async () => {
      const answer = await stage.run(handle, [...line, "--json"]);
      if (answer.exit !== 0) return null;
      const records = JSON.parse(answer.stdout) as Records;
      return records.items.length >= count ? records : null;
    },
  );
  claim(items.length === count, `${handle} reads ${items.length} records, not ${count}`);
  const fields = stage.data.facets.get(facet) ?? [];
  const written = await writtenCells(stage);
  for (const [index, { cells }] of items.entries()) {
    const names = Object.keys(cells);
    const exact = names.length === fields.length && fields.every((name) => names.includes(name));
    claim(exact, `${handle} reads ${names.join(", ")} instead of ${fields.join(", ")}`);
    const row = written[index];
    if (row === undefined) continue;
    for (const name of fields) {
      const same = sameCell(cells[name], row.get(name) ?? "");
      claim(same, `${handle} reads another ${name} than was written`);
    }
  }
}

/** JSON drops the zeros at the end of a number; the value must be the same. */
function sameCell(read: unknown, written: string): boolean {
  if (read === null) return written === "";
  return typeof read === "number" ? read === Number(written) : String(read) === written;
}

async function writtenCells(stage: Stage): Promise<readonly ReadonlyMap<string, string>[]> {
  const rows: Map<string, string>[] = [];
  let names: readonly string[] = [];
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(stage.data.csv);
  };
  for await (const event of readCsv(chunks(), { encoding: "utf-8", delimiter: "," })) {
    if (event.type === "columns") names = event.columns.map((column) => readHeader(column).name);
    if (event.type !== "row") continue;
    const cells = event.row.cells.map((cell) => fromCell(cell as string));
    rows.push(new Map(names.map((name, index) => [name, cells[index] ?? ""])));
  }
  return rows;
}

/** A competitor's own disk holds every byte, and it can read none of it. */
export async function competitorCannot(stage: Stage): Promise<string> {
  const { demo } = words();
  const refused = await stage.tegata("nishi", "query", `kato/${stage.stream}`);
  claim(refused.exit !== 0, "the competitor can read the stream");
  claim(refused.stdout === "", "the competitor is shown something");
  const { record, streamId } = stage;
  const byId = await stage.run("nishi", ["query", streamId, "--json"]);
  claim(byId.exit !== 0, "the competitor can read the stream by its id");
  const raw = (handle: string) => stage.gateway(handle, (to) => to.raw(streamId, record, 0));
  const [theirs, ours] = await Promise.all([raw("nishi"), raw("kato")]);
  claim(theirs.head === ours.head && theirs.bytes > 0, "the competitor's disk holds other bytes");
  return demo.competitorCannot(theirs.bytes, theirs.head);
}

/** Aoki Motors keeps what it read; records that come later stay closed to it. */
export async function revoke(stage: Stage): Promise<string> {
  const { demo } = words();
  const { data } = stage;
  const line = ["revoke", stage.stream, "--from", "aoki"];
  const answer = await stage.document<RevokeAnswer>("kato", ...line);
  await publishLater(stage, 1, laterCount);
  await checkReader(stage, "toda", "status", { count: data.rowCount + laterCount, shown: false });
  await sameHeight(stage, "aoki");
  await checkReader(stage, "aoki", "quality", { count: data.rowCount, shown: true });
  return demo.revoked(data.rowCount, laterCount, answer.keeps.batches);
}

/** Rows of each later publication. */
export const laterCount = 10;

/** Publishes rows that were observed after everything before. */
export async function publishLater(stage: Stage, turn: number, count: number): Promise<number> {
  const { data } = stage;
  const file = `later-${turn}.csv`;
  const startMs = Date.now() - 30_000 * (count + 1);
  const first = data.rowCount + turn * count;
  await writeFile(join(stage.folder, file), data.later(first, count, startMs));
  const isTimed = data.submitOptions.includes("--time");
  const time = isTimed
    ? data.submitOptions
    : ["--time-start", new Date(startMs).toISOString(), "--time-step", "1s"];
  const done = await stage.document<Submitted>("kato", "submit", stage.stream, file, ...time);
  claim(done.rows === count, "the later rows were not published");
  return done.heightLast ?? 0;
}

/** Waits until a company has read the ledger as far as the owner: what it cannot read then, it cannot. */
async function sameHeight(stage: Stage, handle: string): Promise<void> {
  const batchesOf = async (who: string): Promise<number> => {
    return stage.gateway(who, async (to) => (await to.stream(stage.streamId)).batches);
  };
  const all = await batchesOf("kato");
  await stage.until(`${handle} does not catch up`, patienceMs, async () => {
    return (await batchesOf(handle)) >= all ? true : null;
  });
}
