import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildGenesis,
  defaultParameters,
  type Genesis,
  type Transaction,
} from "@tegata/ledger/chain";
import type { EntryId } from "@tegata/ledger/primitives";
import { openMemoryStore } from "@tegata/ledger/storage";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { type DeskOver, deskOver } from "./helpers/desk-over.ts";
import { HostileLedger, replay } from "./helpers/hostile-ledger.ts";
import { pressLine } from "./helpers/press-line.ts";

const now = { waitMs: 0, dryRun: false };
const steps = 60;

let folder: string;
let companies: readonly Company[];
let genesis: Genesis;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-outbox-"));
  companies = [
    await makeCompany(0, folder),
    await makeCompany(1, folder),
    await makeCompany(2, folder),
  ];
  const cards = companies.map(({ card }) => card);
  genesis = buildGenesis(cards, defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A small generator, so that one number repeats a whole run. */
function generator(seed: number): (end: number) => number {
  let state = seed >>> 0 || 1;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

function shuffled<T>(items: readonly T[], pick: (end: number) => number): readonly T[] {
  return items
    .map((item) => [pick(1_000_000), item] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, item]) => item);
}

const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One run: a company publishes, grants and revokes while its network does its worst. */
class Ordeal {
  readonly #pick;
  readonly #ledger = new HostileLedger(genesis);
  readonly #stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  readonly #poisoned = new Map<EntryId, boolean>();
  readonly submitted = new Map<string, readonly number[]>();
  /** Whether the quota runs out at times: then a grant overtakes rows, and rows may overtake each other. */
  readonly mayBeFull: boolean;
  #isFull = false;
  #isHonest = false;
  #isHealed = false;
  #count = 0;
  #gateway: DeskOver | null = null;

  constructor(seed: number) {
    this.#pick = generator(seed);
    this.mayBeFull = seed % 2 === 0;
    this.#ledger.mood = () => {
      if (this.#isHonest) return "honest";
      return (
        (["honest", "honest", "away", "silent", "forgetful"] as const)[this.#pick(5)] ?? "away"
      );
    };
    this.#ledger.policy = (transaction) => this.#judge(transaction);
  }

  get gateway(): DeskOver {
    if (this.#gateway === null) throw new Error("no gateway");
    return this.#gateway;
  }

  async start(): Promise<void> {
    const [aoki] = companies;
    if (aoki === undefined) throw new Error("no company");
    this.#gateway = await deskOver(aoki, genesis.networkId, this.#ledger, this.#stores);
  }

  async restart(): Promise<void> {
    await this.gateway.stop();
    await this.start();
  }

  block(): void {
    const keep = this.#isHonest ? 100 : 70;
    this.#ledger.makeBlock((all) => shuffled(all, this.#pick).filter(() => this.#pick(100) < keep));
  }

  async step(): Promise<void> {
    const { desk } = this.gateway;
    const grant = { facets: ["status"], from: null, until: Date.now() + 86_400_000 };
    const to = ["kato", "mori"][this.#pick(2)] ?? "kato";
    switch (this.#pick(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return await this.#submit();
      case 4:
      case 5:
      case 6:
        return this.block();
      case 7:
        await desk.grant("press", { ...grant, to }, now).catch(ignoreRefusal);
        return;
      case 8:
        await desk.revoke("press", { from: to, facets: null }, now).catch(ignoreRefusal);
        return;
      case 9:
        return this.#ledger.forget();
      case 10:
        this.#isFull = this.mayBeFull && this.#pick(2) === 0;
        return;
      default:
        this.#ledger.isDown = true;
        await moment();
        this.#ledger.isDown = false;
        return this.#pick(3) === 0 ? await this.restart() : undefined;
    }
  }

  /** Ends all hostility and makes blocks until nothing is open. */
  async settle(): Promise<void> {
    this.#isHonest = true;
    this.#isFull = false;
    let rounds = 0;
    await until("everything is settled", async () => {
      // Whoever notices that the node was away sends again at once what it may have forgotten.
      rounds += 1;
      this.#ledger.isDown = rounds % 40 === 1;
      for (let turn = 0; turn < 8; turn += 1) await moment();
      this.#ledger.isDown = false;
      this.block();
      for (const id of this.submitted.keys()) {
        const { state } = await this.gateway.desk.submission(id, now);
        if (state === "waiting") return false;
      }
      return true;
    });
  }

  /** What was refused is refused no more: a person sends it again. */
  async retry(): Promise<readonly string[]> {
    this.#isHealed = true;
    const query = { limit: 1_000, cursor: undefined };
    const { items } = await this.gateway.desk.outbox.list(query);
    const refused = items.filter(({ state }) => state === "refused");
    if (this.#pick(2) === 0) await this.restart();
    for (const { submission } of refused) await this.gateway.desk.outbox.retry(submission);
    return refused.map(({ submission }) => submission);
  }

  check(): void {
    replay(this.#ledger);
  }

  async #submit(): Promise<void> {
    const numbers = Array.from({ length: 1 + this.#pick(4) }, () => this.#count++);
    const rows = numbers.map((count) => ({ timeMs: Date.now(), cells: { count } }));
    const body = { rows, backfill: false };
    const { submission } = await this.gateway.desk.submitRows("press", body, null, now);
    this.submitted.set(submission, numbers);
  }

  #judge(transaction: Transaction) {
    if (transaction.kind !== "records") return null;
    const { entryId } = transaction;
    if (this.#isHealed) return null;
    const isPoisoned = this.#poisoned.get(entryId) ?? this.#pick(12) === 0;
    this.#poisoned.set(entryId, isPoisoned);
    if (isPoisoned) return { code: "LEDGER_TX_SCHEMA", cure: "never" } as const;
    return this.#isFull ? ({ code: "LEDGER_TX_QUOTA_DAY", cure: "wait" } as const) : null;
  }
}

function ignoreRefusal(error: unknown): void {
  const code = (error as { readonly code?: unknown }).code;
  if (code !== "GATEWAY_NOTHING_TO_REVOKE" && code !== "GATEWAY_NODE_AWAY") throw error;
}

async function committedCounts(gateway: DeskOver): Promise<readonly number[]> {
  const counts: number[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 1_000, order: "asc" as const, ...(cursor ? { cursor } : {}) };
    const page = await gateway.desk.records("press", query);
    counts.push(...page.items.map(({ cells }) => Number(cells.count)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return counts;
}

/** Rows of a submission that are kept because they were refused. */
async function refusedCounts(gateway: DeskOver, id: string): Promise<readonly number[]> {
  const { items } = await gateway.desk.outbox.rows(id, { limit: 1_000, cursor: undefined });
  return items.map(({ cells }) => Number(cells.count));
}

test("whatever network and restarts do, what was acknowledged is committed once in order, or kept and reported refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
      const ordeal = new Ordeal(seed);
      await ordeal.start();
      const body = { ...pressLine("press"), kind: "rows", zone: "UTC" } as const;
      await ordeal.gateway.desk.createStream({ ...body, epochLength: "30d" }, now);
      let broken: unknown = null;
      for (let step = 0; step < steps && broken === null; step += 1) {
        await ordeal.step();
        for (let turn = 0; turn < 4; turn += 1) await moment();
        broken = await Promise.race([ordeal.gateway.ended, moment().then(() => null)]);
      }
      expect(broken).toBeNull();
      await ordeal.settle();
      const expected: number[] = [];
      const refused: string[] = [];
      for (const [id, numbers] of ordeal.submitted) {
        const answer = await ordeal.gateway.desk.submission(id, now);
        if (answer.state === "committed") expected.push(...numbers);
        else {
          expect(answer.refusal?.code).toBe("LEDGER_TX_SCHEMA");
          expect(await refusedCounts(ordeal.gateway, id)).toEqual(numbers);
          refused.push(id);
        }
      }
      const committed = await committedCounts(ordeal.gateway);
      expect(committed.toSorted((a, b) => a - b)).toEqual(expected);
      if (!ordeal.mayBeFull) expect(committed).toEqual(expected);
      // What was refused is still here, and goes out when a person says so; once.
      expect((await ordeal.retry()).toSorted()).toEqual(refused.toSorted());
      await ordeal.settle();
      const all = [...ordeal.submitted.values()].flat();
      const last = await committedCounts(ordeal.gateway);
      expect(last.toSorted((a, b) => a - b)).toEqual(all);
      expect((await ordeal.gateway.desk.status()).outbox).toMatchObject({ waiting: 0, refused: 0 });
      ordeal.check();
      await ordeal.gateway.stop();
    }),
    { numRuns: 15, endOnFailure: true },
  );
}, 120_000);
