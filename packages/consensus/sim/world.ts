// What all simulated members share: time, the network, the blocks there are, and who validates when.
import type { BlockId, MemberId, NetworkId } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  decodeMessage,
  encodeMessage,
  type HeightContext,
  type Message,
  type ValidatorSet,
  validatorSet,
} from "../src/index.ts";
import { Clock } from "./clock.ts";
import { type Prng, prng } from "./prng.ts";
import type { Signing } from "./signing.ts";
import { drawSwarm, type Swarm } from "./swarm.ts";

/** A block as far as the simulation cares. */
export interface SimBlock {
  readonly id: BlockId;
  readonly height: number;
  readonly builder: number;
  readonly timeMs: number;
  readonly transactions: readonly number[];
  readonly isValid: boolean;
}

/** What goes from member to member; blocks travel beside the messages. */
export type Packet =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "body"; readonly blockId: BlockId }
  | { readonly type: "wantBody"; readonly blockId: BlockId }
  | { readonly type: "wantHeight"; readonly height: number }
  | { readonly type: "height"; readonly certificate: CommitCertificate }
  | { readonly type: "transaction"; readonly transaction: number };

/** One thing that happened, in words; `member` is null where it concerns all. */
export interface Told {
  readonly atMs: number;
  readonly member: number | null;
  readonly sentence: string;
}

/** Somebody who gets packets. */
export interface Receiver {
  receive(from: number, packet: Packet): void;
}

const network = "5e".repeat(32) as NetworkId;

/** The name of a packet for withholding and for the timeline. */
export function nameOf(packet: Packet): string {
  if (packet.type !== "message") return packet.type;
  const { message } = packet;
  return message.kind === "vote" ? message.vote.type : message.kind;
}

/** Mixes one number into a running hash of 32 bits. */
function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193) ^ (hash >>> 15);
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

/** The shared part of one simulated network. */
export class World {
  readonly seed: number;
  readonly members: number;
  readonly swarm: Swarm;
  readonly signing: Signing;
  readonly clock = new Clock();
  readonly blocks = new Map<BlockId, SimBlock>();
  readonly receivers: Receiver[] = [];
  readonly violations: string[] = [];
  readonly timeline: Told[] | null;
  /** Whether messages pass through their wire encoding. */
  readonly isEncoded: boolean;
  eventCount = 0;
  #hashes: readonly [number, number] = [0x811c9dc5, 0x1b873593];
  readonly #network: Prng;
  readonly #validators: readonly ValidatorSet[];

  constructor({ seed, members, signing, swarm, isEncoded, isTold }: WorldOptions) {
    this.seed = seed;
    this.members = members;
    this.signing = signing;
    this.isEncoded = isEncoded;
    this.swarm = { ...drawSwarm(seed, members), ...swarm };
    this.timeline = isTold ? [] : null;
    this.#network = prng(seed, "network");
    const all = signing.keys.slice(0, members).map((key, index) => ({
      member: memberOf(index),
      key,
      suspended: false,
    }));
    this.#validators = [validatorSet(all.slice(0, Math.max(1, members - 1))), validatorSet(all)];
  }

  isLiar(member: number): boolean {
    return this.swarm.liars.some((liar) => liar.member === member);
  }

  get isHealed(): boolean {
    return this.clock.nowMs >= this.swarm.healAtMs;
  }

  get traceHash(): string {
    return this.#hashes.map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** The rules of who validates are the ledger's; every member reads the same from its own blocks. */
  contextAt(height: number): HeightContext {
    const { joinsAt, sidelined } = this.swarm;
    const isWhole = joinsAt === null || height >= joinsAt;
    const validators = this.#validators[isWhole ? 1 : 0] as ValidatorSet;
    const isPassedOver = (index: number): boolean =>
      index === sidelined && height >= 3 && height <= 5;
    const eligible = validators.flatMap((_, index) => (isPassedOver(index) ? [] : [index]));
    return { network, era: 0, height, validators, eligible };
  }

  violate(member: number | null, sentence: string): void {
    const who = member === null ? "" : `member ${member}: `;
    this.violations.push(`${who}${sentence}`);
    this.tell(member, `VIOLATION ${sentence}`);
  }

  tell(member: number | null, sentence: string): void {
    this.timeline?.push({ atMs: this.clock.nowMs, member, sentence });
  }

  /** Makes what happened part of the trace. */
  record(
    member: number,
    code: number,
    height: number,
    round: number,
    blockId: string | null,
  ): void {
    this.eventCount += 1;
    const block = blockId === null ? 0 : Number.parseInt(blockId.slice(-8), 16);
    const place = (member << 16) ^ (code << 8) ^ round;
    const time = Math.floor(this.clock.nowMs * 1_000);
    let [a, b] = this.#hashes;
    a = mixed(mixed(mixed(a, place), height), block);
    b = mixed(mixed(b, time), a);
    this.#hashes = [a, b];
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
      if (swarm.withheld.size > 0 && swarm.withheld.has(`${nameOf(packet)} ${from} ${to}`)) return;
      if (random.chance(swarm.duplication)) this.#deliver(from, to, packet, random);
    }
    this.#deliver(from, to, packet, random);
  }

  #deliver(from: number, to: number, packet: Packet, random: Prng): void {
    const tail = -Math.log(1 - random.unit()) * this.swarm.delayMeanMs;
    const carried = this.isEncoded ? reencoded(packet) : packet;
    this.clock.after(this.swarm.delayMinMs + tail, () =>
      this.receivers[to]?.receive(from, carried),
    );
  }

  newBlock(height: number, builder: number, transactions: readonly number[]): SimBlock {
    return this.#add(height, builder, transactions, true);
  }

  /** A block that breaks a rule of the ledger. */
  badBlock(height: number, builder: number): SimBlock {
    return this.#add(height, builder, [], false);
  }

  #add(
    height: number,
    builder: number,
    transactions: readonly number[],
    isValid: boolean,
  ): SimBlock {
    const id = `b10c${(this.blocks.size + 1).toString(16).padStart(60, "0")}` as BlockId;
    const timeMs = this.clock.nowMs + (this.swarm.skewMs[builder] ?? 0);
    const block: SimBlock = { id, height, builder, timeMs, transactions, isValid };
    this.blocks.set(id, block);
    return block;
  }
}

function reencoded(packet: Packet): Packet {
  if (packet.type !== "message") return packet;
  const { kind } = packet.message;
  return { type: "message", message: decodeMessage(kind, encodeMessage(packet.message)) };
}

/** Identity of the i-th member. */
export function memberOf(index: number): MemberId {
  return `3e3b${index.toString(16).padStart(60, "0")}` as MemberId;
}

/** The member with this identity. */
export function indexOf(member: MemberId): number {
  return Number.parseInt(member.slice(-8), 16);
}
