import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CanarySearch, filesBelow } from "../helpers/canary-search.ts";
import { type Ended, tegata } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium, passphrase } from "../helpers/consortium.ts";
import { type CsvText, columnOf, readCsvText } from "../helpers/csv-text.ts";
import { databasesBelow, entriesOf, plantDatabase } from "../helpers/databases.ts";
import { exportOf, pick, recordsOf, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { flippedBytes, verifyExit } from "../helpers/offline.ts";
import { refusalOf } from "../helpers/refusal.ts";
import { openToOthers, processTexts, secretsOf, tokenPath } from "../helpers/secrets.ts";
import { dataPath, sharedData } from "../helpers/shared-data.ts";
import { roundTrip } from "../real-files/round-trip.ts";

/** Names of streams and facets that would give away what a company makes. */
const names = {
  milling: "milling-cell-7-tool-wear",
  machining: "hurco04-plate-runs",
  drawings: "plate-drawings-rev-a",
} as const;
const millingFacets = {
  "thermal-drift": ["Air temperature [K]", "Process temperature [K]"],
  "spindle-drive": ["Rotational speed [rpm]", "Torque [Nm]"],
  "failure-modes": ["Tool wear [min]", "Machine failure", "TWF", "HDF", "PWF", "OSF", "RNF"],
  "piece-identity": ["UDI", "Product ID", "Type"],
} as const;
const machiningFacets = { "what-ran": ["time", "item"], "what-it-read": ["value"] } as const;

const startMs = Date.UTC(2026, 0, 5);
const stepMs = 10_000;
const rowsOfAnHour = 3_600_000 / stepMs;
/** Lines of the machine's log that are published before a reader is shut out. */
const linesBefore = 4_000;

interface Sources {
  readonly milling: CsvText;
  readonly machining: CsvText;
  readonly step: Buffer;
}

let consortium: Consortium;
/** What a partner keeps of the milling. */
let partnerExport = "";
let sources: Sources;
let kato: Company;
let toda: Company;
let aoki: Company;
let nishi: Company;
const streamIds = new Map<string, string>();

beforeAll(async () => {
  if (sharedData === null) return;
  consortium = await foundConsortium();
  [kato, toda, aoki, nishi] = ["kato", "toda", "aoki", "nishi"].map((handle) =>
    consortium.company(handle),
  ) as [Company, Company, Company, Company];
  const milling = dataPath("telemetry", "ai4i2020", "ai4i2020-rows-0001-7000.csv");
  const machining = dataPath("telemetry", "nist-mtc", "plate-hurco04-01of20.shdr.txt");
  const step = dataPath("design", "nist-mtc", "plate-rev-a.step");
  await copyFile(milling, kato.path("milling.csv"));
  await copyFile(step, kato.path("plate-rev-a.step"));
  const lines = readFileSync(machining, "utf8").trimEnd().split("\n");
  await writeFile(kato.path("run-1.shdr.txt"), `${lines.slice(0, linesBefore).join("\n")}\n`);
  await writeFile(kato.path("run-2.shdr.txt"), `${lines.slice(linesBefore).join("\n")}\n`);
  sources = {
    milling: readCsvText(readFileSync(milling, "utf8")),
    machining: {
      columns: ["time", "item", "value"],
      rows: lines.map((line) => line.replace(/\r$/, "").split("|")),
    },
    step: readFileSync(step),
  };
});

afterAll(() => consortium?.close());

async function create(name: string, ...words: readonly string[]): Promise<void> {
  interface StreamDocument {
    readonly stream: { readonly id: string };
  }
  const { stream } = await kato.json<StreamDocument>("streams", "create", name, ...words);
  streamIds.set(name, stream.id);
}

function idOf(name: string): string {
  return streamIds.get(name) ?? "";
}

async function expectNothing(company: Company, name: string): Promise<void> {
  for (const stream of [`kato/${name}`, idOf(name)]) {
    const refused = await company.run(["query", stream, "-o", "csv"]);
    expect(refused.stdout).toBe("");
    expect(refusalOf(refused)).toMatchObject({ exit: 4, code: "GATEWAY_NOT_READABLE" });
  }
}

function facetWords(facets: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(facets).flatMap(([facet, columns]) => {
    const fields = columns.map((column) => column.replace(/ \[.*\]$/, ""));
    return ["--facet", `${facet}=${fields.join(",")}`];
  });
}

test.skipIf(sharedData === null)(
  "7,000 rows of milling come back cell for cell to each partner as far as it was granted, and to no other",
  async () => {
    const { milling } = sources;
    expect(milling.rows.length).toBe(7_000);
    await create(
      names.milling,
      ...["--from", "milling.csv", ...facetWords(millingFacets)],
      ...["--disclosure", "piece-identity=field", "--category", "quality"],
    );
    const words = [
      ...["submit", names.milling, "milling.csv", "--backfill"],
      ...["--time-start", new Date(startMs).toISOString(), "--time-step", "10s"],
    ];
    expect(await kato.json(...words)).toMatchObject({ rows: 7_000, replayedRows: 0 });
    expect(await kato.json(...words)).toMatchObject({ rows: 7_000, replayedRows: 7_000 });
    const whole = ["--facet", "thermal-drift,failure-modes", "--until", "2026-12-31"];
    await kato.must(["grant", names.milling, "--to", "toda", ...whole]);
    await kato.must([
      ...["grant", names.milling, "--to", "aoki", "--facet", "spindle-drive"],
      ...["--from", "2026-01-05T03:00:00Z", "--until", "2026-01-05T09:00:00Z"],
    ]);
    await untilAllSee(consortium.companies, kato, idOf(names.milling));
    await untilReadable(toda, idOf(names.milling), ["thermal-drift", "failure-modes"]);
    await untilReadable(aoki, idOf(names.milling), ["spindle-drive"]);

    const own = await exportOf(kato, names.milling);
    expect(pick(own, milling.columns)).toEqual(milling.rows);

    const forToda = await exportOf(toda, `kato/${names.milling}`);
    const columns = [...millingFacets["thermal-drift"], ...millingFacets["failure-modes"]];
    expect([...forToda.columns].sort()).toEqual([...columns].sort());
    expect(pick(forToda, columns)).toEqual(pick(milling, columns));
    partnerExport = forToda.text;
    const times = milling.rows.map((_, index) => new Date(startMs + index * stepMs).toISOString());
    expect(forToda.times).toEqual(times);

    const forAoki = await exportOf(aoki, `kato/${names.milling}`);
    const [first, end] = [3 * rowsOfAnHour, 9 * rowsOfAnHour];
    expect(forAoki.columns).toEqual(millingFacets["spindle-drive"]);
    expect(forAoki.times).toEqual(times.slice(first, end));
    expect(forAoki.rows).toEqual(pick(milling, millingFacets["spindle-drive"]).slice(first, end));

    await expectNothing(nishi, names.milling);
  },
);

test.skipIf(sharedData === null)(
  "a machine's log of 7,478 lines is read whole by one partner and up to its revocation by another",
  async () => {
    const { machining } = sources;
    expect(machining.rows.length).toBe(7_478);
    await create(names.machining, "--from", "run-1.shdr.txt", ...facetWords(machiningFacets));
    for (const reader of ["toda", "aoki"]) {
      const words = ["--facet", "what-ran,what-it-read", "--until", "2017-03-01"];
      await kato.must(["grant", names.machining, "--to", reader, ...words]);
    }
    const submit = ["submit", names.machining];
    const first = await kato.json(...submit, "run-1.shdr.txt", "--backfill");
    expect(first).toMatchObject({ rows: linesBefore });
    await kato.must(["revoke", names.machining, "--from", "aoki"]);
    const second = await kato.json(...submit, "run-2.shdr.txt", "--backfill");
    expect(second).toMatchObject({ rows: 7_478 - linesBefore });
    await untilAllSee(consortium.companies, kato, idOf(names.machining));

    const forToda = await exportOf(toda, `kato/${names.machining}`);
    expect(pick(forToda, machining.columns)).toEqual(machining.rows);
    const forAoki = await exportOf(aoki, `kato/${names.machining}`);
    expect(pick(forAoki, machining.columns)).toEqual(machining.rows.slice(0, linesBefore));
    await expectNothing(nishi, names.machining);
  },
);

test.skipIf(sharedData === null)(
  "a solid model of 1.5 MB comes back byte for byte to the partner it was granted to, and to no other",
  async () => {
    await create(names.drawings, "--documents", "--category", "design");
    await kato.must(["submit", names.drawings, "plate-rev-a.step", "--file"]);
    const words = ["--facet", "document", "--until", "1d"];
    await kato.must(["grant", names.drawings, "--to", "aoki", ...words]);
    await untilAllSee(consortium.companies, kato, idOf(names.drawings));
    await untilReadable(aoki, idOf(names.drawings), ["document"]);
    const fetch = ["--document", "plate-rev-a.step", "--out", "received.step"];
    await aoki.must(["query", `kato/${names.drawings}`, ...fetch]);
    expect((await readFile(aoki.path("received.step"))).equals(sources.step)).toBe(true);
    for (const other of [toda, nishi]) {
      const refused = await other.run(["query", `kato/${names.drawings}`, ...fetch]);
      expect(refusalOf(refused)).toMatchObject({ exit: 4, code: "GATEWAY_NOT_READABLE" });
    }
  },
);

test.skipIf(sharedData === null)(
  "files with empty cells, a torn line and no rows are published with what their refusals say, and come back as they are",
  async () => {
    const expected = new Map([
      ["quality/nist-mtc/cover-incoming-inspection-20.csv", { submitFlags: [], rowsOut: 541 }],
      [
        "telemetry/nist-mtc/plate-hurco04-02of20.shdr.txt",
        { submitFlags: ["--backfill", "--skip-invalid"], rowsOut: 7_198 },
      ],
      [
        "quality/qif-samples/serialized-pass-fail.qif",
        { createFlags: ["--documents"], submitFlags: ["--file"], bytes: 2_800 },
      ],
    ]);
    for (const [index, [file, needs]] of [...expected].entries()) {
      const pair = { owner: kato, partner: toda };
      const trip = await roundTrip(pair, `odd-file-${index}`, dataPath(...file.split("/")));
      expect(trip).toMatchObject({ ...needs, wrong: 0, wrongSample: null });
      expect([trip.rowsIn, trip.partnerRows]).toEqual([trip.rowsOut, trip.rowsOut]);
    }
  },
);

test.skipIf(sharedData === null)(
  "proofs of records verify offline against the network's id, and no flipped byte gets through",
  async () => {
    const { milling } = sources;
    const anywhere = { folder: await mkdtemp(join(consortium.folder, "court-")), home: null };
    const verify = (...words: readonly string[]): Promise<Ended> => {
      return tegata(["verify", ...words, "--json"], { ...anywhere, input: null });
    };
    const network = ["--network", consortium.networkId];
    const records = await recordsOf(kato, names.milling);
    expect(records.length).toBe(7_000);
    for (let index = 0; index < records.length; index += 1_000) {
      const record = records[index] ?? "";
      const [row, field] = [`row-${index}.json`, `field-${index}.json`].map((name) => {
        return join(anywhere.folder, name);
      }) as [string, string];
      const proof = ["proof", names.milling, record, "--facet"];
      await kato.must([...proof, "spindle-drive", "--out", row]);
      await kato.must([...proof, "piece-identity", "--field", "Product ID", "--out", field]);
      const [ofRow, ofField] = await Promise.all([
        verify(row, ...network),
        verify(field, ...network),
      ]);
      const [speed, torque] = pick(milling, millingFacets["spindle-drive"])[index] ?? [];
      expect(ofRow).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(ofRow.stdout)).toMatchObject({
        verdict: "valid",
        networkId: consortium.networkId,
      });
      // As text, because a decimal keeps every digit it was written with.
      expect(ofRow.stdout).toContain(`"cells":{"Rotational speed":${speed},"Torque":${torque}}`);
      expect(ofField).toMatchObject({ code: 0, stderr: "" });
      const product = columnOf(milling, "Product ID")[index];
      expect(JSON.parse(ofField.stdout).cells).toEqual({ "Product ID": product });
    }

    const proof = join(anywhere.folder, "row-3000.json");
    const unanchored = await verify(proof);
    expect(unanchored.code).toBe(8);
    expect(JSON.parse(unanchored.stdout)).toMatchObject({ verdict: "unanchored" });
    const other = await verify(proof, "--network", "0".repeat(64));
    expect(refusalOf(other)).toMatchObject({ exit: 8 });

    for (const name of ["row-3000.json", "field-3000.json"]) {
      const text = await readFile(join(anywhere.folder, name), "utf8");
      expect(await verifyExit(text, consortium.networkId)).toBe(0);
      for (const { place, text: altered } of flippedBytes(text, 4)) {
        expect([place, await verifyExit(altered, consortium.networkId)]).toEqual([place, 8]);
      }
    }
    const [flipped] = flippedBytes(await readFile(proof, "utf8"), 1);
    await writeFile(join(anywhere.folder, "altered.json"), flipped?.text ?? "");
    const refused = await verify(join(anywhere.folder, "altered.json"), ...network);
    expect(refusalOf(refused)).toMatchObject({ exit: 8, code: "CLI_PROOF_INVALID" });
  },
);

test.skipIf(sharedData === null)(
  "pitfall 22: no key, token, passphrase or recovery word is in any file, report, argument or environment of a company, and no file is open to others",
  async () => {
    const { companies } = consortium;
    const secrets = await Promise.all(companies.map((company) => secretsOf(company, passphrase)));
    const search = new CanarySearch(secrets.flat());
    for (const company of companies) {
      for (const text of processTexts(company)) expect(search.in(text)).toEqual([]);
      for (const text of await company.operationsTexts()) {
        expect(search.in({ place: "a report", bytes: Buffer.from(text) })).toEqual([]);
      }
      const token = join(company.home, ...tokenPath);
      for (const file of filesBelow(company.home)) {
        if (file.place !== token) expect(search.in(file)).toEqual([]);
      }
      expect([...openToOthers(company.home)]).toEqual([]);
    }
    const forms = search.canaries.flatMap((canary) => search.forms(canary));
    const planted = { place: "planted", bytes: Buffer.concat(forms.map(({ bytes }) => bytes)) };
    expect(search.in(planted).length).toBe(search.formCount);
  },
);

test.skipIf(sharedData === null)(
  "no text of the data is in any file or report of any company, while a plain copy of it is found",
  async () => {
    const search = new CanarySearch(canaries());
    const reports: string[] = [];
    for (const company of consortium.companies) reports.push(...(await company.operationsTexts()));
    for (const text of reports) {
      expect(search.in({ place: "a report", bytes: Buffer.from(text) })).toEqual([]);
    }
    for (const { home } of consortium.companies) {
      for (const file of filesBelow(home)) expect(search.in(file)).toEqual([]);
    }

    // The databases once more as what they hold, so that no compression can hide anything.
    await Promise.all(consortium.companies.map((company) => company.stop()));
    for (const { home } of consortium.companies) {
      for (const folder of databasesBelow(home)) {
        for await (const entry of entriesOf(folder)) expect(search.in(entry)).toEqual([]);
      }
    }
    await expectPlantedFound(search);
  },
);

/** Names and values that stand in the data or name it, and nowhere else. */
function canaries(): readonly string[] {
  const { milling, machining, step } = sources;
  const every = (texts: readonly string[], count: number): readonly string[] => {
    const long = [...new Set(texts)].filter((text) => text.length >= 6);
    return long.filter((_, index) => index % Math.ceil(long.length / count) === 0);
  };
  const fields = [...milling.columns, ...columnOf(machining, "item")];
  const bare = fields.map((column) => column.replace(/ \[.*\]$/, ""));
  return [
    ...Object.values(names),
    ...Object.keys(millingFacets),
    ...Object.keys(machiningFacets),
    ...every(bare, 8),
    ...every(columnOf(milling, "Product ID"), 5),
    ...every(columnOf(machining, "value"), 5),
    ...every(step.toString("latin1").split(/\r?\n/), 5),
    "plate-rev-a.step",
  ];
}

/** The same search finds the same texts where they do stand: in a file, in a database, in an export. */
async function expectPlantedFound(search: CanarySearch): Promise<void> {
  const planted = await mkdtemp(join(consortium.folder, "planted-"));
  const forms = search.canaries.flatMap((canary) => search.forms(canary));
  await writeFile(join(planted, "all"), Buffer.concat(forms.map(({ bytes }) => bytes)));
  const found = [...filesBelow(planted)].flatMap((file) => search.in(file));
  expect(found.length).toBe(search.formCount);

  const folder = join(planted, "database");
  await plantDatabase(folder, search.canaries);
  const inside = new Set<string>();
  for await (const entry of entriesOf(folder)) {
    for (const { canary } of search.in(entry)) inside.add(canary);
  }
  expect([...inside].sort()).toEqual([...search.canaries].sort());

  const values = new CanarySearch(columnOf(sources.milling, "Product ID").slice(0, 20));
  const exported = { place: "export", bytes: Buffer.from(partnerExport) };
  expect(values.in(exported).length).toBe(0);
  const drift = new CanarySearch(["Air temperature", "Machine failure"]);
  expect(drift.in(exported).map(({ canary }) => canary)).toEqual(drift.canaries);
}
