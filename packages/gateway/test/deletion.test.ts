import { decodeBlock, verifyProof } from "@tegata/ledger/chain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filesWithin } from "../../../test/helpers/files-within.ts";
import { until } from "../../../test/helpers/waiting.ts";
import {
  addSequence,
  batchesUpTo,
  DeletedRanges,
  type SequenceRange,
  sequenceOf,
} from "../src/book/deleted.ts";
import { verifyDecision } from "./helpers/certificates.ts";
import { codeOf } from "./helpers/code-of.ts";
import type { Companies } from "./helpers/companies.ts";
import { commitRows, pressLine } from "./helpers/press-line.ts";
import { withCompanies } from "./helpers/set-up.ts";

const waitMs = 20_000;
const hourMs = 3_600_000;
const wish = { waitMs, dryRun: false };

let companies: Companies;
withCompanies(3, (started) => {
  companies = started;
});

/** Whether one of these stands in a file of a company, whatever the file is. */
async function isFound(index: number, canaries: readonly Uint8Array[]): Promise<boolean> {
  const contents = await filesWithin(companies.company(index).home);
  return contents.some((bytes) => canaries.some((canary) => bytes.includes(Buffer.from(canary))));
}

/** The ciphertext of the records of a stream that stand in one batch, as a node has it. */
async function ciphertext(index: number, record: string): Promise<readonly Uint8Array[]> {
  const node = companies.nodeClient(index);
  try {
    const [height, at] = record.split(".").map(Number) as [number, number];
    const { blocks } = await node.blocks(height, { waitMs: 0, blocksMax: 1 });
    const block = decodeBlock(Uint8Array.from(blocks[0]?.block ?? []));
    const id = block.transactions[at]?.id ?? "";
    const parts = await Promise.all([0, 1, 2].map((part) => node.payload(id, part)));
    return parts.flatMap((part) => (part instanceof Uint8Array ? part.subarray(40, 100) : []));
  } finally {
    await node.close();
  }
}

test("pitfall 23: what an owner deletes is gone for owner and readers, said so, and proofs from before hold", async () => {
  const [aoki, kato] = [companies.client(0), companies.client(1)];
  await aoki.createStream(pressLine("purged"), { waitMs });
  const start = Math.floor(Date.now() / hourMs) * hourMs;
  const row = (hoursAgo: number, state: string) => ({
    timeMs: start - hoursAgo * hourMs + 5,
    cells: { state, temp: { decimal: "81.50" }, count: hoursAgo, ok: true, part: `p${hoursAgo}` },
  });
  const secret = "a canary of plain text that nobody may find";
  for (const hours of [5, 4, 3, 1])
    await commitRows(aoki, "purged", [row(hours, `${secret} ${hours}`)]);
  await aoki.grant(
    "purged",
    { to: "kato", facets: ["status", "quality"], until: start + 24 * hourMs },
    wish,
  );
  await companies.read(1);
  const before = (await kato.records("aoki/purged", {})).items;
  expect(before).toHaveLength(4);
  const record = before[1]?.record ?? "";
  const order = { stream: "purged", record, facet: "process", field: null };
  const proof = await aoki.proof(order);
  const canaries = await ciphertext(1, record);
  const plain = new TextEncoder().encode(secret);
  for (const index of [0, 1, 2]) {
    await until("everybody has the ciphertext", () => isFound(index, canaries));
    expect(await isFound(index, [plain])).toBe(false);
  }
  const events = new AbortController();
  const heard: unknown[] = [];
  const hearing = (async () => {
    for await (const { event } of aoki.events({ types: "deleted" }, events.signal)) {
      heard.push(event);
      break;
    }
  })();
  // The batch of three hours ago holds what was observed at its very beginning and later.
  const cut = { before: start - 3 * hourMs + hourMs / 2 };
  const planned = await aoki.purge("purged", cut, { waitMs: 0, dryRun: true });
  expect(planned).toMatchObject({
    batches: 2,
    from: start - 5 * hourMs,
    left: 0,
    submitted: false,
  });
  expect(planned.until).toBe(start - 3 * hourMs);
  expect(planned.bytes).toBeGreaterThan(6 * 256);
  expect((await aoki.records("purged", {})).items).toHaveLength(4);
  expect(await codeOf(kato.purge("aoki/purged", cut, wish))).toBe("GATEWAY_NOT_OWNER");
  const made = await aoki.purge("purged", cut, wish);
  expect(made).toMatchObject({ batches: 2, bytes: planned.bytes, submitted: true });
  expect(made.height).toBeGreaterThan(0);
  await companies.read(1);
  for (const [client, name] of [
    [aoki, "purged"],
    [kato, "aoki/purged"],
  ] as const) {
    const page = await client.records(name, {});
    expect(page.items.map(({ timeMs }) => timeMs)).toEqual(
      [3, 1].map((hours) => row(hours, "").timeMs),
    );
    expect(page.deleted).toEqual({ batches: 2, until: start - 3 * hourMs });
    expect(await client.stream(name)).toMatchObject({ batches: 4, deletedBatches: 2 });
    expect(await codeOf(client.raw(name, record, 0))).toBe("GATEWAY_RECORD_DELETED");
  }
  expect(await codeOf(aoki.proof(order))).toBe("GATEWAY_RECORD_DELETED");
  const checks = { networkId: companies.genesis.networkId, verifyDecision };
  expect(verifyProof(proof, checks)).toMatchObject({ verdict: "valid" });
  for (const index of [0, 1, 2]) {
    await until("nobody has the ciphertext", async () => !(await isFound(index, canaries)));
  }
  await hearing;
  expect(heard).toEqual([{ type: "deleted", stream: "purged", height: made.height, batches: 2 }]);
  const told: string[] = [];
  const cursor = Buffer.from("0.0.0").toString("base64url");
  const again = { stream: "purged", types: "record", cursor };
  for await (const { event } of aoki.events(again, new AbortController().signal)) {
    told.push(event.type === "gap" ? event.detail.replace(/\d+\.\d+/, "…") : event.type);
    if (told.length === 4) break;
  }
  const gap = "the records … were deleted by their owner";
  expect(told).toEqual([gap, gap, "record", "record"]);
  // What is gone is not deleted twice, and what comes later is numbered as before.
  expect(await aoki.purge("purged", cut, wish)).toMatchObject({
    batches: 0,
    submitted: false,
    height: null,
  });
  await commitRows(aoki, "purged", [row(2, "later")]);
  expect(await aoki.purge("purged", { before: start }, wish)).toMatchObject({ batches: 3 });
  expect(await aoki.records("purged", {})).toMatchObject({ items: [], deleted: { batches: 5 } });
});

describe("where the batches of a lane stand", () => {
  test("is counted as a naive reader of the lane counts it", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (kinds) => {
        const others: SequenceRange[] = [];
        for (const [index, isBatch] of kinds.entries())
          if (!isBatch) addSequence(others, index + 1);
        let batches = 0;
        for (const [index, isBatch] of kinds.entries()) {
          if (isBatch) {
            expect(sequenceOf({ others }, batches)).toBe(index + 1);
            batches += 1;
          }
          expect(batchesUpTo({ others }, index + 1)).toBe(batches);
        }
      }),
    );
  });

  test("takes one range for however many an owner sends that are no batches", () => {
    const others: SequenceRange[] = [];
    for (let sequence = 1; sequence <= 100_000; sequence += 1) addSequence(others, sequence);
    expect(others).toEqual([{ first: 1, last: 100_000 }]);
    addSequence(others, 100_002);
    expect(batchesUpTo({ others }, 100_001)).toBe(1);
    expect(sequenceOf({ others }, 0)).toBe(100_001);
  });

  test("one more range costs no more because an owner had every other batch deleted before", () => {
    const deleted = new DeletedRanges();
    const count = 100_000;
    for (let at = 0; at < count; at += 1) deleted.add({ from: 2 * at, until: 2 * at + 1 });
    expect(deleted.batches).toBe(count);
    expect([deleted.has(2 * count - 2), deleted.has(2 * count - 3)]).toEqual([true, false]);
    const { gone, range, batches } = deleted.add({ from: 0, until: 2 * count });
    expect([gone.length, range, batches]).toEqual([
      count - 1,
      { from: 0, until: 2 * count },
      count,
    ]);
  });

  test("ranges are joined so that each batch is deleted once or not at all", () => {
    const range = fc
      .tuple(fc.nat(40), fc.nat(8))
      .map(([from, count]) => ({ from, until: from + count }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const naive = new Set<number>();
        const deleted = new DeletedRanges();
        const stored = new Map<number, number>();
        for (const one of added) {
          const { gone, range, batches } = deleted.add(one);
          for (const at of gone) expect(stored.delete(at)).toBe(true);
          if (range !== null) stored.set(range.from, range.until);
          const before = naive.size;
          for (let at = one.from; at < one.until; at += 1) naive.add(at);
          expect(batches).toBe(naive.size - before);
        }
        expect(deleted.batches).toBe(naive.size);
        for (let at = 0; at < 50; at += 1) expect(deleted.has(at)).toBe(naive.has(at));
        // What is stored piece by piece is the same, each range apart from the next.
        const again = new DeletedRanges();
        let end = -1;
        for (const [from, until] of [...stored].sort(([one], [other]) => one - other)) {
          expect(from).toBeGreaterThan(end);
          end = until;
          again.add({ from, until });
          expect(deleted.after(until - 1)).toEqual({ from, until });
        }
        expect(again.batches).toBe(naive.size);
      }),
    );
  });
});
