import { readFileSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { type CsvText, readCsvText } from "../helpers/csv-text.ts";
import { exportOf, pick, untilAllSee, untilReadable } from "../helpers/exports.ts";
import { dataPath, sharedData } from "../helpers/shared-data.ts";
import { until } from "../helpers/waiting.ts";

/** One row a minute: an hour a batch, and the batches have to reach the ledger one after the other. */
const times = ["--time-start", "2026-01-05T00:00:00Z", "--time-step", "1m", "--backfill"] as const;
/** A file that is submitted: all of the measurements, or as many as some hours have. */
interface Part {
  readonly file: string;
  readonly rowCount: number;
}

const all: Part = { file: "milling.csv", rowCount: 7_000 };
const some: Part = { file: "some.csv", rowCount: 2_400 };
const batchCountOf = ({ rowCount }: Part): number => Math.ceil(rowCount / 60);

let consortium: Consortium;
let kato: Company;
let toda: Company;
let milling: CsvText;

beforeAll(async () => {
  if (sharedData === null) return;
  consortium = await foundConsortium();
  [kato, toda] = [consortium.company("kato"), consortium.company("toda")];
  const file = dataPath("telemetry", "ai4i2020", "ai4i2020-rows-0001-7000.csv");
  await copyFile(file, kato.path("milling.csv"));
  const text = readFileSync(file, "utf8");
  milling = readCsvText(text);
  const lines = text.split("\n").slice(0, 1 + some.rowCount);
  await writeFile(kato.path(some.file), `${lines.join("\n")}\n`);
});

afterAll(() => consortium?.close());

/** A stream that Toda may read whole. */
async function createStream(name: string): Promise<string> {
  interface StreamDocument {
    readonly stream: { readonly id: string };
  }
  const facet = ["--facet", "all=*"];
  const { stream } = await kato.json<StreamDocument>(
    ...["streams", "create", name, "--from", "milling.csv", ...facet],
  );
  await kato.must(["grant", name, "--to", "toda", "--facet", "all", "--until", "2026-12-31"]);
  await untilReadable(toda, stream.id, ["all"]);
  return stream.id;
}

function submitWords(name: string, { file }: Part): readonly string[] {
  return ["submit", name, file, ...times];
}

async function untilSomeCommitted(id: string): Promise<void> {
  await until("the first batches are on the ledger", async () => {
    return (await kato.ask((gateway) => gateway.stream(id))).batches >= 3;
  });
}

/** Owner and reader have every row once, and sending the file again changes nothing. */
async function expectOnce(name: string, id: string, part: Part): Promise<void> {
  const { rowCount } = part;
  await untilAllSee([kato, toda], kato, id);
  for (const [company, stream] of [
    [kato, name],
    [toda, `kato/${name}`],
  ] as const) {
    const read = await exportOf(company, stream);
    expect(read.rows.length).toBe(rowCount);
    expect(pick(read, milling.columns)).toEqual(milling.rows.slice(0, rowCount));
  }
  const again = await kato.json(...submitWords(name, part));
  expect(again).toMatchObject({ rows: rowCount, replayedRows: rowCount });
  const { batches } = await kato.ask((gateway) => gateway.stream(id));
  expect(batches).toBe(batchCountOf(part));
}

test.skipIf(sharedData === null)(
  "rows that were acknowledged survive the sudden end of every process of their owner",
  async () => {
    const id = await createStream("power-cut");
    // Two of four hang: nothing can be committed, and still rows are taken.
    const others = [toda, consortium.company("nishi")].map((company) => company.freeze("node"));
    try {
      const accepted = await kato.json(...submitWords("power-cut", all), "--no-wait");
      expect(accepted).toMatchObject({ rows: all.rowCount, committed: false });
      const { outbox } = await kato.ask((gateway) => gateway.status());
      expect(outbox.waiting + outbox.inFlight).toBeGreaterThan(0);
      const { batches } = await kato.ask((gateway) => gateway.stream(id));
      expect(batches).toBe(0);
      await kato.killAll();
    } finally {
      for (const goOn of others) goOn();
    }
    expect([kato.pidOf("node"), kato.pidOf("gateway")]).toEqual([null, null]);
    await kato.start();
    await until("everything acknowledged is on the ledger", async () => {
      return (await kato.ask((gateway) => gateway.stream(id))).batches >= batchCountOf(all);
    });
    await expectOnce("power-cut", id, all);
  },
);

test.skipIf(sharedData === null)(
  "a submission cut off by the end of the gateway is completed by sending the file again",
  async () => {
    const id = await createStream("gateway-cut");
    const running = kato.begin(submitWords("gateway-cut", some));
    await untilSomeCommitted(id);
    expect(running.process.exitCode).toBe(null);
    await kato.kill("gateway");
    const cut = await running.ended;
    expect(cut.code).not.toBe(0);
    await kato.untilReady();
    expect(await kato.json(...submitWords("gateway-cut", some))).toMatchObject({
      rows: some.rowCount,
    });
    await expectOnce("gateway-cut", id, some);
  },
);

test.skipIf(sharedData === null)(
  "a submission goes on by itself when the owner's node ends suddenly and comes back",
  async () => {
    const id = await createStream("node-cut");
    const running = kato.begin([...submitWords("node-cut", some), "--timeout", "2m"]);
    await untilSomeCommitted(id);
    expect(running.process.exitCode).toBe(null);
    const before = await kato.kill("node");
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    await kato.untilReady();
    expect(kato.pidOf("node")).not.toBe(before);
    await expectOnce("node-cut", id, some);
  },
);

test.skipIf(sharedData === null)(
  "a submission does not notice that another member's node ends suddenly, and that member catches up",
  async () => {
    const id = await createStream("member-cut");
    const running = kato.begin(submitWords("member-cut", some));
    await untilSomeCommitted(id);
    expect(running.process.exitCode).toBe(null);
    await toda.kill("node");
    expect((await running.ended).code).toBe(0);
    await toda.untilReady();
    await expectOnce("member-cut", id, some);
  },
);
