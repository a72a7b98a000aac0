import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Genesis } from "@tegata/ledger/chain";
import { type KeyValueStore, openLevelStore, openMemoryStore } from "@tegata/ledger/storage";
import { expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { Company } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger, recordsIn, replay } from "./helpers/hostile-ledger.ts";
import { Life } from "./helpers/mortal.ts";
import { pressLine } from "./helpers/press-line.ts";
import { withGenesis } from "./helpers/set-up.ts";

const now = { waitMs: 0, dryRun: false };
const page = { limit: 1_000, cursor: undefined };

let folder: string;
let company: Company;
let genesis: Genesis;
withGenesis(1, (founded) => {
  ({ folder, company, genesis } = founded);
});

/** The disk of the gateway. */
interface Disk {
  readonly outbox: KeyValueStore;
  readonly index: KeyValueStore;
  /** As the next process finds it. */
  reopened(): Promise<Disk>;
  close(): Promise<void>;
}

async function memoryDisk(): Promise<Disk> {
  const disk: Disk = {
    outbox: openMemoryStore(),
    index: openMemoryStore(),
    reopened: async () => disk,
    close: async () => undefined,
  };
  return disk;
}

/** The database of the product, in two folders of their own. */
async function levelDisk(): Promise<Disk> {
  const root = await mkdtemp(join(folder, "level-"));
  const bytes = { writeBufferBytes: 1_048_576, tableBytes: 1_048_576, cacheBytes: 1_048_576 };
  const open = async (mode: "create" | "open"): Promise<Disk> => {
    const at = (name: string) =>
      openLevelStore({ folder: join(root, name), mode, compression: "none", ...bytes });
    const [outbox, index] = await Promise.all([at("outbox"), at("index")]);
    const close = async (): Promise<void> => {
      await Promise.all([outbox.close(), index.close()]);
    };
    return { outbox, index, close, reopened: async () => close().then(() => open("open")) };
  };
  return open("create");
}

/** Rows of a stream that is refused for good while this says so. */
const refusing = "line";
const submissions: readonly (readonly [stream: string, key: string, rows: readonly number[]])[] = [
  ["press", "a", [0, 1]],
  ["press", "b", [2]],
  [refusing, "r", [100]],
  [refusing, "s", [101]],
  ["press", "c", [3, 4, 5]],
];

/** What somebody does with a gateway, and repeats with the same keys where no answer came. */
class Story {
  readonly ledger = new HostileLedger(genesis);
  /** Submissions that were answered, by key. */
  readonly answered = new Map<string, string>();
  /** Transactions that have been refused once, to be sealed anew. */
  readonly #refusedOnce = new Set<string>();
  refusedLane: string | null = null;
  #isRefusing = true;

  constructor() {
    this.ledger.isPrompt = true;
    this.ledger.policy = ({ kind, lane, entryId }) => {
      if (kind !== "records") return null;
      if (lane === this.refusedLane) {
        return this.#isRefusing ? { code: "LEDGER_TX_SCHEMA", cure: "never" } : null;
      }
      if (this.#refusedOnce.has(entryId)) return null;
      this.#refusedOnce.add(entryId);
      // What is to be sealed anew waits for the next block.
      setImmediate(() => this.ledger.makeBlock((all) => all));
      return { code: "LEDGER_TX_GENERATION", cure: "renumber" };
    };
  }

  async tell({ desk }: DeskOver): Promise<void> {
    for (const name of ["press", refusing]) {
      const body = { ...pressLine(name), kind: "rows", epochLength: "30d", zone: "UTC" } as const;
      // Whether a stream that a kill left half made is on the ledger is known only once that was read.
      await until(`there is a stream ${name}`, () =>
        desk.createStream(body, now).then(
          () => true,
          (error: unknown) =>
            codeOf(error) !== "GATEWAY_STARTING" && isOnly(error, "GATEWAY_STREAM_EXISTS"),
        ),
      );
    }
    this.refusedLane = (await desk.stream(refusing)).id;
    for (const [stream, key, counts] of submissions) await this.#submit(desk, stream, key, counts);
    if (this.#isRefusing) {
      for (const key of ["r", "s"]) await this.#reach(desk, key, "refused");
      this.#isRefusing = false;
    }
    await desk.outbox.retry(this.#id("r")).catch(unless("GATEWAY_NOTHING_REFUSED"));
    await desk.outbox.discard(this.#id("s")).catch(unless("GATEWAY_NOTHING_REFUSED"));
    await this.#submit(desk, refusing, "t", [102]);
    for (const key of ["a", "b", "c", "r", "t"]) await this.#reach(desk, key, "committed");
    await this.#reach(desk, "s", "refused");
  }

  /** Whoever was answered finds the rows again, whatever became of the gateway since. */
  async find({ desk }: DeskOver): Promise<void> {
    const { items } = await desk.outbox.list(page);
    for (const id of this.answered.values()) {
      const { state } = await desk.submission(id, now);
      const listed = items.filter(({ submission }) => submission === id);
      if (state === "waiting") expect(listed).toMatchObject([{ state: "waiting" }]);
      if (state === "committed") expect(listed).toEqual([]);
    }
  }

  #id(key: string): string {
    return this.answered.get(key) ?? "";
  }

  async #submit(
    desk: DeskOver["desk"],
    stream: string,
    key: string,
    counts: readonly number[],
  ): Promise<void> {
    const rows = counts.map((count) => ({ timeMs: genesisMs + count, cells: { count } }));
    const { submission, replayed } = await desk.submitRows(
      stream,
      { rows, backfill: false },
      key,
      now,
    );
    const before = this.answered.get(key);
    if (before !== undefined) expect([submission, replayed]).toEqual([before, true]);
    this.answered.set(key, submission);
    const other = { rows: rows.slice(1), backfill: true };
    await expect(desk.submitRows(stream, other, key, now)).rejects.toThrow("GATEWAY_KEY_REUSED");
  }

  async #reach(desk: DeskOver["desk"], key: string, state: string): Promise<void> {
    await until(`${key} is ${state}`, async () => {
      return (await desk.submission(this.#id(key), now)).state === state;
    });
  }
}

const genesisMs = Date.now();

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}

function isOnly(error: unknown, code: string): true {
  if (codeOf(error) !== code) throw error;
  return true;
}

function unless(code: string): (error: unknown) => void {
  return (error) => void isOnly(error, code);
}

async function countsOf({ desk }: DeskOver, stream: string): Promise<readonly number[]> {
  const { items } = await desk.records(stream, { limit: 1_000, order: "asc" });
  return items.map(({ cells }) => Number(cells.count));
}

/** All is on the ledger, is read from it, and nothing waits. */
async function expectTold(gateway: DeskOver, story: Story): Promise<void> {
  const isRead = async () => (await countsOf(gateway, refusing)).length >= 2;
  await until("the index is as far as the outbox", isRead);
  expect(await countsOf(gateway, "press")).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await countsOf(gateway, refusing)).toEqual([100, 102]);
  const { outbox } = await gateway.desk.status();
  expect(outbox).toMatchObject({ waiting: 0, inFlight: 0, rows: 0, refused: 0, parked: [] });
  await story.find(gateway);
}

interface Run {
  /** Steps of the first process. */
  readonly life: Life;
  readonly story: Story;
}

/**
 * Tells the story to a gateway that is killed at each of these points of its lives, and at last to one that is not.
 * `forgets`: its node is killed with it.
 */
async function run(
  killAt: readonly number[],
  { disk: first, forgets }: { readonly disk: Disk; readonly forgets: boolean },
): Promise<Run> {
  const story = new Story();
  const { ledger } = story;
  const lives: Life[] = [];
  let disk = first;
  for (const at of [...killAt, null]) {
    const life = new Life(at);
    lives.push(life);
    const stores = {
      outbox: life.store("outbox", disk.outbox),
      index: life.store("index", disk.index),
    };
    const node = life.node(ledger);
    const { networkId } = genesis;
    const born = await deskOver(company, networkId, ledger, stores, null, { node });
    const gateway = { ...born, desk: life.desk(born.desk) };
    // What is read at the end is read of a living one too: the kill may come behind the story.
    const told = story
      .find(gateway)
      .then(() => story.tell(gateway))
      .then(() => expectTold(gateway, story));
    const broken = gateway.ended.then((error) => {
      throw error ?? new Error("it ended");
    });
    broken.catch(() => undefined);
    told.catch(() => undefined);
    await Promise.race([told, life.killed, broken]);
    if (life.isDead) {
      // Nothing of it can end any more; what it waits for goes with it.
      void gateway.stop();
      if (forgets) ledger.forget();
      disk = await disk.reopened();
      continue;
    }
    replay(ledger);
    await Promise.race([gateway.stop(), life.killed]);
    break;
  }
  await disk.close();
  return { life: lives[0] as Life, story };
}

test("a life of a gateway has every step between an acknowledgement and its block", async () => {
  const { life, story } = await run([], { disk: await memoryDisk(), forgets: false });
  const names = life.steps.map(({ name }) => name);
  for (const step of [
    /^outbox \+claim/,
    /^hand in claim-writer/,
    // Acknowledged; then numbered, handed in, noted as committed with the height up to which was looked.
    /^outbox \+entry \+idempotency \+submission/,
    /^outbox \+parcel/,
    /^hand in records/,
    /^outbox \+meta \+settled \+submission -entry -parcel/,
    // Refused, and another transaction in its place.
    /^hand in void/,
    /^outbox \+meta \+refused .*-entry -parcel/,
    // Sent again, and let go of.
    /^outbox \+entry \+submission -refused/,
    /^outbox \+settled -refused/,
  ]) {
    expect(names, `${step}`).toContainEqual(expect.stringMatching(step));
  }
  // Refused once each: sealed anew at the same place, under the same id, and never with the same bytes.
  const sent = life.steps.flatMap(({ handed }) => handed ?? []);
  for (const { lane, entryId, sequence, id } of recordsIn(story.ledger)) {
    if (lane === story.refusedLane) continue;
    const versions = sent.filter((one) => one.entryId === entryId);
    expect(new Set(versions.map((one) => one.id)).size).toBe(versions.length);
    expect(versions.some((one) => one.id !== id && one.sequence === sequence)).toBe(true);
  }
});

for (const [what, forgets, open, every] of [
  ["a gateway", false, memoryDisk, 1],
  ["a gateway and its node", true, memoryDisk, 3],
  ["a gateway on its real database", false, levelDisk, 11],
] as const) {
  test(`${what} killed before or after any step commits each row once, in order, or reports it refused`, async () => {
    for (let at = 0; ; at += every) {
      // The one that takes over is killed somewhere too.
      const killAt = [at, (at * 7) % 61];
      try {
        const { life } = await run(killAt, { disk: await open(), forgets });
        if (!life.isDead) break;
      } catch (error) {
        throw new Error(`killed at ${killAt.join(" and ")}`, { cause: error });
      }
    }
  }, 120_000);
}
