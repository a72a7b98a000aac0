// One validator, told step by step what happens to it.
import type { BlockId, NetworkId } from "@tegata/ledger/primitives";
import { namedSigning } from "../../sim/signing.ts";
import { memberOf } from "../../sim/world.ts";
import {
  type CommitCertificate,
  type ConsensusState,
  type Draft,
  defaultTimeouts,
  type Effect,
  type GuardState,
  guardAllows,
  type HeightContext,
  type Input,
  initialState,
  newGuard,
  type PolkaCertificate,
  type Proposal,
  proposerOf,
  type RoundStep,
  type SignedMessage,
  step,
  type Validator,
  type Vote,
  type VoteType,
  validatorSet,
  withSignature,
} from "../../src/index.ts";

export const network = "5e".repeat(32) as NetworkId;

/** A block id that is easy to tell from another. */
export function block(name: string): BlockId {
  return Buffer.from(name).toString("hex").padEnd(64, "0") as BlockId;
}

export const a = block("a");
export const b = block("b");

/** A signature that names its signer, as `namedSigning` makes and accepts it. */
export function signatureOf(index: number): Uint8Array {
  return new Uint8Array(64).fill(index + 1);
}

/** The context of a height with this many validators. */
export function contextOf(members: number, height = 1): HeightContext {
  const { keys } = namedSigning(members);
  const validators: Validator[] = keys.map((key, index) => ({
    member: memberOf(index),
    key,
    suspended: false,
  }));
  const eligible = validators.map((_, index) => index);
  return { network, era: 0, height, validators: validatorSet(validators), eligible };
}

/** What the host answers about a block: nothing while it does not hold it. */
export interface Opinion {
  readonly valid: boolean;
  readonly timely?: boolean;
  readonly due?: boolean;
}

/** Options of a script. */
export interface ScriptOptions {
  readonly members?: number;
  readonly self?: number | null;
  readonly height?: number;
  /** False: the signer never answers. */
  readonly signs?: boolean;
  /** False: nobody has answered the first question yet. */
  readonly isFree?: boolean;
}

/** Drives one validator; carries out the effects that concern only itself. */
export class Script {
  readonly context: HeightContext;
  readonly self: number | null;
  state: ConsensusState = initialState;
  /** Every effect so far, in order. */
  readonly effects: Effect[] = [];
  /** What the host says of blocks; a block that is not listed is not held. */
  readonly opinions = new Map<BlockId, Opinion>();
  #signs: boolean;

  constructor(options: ScriptOptions = {}) {
    const { members = 4, self = 0, height = 1 } = options;
    this.context = contextOf(members, height);
    this.self = self;
    this.#signs = options.signs ?? true;
    this.start(height);
    this.feed({ type: "resume", said: [], lock: null });
    if (options.isFree ?? true) this.hearAnswers();
  }

  /** A quorum says that it holds nothing of ours. */
  hearAnswers(height: number = this.context.height): void {
    for (let validator = 0; validator < this.context.validators.length; validator += 1) {
      this.feed({ type: "answer", height, validator, beyondGuard: false });
    }
  }

  start(height: number): void {
    this.feed({
      type: "startHeight",
      ...this.context,
      height,
      self: this.self,
      timeouts: defaultTimeouts,
    });
  }

  /** Feeds an input and carries out what follows. */
  feed(input: Input): readonly Effect[] {
    const [next, effects] = step(this.state, input);
    this.state = next;
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.type === "sign" && this.#signs) this.sign(effect.draft);
      if (effect.type === "validate") this.#judge(effect);
    }
    return effects;
  }

  /** The guard as it is after everything that was signed so far. */
  guarded(): GuardState {
    let guard = newGuard(network);
    for (const { message } of this.of("broadcast")) {
      if (message.kind !== "vote" && message.kind !== "proposal") continue;
      const answer = guardAllows(guard, message, network, 0);
      if (!answer.ok || "reuse" in answer) continue;
      const said = message.kind === "vote" ? message.vote : message.proposal;
      guard = withSignature(answer.state, said.signature);
    }
    return guard;
  }

  sign(draft: Draft): void {
    this.feed({ type: "signed", message: signed(draft) });
  }

  #judge({ height, round, blockId }: Extract<Effect, { type: "validate" }>): void {
    const opinion = this.opinions.get(blockId);
    if (opinion === undefined) return;
    const { valid, timely = true, due = true } = opinion;
    this.feed({ type: "verdict", height, round, blockId, valid, timely, due });
  }

  /** The host comes to hold a block and says what it thinks of it. */
  learn(blockId: BlockId, opinion: Opinion): void {
    this.opinions.set(blockId, opinion);
    const asked = this.effects.findLast(
      (effect) => effect.type === "validate" && effect.blockId === blockId,
    );
    if (asked?.type === "validate") this.#judge(asked);
  }

  propose(round: number, blockId: BlockId, validRound = -1): void {
    this.feed({ type: "proposal", proposal: this.proposal(round, blockId, validRound) });
  }

  proposal(round: number, blockId: BlockId, validRound = -1): Proposal {
    const { height } = this.context;
    const proposer = proposerOf(this.context.eligible, height, round);
    const polka = validRound === -1 ? null : this.polka(validRound, blockId, [1, 2, 3]);
    const signature = signatureOf(proposer);
    return { height, round, blockId, validRound, proposer, polka, signature };
  }

  polka(round: number, blockId: BlockId, voters: readonly number[]): PolkaCertificate {
    const { height } = this.context;
    const signatures = voters.map((voter) => [voter, signatureOf(voter)] as const);
    return { type: "prevote", height, round, blockId, signatures };
  }

  commit(round: number, blockId: BlockId, voters: readonly number[]): CommitCertificate {
    return { ...this.polka(round, blockId, voters), type: "precommit" };
  }

  vote(type: VoteType, round: number, blockId: BlockId | null, voters: readonly number[]): void {
    for (const voter of voters) {
      this.feed({ type: "vote", vote: this.voteOf(type, round, blockId, voter) });
    }
  }

  voteOf(type: VoteType, round: number, blockId: BlockId | null, voter: number): Vote {
    const { height } = this.context;
    return { type, height, round, blockId, voter, signature: signatureOf(voter) };
  }

  prevote(round: number, blockId: BlockId | null, voters: readonly number[]): void {
    this.vote("prevote", round, blockId, voters);
  }

  precommit(round: number, blockId: BlockId | null, voters: readonly number[]): void {
    this.vote("precommit", round, blockId, voters);
  }

  timeout(kind: RoundStep, round: number): void {
    this.feed({ type: "timeout", timeout: { kind, height: this.context.height, round } });
  }

  /** Brings the validator to a round by the precommits of the others for nil. */
  enter(round: number): void {
    this.precommit(round - 1, null, [1, 2, 3]);
    this.timeout("precommit", round - 1);
  }

  of<Type extends Effect["type"]>(type: Type): readonly Extract<Effect, { type: Type }>[] {
    return this.effects.filter(
      (effect): effect is Extract<Effect, { type: Type }> => effect.type === type,
    );
  }

  /** Own votes as text, such as `prevote 0 a`, in the order of asking for the signature. */
  get votes(): readonly string[] {
    return this.of("sign").flatMap(({ draft }) => {
      if (draft.kind !== "vote") return [];
      const { type, round, blockId } = draft.vote;
      return [`${type} ${round} ${nameOf(blockId)}`];
    });
  }

  /** Own proposals as text, such as `1 a -1`. */
  get proposals(): readonly string[] {
    return this.of("sign").flatMap(({ draft }) => {
      if (draft.kind !== "proposal") return [];
      const { round, blockId, validRound } = draft.proposal;
      return [`${round} ${nameOf(blockId)} ${validRound}`];
    });
  }

  get rules(): NonNullable<ConsensusState["height"]>["rules"] {
    const { height } = this.state;
    if (height === null) throw new Error("no height has begun");
    return height.rules;
  }
}

export function nameOf(blockId: BlockId | null): string {
  return blockId === null ? "nil" : Buffer.from(blockId, "hex").toString().replaceAll("\0", "");
}

/** A draft with a signature that names its signer. */
export function signed(draft: Draft): SignedMessage {
  return draft.kind === "vote"
    ? { kind: "vote", vote: { ...draft.vote, signature: signatureOf(draft.vote.voter) } }
    : {
        kind: "proposal",
        proposal: { ...draft.proposal, signature: signatureOf(draft.proposal.proposer) },
      };
}
