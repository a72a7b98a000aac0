// What all simulated members share: time, the network, the blocks there are, and who validates when.
import type { BlockId } from "@tegata/ledger/primitives";
import { type HeightContext, type Message, verifyMessage } from "../src/index.ts";
import { Chains, type SimBlock } from "./chain.ts";
import { Clock } from "./clock.ts";
import type { Meter } from "./meter.ts";
import { nameOf, type Packet, packetMark, reencoded } from "./packets.ts";
import { type Prng, prng } from "./prng.ts";
import type { Signing } from "./signing.ts";
import { drawSwarm, type Swarm } from "./swarm.ts";
import { Trace, traceCodes } from "./trace.ts";

export { memberOf } from "./identity.ts";

/** One thing that happened, in words; `member` is null where it concerns all. */
export interface Told {
  readonly atMs: number;
  readonly member: number | null;
  readonly sentence: string;
}

/** Somebody who gets packets. */
export interface Receiver {
  readonly isAlive: boolean;
  receive(from: number, packet: Packet): void;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: number;
  readonly members: number;
  readonly signing: Signing;
  /** Faults in place of those the seed draws. */
  readonly swarm: Partial<Swarm>;
  readonly isEncoded: boolean;
  readonly isTold: boolean;
}

interface Verified {
  readonly context: HeightContext;
  readonly ok: boolean;
}

/** The shared part of one simulated network. */
export class World {
  readonly seed: number;
  readonly members: number;
  readonly swarm: Swarm;
  readonly signing: Signing;
  readonly clock = new Clock();
  readonly blocks = new Map<BlockId, SimBlock>();
  readonly chains: Chains;
  readonly receivers: Receiver[] = [];
  readonly violations: string[] = [];
  readonly timeline: Told[] | null;
  /** Whether messages pass through their wire encoding. */
  readonly isEncoded: boolean;
  /** Packets that reached a running member, and waits that ended in one. */
  eventCount = 0;
  /** Times transactions where that was asked for. */
  meter: Meter | null = null;
  /** Blocks that were applied, by whomever. */
  appliedCount = 0;
  readonly #trace = new Trace();
  readonly #network: Prng;
  readonly #liars: ReadonlySet<number>;
  readonly #withheld: ReadonlySet<string>;
  readonly #verified = new WeakMap<Message, Verified>();

  constructor({ seed, members, signing, swarm, isEncoded, isTold }: WorldOptions) {
    this.seed = seed;
    this.members = members;
    this.signing = signing;
    this.isEncoded = isEncoded;
    this.swarm = { ...drawSwarm(seed, members), ...swarm };
    this.timeline = isTold ? [] : null;
    this.#network = prng(seed, "network");
    this.#liars = new Set(this.swarm.liars.map(({ member }) => member));
    this.#withheld = new Set(this.swarm.withheld);
    const { genesisMembers, changes } = this.swarm;
    this.chains = new Chains(this.blocks, signing, Math.min(genesisMembers, members), changes);
  }

  isLiar(member: number): boolean {
    return this.#liars.has(member);
  }

  get isHealed(): boolean {
    return this.clock.nowMs >= this.swarm.healAtMs;
  }

  get traceHash(): string {
    return this.#trace.hash;
  }

  /** What the clock on a member's wall says. */
  wallMs(member: number): number {
    const { nowMs } = this.clock;
    let skewMs = 0;
    for (const jump of this.swarm.clocks) {
      if (jump.member === member && jump.atMs <= nowMs) skewMs = jump.skewMs;
    }
    const isBroken = Math.abs(skewMs) > 1_000;
    return isBroken && this.isHealed ? nowMs : nowMs + skewMs;
  }

  /**
   * The door of the code under test. What it says of a message object is remembered, since the others that
   * get the very same object would hear the same.
   */
  isVerified(message: Message, context: HeightContext): boolean {
    const known = this.#verified.get(message);
    const { validators, eligible } = context;
    const isSame = known?.context.validators === validators && known.context.eligible === eligible;
    if (known !== undefined && isSame) return known.ok;
    const { ok } = verifyMessage(message, context, this.signing.verify);
    this.#verified.set(message, { context, ok });
    return ok;
  }

  violate(member: number | null, sentence: string): void {
    const who = member === null ? "" : `member ${member}: `;
    this.violations.push(`${who}${sentence}`);
    this.tell(member, `VIOLATION ${sentence}`);
  }

  tell(member: number | null, sentence: string): void {
    this.timeline?.push({ atMs: this.clock.nowMs, member, sentence });
  }

  /** Makes what left a member part of the trace. */
  note(member: number, code: number, value: number, more: number): void {
    this.#trace.add(member, code, value, more, this.clock.nowMs);
  }

  /** Makes what reached a member part of the trace, and counts it. */
  delivered(member: number, code: number, value: number, more: number): void {
    this.eventCount += 1;
    this.note(member, code, value, more);
  }

  #isBlocked(from: number, to: number): boolean {
    const { nowMs } = this.clock;
    return this.swarm.partitions.some(
      ({ fromMs, untilMs, blocked }) =>
        nowMs >= fromMs && nowMs < untilMs && blocked[from]?.[to] === true,
    );
  }

  send(from: number, to: number, packet: Packet): void {
    const random = this.#network;
    const { swarm } = this;
    if (!this.isHealed) {
      if (this.#isBlocked(from, to) || random.chance(swarm.loss)) return;
      if (this.#withheld.size > 0 && this.#withheld.has(`${nameOf(packet)} ${from} ${to}`)) return;
      if (random.chance(swarm.duplication)) this.#deliver(from, to, packet, random);
    }
    this.#deliver(from, to, packet, random);
  }

  #deliver(from: number, to: number, packet: Packet, random: Prng): void {
    const tail = -Math.log(1 - random.unit()) * this.swarm.delayMeanMs;
    const carried = this.isEncoded ? reencoded(packet) : packet;
    this.clock.after(this.swarm.delayMinMs + tail, () => {
      const receiver = this.receivers[to];
      if (receiver?.isAlive !== true) return;
      this.delivered(to, traceCodes.packet, from, packetMark(carried));
      receiver.receive(from, carried);
    });
  }

  /** A new block of these contents. */
  newBlock(content: Omit<SimBlock, "id">): SimBlock {
    const id = `b10c${(this.blocks.size + 1).toString(16).padStart(60, "0")}` as BlockId;
    const block: SimBlock = { ...content, id };
    this.blocks.set(id, block);
    return block;
  }
}
