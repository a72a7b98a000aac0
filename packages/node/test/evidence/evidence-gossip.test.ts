import type { Evidence } from "@tegata/consensus";
import type { EvidenceRefusal, Offence } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { NodeError } from "../../src/errors.ts";
import { EvidenceGossip } from "../../src/evidence/evidence-gossip.ts";
import {
  type EvidencePiece,
  EvidencePool,
  type EvidenceUse,
  encodeEvidence,
} from "../../src/evidence/evidence-pool.ts";
import { evidenceOf, forgedEvidence, hostileKey, signedFor } from "./samples.ts";

const [asahi, birch, chubu] = ["a1", "b2", "c3"].map((byte) => byte.repeat(32)) as [
  MemberId,
  MemberId,
  MemberId,
];
const hostile = hostileKey(7);

/** Gossip over a network that only notes what is sent to whom. */
function place(
  refusalOf: (offence: Offence) => EvidenceRefusal | null = () => null,
  useOf: (offence: Offence) => EvidenceUse | null = (offence) =>
    refusalOf(offence) === null ? "suspends" : null,
) {
  const sent: [MemberId, Uint8Array][] = [];
  const held: [height: number, self: boolean][] = [];
  const refused: string[] = [];
  const pool = new EvidencePool(useOf);
  const gossip = new EvidenceGossip({
    pool,
    network: {
      connected: () => [asahi, birch, chubu],
      send: (member, _type, body) => sent.push([member, body]) > 0,
      broadcast: () => 0,
    },
    signedFor,
    refusalOf,
    onHeld: ({ offence }, self) => held.push([offence.height, self]),
    onRefused: (code) => refused.push(code),
  });
  return { gossip, pool, sent, held, refused };
}

function pieceOf(height: number): EvidencePiece {
  const evidence = evidenceOf(hostile, height);
  const bytes = encodeEvidence(evidence);
  return { evidence, bytes, offence: { key: evidence.key, height } };
}

/** What the next block would carry. */
function bodies(pool: EvidencePool): readonly Uint8Array[] {
  return pool.ready.map(({ bytes }) => bytes);
}

function codeOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof NodeError) return error.code;
    throw error;
  }
}

describe("evidence that comes in", () => {
  test("is told once to every member but the one that brought it, and offered to one that connects", () => {
    const { gossip, pool, sent, held } = place();
    const body = encodeEvidence(evidenceOf(hostile, 5));
    gossip.onFrame(asahi, body);
    gossip.onFrame(birch, body);
    gossip.onFrame(birch, encodeEvidence(evidenceOf(hostile, 5, 1)));
    expect(sent).toEqual([
      [birch, body],
      [chubu, body],
    ]);
    expect(held).toEqual([[5, false]]);
    expect(bodies(pool)).toEqual([body]);
    sent.length = 0;
    gossip.onConnected(chubu);
    expect(sent).toEqual([[chubu, body]]);
  });

  test("is told to everybody where this node saw it itself", () => {
    const { gossip, sent, held } = place();
    gossip.found(evidenceOf(hostile, 5));
    gossip.found(evidenceOf(hostile, 5));
    expect(sent.map(([member]) => member)).toEqual([asahi, birch, chubu]);
    expect(held).toEqual([[5, true]]);
  });

  test("is offered to one that connects also for heights to come, whose turn it may be then", () => {
    const { gossip, pool, sent } = place(
      () => null,
      ({ height }) => (height <= 5 ? "suspends" : null),
    );
    gossip.found(evidenceOf(hostile, 7));
    expect(pool.isReady).toBe(false);
    sent.length = 0;
    gossip.onConnected(chubu);
    expect(sent).toEqual([[chubu, encodeEvidence(evidenceOf(hostile, 7))]]);
  });

  test("closes the connection of a member that brings a forged or malformed piece", () => {
    const { gossip, pool, sent, refused } = place();
    const forged = encodeEvidence(forgedEvidence(hostile, 5));
    expect(codeOf(() => gossip.onFrame(asahi, forged))).toBe("NODE_PEER_FORGED");
    expect(refused).toEqual(["CONSENSUS_BAD_SIGNATURE"]);
    const honest = evidenceOf(hostile, 5);
    const noPair = { ...honest, second: honest.first } as Evidence;
    const same = encodeEvidence(noPair);
    expect(codeOf(() => gossip.onFrame(asahi, same))).toBe("NODE_PEER_FORGED");
    for (const body of [forged.subarray(0, 50), new Uint8Array(0), Uint8Array.of(0x80)]) {
      expect(codeOf(() => gossip.onFrame(asahi, body))).toBe("NODE_PEER_FRAME_MALFORMED");
    }
    expect(pool.size).toBe(0);
    expect(sent).toEqual([]);
  });

  test("costs no signature check where no block may carry it", () => {
    const { gossip, pool } = place(({ height }) => (height < 10 ? "recorded" : null));
    // A forged piece that is looked at closes the connection: this one is not.
    gossip.onFrame(asahi, encodeEvidence(forgedEvidence(hostile, 9)));
    expect(pool.size).toBe(0);
  });

  test("is verified for one member so many times and no more, while others are heard", () => {
    const { gossip, pool } = place();
    let verified = 0;
    while (verified < 1_000) {
      const forged = encodeEvidence(forgedEvidence(hostileKey(verified % 200), verified + 1));
      if (codeOf(() => gossip.onFrame(asahi, forged)) === null) break;
      verified += 1;
    }
    expect(verified).toBeLessThan(100);
    gossip.onFrame(birch, encodeEvidence(evidenceOf(hostile, 5)));
    expect(pool.size).toBe(1);
  });

  test("leaves when no block may carry it any more", () => {
    let recorded = 0;
    const { gossip, pool } = place(({ height }) => (height <= recorded ? "recorded" : null));
    for (const height of [6, 5]) gossip.found(evidenceOf(hostile, height));
    recorded = 5;
    gossip.onCommitted();
    expect(bodies(pool)).toEqual([encodeEvidence(evidenceOf(hostile, 6))]);
    recorded = 6;
    gossip.onCommitted();
    expect(pool.size).toBe(0);
    gossip.onConnected(asahi);
  });
});

describe("the pool of evidence", () => {
  test("keeps a few pieces of a key that never stops, and has room for others", () => {
    const { gossip, pool } = place();
    for (let height = 1; height <= 50; height += 1) gossip.found(evidenceOf(hostile, height));
    expect(pool.size).toBeLessThanOrEqual(16);
    const before = pool.size;
    gossip.found(evidenceOf(hostileKey(9), 5));
    expect(pool.size).toBe(before + 1);
    gossip.onCommitted();
    expect(pool.size).toBe(before + 1);
  });

  test("holds no more than its bound, whoever contradicts themselves", () => {
    const pool = new EvidencePool(() => "suspends");
    const evidence = evidenceOf(hostile, 1);
    for (let number = 0; number < 3_000; number += 1) {
      const key = number.toString(16).padStart(64, "0") as typeof evidence.key;
      const offence = { key, height: 1 };
      pool.add({ evidence, bytes: Uint8Array.of(1), offence });
    }
    expect(pool.size).toBe(1_024);
  });

  test("is not filled with offences of heights to come while one for the next block is told", () => {
    const pool = new EvidencePool(({ height }) => (height <= 10 ? "suspends" : null));
    for (let height = 30; height > 10; height -= 1) pool.add(pieceOf(height));
    expect(pool.isReady).toBe(false);
    expect(pool.hasRoom(pieceOf(10).offence)).toBe(true);
    pool.add(pieceOf(10));
    expect(pool.isReady).toBe(true);
    expect(pool.size).toBe(8);
    expect(pool.hasRoom(pieceOf(31).offence)).toBe(false);
  });

  test("offers what takes a vote away before what is only written down, however early that was", () => {
    const pool = new EvidencePool(({ height }) => (height > 8 ? "suspends" : "records"));
    for (const height of [9, 3, 10, 2]) pool.add(pieceOf(height));
    expect(pool.ready.map(({ offence }) => offence.height)).toEqual([9, 10, 2, 3]);
  });

  test("asks for no block where nobody would lose a vote, and has it ready for one that is made", () => {
    let use: "suspends" | "records" = "records";
    const pool = new EvidencePool(() => use);
    const piece = pieceOf(5);
    pool.add(piece);
    expect(pool.isReady).toBe(false);
    expect(bodies(pool)).toEqual([piece.bytes]);
    use = "suspends";
    pool.prune(() => false);
    expect(pool.isReady).toBe(true);
  });

  test("offers what the next block may carry, the earliest offence first", () => {
    const pool = new EvidencePool(({ height }) => (height <= 10 ? "suspends" : null));
    const all = [12, 9, 10].map((height) => {
      pool.add(pieceOf(height));
      return pieceOf(height).bytes;
    });
    expect(bodies(pool)).toEqual([all[1], all[2]]);
  });
});
