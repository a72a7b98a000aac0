import {
  type Block,
  type BuiltBlock,
  budgetFor,
  buildBlock,
  checkTransaction,
  encodeCompactBlock,
  type Genesis,
  initialState,
  type Transaction,
  transactionKey,
} from "@tegata/ledger/chain";
import { decode, encode, type MemberId, type Value } from "@tegata/ledger/primitives";
import { type ChainStore, openMemoryChainStore } from "@tegata/ledger/storage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/helpers/waiting.ts";
import { encodeHeldSidecars } from "../../src/gossip/frames.ts";
import { BlockDesk } from "../../src/host/block-desk.ts";
import { Signatures } from "../../src/host/signatures.ts";
import { createLog } from "../../src/log.ts";
import { AdmissionDoor } from "../../src/mempool/admission.ts";
import { Mempool } from "../../src/mempool/mempool.ts";
import {
  decodeRequest,
  encodeBlockAnswer,
  encodePayloadsAnswer,
  type SyncRequest,
} from "../../src/sync/requests.ts";
import { Timers } from "../../src/timers.ts";
import { foundIn, makeMember, type TestMember } from "../helpers/consortium.ts";
import { Writer, type Written } from "../helpers/writer.ts";

const liar = "0a".repeat(32) as MemberId;
const honest = "0b".repeat(32) as MemberId;

let timers: Timers;
let store: ChainStore;
let member: TestMember;
let genesis: Genesis;

beforeEach(async () => {
  timers = new Timers();
  member = await makeMember(0, "/nonexistent");
  genesis = foundIn([member], {});
  const { networkId, timeMs } = genesis;
  const changes = initialState(genesis);
  store = await openMemoryChainStore({ networkId, genesis: { timeMs, changes } });
});

afterEach(async () => {
  timers.stop();
  await store.close();
});

type Answers = (from: MemberId, request: SyncRequest) => Uint8Array | Promise<Uint8Array>;

/** A member that is connected and says nothing: its line loses everything. */
const silence = new Promise<Uint8Array>(() => undefined);

function newDesk(answers: Answers, connected: readonly MemberId[] = [liar, honest]) {
  const asked: { from: MemberId; kind: SyncRequest["kind"] }[] = [];
  const reader = store.reader();
  const signatures = new Signatures(genesis.networkId, 0);
  const context = () => ({ height: 1, timeMs: Date.now(), startOfBlock: reader });
  const check = (transaction: Transaction) => checkTransaction(reader, transaction, context());
  const pool = new Mempool({ nextSequence: () => 1, check, memberCount: () => 1 });
  const door = new AdmissionDoor(pool, {
    steadyMs: () => performance.now(),
    isCommitted: () => false,
    transactionKey: (transaction) => transactionKey(reader, transaction),
    isSigned: (transaction, key) => signatures.isSigned(transaction, key),
    check,
  });
  const desk = new BlockDesk({
    store,
    reader,
    pool,
    signatures,
    timers,
    clock: { nowMs: () => Date.now() },
    log: createLog("error", null),
    network: {
      connected: () => connected,
      request: async (from, body) => {
        const request = decodeRequest(body);
        asked.push({ from, kind: request.kind });
        return answers(from, request);
      },
    },
    certified: () => null,
    offence: () => null,
    onFresh: () => undefined,
    isHeartbeatDue: () => false,
  });
  desk.beginHeight({ height: 1, sourcesOf: () => [liar] });
  return { desk, door, pool, asked };
}

function build(candidates: readonly Written[]): BuiltBlock {
  return buildBlock({
    reader: store.reader(),
    head: store.head(),
    candidates: candidates.map(({ decoded }) => decoded),
    budget: budgetFor(0),
    timeMs: Date.now(),
    proposer: member.memberId,
    stateRoot: store.stateRoot(0) ?? ("" as never),
    previousCertificate: new Uint8Array(0),
    certified: null,
    evidence: [],
    offence: () => null,
  });
}

function writer(): Writer {
  return new Writer(member.memberId, member.transactionKey, genesis.networkId);
}

function held(written: readonly Written[], request: SyncRequest): Uint8Array {
  if (request.kind === "sidecars") {
    return encodeHeldSidecars(
      request.ids.map((id) => written.find((one) => one.id === id) ?? null),
    );
  }
  if (request.kind !== "payloads") throw new Error("not asked for");
  return encodePayloadsAnswer(
    request.parts.map(([id, part]) => written.find((one) => one.id === id)?.payloads[part] ?? null),
  );
}

function asks(block: Block) {
  return { height: 1, round: 0, blockId: block.id, fresh: true };
}

const valid = { valid: true, timely: true, due: true, reason: null };

/** The same header with another list of transactions. */
function withoutTransactions(block: Block): Uint8Array {
  const parts = decode(encodeCompactBlock(block)) as readonly Value[];
  return encode([parts[0] as Value, [], parts[2] as Value, parts[3] as Value]);
}

describe("the desk of blocks", () => {
  test("puts a compact block together from the mempool and asks nobody", async () => {
    const by = writer();
    const stream = by.createStream();
    const written = [stream, by.records(stream.decoded.lane), by.void()];
    const { desk, door, asked } = newDesk(() => new Uint8Array(0));
    for (const one of written) expect(door.admit(one, honest).ok).toBe(true);
    const { block } = build(written);
    desk.offerCompact(honest, encodeCompactBlock(block));
    expect(await desk.validate(asks(block))).toEqual(valid);
    expect(asked).toEqual([]);
    await desk.possess(block.id);
    expect(store.candidate(1, block.id)?.bytes).toEqual(block.bytes);
    expect(store.hasPayload(1, { transactionId: stream.decoded.id, part: 0 })).toBe(true);
  });

  test("fetches what it lacks, from the next member when one has it not", async () => {
    const by = writer();
    const stream = by.createStream();
    const written = [stream, by.records(stream.decoded.lane)];
    const { desk, asked } = newDesk((from, request) =>
      held(from === honest ? written : [], request),
    );
    const { block } = build(written);
    desk.offerCompact(liar, encodeCompactBlock(block));
    expect(await desk.validate(asks(block))).toEqual(valid);
    expect(asked.map(({ from }) => from)).toContain(honest);
  });

  test("asks the next member beside one that is silent, for the block and for what it names", async () => {
    const by = writer();
    const stream = by.createStream();
    const written = [stream, by.records(stream.decoded.lane)];
    const { block } = build(written);
    const whole = newDesk((from, request) => {
      if (from === liar) return silence;
      return request.kind === "block" ? encodeBlockAnswer(block.bytes) : held(written, request);
    });
    expect(await whole.desk.validate(asks(block))).toEqual(valid);
    expect(whole.asked.slice(0, 2).map(({ from }) => from)).toEqual([liar, honest]);
    const parts = newDesk((from, request) => (from === liar ? silence : held(written, request)));
    parts.desk.offerCompact(liar, encodeCompactBlock(block));
    expect(await parts.desk.validate(asks(block))).toEqual(valid);
  });

  test("asks for a decided block at once, because nobody sends it unasked any more", async () => {
    const { block } = build([writer().void()]);
    const { desk, asked } = newDesk(() => encodeBlockAnswer(block.bytes));
    const decided = desk.decided(1, block.id, [honest]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([{ from: honest, kind: "block" }]);
    expect((await decided)?.block.id).toBe(block.id);
  });

  test("does not take a lie about a block's body for the block", async () => {
    const by = writer();
    const written = [by.void()];
    const { block } = build(written);
    const { desk } = newDesk((from) =>
      from === honest ? encodeBlockAnswer(block.bytes) : new Uint8Array(3),
    );
    desk.offerCompact(liar, withoutTransactions(block));
    expect(await desk.validate(asks(block))).toEqual(valid);
  });

  test("finds a block invalid whose execution gives something else", async () => {
    const by = writer();
    const good = build([by.void()]).block;
    const bad = build([by.voidAt(1), by.voidAt(2)]).block;
    // The header of one, the transactions of the other, and roots that fit neither state.
    const header = { ...bad.header, changesRoot: good.header.changesRoot };
    const { assembleBlock, encodeHeader } = await import("@tegata/ledger/chain");
    const forged = assembleBlock({ ...bad, headerBytes: encodeHeader(header) });
    const { desk } = newDesk(() => encodeBlockAnswer(forged.bytes));
    expect(await desk.validate(asks(forged))).toMatchObject({
      valid: false,
      reason: "LEDGER_BLOCK_CHANGES_ROOT",
    });
  });

  test("does not vote for an empty block of round 0 while no heartbeat is due", async () => {
    const { block } = build([]);
    const { desk } = newDesk(() => encodeBlockAnswer(block.bytes));
    expect(await desk.validate(asks(block))).toEqual({ ...valid, due: false });
    expect(await desk.validate({ ...asks(block), round: 1 })).toEqual(valid);
  });

  test("gives no verdict and no possession while a payload is missing", async () => {
    const by = writer();
    const stream = by.createStream();
    let isHeld = false;
    const { desk, door } = newDesk((_from, request) => held(isHeld ? [stream] : [], request));
    const { block } = build([stream]);
    expect(door.admit(stream, honest).ok).toBe(true);
    const other = newDesk((_from, request) =>
      request.kind === "block"
        ? encodeBlockAnswer(block.bytes)
        : held(isHeld ? [stream] : [], request),
    ).desk;
    let verdict: unknown = "open";
    const judged = other.validate(asks(block)).then((answer) => {
      verdict = answer;
    });
    await until("the block is there", () => other.held(block.id) !== null);
    expect([other.possess(block.id), verdict]).toEqual([null, "open"]);
    isHeld = true;
    await judged;
    expect(verdict).toEqual(valid);
    await other.possess(block.id);
    desk.stop();
  });

  test("ends its search when the height is over", async () => {
    const { block } = build([writer().void()]);
    const { desk } = newDesk(() => new Uint8Array(3));
    const judged = desk.validate(asks(block));
    desk.beginHeight({ height: 2, sourcesOf: () => [] });
    expect(await judged).toBeNull();
  });

  test("lets one member bring up only a few blocks", async () => {
    const { desk } = newDesk(() => new Uint8Array(3));
    const blocks = Array.from({ length: 9 }, (_, index) => {
      const { block } = build([]);
      const parts = decode(encodeCompactBlock(block)) as readonly Value[];
      const header = decode(parts[0] as Uint8Array) as Value[];
      header[2] = (header[2] as number) + index;
      return encode([encode(header), ...parts.slice(1)]);
    });
    for (const body of blocks) desk.offerCompact(liar, body);
    expect([...desk.offers()]).toHaveLength(4);
  });
});
