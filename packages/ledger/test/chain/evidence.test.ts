import { describe, expect, test } from "vitest";
import {
  assembleBlock,
  type Block,
  type BlockPlan,
  buildBlock,
  checkBlock,
  encodeHeader,
  evidenceRootOf,
  offenceFactsOf,
  readConsensusKey,
  readEvidence,
  readRoster,
  validatorsHashOf,
} from "../../src/chain/index.ts";
import type { MemberId } from "../../src/primitives/index.ts";
import {
  checksOf,
  commit,
  type Founder,
  filler,
  founderOf,
  type Ledger,
  member,
  newLedger,
  plan,
} from "./fixtures.ts";
import { evidenceBytes, offenceIn } from "./vote-fixtures.ts";

/** A ledger at height 3. */
function ledgerOf(count: number): Ledger {
  const ledger = newLedger(count);
  for (let height = 1; height <= 3; height += 1) commit(ledger, []);
  return ledger;
}

function accuse(ledger: Ledger, founder: Founder, height: number): Uint8Array {
  return evidenceBytes(founder, height, ledger.genesis.networkId);
}

function planWith(ledger: Ledger, evidence: readonly Uint8Array[]): BlockPlan {
  return { ...plan(ledger, []), evidence, offence: offenceIn(ledger.genesis.networkId) };
}

/** The block that carries whatever it is told to; what it does is that of a block with nothing. */
function carrying(ledger: Ledger, evidence: readonly Uint8Array[]): Block {
  const { block } = buildBlock(planWith(ledger, []));
  const headerBytes = encodeHeader({ ...block.header, evidenceRoot: evidenceRootOf(evidence) });
  return assembleBlock({ ...block, headerBytes, evidence });
}

function verdictOn(ledger: Ledger, block: Block): ReturnType<typeof checkBlock> {
  const checks = { ...checksOf(ledger), offence: offenceIn(ledger.genesis.networkId) };
  return checkBlock(ledger.state, ledger.head, block, checks);
}

/** Commits the block that is built with this evidence; throws unless it carries all of it. */
function commitWith(ledger: Ledger, evidence: readonly Uint8Array[]): Block {
  const { block, changes } = buildBlock(planWith(ledger, evidence));
  if (block.evidence.length !== evidence.length) throw new Error("evidence was left out");
  const verdict = verdictOn(ledger, block);
  if (!verdict.ok) throw new Error(`the block is refused: ${verdict.code}`);
  ledger.state.write(changes);
  ledger.head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
  return block;
}

function suspendedIn(ledger: Ledger): readonly MemberId[] {
  const { validators } = readRoster(ledger.state);
  return validators.flatMap((validator) => (validator.suspended ? [validator.member] : []));
}

describe("a block with evidence", () => {
  test("suspends the accused from the next height on, and the headers say so", () => {
    const ledger = ledgerOf(4);
    const accused = member(ledger, 2);
    const { validators } = readRoster(ledger.state);
    const { header } = commitWith(ledger, [accuse(ledger, accused, 2)]);
    expect(suspendedIn(ledger)).toEqual([accused.id]);
    const after = readRoster(ledger.state);
    expect(after.validators).toHaveLength(4);
    expect(after.last.validators).toEqual(validators);
    expect(header.validatorsHash).toBe(validatorsHashOf(validators));
    expect(header.nextValidatorsHash).toBe(validatorsHashOf(after.validators));
    expect(header.nextValidatorsHash).not.toBe(header.validatorsHash);
    expect(commit(ledger, []).header.validatorsHash).toBe(header.nextValidatorsHash);
    expect(
      verdictOn(ledger, buildBlock({ ...plan(ledger, []), proposer: accused.id }).block),
    ).toMatchObject({
      code: "LEDGER_BLOCK_PROPOSER",
    });
  });

  test("writes down whom it accused and that its key votes no more", () => {
    const ledger = ledgerOf(4);
    const { id, card } = member(ledger, 2);
    commitWith(ledger, [accuse(ledger, member(ledger, 2), 2)]);
    const key = card.consensusKey;
    expect(readEvidence(ledger.state, key, 2)).toEqual({ member: id, height: 4 });
    expect(readEvidence(ledger.state, key, 3)).toBeNull();
    expect(readConsensusKey(ledger.state, key)).toEqual({
      member: id,
      intervals: [{ firstHeight: 1, lastHeight: 4 }],
    });
    const facts = offenceFactsOf(ledger.state);
    expect([facts.ownerOf(key, 4), facts.ownerOf(key, 5)]).toEqual([id, null]);
    expect([facts.isRecorded(key, 2), facts.isSuspended(id)]).toEqual([true, true]);
  });

  test("may speak of its own height, of each key and height once, and of more than f members", () => {
    const ledger = ledgerOf(3);
    const [one, other] = [member(ledger, 0), member(ledger, 1)];
    const evidence = [accuse(ledger, one, 4), accuse(ledger, one, 1), accuse(ledger, other, 1)];
    commitWith(ledger, evidence);
    expect(suspendedIn(ledger)).toEqual([]);
    expect(readEvidence(ledger.state, other.card.consensusKey, 1)?.height).toBe(4);
    const four = ledgerOf(4);
    commitWith(four, [accuse(four, member(four, 0), 1), accuse(four, member(four, 1), 1)]);
    expect(suspendedIn(four)).toEqual([member(four, 0).id]);
  });

  interface Refused {
    readonly reason: string;
    readonly count?: number;
    readonly evidence: (ledger: Ledger) => readonly Uint8Array[];
    readonly index?: number;
  }

  test.each<Refused>([
    { reason: "not-proven", evidence: () => [filler("evidence", 40)] },
    {
      reason: "not-proven",
      evidence: (ledger) => [evidenceBytes(member(ledger, 1), 2, "00".repeat(32) as never)],
    },
    { reason: "future", evidence: (ledger) => [accuse(ledger, member(ledger, 1), 5)] },
    { reason: "no-vote", evidence: (ledger) => [accuse(ledger, founderOf(9), 2)] },
    { reason: "no-vote", evidence: (ledger) => [accuse(ledger, member(ledger, 1), 0)] },
    {
      reason: "recorded",
      count: 3,
      index: 1,
      evidence: (ledger) => [2, 2].map((height) => accuse(ledger, member(ledger, 1), height)),
    },
    {
      reason: "suspended",
      index: 1,
      evidence: (ledger) => [2, 3].map((height) => accuse(ledger, member(ledger, 1), height)),
    },
  ])("is refused as $reason", ({ reason, count = 4, evidence, index = 0 }) => {
    const ledger = ledgerOf(count);
    const pieces = evidence(ledger);
    expect(verdictOn(ledger, carrying(ledger, pieces))).toEqual({
      ok: false,
      code: "LEDGER_BLOCK_EVIDENCE",
      detail: { index, reason },
      refusal: null,
    });
    // The builder leaves the same piece out.
    const { block } = buildBlock(planWith(ledger, pieces));
    expect(block.evidence).toEqual(pieces.slice(0, index));
    expect(verdictOn(ledger, block)).toMatchObject({ ok: true });
  });

  test("is refused when the state has the offence already, or the member is suspended", () => {
    const reasonIn = (ledger: Ledger, height: number): unknown => {
      const verdict = verdictOn(
        ledger,
        carrying(ledger, [accuse(ledger, member(ledger, 1), height)]),
      );
      return verdict.ok ? null : verdict.detail.reason;
    };
    const three = ledgerOf(3);
    commitWith(three, [accuse(three, member(three, 1), 2)]);
    expect(reasonIn(three, 2)).toBe("recorded");
    const four = ledgerOf(4);
    commitWith(four, [accuse(four, member(four, 1), 2)]);
    expect(reasonIn(four, 3)).toBe("suspended");
  });

  test("carries at most 16 pieces, and none that is too large", () => {
    const ledger = ledgerOf(3);
    while (ledger.head.height < 18) commit(ledger, []);
    const heights = Array.from({ length: 18 }, (_, index) => index + 1);
    const pieces = heights.map((height) => accuse(ledger, member(ledger, 1), height));
    const { block } = buildBlock(planWith(ledger, [filler("large", 4_097), ...pieces]));
    expect(block.evidence).toEqual(pieces.slice(0, 16));
    expect(verdictOn(ledger, block)).toMatchObject({ ok: true });
  });
});
