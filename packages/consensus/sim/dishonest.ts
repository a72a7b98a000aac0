// A validator that lies: it follows the protocol inside and says something else to each of the others.
import type { BlockId } from "@tegata/ledger/primitives";
import type { Message, Proposal, Vote } from "../src/index.ts";
import type { Checkers } from "./checkers.ts";
import { type Prng, prng } from "./prng.ts";
import { type Parts, Replica } from "./replica.ts";
import type { Strategy } from "./strategies/names.ts";
import type { World } from "./world.ts";

type Malice = "split" | "random" | "silent" | "stingy" | "spam";

function maliceOf(strategy: Strategy): Malice {
  switch (strategy) {
    case "equivocating proposer":
    case "equivocating voter":
    case "lock splitter":
      return "split";
    case "silent":
      return "silent";
    case "withholding":
      return "stingy";
    case "spammer":
      return "spam";
    default:
      return "random";
  }
}

/** Equivocates, withholds, spams future rounds or keeps silent, as the seed says. */
export class DishonestReplica extends Replica {
  readonly #malice: Malice;
  readonly #lies: Prng;
  /** Its second block of each round. */
  readonly #others = new Map<string, BlockId>();

  constructor(index: number, world: World, checkers: Checkers, parts: Parts) {
    super(index, world, checkers, { ...parts, isGuarded: false });
    const liar = world.swarm.liars.find(({ member }) => member === index);
    this.#malice = maliceOf(liar?.strategy ?? "silent");
    this.#lies = prng(world.seed, `lies ${index}`);
  }

  protected override emit(to: number, message: Message): void {
    for (const said of this.#twisted(to, message)) super.emit(to, said);
  }

  #twisted(to: number, message: Message): readonly Message[] {
    const malice = this.#malice;
    if (message.kind === "vote" && message.vote.voter === this.validatorIndex) {
      return this.#twistedVote(to, message.vote);
    }
    if (message.kind === "proposal" && message.proposal.proposer === this.validatorIndex) {
      return this.#twistedProposal(to, message.proposal);
    }
    if (malice === "silent" || malice === "stingy") return [];
    return [message];
  }

  #twistedVote(to: number, vote: Vote): readonly Message[] {
    const malice = this.#malice;
    const nil = this.#vote(vote, null, vote.round);
    const other = this.#vote(vote, this.#anotherBlock(vote), vote.round);
    const same: Message = { kind: "vote", vote };
    switch (malice) {
      case "silent":
        return [];
      case "stingy":
        return to === (this.index + 1) % this.world.members ? [same] : [];
      case "split":
        return to % 2 === 0 ? [same] : [other];
      case "spam": {
        const ahead = vote.round + 1 + this.#lies.below(50);
        return [same, this.#vote(vote, vote.blockId, ahead), this.#vote(vote, null, ahead + 1)];
      }
      case "random":
        return [[same], [nil], [other], [same, other], [nil, same], []][this.#lies.below(6)] ?? [];
    }
  }

  /** Some block of the height that others may have heard of. */
  #anotherBlock({ height, blockId }: Vote): BlockId | null {
    const blocks = [...this.world.blocks.values()].filter(
      (block) => block.height === height && block.id !== blockId,
    );
    return blocks[this.#lies.below(blocks.length)]?.id ?? null;
  }

  #vote(vote: Vote, blockId: BlockId | null, round: number): Message {
    const said = { ...vote, blockId, round };
    return {
      kind: "vote",
      vote: { ...said, signature: this.signature({ kind: "vote", vote: said }) },
    };
  }

  #twistedProposal(to: number, proposal: Proposal): readonly Message[] {
    const malice = this.#malice;
    const same: Message = { kind: "proposal", proposal };
    switch (malice) {
      case "silent":
        return [];
      case "stingy":
        return to === (this.index + 1) % this.world.members ? [same] : [];
      case "split":
        return to % 2 === 0 ? [same] : [this.#proposal(to, proposal)];
      case "spam":
        return [same, this.#proposal(to, proposal)];
      case "random":
        return this.#lies.chance(0.5) ? [same] : [this.#proposal(to, proposal)];
    }
  }

  /** A second offer for the same round: another block, sometimes an invalid one, always fresh. */
  #proposal(to: number, proposal: Proposal): Message {
    const { height, round } = proposal;
    const key = `${height} ${round}`;
    const blockId = this.#others.get(key) ?? this.newBlock([0], !this.#lies.chance(0.3)).id;
    this.#others.set(key, blockId);
    this.send(to, { type: "body", blockId });
    const said = { ...proposal, blockId, validRound: -1, polka: null };
    const signature = this.signature({ kind: "proposal", proposal: said });
    return { kind: "proposal", proposal: { ...said, signature } };
  }
}
