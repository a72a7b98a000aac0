import { rename } from "node:fs/promises";
import {
  type Answer,
  type Draft,
  draftSignBytes,
  type GuardState,
  guardAllows,
  guardMemory,
  type Input,
  isBeyondGuard,
  isForeignToGuard,
  recoverGuard,
  type SignedMessage,
  withSignature,
} from "@tegata/consensus";
import { assert, type NetworkId, type Signer as SigningKey } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createGuard, GuardFile, type GuardPlace, guardPath, isGuardDamage } from "./guard-file.ts";
import { otherOwner } from "./guard-owner.ts";

/** What a signer is made of. */
export interface SignerParts {
  readonly key: SigningKey;
  readonly place: GuardPlace;
  readonly network: NetworkId;
  readonly era: number;
  readonly log: Log;
}

/** What is synced together with the guard. */
export interface Syncs {
  /** The block of the message and its payloads; the guard is written after them. Null: none. */
  readonly before: Promise<void> | null;
  /** Begins to sync the log, in parallel with the guard. */
  readonly beside: () => Promise<void>;
}

/** How the guard was found. */
export type GuardCondition = "intact" | "missing" | "damaged";

/**
 * Signs own messages, each only when the guard allows it and only after everything that led to it is on
 * the disk. Source: docs/protocol-consensus.md section 6.6.
 */
export class Signer {
  readonly #parts: SignerParts;
  #guard: GuardFile | null;
  #condition: GuardCondition;

  private constructor(parts: SignerParts, guard: GuardFile | null, condition: GuardCondition) {
    this.#parts = parts;
    this.#guard = guard;
    this.#condition = condition;
  }

  /**
   * Opens the guard of the key; a missing or damaged one keeps the signer silent.
   * @throws NODE_GUARD_FOREIGN, NODE_SYNC_FAILED
   */
  static async open(parts: SignerParts): Promise<Signer> {
    try {
      const guard = await GuardFile.open(parts.place);
      const other =
        guard === null
          ? null
          : otherOwner(guard.state(), {
              consensusKey: parts.key.publicKey,
              network: parts.network,
            });
      if (guard !== null && other !== null) {
        await guard.close();
        const path = guardPath(parts.place);
        const message = `the signer guard ${path} belongs to another ${other}`;
        throw new NodeError("NODE_GUARD_FOREIGN", message, { path, other });
      }
      return new Signer(parts, guard, guard === null ? "missing" : "intact");
    } catch (error) {
      if (!isGuardDamage(error)) throw error;
      return new Signer(parts, null, "damaged");
    }
  }

  /** What the node speaks with beside its votes. */
  get identity(): Pick<SignerParts, "key" | "network" | "era"> {
    return this.#parts;
  }

  get condition(): GuardCondition {
    return this.#condition;
  }

  /** Height of the last own message, null before the first or without a guard. */
  get lastHeight(): number | null {
    return this.#guard?.state().said.at(-1)?.message.height ?? null;
  }

  /** What the guard remembers of a height, for consensus to take up after a start. */
  memory(height: number): Extract<Input, { type: "resume" }> {
    const guard = this.#guard;
    if (guard === null) return { type: "resume", said: [], lock: null };
    return guardMemory(guard.state(), this.#parts.era, height);
  }

  /** Whether an answer holds an own message that the guard does not know. */
  isBeyond(answer: Answer): boolean {
    const drafts: Draft[] = [
      ...answer.votes.map((vote): Draft => ({ kind: "vote", vote })),
      ...answer.proposals.map((proposal): Draft => ({ kind: "proposal", proposal })),
    ];
    const guard = this.#guard;
    if (guard === null) return drafts.length > 0;
    return drafts.some((draft) => isBeyondGuard(guard.state(), draft, this.#parts.era));
  }

  /**
   * Whether a message under the own signature was not signed with this guard. What lies behind the few
   * messages that a guard remembers is not told apart.
   */
  isForeign(draft: Draft): boolean {
    const guard = this.#guard;
    return guard === null || isForeignToGuard(guard.state(), draft, this.#parts.era);
  }

  /** A new guard after the old one was lost, once heights above everything it knew are decided. */
  async renew(): Promise<void> {
    assert(this.#guard === null, "only a lost guard is made anew");
    const { place, network, log } = this.#parts;
    if (this.#condition === "damaged") {
      await rename(guardPath(place), `${guardPath(place)}.damaged-${process.pid}`);
    }
    await createGuard(place, network);
    this.#guard = await GuardFile.open(place);
    this.#condition = "intact";
    log.warn({ guard: guardPath(place) }, "made a new signer guard after the old one was lost");
  }

  /**
   * Makes the guard anew from what all other validators and the own log hold, never below what it knows
   * itself; the old file is kept beside it.
   * @throws NODE_SYNC_FAILED, NODE_GUARD_EXISTS
   */
  async recover(answers: readonly Answer[]): Promise<GuardState> {
    const { place, network, era, log } = this.#parts;
    const known = this.#guard?.state() ?? null;
    const state = recoverGuard(
      network,
      era,
      known === null ? answers : [answerOf(known), ...answers],
    );
    await this.#guard?.close();
    this.#guard = null;
    const path = guardPath(place);
    if (this.#condition !== "missing") await rename(path, `${path}.before-${process.pid}`);
    await createGuard(place, network, state);
    log.warn({ guard: path, said: state.said.length }, "made the signer guard anew");
    return state;
  }

  /**
   * Signs a message and resolves when it may leave: everything is on the disk then. Null when the guard
   * forbids it.
   * @throws NODE_SYNC_FAILED
   */
  async sign(draft: Draft, { before, beside }: Syncs): Promise<SignedMessage | null> {
    const guard = this.#guard;
    if (guard === null) return null;
    const { network, era, key, log } = this.#parts;
    const answer = guardAllows(guard.state(), draft, network, era);
    if (!answer.ok) {
      log.warn(
        { code: answer.code, draft: placeOf(draft) },
        "the signer guard withheld a signature",
      );
      return null;
    }
    if ("reuse" in answer) {
      await Promise.all([before, beside()]);
      return signed(draft, answer.reuse);
    }
    const signature = key.sign(draftSignBytes(draft, network, era));
    const others = Promise.all([before, beside()]);
    // The guard names the block only once it is held, else a lock could outlive the last copy of it.
    const saved = Promise.resolve(before).then(() =>
      guard.save(withSignature(answer.state, signature)),
    );
    await Promise.all([saved, others]);
    return signed(draft, signature);
  }

  async close(): Promise<void> {
    await this.#guard?.close();
  }
}

/** What a guard remembers, in the form in which the others answer. */
function answerOf(state: GuardState): Answer {
  const last = state.said.at(-1)?.message;
  const said = last === undefined ? [] : guardMemory(state, last.era, last.height).said;
  return {
    height: last?.height ?? 0,
    voter: last?.index ?? 0,
    votes: said.flatMap((message) => (message.kind === "vote" ? [message.vote] : [])),
    proposals: said.flatMap((message) => (message.kind === "proposal" ? [message.proposal] : [])),
  };
}

function signed(draft: Draft, signature: Uint8Array): SignedMessage {
  return draft.kind === "vote"
    ? { kind: "vote", vote: { ...draft.vote, signature } }
    : { kind: "proposal", proposal: { ...draft.proposal, signature } };
}

function placeOf(draft: Draft): string {
  if (draft.kind === "proposal") return `proposal ${draft.proposal.height}/${draft.proposal.round}`;
  return `${draft.vote.type} ${draft.vote.height}/${draft.vote.round}`;
}
