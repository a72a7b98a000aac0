// The rules of one round, arm by arm as in algorithm 1 of arXiv 1807.04938. Nothing here knows how
// votes are counted, who the validators are or what a block is.
import { type BlockId, unreachable } from "@tegata/ledger/primitives";
import type { RoundStep } from "./timeouts.ts";

/** A block and the round it got its polka in. */
export interface Lock {
  readonly round: number;
  readonly blockId: BlockId;
}

/** Where a validator stands within a height; lock and valid block outlive the round. */
export interface RoundState {
  readonly round: number;
  readonly step: RoundStep;
  /** lockedValue and lockedRound: what this validator precommitted last. */
  readonly locked: Lock | null;
  /** validValue and validRound: the last block known to have had a polka, held or not. */
  readonly valid: Lock | null;
  /** Waits that began in this round; each begins once. */
  readonly waiting: readonly RoundStep[];
}

/**
 * Whose turn it is to propose: another's, or one's own with a block that had a polka and is held, or
 * with none such.
 */
export type Turn =
  | { readonly type: "other" }
  | { readonly type: "own"; readonly offer: Lock | null };

/** What a round reacts to. */
export type RoundInput =
  /** `isAwake`: there is something to propose, or the round is not the first. */
  | {
      readonly type: "start";
      readonly round: number;
      readonly turn: Turn;
      readonly isAwake: boolean;
    }
  | { readonly type: "wake"; readonly turn: Turn }
  /** `isAcceptable`: valid, and if fresh also timely and due. */
  | {
      readonly type: "proposal";
      readonly blockId: BlockId;
      readonly validRound: number;
      readonly isAcceptable: boolean;
    }
  | { readonly type: "polka"; readonly blockId: BlockId; readonly isValid: boolean }
  | { readonly type: "polkaNil" }
  | { readonly type: "prevotes" }
  | { readonly type: "precommits" }
  | { readonly type: "timeout"; readonly step: RoundStep };

/** What a round asks for. */
export type RoundOutput =
  | { readonly type: "propose"; readonly blockId: BlockId; readonly validRound: number }
  | { readonly type: "build" }
  | { readonly type: "prevote"; readonly blockId: BlockId | null }
  | { readonly type: "precommit"; readonly blockId: BlockId | null }
  | { readonly type: "wait"; readonly step: RoundStep }
  | { readonly type: "next" };

type Change = readonly [RoundState, readonly RoundOutput[]];

/** Before the first round of a height. */
export const beforeRounds: RoundState = Object.freeze({
  round: 0,
  step: "propose",
  locked: null,
  valid: null,
  waiting: [],
});

/** The lock allows a prevote for this block (L23, L29): `lockedRound <= vr` or the locked block itself. */
export function lockAllows(state: RoundState, blockId: BlockId, validRound: number): boolean {
  const { locked } = state;
  return locked === null || locked.round <= validRound || locked.blockId === blockId;
}

function wait(state: RoundState, step: RoundStep, before: readonly RoundOutput[] = []): Change {
  if (state.waiting.includes(step)) return [state, before];
  return [{ ...state, waiting: [...state.waiting, step] }, [...before, { type: "wait", step }]];
}

/** L14-21, for a round that has reason to go on; the proposer waits as well, building takes time. */
function begin(state: RoundState, turn: Turn): Change {
  if (turn.type === "other") return wait(state, "propose");
  const { offer } = turn;
  const output: RoundOutput =
    offer === null
      ? { type: "build" } // L18
      : { type: "propose", blockId: offer.blockId, validRound: offer.round }; // L16
  return wait(state, "propose", [output]);
}

function prevote(state: RoundState, blockId: BlockId | null): Change {
  return [{ ...state, step: "prevote" }, [{ type: "prevote", blockId }]];
}

function precommit(state: RoundState, blockId: BlockId | null): Change {
  return [{ ...state, step: "precommit" }, [{ type: "precommit", blockId }]];
}

/** L36-43. A block whose validity is still open here becomes the valid block, but not the lock. */
function onPolka(state: RoundState, blockId: BlockId, isValid: boolean): Change {
  if (state.step === "propose") return [state, []];
  const { round } = state;
  const isKnown = state.valid?.round === round;
  const seen = isKnown ? state : { ...state, valid: { round, blockId } }; // L42, L43
  if (state.step !== "prevote" || !isValid) return [seen, []];
  return precommit({ ...seen, locked: { round, blockId } }, blockId); // L38-41
}

function onTimeout(state: RoundState, step: RoundStep): Change {
  if (step === "propose") return state.step === step ? prevote(state, null) : [state, []]; // L57
  if (step === "prevote") return state.step === step ? precommit(state, null) : [state, []]; // L61
  return [state, [{ type: "next" }]]; // L65
}

/**
 * Applies one rule. An input that does not fit the step changes nothing; the same state object comes
 * back. Source: arXiv 1807.04938, algorithm 1.
 */
export function applyRound(state: RoundState, input: RoundInput): Change {
  switch (input.type) {
    case "start": {
      // L11-13
      const { round, turn, isAwake } = input;
      const entered: RoundState = { ...state, round, step: "propose", waiting: [] };
      return isAwake ? begin(entered, turn) : [entered, []];
    }
    case "wake": // L14-21, put off until there is something to propose.
      return state.step === "propose" && !state.waiting.includes("propose")
        ? begin(state, input.turn)
        : [state, []];
    case "proposal": {
      // L22-33
      if (state.step !== "propose") return [state, []];
      const isFree = lockAllows(state, input.blockId, input.validRound);
      return prevote(state, isFree && input.isAcceptable ? input.blockId : null);
    }
    case "polka": // L36
      return onPolka(state, input.blockId, input.isValid);
    case "polkaNil": // L44
      return state.step === "prevote" ? precommit(state, null) : [state, []];
    case "prevotes": // L34
      return state.step === "prevote" ? wait(state, "prevote") : [state, []];
    case "precommits": // L47
      return wait(state, "precommit");
    case "timeout":
      return onTimeout(state, input.step);
    default:
      return unreachable(input);
  }
}
