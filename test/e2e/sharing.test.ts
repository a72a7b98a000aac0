import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CanarySearch, filesBelow } from "../helpers/canary-search.ts";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { exportOf, pick, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { pressLog, pressWords } from "../helpers/press-log.ts";
import { refusalOf } from "../helpers/refusal.ts";

const hourMs = 3_600_000;
/** The hour in which the logs begin: whole, past, and young enough to be taken without --backfill. */
const startMs = Math.floor(Date.now() / hourMs) * hourMs - 30 * hourMs;
const stepMs = hourMs / 20;

const facets = {
  load: ["force [kN]", "stroke [mm]"],
  quality: ["ts", "part", "scrap"],
  people: ["operator", "remark"],
} as const;

let consortium: Consortium;
let kato: Company;
let toda: Company;
let aoki: Company;
let nishi: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda, aoki, nishi] = ["kato", "toda", "aoki", "nishi"].map((handle) =>
    consortium.company(handle),
  ) as [Company, Company, Company, Company];
});

afterAll(() => consortium?.close());

interface StreamDocument {
  readonly stream: { readonly id: string };
}

async function createPressStream(name: string, sample: string): Promise<string> {
  const { stream } = await kato.json<StreamDocument>(
    ...["streams", "create", name, "--from", sample, "--category", "equipment-status"],
    ...["--facet", "load=force,stroke", "--facet", "quality=ts,part,scrap", "--facet", "people=*"],
  );
  return stream.id;
}

function at(hours: number): string {
  return new Date(startMs + hours * hourMs).toISOString();
}

async function expectNothing(company: Company, stream: string): Promise<void> {
  const refused = await company.run(["query", stream, "-o", "csv"]);
  expect(refused.stdout).toBe("");
  expect(refusalOf(refused)).toMatchObject({ exit: 4, code: "GATEWAY_NOT_READABLE" });
}

test("a partner reads exactly the facets and the span it was granted, and the others nothing", async () => {
  const log = pressLog(startMs, stepMs, 100);
  await writeFile(kato.path("press.csv"), log.csv);
  const id = await createPressStream("press-3", "press.csv");
  const submitted = await kato.json("submit", "press-3", "press.csv");
  expect(submitted).toMatchObject({ rows: 100, replayedRows: 0, committed: true });
  await kato.must([
    "grant",
    "press-3",
    "--to",
    "toda",
    "--facet",
    "load,quality",
    "--until",
    "30d",
  ]);
  await kato.must([
    ...["grant", "press-3", "--to", "Aoki Kinzoku", "--facet", "load"],
    ...["--from", at(1), "--until", at(3)],
  ]);
  await untilAllSee(consortium.companies, kato, id);
  await untilReadable(toda, id, ["load", "quality"]);
  await untilReadable(aoki, id, ["load"]);

  const whole = await exportOf(kato, "press-3");
  expect(pick(whole, log.columns)).toEqual(log.rows);

  const forToda = await exportOf(toda, "kato/press-3");
  expect([...forToda.columns].sort()).toEqual([...facets.load, ...facets.quality].sort());
  const granted = [...facets.load, ...facets.quality];
  expect(pick(forToda, granted)).toEqual(pick(log, granted));

  const forAoki = await exportOf(aoki, "kato/press-3");
  expect(forAoki.columns).toEqual(facets.load);
  expect(forAoki.times[0]).toBe(at(1));
  expect(forAoki.rows).toEqual(pick(log, facets.load).slice(20, 60));

  const closed = await aoki.run(["query", "kato/press-3", "--facet", "load,quality", "-o", "csv"]);
  expect(closed.stdout).toBe("");
  expect(refusalOf(closed)).toMatchObject({ exit: 4, code: "CLI_FACET_NOT_READABLE" });

  await expectNothing(nishi, "kato/press-3");
  await expectNothing(nishi, id);
});

test("a span that ends inside an hour opens the whole hour, and the answer says so before and after", async () => {
  const log = pressLog(startMs, stepMs, 60);
  await writeFile(kato.path("half.csv"), log.csv);
  const id = await createPressStream("press-4", "half.csv");
  await kato.must(["submit", "press-4", "half.csv"]);
  const words = [
    ...["grant", "press-4", "--to", "toda", "--facet", "load"],
    ...["--from", at(0.5), "--until", at(1.25)],
  ];
  interface GrantDocument {
    readonly submitted: boolean;
    readonly batches: number;
    readonly grants: readonly { readonly from: number; readonly until: number }[];
  }
  const span = [{ from: startMs, until: startMs + 2 * hourMs }];
  const dry = await kato.json<GrantDocument>(...words, "--dry-run");
  expect(dry).toMatchObject({ submitted: false, grants: span });
  await expectNothing(toda, id);
  expect(await kato.json<GrantDocument>(...words)).toMatchObject({ submitted: true, grants: span });
  await untilAllSee([toda], kato, id);
  await untilReadable(toda, id, ["load"]);
  const read = await exportOf(toda, "kato/press-4");
  expect(read.rows).toEqual(pick(log, facets.load).slice(0, 40));
});

test("after a revocation the former reader keeps what was and gets nothing new; the other sees no gap", async () => {
  const [before, after] = [pressLog(startMs, stepMs, 50), pressLog(startMs, stepMs, 40, 50)];
  await writeFile(kato.path("before.csv"), before.csv);
  await writeFile(kato.path("after.csv"), after.csv);
  const id = await createPressStream("press-5", "before.csv");
  for (const reader of ["toda", "aoki"]) {
    const words = ["--to", reader, "--facet", "load,people", "--until", "30d"];
    await kato.must(["grant", "press-5", ...words]);
  }
  await kato.must(["submit", "press-5", "before.csv"]);

  const revoked = await kato.json("revoke", "press-5", "--from", "toda", "--facet", "load");
  expect(revoked).toMatchObject({ submitted: true, keeps: { batches: 3 } });
  // The first of these rows lie in the same hour as the last ones before the revocation.
  await kato.must(["submit", "press-5", "after.csv"]);
  await untilAllSee(consortium.companies, kato, id);

  const load = [...pick(before, facets.load), ...pick(after, facets.load)];
  const people = [...pick(before, facets.people), ...pick(after, facets.people)];
  const forAoki = await exportOf(aoki, "kato/press-5");
  expect(pick(forAoki, facets.load)).toEqual(load);
  expect(pick(forAoki, facets.people)).toEqual(people);

  const forToda = await exportOf(toda, "kato/press-5");
  const closed = after.rows.map(() => ["", ""]);
  expect(pick(forToda, facets.people)).toEqual(people);
  expect(pick(forToda, facets.load)).toEqual([...pick(before, facets.load), ...closed]);

  await kato.must(["revoke", "press-5", "--from", "toda"]);
  const last = pressLog(startMs, stepMs, 10, 90);
  await writeFile(kato.path("last.csv"), last.csv);
  await kato.must(["submit", "press-5", "last.csv"]);
  await untilAllSee(consortium.companies, kato, id);
  expect((await exportOf(toda, "kato/press-5")).text).toBe(forToda.text);
  const goesOn = await exportOf(aoki, "kato/press-5");
  expect(pick(goesOn, facets.load)).toEqual([...load, ...pick(last, facets.load)]);
  await expectNothing(nishi, "kato/press-5");
});

test("a document comes back byte for byte to the company it was granted to, and to no other", async () => {
  const bytes = Buffer.alloc(2_000_001);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 7919) >>> 5;
  await writeFile(kato.path("bracket.step"), bytes);
  const { stream } = await kato.json<StreamDocument>(
    ...["streams", "create", "drawings", "--documents", "--category", "design"],
  );
  const words = ["submit", "drawings", "bracket.step", "--file"];
  await kato.must(words);
  expect(await kato.json(...words)).toMatchObject({ replayedRows: 3 });
  await kato.must(["grant", "drawings", "--to", "aoki", "--facet", "document", "--until", "1d"]);
  await untilAllSee(consortium.companies, kato, stream.id);
  await untilReadable(aoki, stream.id, ["document"]);
  await aoki.must(["query", "kato/drawings", "--document", "bracket.step", "--out", "copy.step"]);
  expect(bytes.equals(await readFile(aoki.path("copy.step")))).toBe(true);
  for (const other of [toda, nishi]) {
    const fetch = ["query", "kato/drawings", "--document", "bracket.step", "--out", "copy.step"];
    expect(refusalOf(await other.run(fetch))).toMatchObject({ exit: 4 });
  }
});

test("no word of the logs, and no name of a stream or facet, rests in any company's folder", async () => {
  const search = new CanarySearch([
    ...Object.values(pressWords),
    ...["stroke", "operator", "remark", "drawings", "bracket.step", "quality", "people"],
    ...["press-3", "press-4", "press-5"],
  ]);
  for (const { home } of consortium.companies) {
    for (const file of filesBelow(home)) expect(search.in(file)).toEqual([]);
  }
  const copy = { place: "the owner's file", bytes: await readFile(kato.path("press.csv")) };
  const words = [...Object.values(pressWords), "stroke", "operator", "remark"];
  const found = search.in(copy).map(({ canary }) => canary);
  // A quote inside a cell is doubled in a file.
  expect(found.sort()).toEqual(words.filter((word) => !word.includes('"')).sort());
});
