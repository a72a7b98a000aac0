import { type Chapter, type GuardState, newGuard, type WalRecord } from "@tegata/consensus";
import {
  type BlockId,
  type MemberId,
  type NetworkId,
  type PublicKey,
  sha256,
  toHex,
} from "@tegata/ledger/primitives";

function hex(text: string): string {
  return toHex(sha256(Buffer.from(text)));
}

export const network = hex("network") as NetworkId;
export const consensusKey = hex("consensus key") as PublicKey;

/** The first record of a height and as many others as wanted, each different from the rest. */
export function sampleRecords(height: number, count: number): WalRecord[] {
  const start: WalRecord = {
    type: "startHeight",
    network,
    era: 0,
    height,
    validators: [{ member: hex("member") as MemberId, key: consensusKey, suspended: false }],
    eligible: [0],
    self: 0,
    timeouts: { proposeMs: 500, voteMs: 250, stepMs: 250, capMs: 10_000 },
  };
  const others = Array.from(
    { length: count - 1 },
    (_, round): WalRecord =>
      round % 2 === 0
        ? { type: "timeout", timeout: { kind: "propose", height, round } }
        : { type: "built", height, round, blockId: hex(`block ${round}`) as BlockId },
  );
  return [start, ...others];
}

/** A chapter of the height after so many rounds. */
export function sampleChapter(height: number, round: number): Chapter {
  const [start] = sampleRecords(height, 1);
  if (start?.type !== "startHeight") throw new Error("the first record starts the height");
  const { type: _, ...begun } = start;
  return {
    type: "chapter",
    start: begun,
    rules: { round, step: "propose", locked: null, valid: null, waiting: [] },
    proposal: null,
    isDoubled: false,
    opinion: "open",
    isFetching: false,
    votes: [],
    roundPolka: null,
    words: [],
    polka: null,
    lockPolka: null,
    entered: null,
    blocks: [],
    drafts: [],
    isProposable: false,
  };
}

/** The last round of a log of chapters and waits, which follow each other without a gap. */
export function roundIn([first, ...rest]: readonly WalRecord[]): number {
  const begun = first?.type === "chapter" ? first.rules.round : 0;
  rest.forEach((record, index) => {
    const isNext = record.type === "timeout" && record.timeout.round === begun + 1 + index;
    if (!isNext) throw new Error(`record ${index + 1} is not of round ${begun + 1 + index}`);
  });
  return begun + rest.length;
}

/** What a guard holds after so many signatures, one each round of height 7. */
export function guardAfter(written: number): GuardState {
  if (written === 0) return newGuard(network);
  return {
    format: 1,
    written,
    network,
    said: [
      {
        message: {
          era: 0,
          height: 7,
          round: written,
          step: "prevote",
          blockId: hex(`block ${written}`) as BlockId,
          validRound: -1,
          index: 0,
        },
        signature: new Uint8Array(64).fill(written % 256),
      },
    ],
    lock: null,
  };
}
