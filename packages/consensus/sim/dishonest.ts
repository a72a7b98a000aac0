// A validator that lies: it follows the protocol inside, and its strategy decides what the others hear.
import type { Message } from "../src/index.ts";
import type { Checkers } from "./checkers.ts";
import type { Parts } from "./engine.ts";
import type { Packet } from "./packets.ts";
import { prng } from "./prng.ts";
import { Replica } from "./replica.ts";
import { sentence } from "./sentence.ts";
import type { Deceit, Liar, OwnMessage } from "./strategies/deceit.ts";
import type { Strategy } from "./strategies/names.ts";
import { deceits, insidesOf } from "./strategies/table.ts";
import type { World } from "./world.ts";

function strategyOf(index: number, { swarm }: World): Strategy {
  return swarm.liars.find(({ member }) => member === index)?.strategy ?? "silent";
}

/** A member that does not do what it must. */
export class DishonestReplica extends Replica {
  readonly #deceit: Deceit;

  constructor(index: number, world: World, checkers: Checkers, parts: Parts) {
    const strategy = strategyOf(index, world);
    super(index, world, checkers, { ...parts, isGuarded: false, ...insidesOf(strategy) });
    this.#deceit = deceits[strategy](this.#liar());
  }

  #liar(): Liar {
    const { index, world } = this;
    return {
      index,
      world,
      random: prng(world.seed, `lies ${index}`),
      self: () => this.validatorIndex,
      context: () => this.context,
      stateOf: (member) => {
        const other = world.receivers[member];
        return other instanceof Replica ? other.heightState : null;
      },
      vote: (draft) => {
        const signature = this.signature({ kind: "vote", vote: draft });
        return { kind: "vote", vote: { ...draft, signature } };
      },
      proposal: (draft) => {
        const signature = this.signature({ kind: "proposal", proposal: draft });
        return { kind: "proposal", proposal: { ...draft, signature } };
      },
      newBlock: (isValid) => this.newBlock([0], isValid),
      blockAt: (timeMs) => world.newBlock({ ...this.newBlock([0], true), timeMs }),
      send: (to, packet) => this.send(to, packet),
      say: (to, message) => this.#say(to, message),
    };
  }

  #isOwn(message: Message): message is OwnMessage {
    const self = this.validatorIndex;
    if (message.kind === "vote") return message.vote.voter === self;
    return message.kind === "proposal" && message.proposal.proposer === self;
  }

  #say(to: number, message: Message): void {
    if (this.world.timeline !== null) {
      this.world.tell(this.index, `tells ${to}: ${sentence(message)}`);
    }
    super.emit(to, message);
  }

  protected override emit(to: number, message: Message): void {
    const { tell, relay } = this.#deceit;
    const said = this.#isOwn(message) ? tell?.(to, message) : relay?.(to, message);
    for (const one of said ?? [message]) this.#say(to, one);
  }

  override receive(from: number, packet: Packet): void {
    this.#deceit.hear?.(from, packet);
    super.receive(from, packet);
  }
}
