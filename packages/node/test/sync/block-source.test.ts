import type { MemberId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NodeError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import { Signal } from "../../src/signal.ts";
import { BlockSource, type CertifiedBlock } from "../../src/sync/block-source.ts";
import {
  decodeCertifiedRunAnswer,
  decodeRequest,
  encodeCertifiedRunAnswer,
  encodeRequest,
  runBytesMax,
} from "../../src/sync/requests.ts";
import { Responder, type ResponderParts } from "../../src/sync/responder.ts";
import { Timers } from "../../src/timers.ts";
import { Consortium } from "../helpers/consortium.ts";
import { growChain, openGrown } from "../helpers/grown-chain.ts";

const heightLast = 12;
const member = "0b".repeat(32) as MemberId;

let network: Consortium;
let store: ChainStore;
let responder: Responder;
let timers = new Timers();

beforeAll(async () => {
  network = await Consortium.found(1);
  const writer = network.writer(0);
  const written = () => Array.from({ length: 1_000 }, () => writer.void());
  await growChain(network, 0, { heightLast, written, snapshots: [] });
  store = await openGrown(network, 0);
  // Blocks are asked for, and nothing else.
  responder = new Responder({ store, onDamage: () => undefined } as unknown as ResponderParts);
}, 60_000);

afterAll(async () => {
  await store.close();
  await network.end();
});

afterEach(() => {
  timers.stop();
  timers = new Timers();
});

type Answer = (body: Uint8Array) => Promise<Uint8Array | { readonly refuse: string }>;

const honest: Answer = (body) => responder.answer(member, body, new AbortController().signal);

function opened(answer: Answer) {
  const asked: string[] = [];
  const request = async (memberId: MemberId, body: Uint8Array): Promise<Uint8Array> => {
    asked.push(decodeRequest(body).kind);
    const given = await answer(body);
    if (given instanceof Uint8Array) return given;
    const detail = { memberId, code: given.refuse };
    throw new NodeError("NODE_REQUEST_REFUSED", "refused", detail);
  };
  const refusing: MemberId[] = [];
  const parts = {
    network: { request, connected: () => [member] },
    holders: () => [member],
    log: createLog("error", null),
    claimed: new Signal(timers),
    onRefused: (who: MemberId) => refusing.push(who),
  };
  const source = new BlockSource(parts, new AbortController().signal);
  return { source, asked, refusing };
}

function heightsOf(run: readonly CertifiedBlock[] | null): readonly number[] | undefined {
  return run?.map(({ block }) => block.header.height);
}

/** What the honest one gives, with something else in place of one of its pieces. */
function lying(piece: "block" | "certificate", other: (height: number) => Uint8Array): Answer {
  return async (body) => {
    const given = await honest(body);
    if (!(given instanceof Uint8Array)) return given;
    const run = decodeCertifiedRunAnswer(given).map((one, index) =>
      index === 2 ? { ...one, [piece]: other(index + 1) } : one,
    );
    return encodeCertifiedRunAnswer(run);
  };
}

function blockBytes(height: number): Uint8Array {
  const block = store.block(height);
  if (block === null) throw new Error(`no block ${height}`);
  return block.bytes;
}

describe("blocks in a row", () => {
  test("come in one answer, as many as it holds, and the rest when asked again", async () => {
    const { source, asked } = opened(honest);
    const body = encodeRequest({ kind: "certifiedRun", height: 1, count: 32 });
    const given = await honest(body);
    if (!(given instanceof Uint8Array)) throw new Error("an honest one answers");
    const sizes = decodeCertifiedRunAnswer(given).map(({ block }) => block.length);
    expect(sizes.length).toBeLessThan(heightLast);
    const before = sizes.slice(0, -1).reduce((sum, size) => sum + size, 0);
    expect(before).toBeLessThan(runBytesMax);

    const first = await source.fetch(1, 32);
    expect(heightsOf(first)).toEqual(sizes.map((_, index) => index + 1));
    const rest = await source.fetch(sizes.length + 1, 32);
    expect(heightsOf(rest)?.at(-1)).toBe(heightLast);
    expect(asked).toEqual(["certifiedRun", "certifiedRun"]);
    expect(heightsOf(await source.fetch(3, 2))).toEqual([3, 4]);
  });

  test("that nobody has are none, and who claimed them is not believed", async () => {
    const { source, refusing } = opened(honest);
    expect(await source.fetch(heightLast + 1, 8)).toBeNull();
    expect(refusing).toEqual([member]);
  });

  test("are asked for one by one where a program of an earlier version answers", async () => {
    const older: Answer = async (body) =>
      decodeRequest(body).kind === "certified" ? honest(body) : { refuse: "malformed" };
    const { source, asked, refusing } = opened(older);
    expect(heightsOf(await source.fetch(1, 8))).toEqual([1]);
    expect(heightsOf(await source.fetch(2, 8))).toEqual([2]);
    expect(asked).toEqual(["certifiedRun", "certified", "certified"]);
    expect(refusing).toEqual([]);
  });

  const lies: readonly (readonly [string, Answer])[] = [
    ["a block of another height", lying("block", (height) => blockBytes(height + 1))],
    ["no block", lying("block", () => new Uint8Array(100))],
    [
      "the certificate of another block",
      lying("certificate", (height) => store.certificate(height + 1) ?? new Uint8Array(0)),
    ],
    [
      "bytes that are no certificate",
      lying("certificate", (height) => store.certificate(height)?.subarray(1) ?? new Uint8Array(0)),
    ],
    ["nothing", async () => encodeCertifiedRunAnswer([])],
    [
      "more than it was asked for",
      () => honest(encodeRequest({ kind: "certifiedRun", height: 1, count: 9 })),
    ],
  ];
  test.each(lies)("are not taken from who gives %s, and it is left alone", async (_, lie) => {
    const { source, asked } = opened(lie);
    expect(await source.fetch(1, 5)).toBeNull();
    expect(await source.fetch(1, 5)).toBeNull();
    expect(asked).toHaveLength(1);
  });
});
