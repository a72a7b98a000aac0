// A few members on a virtual clock, for what the simulator has no fault for: nothing to do at all, one
// single transaction, a proposer that builds nothing.
import type { BlockId } from "@tegata/ledger/primitives";
import { indexOf, memberOf } from "../../sim/identity.ts";
import { prng } from "../../sim/prng.ts";
import {
  type CommitCertificate,
  contextAt,
  type Effect,
  heightOf,
  type Input,
  type Message,
  type Status,
  wants,
} from "../../src/index.ts";
import { block, Script } from "./script.ts";

/** How the network is. */
export interface LittleNetworkOptions {
  readonly seed?: number;
  readonly members?: number;
  readonly loss?: number;
  /** After this long without a block an empty one is due. */
  readonly heartbeatMs?: number;
  /** These members never finish a block. */
  readonly builtNever?: readonly number[];
}

interface Event {
  readonly atMs: number;
  readonly run: () => void;
}

const delayMs = 5;
const statusMs = 20;
const repeatMs = 1_000;

/** Members that follow their chain to the end of a virtual time. */
export class LittleNetwork {
  nowMs = 0;
  readonly scripts: readonly Script[];
  /** Decisions of each member, by height from 1. */
  readonly chains: readonly CommitCertificate[][];
  /** Transactions in each block. */
  readonly blocks = new Map<BlockId, readonly string[]>();
  readonly #options: Required<LittleNetworkOptions>;
  readonly #random;
  readonly #events: Event[] = [];
  readonly #pending: readonly Set<string>[];
  readonly #statuses: (Status | null)[];
  readonly #begunMs: number[];
  readonly #early: readonly Message[][];

  constructor(options: LittleNetworkOptions = {}) {
    const { seed = 1, members = 4, loss = 0, heartbeatMs = 1e12, builtNever = [] } = options;
    this.#options = { seed, members, loss, heartbeatMs, builtNever };
    this.#random = prng(seed, "little network");
    const each = <T>(make: (index: number) => T): T[] =>
      Array.from({ length: members }, (_, i) => make(i));
    this.scripts = each((self) => new Script({ members, self }));
    this.chains = each(() => []);
    this.#pending = each(() => new Set<string>());
    this.#statuses = each(() => null);
    this.#begunMs = each(() => 0);
    this.#early = each(() => []);
    each((index) => this.#perform(index));
    each((index) => this.#watchHeartbeat(index));
    each((index) => this.#tick(index));
  }

  /** Lets time pass. */
  run(untilMs: number): void {
    for (let event = this.#events[0]; event !== undefined; event = this.#events[0]) {
      if (event.atMs > untilMs) break;
      this.#events.shift();
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = untilMs;
  }

  /** A transaction is handed to one member, which tells the others until it is committed. */
  submit(member: number, transaction: string): void {
    this.#learn(member, transaction);
    const tell = (): void => {
      if (!this.#pending[member]?.has(transaction)) return;
      for (const to of this.#others(member)) this.#send(() => this.#learn(to, transaction));
      this.#after(repeatMs, tell);
    };
    tell();
  }

  /** Whether a transaction is in a block of every member. */
  isCommitted(transaction: string): boolean {
    return this.chains.every((chain) =>
      chain.some(({ blockId }) => this.blocks.get(blockId)?.includes(transaction)),
    );
  }

  #after(afterMs: number, run: () => void): void {
    const atMs = this.nowMs + afterMs;
    const at = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(at === -1 ? this.#events.length : at, 0, { atMs, run });
  }

  #others(member: number): readonly number[] {
    return this.scripts.flatMap((_, index) => (index === member ? [] : [index]));
  }

  #send(run: () => void): void {
    if (!this.#random.chance(this.#options.loss)) this.#after(delayMs, run);
  }

  #learn(member: number, transaction: string): void {
    if (this.isCommittedBy(member, transaction)) return;
    this.#pending[member]?.add(transaction);
    this.#offer(member);
  }

  isCommittedBy(member: number, transaction: string): boolean {
    const chain = this.chains[member] ?? [];
    return chain.some(({ blockId }) => this.blocks.get(blockId)?.includes(transaction));
  }

  #offer(member: number): void {
    this.#feed(member, { type: "proposable", height: this.#heightOf(member) });
  }

  #heightOf(member: number): number {
    return this.scripts[member]?.state.height?.start.height ?? 0;
  }

  #feed(member: number, input: Input): void {
    this.scripts[member]?.feed(input);
    this.#perform(member);
  }

  /** Carries out what concerns others or takes time; the rest the script did itself. */
  #perform(member: number): void {
    const script = this.scripts[member] as Script;
    for (const effect of script.effects.splice(0)) this.#carryOut(member, effect);
  }

  #carryOut(member: number, effect: Effect): void {
    switch (effect.type) {
      case "broadcast":
        for (const to of this.#others(member)) this.#post(member, to, effect.message);
        return;
      case "sendTo":
        this.#post(member, indexOf(effect.peer), effect.message);
        return;
      case "schedule":
        this.#after(effect.delayMs, () =>
          this.#feed(member, { type: "timeout", timeout: effect.timeout }),
        );
        return;
      case "build":
        this.#build(member, effect.height, effect.round);
        return;
      case "validate":
        this.#judge(member, effect);
        return;
      case "decide":
        this.#after(1, () => this.#apply(member, effect.certificate));
        return;
      case "announce":
        this.#statuses[member] = effect.status;
        this.#after(statusMs, () => this.#tell(member));
        return;
      default:
    }
  }

  #build(member: number, height: number, round: number): void {
    if (this.#options.builtNever.includes(member)) return;
    this.#after(2, () => {
      const blockId = block(`${height} ${round} ${member}`);
      this.blocks.set(blockId, [...(this.#pending[member] ?? [])]);
      this.#feed(member, { type: "built", height, round, blockId });
    });
  }

  #judge(member: number, { height, round, blockId }: Extract<Effect, { type: "validate" }>): void {
    const isEmpty = this.blocks.get(blockId)?.length === 0;
    const due = !isEmpty || round > 0 || this.#isHeartbeatDue(member);
    const found = { valid: true, timely: true, due };
    this.#after(1, () => this.#feed(member, { type: "verdict", height, round, blockId, ...found }));
  }

  #isHeartbeatDue(member: number): boolean {
    return this.nowMs - (this.#begunMs[member] ?? 0) >= this.#options.heartbeatMs * 0.9;
  }

  #watchHeartbeat(member: number): void {
    const height = this.#heightOf(member);
    this.#after(this.#options.heartbeatMs, () => {
      if (this.#heightOf(member) === height) this.#offer(member);
    });
  }

  #apply(member: number, certificate: CommitCertificate): void {
    const { height, blockId } = certificate;
    if (this.#heightOf(member) !== height) return;
    this.chains[member]?.push(certificate);
    for (const one of this.blocks.get(blockId) ?? []) this.#pending[member]?.delete(one);
    this.#begunMs[member] = this.nowMs;
    this.scripts[member]?.start(height + 1);
    this.#perform(member);
    this.#watchHeartbeat(member);
    for (const message of this.#early[member]?.splice(0) ?? []) this.#receive(member, message);
    if ((this.#pending[member]?.size ?? 0) > 0) this.#offer(member);
  }

  #tell(member: number): void {
    const status = this.#statuses[member] ?? null;
    if (status === null) return;
    for (const to of this.#others(member)) this.#post(member, to, { kind: "status", status });
  }

  #tick(member: number): void {
    this.#tell(member);
    this.#after(repeatMs, () => this.#tick(member));
  }

  #post(from: number, to: number, message: Message): void {
    this.#send(() => {
      if (message.kind === "status") this.#onStatus(from, to, message.status);
      else this.#receive(to, message);
    });
  }

  #onStatus(from: number, to: number, status: Status): void {
    this.#feed(to, { type: "status", peer: memberOf(from), status });
    const certificate = this.chains[to]?.[status.height - 1];
    if (certificate !== undefined) this.#post(to, from, { kind: "commit", certificate });
  }

  #receive(to: number, message: Message): void {
    const { state } = this.scripts[to] as Script;
    const height = this.#heightOf(to);
    if (heightOf(message) === height + 1) {
      this.#early[to]?.push(message);
      return;
    }
    if (contextAt(state, heightOf(message)) === null || !wants(state, message)) return;
    if (message.kind === "vote") this.#feed(to, { type: "vote", vote: message.vote });
    else if (message.kind === "proposal") {
      this.#feed(to, { type: "proposal", proposal: message.proposal });
    } else if ("certificate" in message) {
      this.#feed(to, { type: "certificate", certificate: message.certificate });
    }
  }
}
