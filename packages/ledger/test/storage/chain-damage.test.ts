import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { storeDamages } from "../../../../test/helpers/store-damages.ts";
import { LedgerError, toHex } from "../../src/primitives/index.ts";
import { type ChainStore, openChainStore } from "../../src/storage/index.ts";
import { bytesOf, genesis, networkId, type SampleBlock, sampleBlock } from "./sample-chain.ts";

const perSession = 8;
const samples: SampleBlock[] = [];
let folder: string;
let pristine: string;
let whole: readonly string[];

const open = (at: string): Promise<ChainStore> =>
  openChainStore({ folder: at, networkId, mode: "open" });

async function commit(store: ChainStore, sample: SampleBlock): Promise<void> {
  const { height } = sample.block.header;
  await store.putPayloads(height, sample.payloads);
  await store.putCandidate(sample.block);
  await store.commit(sample);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tegata-damage-"));
  pristine = join(folder, "pristine");
  // What the first session wrote lies in tables since the second opened them; the rest in logs.
  for (let session = 0; session < 2; session += 1) {
    const mode =
      session === 0 ? ({ mode: "create", genesis } as const) : ({ mode: "open" } as const);
    const store = await openChainStore({ folder: pristine, networkId, ...mode });
    for (let made = 0; made < perSession; made += 1) {
      const sample = sampleBlock(store.head(), { transactions: [[700], [300, 20]] });
      samples.push(sample);
      await commit(store, sample);
    }
    await store.close();
  }
  // Opening writes the logs into tables, so only copies are opened.
  const copy = join(folder, "whole");
  cpSync(pristine, copy, { recursive: true });
  whole = (await lookAt(copy)).content;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isDamage = (error: unknown): error is LedgerError<"LEDGER_STORE_DAMAGED"> =>
  error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED";

/** Reads a height as the scan of a node does, and as whoever asks for its payloads; names what is not as it was. */
function lackIn(
  store: ChainStore,
  { block, payloads }: SampleBlock,
): "nothing" | "block" | "payloads" {
  const { height } = block.header;
  try {
    store.certificate(height);
    if (store.missingPayloads(height).length > 0) return "payloads";
  } catch (error) {
    if (!isDamage(error) || error.detail.height !== height) throw error;
    return "block";
  }
  try {
    for (const payload of payloads) store.payload(payload);
  } catch (error) {
    if (!isDamage(error) || error.detail.height !== height) throw error;
    return "payloads";
  }
  return "nothing";
}

interface Look {
  /** Heights that were fetched again. */
  readonly healed: number;
  /** Everything that the chain answers once it has caught up. */
  readonly content: readonly string[];
}

/**
 * Starts as a node does: opens the chain, looks at the state, then at each height; what is named as damaged or
 * missing comes again from others, and so do heights above the head.
 * @throws LEDGER_STORE_DAMAGED where the chain is to be set aside
 */
async function lookAt(at: string): Promise<Look> {
  const store = await open(at);
  let healed = 0;
  try {
    for await (const _ of store.checkState()) void _;
    const { height: head } = store.head();
    for (const sample of samples.slice(0, head)) {
      for (let lack = lackIn(store, sample); lack !== "nothing"; lack = lackIn(store, sample)) {
        healed += 1;
        if (healed > 4 * samples.length) throw new Error(`${lack} of a height cannot be healed`);
        const { block, certificate, payloads } = sample;
        if (lack === "block") await store.restoreBlock(block, certificate);
        else await store.putPayloads(block.header.height, payloads);
      }
    }
    for (const sample of samples.slice(head)) await commit(store, sample);
    return { healed: healed + samples.length - head, content: contentOf(store) };
  } finally {
    await store.close();
  }
}

function contentOf(store: ChainStore): readonly string[] {
  const shown = (bytes: Uint8Array | null): string => (bytes === null ? "none" : toHex(bytes));
  const reader = store.reader();
  const heights = samples.flatMap(({ block, payloads }) => [
    shown(store.block(block.header.height)?.bytes ?? null),
    shown(store.certificate(block.header.height)),
    ...payloads.map((payload) => shown(store.payload(payload))),
    `${store.blockId(block.header.height)} ${store.blockById(block.id)?.header.height}`,
    ...block.transactions.map(({ id }) => {
      const { height = null, index = null } = store.transaction(id) ?? {};
      return `${height} ${index}`;
    }),
  ]);
  const keys = ["a member", "never changes", ...samples.map((_, height) => `key ${height}`)];
  return [...heights, ...keys.map((key) => shown(reader.get(bytesOf(key))))];
}

const refusedBy: Readonly<Record<"bodies" | "state", RegExp>> = {
  bodies: /CURRENT|MANIFEST|table lost|table torn|rot in a table/,
  state: /./,
};

describe.each(["bodies", "state"] as const)("the database %s", (database) => {
  test.each(storeDamages(8))(
    "with $name heals from others or is refused, and is never read as something else",
    async (damage) => {
      const names = readdirSync(join(pristine, database)).filter((one) => damage.files.test(one));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const copy = mkdtempSync(join(folder, "copy-"));
        cpSync(pristine, copy, { recursive: true });
        damage.happen(join(copy, database, name));
        const seen = await lookAt(copy).catch((error: unknown) => error);
        rmSync(copy, { recursive: true });
        if (isDamage(seen)) {
          expect(damage.name).toMatch(refusedBy[database]);
          continue;
        }
        if (seen instanceof Error) throw seen;
        const { healed, content } = seen as Look;
        expect(content).toEqual(whole);
        // Rot may hit what says nothing; whatever takes something away is noticed.
        if (!damage.isRot) expect(healed).toBeGreaterThan(0);
      }
    },
  );
});
