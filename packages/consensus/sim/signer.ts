// The signing of a member: which key, which guard, and what is on the disk before a signature leaves.
import type { BlockId } from "@tegata/ledger/primitives";
import {
  type Answer,
  type Draft,
  draftSignBytes,
  type GuardState,
  guardAllows,
  guardMemory,
  type HeightContext,
  type Input,
  isBeyondGuard,
  newGuard,
  type SignedMessage,
  withSignature,
} from "../src/index.ts";
import type { Checkers } from "./checkers.ts";
import type { Disk } from "./disk.ts";
import { memberOf, network } from "./identity.ts";
import { LostGuard } from "./lost-guard.ts";
import type { Prng } from "./prng.ts";
import { messageMark, traceCodes } from "./trace.ts";
import type { World } from "./world.ts";

/** What the signer needs of its member. */
export interface SignerDesk {
  readonly index: number;
  readonly world: World;
  readonly checkers: Checkers;
  readonly random: Prng;
  readonly disk: Disk;
  readonly isGuarded: boolean;
  holds(blockId: BlockId): boolean;
  /** Whether the member was lost at this very moment. */
  isLost(): boolean;
  feed(input: Input): void;
  later(delayMs: number, run: () => void): void;
}

/** The signing of one life of a member. */
export class Signer {
  readonly #desk: SignerDesk;
  #context: HeightContext;
  #self: number | null;
  #lost: LostGuard | null = null;

  constructor(desk: SignerDesk, context: HeightContext) {
    this.#desk = desk;
    this.#context = context;
    this.#self = this.#selfIn(context);
  }

  /** Index of this member among the validators, or null. */
  get self(): number | null {
    return this.#self;
  }

  #selfIn({ validators }: HeightContext): number | null {
    const id = memberOf(this.#desk.index);
    const at = validators.findIndex(({ member }) => member === id);
    return at === -1 ? null : at;
  }

  /** Whether the guard of the key in force is lost. */
  get isLost(): boolean {
    return this.#lost !== null;
  }

  #guard(): GuardState | null {
    const key = this.#context.validators[this.self ?? -1]?.key;
    return key === undefined ? null : this.#desk.disk.guardOf(key);
  }

  /** A height begins; gives the height until whose end there is silence, if there is. */
  begin(context: HeightContext): number | null {
    this.#context = context;
    this.#self = this.#selfIn(context);
    const key = context.validators[this.self ?? -1]?.key;
    const { disk } = this.#desk;
    if (key === undefined || !disk.isGuardLost(key)) {
      this.#lost = null;
      return null;
    }
    const { height, validators } = context;
    if (this.#lost?.isOver(height, validators, this.#desk.index) === true) {
      disk.renewGuard(key);
      this.#lost = null;
      return null;
    }
    this.#lost ??= new LostGuard(height);
    return height;
  }

  /** A member says at which height it is. */
  onClaim(from: number, height: number): void {
    this.#lost?.name(from, height);
  }

  /** What the guard remembers of the height in force. */
  memory(): Extract<Input, { type: "resume" }> {
    const guard = this.#desk.isGuarded ? this.#guard() : null;
    if (guard === null) return { type: "resume", said: [], lock: null };
    return guardMemory(guard, this.#context.era, this.#context.height);
  }

  /** Whether others hold an own message that the guard does not know. */
  isBeyond({ height, votes, proposals }: Answer): boolean {
    if (!this.#desk.isGuarded) return false;
    const drafts: readonly Draft[] = [
      ...votes.map((vote) => ({ kind: "vote", vote }) as const),
      ...proposals.map((proposal) => ({ kind: "proposal", proposal }) as const),
    ];
    const guard = this.#guard();
    if (guard !== null) {
      const isBeyond = drafts.some((draft) => isBeyondGuard(guard, draft, this.#context.era));
      if (isBeyond) this.#desk.checkers.onBeyondGuard(this.#desk.index);
      return isBeyond;
    }
    if (drafts.length > 0) this.#lost?.raise(height);
    return drafts.length > 0;
  }

  /** A signature with the own key, without asking the guard. */
  unguarded(draft: Draft): Uint8Array {
    const { index, world } = this.#desk;
    const { validators, era } = this.#context;
    const key = validators[this.#self ?? -1]?.key ?? world.signing.keyOf(index, 0);
    return world.signing.signAs(key, () => draftSignBytes(draft, network, era));
  }

  /**
   * The body first, then log and guard, whichever is quicker; the signature leaves after both, when it
   * comes back as an input.
   */
  sign(draft: Draft): void {
    const { disk, world, random, isLost, feed, later } = this.#desk;
    this.#keepBody(draft);
    if (random.chance(0.5)) disk.sync();
    if (isLost()) return;
    const message = this.#signGuarded(draft);
    if (message === null || isLost()) return;
    disk.sync();
    if (isLost()) return;
    const { signDelayMs } = world.swarm;
    if (signDelayMs === 0) feed({ type: "signed", message });
    else later(random.unit() * signDelayMs, () => feed({ type: "signed", message }));
  }

  #keepBody(draft: Draft): void {
    if (draft.kind !== "vote" || draft.vote.blockId === null) return;
    const { index, checkers, disk, holds } = this.#desk;
    const { type, blockId } = draft.vote;
    if (!holds(blockId)) checkers.onNotHeld(index, type, blockId);
    else if (type === "precommit") disk.bodies.add(blockId);
  }

  #signGuarded(draft: Draft): SignedMessage | null {
    const { index, world, checkers, disk, isGuarded, isLost, random } = this.#desk;
    const key = this.#context.validators[this.self ?? -1]?.key;
    const guard = this.#guard();
    if (key === undefined || (guard === null && isGuarded)) return null;
    const { era } = this.#context;
    const answer = guardAllows(guard ?? newGuard(network), draft, network, era);
    if (!answer.ok && isGuarded) {
      world.tell(index, `guard refuses: ${answer.code}`);
      checkers.onRefused(index, answer.code);
      return null;
    }
    const bytes = (): Uint8Array => draftSignBytes(draft, network, era);
    const signature =
      answer.ok && "reuse" in answer ? answer.reuse : world.signing.signAs(key, bytes);
    if (answer.ok && "state" in answer) {
      const next = withSignature(answer.state, signature);
      if (isLost()) {
        disk.tearGuard(key, next, random);
        return null;
      }
      if (!disk.writeGuard(key, next)) return null;
    }
    const message: SignedMessage =
      draft.kind === "vote"
        ? { kind: "vote", vote: { ...draft.vote, signature } }
        : { kind: "proposal", proposal: { ...draft.proposal, signature } };
    checkers.onSigned(index, message, this.#guard()?.lock ?? null);
    world.note(index, traceCodes.signed, messageMark(message), 0);
    return message;
  }
}
