import type { BlockId } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  type ConsensusState,
  type Draft,
  defaultTimeouts,
  draftSignBytes,
  type Effect,
  type Evidence,
  type HeightContext,
  type HeightState,
  type Input,
  initialState,
  type Message,
  replay,
  type Status,
  type Step,
  type Timeout,
} from "../src/index.ts";
import { Bodies } from "./bodies.ts";
import type { ChainState, SimBlock } from "./chain.ts";
import type { Checkers } from "./checkers.ts";
import { Disk } from "./disk.ts";
import { EvidencePool } from "./evidence-pool.ts";
import { indexOf, network } from "./identity.ts";
import { Inbox } from "./inbox.ts";
import { type Packet, packetMark } from "./packets.ts";
import { type Prng, prng } from "./prng.ts";
import { sameValue } from "./same-value.ts";
import { sentence } from "./sentence.ts";
import { Signer } from "./signer.ts";
import type { Crash, Wipe } from "./swarm.ts";
import { Sync } from "./sync.ts";
import { textMark, traceCodes } from "./trace.ts";
import type { Receiver, World } from "./world.ts";

/** The parts of a member, so that a broken one can be put in to see whether it is caught. */
export interface Parts {
  readonly step: (state: ConsensusState, input: Input) => Step;
  readonly isGuarded: boolean;
  readonly isLogKept: boolean;
  /** Whether the log, fed back, is compared with the state now and then. */
  readonly isLogCompared: boolean;
}

const heartbeatMs = 4_000;
const announceMs = 20;
const tickMs = 1_000;
/** Every so many inputs the log is fed back and compared, and at every crash. */
const logCheckEvery = 100;

const effectMarks: { readonly [Type in Effect["type"]]: number } = Object.freeze({
  persist: 1,
  sign: 2,
  broadcast: 3,
  sendTo: 4,
  schedule: 5,
  build: 6,
  validate: 7,
  fetchBlock: 8,
  decide: 9,
  extend: 10,
  evidence: 11,
  announce: 12,
});

/** One member; a dishonest one changes only what leaves it. */
export class Replica implements Receiver {
  readonly index: number;
  readonly world: World;
  readonly disk: Disk;
  isAlive = false;
  /** No height above this one is begun. */
  targetHeight = 0;
  protected state: ConsensusState = initialState;
  readonly #parts: Parts;
  readonly #checkers: Checkers;
  readonly #random: Prng;
  readonly #crashes: Crash[];
  readonly #fullDisks: Crash[];
  readonly #transactions = new Set<number>();
  readonly #seen = new Set<number>();
  #effects = 0;
  #writes = 0;
  #inputs = 0;
  #life = 0;
  #isFresh = true;
  /** The height as the log gives it when it is fed back. */
  #logged: HeightState | null = null;
  #pausedUntilMs = 0;
  #queue: Input[] = [];
  #isBusy = false;
  #bodies: Bodies;
  #inbox: Inbox;
  #signer: Signer;
  #sync: Sync;
  #pool: EvidencePool;
  #decided: CommitCertificate | null = null;
  #status: Status | null = null;
  #announcedMs = 0;
  #isAnnouncing = false;
  #committedMs = 0;

  constructor(index: number, world: World, checkers: Checkers, parts: Parts) {
    this.index = index;
    this.world = world;
    this.#checkers = checkers;
    this.#parts = parts;
    this.disk = new Disk(world.isEncoded);
    this.disk.hasRoom = () => this.#hasRoom();
    this.#random = prng(world.seed, `member ${index}`);
    const ofMine = (all: readonly Crash[]): Crash[] =>
      all.filter(({ member }) => member === index).sort((a, b) => a.atEffect - b.atEffect);
    this.#crashes = ofMine(world.swarm.crashes);
    this.#fullDisks = ofMine(world.swarm.fullDisks);
    this.#bodies = this.#newBodies();
    this.#inbox = this.#newInbox();
    this.#signer = this.#newSigner();
    this.#sync = this.#newSync();
    this.#pool = new EvidencePool(world.chains);
  }

  #newBodies(): Bodies {
    return new Bodies(
      {
        index: this.index,
        world: this.world,
        random: this.#random,
        later: (delayMs, run) => this.#later(delayMs, run),
        ask: (peer, blockId) => this.send(peer, { type: "wantBody", blockId }),
        head: () => this.head,
        isBlockDue: () => this.world.clock.nowMs - this.#committedMs > heartbeatMs / 2,
        judged: (verdict) => this.feed(verdict),
        applicable: () => this.#apply(),
      },
      this.disk.bodies,
    );
  }

  #newInbox(): Inbox {
    return new Inbox({
      world: this.world,
      state: () => this.state,
      self: () => this.#signer.self,
      isBeyond: (answer) => this.#signer.isBeyond(answer),
      feed: (input) => this.feed(input),
      onClaim: (from, height) => this.#onClaim(from, height),
    });
  }

  #newSigner(): Signer {
    return new Signer(
      {
        index: this.index,
        world: this.world,
        checkers: this.#checkers,
        random: this.#random,
        disk: this.disk,
        isGuarded: this.#parts.isGuarded,
        holds: (blockId) => this.#bodies.holds(blockId),
        isLost: () => this.#isLost(),
        feed: (input) => this.feed(input),
        later: (delayMs, run) => this.#later(delayMs, run),
      },
      this.chainState.context,
    );
  }

  #newSync(): Sync {
    const { servers } = this.world.swarm;
    return new Sync({
      members: this.world.members,
      random: this.#random,
      lies: servers.flatMap(({ member, lie }) => (member === this.index ? [lie] : [])),
      nowMs: () => this.world.clock.nowMs,
      chain: () => this.disk.chain,
      wantedHeight: () => this.#wantedHeight(),
      send: (to, packet) => this.send(to, packet),
      later: (delayMs, run) => this.#later(delayMs, run),
    });
  }

  get committed(): number {
    return this.disk.chain.length;
  }

  /** The last block this member committed. */
  get head(): BlockId | null {
    return this.disk.chain.at(-1)?.blockId ?? null;
  }

  /** What the own chain says. */
  get chainState(): ChainState {
    return this.world.chains.at(this.head);
  }

  /** What it has in its memory of the height in force, for whoever looks into every machine. */
  get heightState(): HeightState | null {
    return this.state.height;
  }

  // Life and death

  /** Begins, or begins again from what the disk kept. */
  start(): void {
    const { nowMs } = this.world.clock;
    this.isAlive = true;
    this.#life += 1;
    this.#isFresh = true;
    this.#bodies = this.#newBodies();
    this.#inbox = this.#newInbox();
    this.#signer = this.#newSigner();
    this.#sync = this.#newSync();
    this.#pool = new EvidencePool(this.world.chains);
    this.#announcedMs = nowMs - announceMs;
    this.#committedMs = nowMs;
    const first = this.disk.records[0];
    const isCurrent = first?.type === "startHeight" && first.height === this.committed + 1;
    this.#later(tickMs * this.#random.unit(), () => this.#tick());
    if (isCurrent && this.#parts.isLogKept) {
      this.#tell(`starts again from ${this.disk.records.length} records`);
      const silence = this.#signer.begin(this.chainState.context);
      this.state = replay(this.disk.records);
      this.#logged = this.state.height;
      this.#inbox.openFor(first.height);
      this.#observe(silence);
      this.#resume();
      this.#offer();
    } else {
      this.state = initialState;
      this.#begin();
    }
  }

  #observe(height: number | null): void {
    if (height !== null) this.feed({ type: "observe", height });
  }

  /** What the guard knows comes in once, before anything else can happen. */
  #resume(): void {
    this.feed(this.#signer.memory());
    this.#isFresh = false;
  }

  /** Power is lost now; nothing of what was under way happens. */
  crash(downMs: number): void {
    if (!this.isAlive) return;
    this.#tell("loses power");
    this.#compareLog();
    this.#logged = null;
    this.isAlive = false;
    this.disk.crash(this.#random);
    this.state = initialState;
    this.#queue = [];
    this.#decided = null;
    this.#status = null;
    this.#isAnnouncing = false;
    this.world.clock.after(downMs, () => {
      if (!this.isAlive) this.start();
    });
  }

  /** The machine is set up anew; what its operator lost is gone. */
  wipe({ lost, downMs }: Wipe): void {
    this.crash(downMs);
    this.#tell(`comes back without its ${lost}`);
    this.#checkers.onWiped(this.index, lost);
    if (lost !== "data") this.disk.loseGuards();
    if (lost !== "guard") this.disk.loseData();
  }

  /** Nothing moves for a while; what was due meanwhile comes late. */
  pause(forMs: number): void {
    this.#tell(`stands still for ${Math.round(forMs)} ms`);
    this.#pausedUntilMs = this.world.clock.nowMs + forMs;
  }

  /** Waits for the end of a pause. */
  #whenAwake(run: () => void): void {
    const { clock } = this.world;
    const life = this.#life;
    clock.after(this.#pausedUntilMs - clock.nowMs, () => {
      if (this.isAlive && this.#life === life) run();
    });
  }

  #compareLog(): void {
    if (this.#logged === null || !this.#parts.isLogCompared) return;
    const isSame = sameValue(replay(this.disk.records).height, this.#logged);
    if (!isSame) this.#checkers.onLogDiffers(this.index);
  }

  /** The log, fed back, gives the very state there is. */
  #checkLog(): void {
    this.#inputs += 1;
    if (this.#inputs % logCheckEvery === 0 && this.state.height !== null) this.#compareLog();
  }

  /** Whether power was lost at this very effect. */
  #isLost(): boolean {
    this.#effects += 1;
    const next = this.#crashes[0];
    if (next === undefined || this.#effects < next.atEffect || this.world.isHealed) return false;
    this.#crashes.shift();
    this.crash(next.downMs);
    return true;
  }

  /** A member whose disk is full stops at once, and comes back when there is room. */
  #hasRoom(): boolean {
    this.#writes += 1;
    const next = this.#fullDisks[0];
    if (next === undefined || this.#writes < next.atEffect || this.world.isHealed) return true;
    this.#fullDisks.shift();
    this.#tell("has no room on its disk");
    this.crash(next.downMs);
    return false;
  }

  /** Does something later, unless this life is over by then. */
  #later(delayMs: number, run: () => void): void {
    const life = this.#life;
    const { clock } = this.world;
    clock.after(delayMs, () => {
      if (!this.isAlive || this.#life !== life) return;
      if (clock.nowMs < this.#pausedUntilMs) this.#whenAwake(run);
      else run();
    });
  }

  #tell(sentence: string): void {
    this.world.tell(this.index, sentence);
  }

  // One queue

  protected feed(input: Input): void {
    this.#queue.push(input);
    if (!this.#isBusy) this.#drain();
  }

  #drain(): void {
    this.#isBusy = true;
    for (let at = 0; at < this.#queue.length; at += 1) {
      const input = this.#queue[at] as Input;
      this.#checkers.onInput(this.index, input);
      const [state, effects] = this.#parts.step(this.state, input);
      this.state = state;
      this.#carryOut(effects);
      if (!this.isAlive) break;
      this.#checkLog();
      this.#checkers.onState(this.index, state, this.#inbox.room, this.#pool.size);
    }
    this.#queue = [];
    this.#isBusy = false;
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (this.#isLost()) return;
      this.#perform(effect);
      if (!this.isAlive) return;
    }
  }

  #perform(effect: Effect): void {
    const { type } = effect;
    this.world.note(this.index, traceCodes.effect, effectMarks[type], this.committed);
    switch (type) {
      case "persist":
        this.disk.append(effect.record);
        if (this.isAlive) this.#logged = this.state.height;
        return;
      case "sign":
        this.#signer.sign(effect.draft);
        return;
      case "broadcast":
        this.#broadcast(effect.message);
        return;
      case "sendTo":
        this.emit(indexOf(effect.peer), effect.message);
        return;
      case "schedule":
        this.#schedule(effect.timeout, effect.delayMs);
        return;
      case "build":
        this.#later(this.#random.between(0, 4), () => this.#build(effect.height, effect.round));
        return;
      case "validate":
        this.#bodies.validate(effect);
        return;
      case "fetchBlock":
        for (const peer of effect.from) {
          this.send(indexOf(peer), { type: "wantBody", blockId: effect.blockId });
        }
        return;
      case "decide":
        this.#tell(`decides ${effect.certificate.blockId.slice(-4)}`);
        this.#decided = effect.certificate;
        this.#bodies.decide(effect.certificate.blockId);
        return;
      case "extend":
        this.#extend(effect.certificate);
        return;
      case "evidence":
        this.#checkers.onEvidence(this.index, effect.evidence);
        this.#addEvidence(effect.evidence);
        return;
      case "announce":
        this.#checkers.onStatus(this.index, effect.status);
        this.#status = effect.status;
        this.#announceSoon();
    }
  }

  #schedule(timeout: Timeout, delayMs: number): void {
    this.#checkers.onSchedule(this.index, timeout);
    const value = "round" in timeout ? timeout.round : -1;
    this.#later(delayMs, () => {
      this.world.delivered(this.index, traceCodes.timeout, value, timeout.kind.length);
      this.feed({ type: "timeout", timeout });
    });
  }

  // Sending

  #broadcast(message: Message): void {
    if (this.world.timeline !== null) this.#tell(`sends ${sentence(message)}`);
    for (let to = 0; to < this.world.members; to += 1) {
      if (to === this.index) continue;
      this.emit(to, message);
      if (message.kind === "proposal" && message.proposal.proposer === this.validatorIndex) {
        this.send(to, { type: "body", blockId: message.proposal.blockId });
      }
    }
  }

  /** What leaves for one member; the dishonest member says something else here. */
  protected emit(to: number, message: Message): void {
    this.#checkers.onLeaving(this.index, message, this.validatorIndex);
    this.send(to, { type: "message", message });
  }

  protected send(to: number, packet: Packet): void {
    this.world.note(this.index, traceCodes.leaving, to, packetMark(packet));
    this.world.send(this.index, to, packet);
  }

  /** The index of this member among the validators of the height in force, or null. */
  protected get validatorIndex(): number | null {
    return this.#signer.self;
  }

  /** Who votes and who proposes at the height in force. */
  protected get context(): HeightContext {
    return this.chainState.context;
  }

  /** A signature with the own key, without asking the guard. */
  protected signature(draft: Draft): Uint8Array {
    const key = this.context.validators[this.validatorIndex ?? -1]?.key;
    const { signing } = this.world;
    const bytes = (): Uint8Array => draftSignBytes(draft, network, this.context.era);
    return signing.signAs(key ?? signing.keyOf(this.index, 0), bytes);
  }

  #announceSoon(): void {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    const waitMs = Math.max(0, this.#announcedMs + announceMs - this.world.clock.nowMs);
    this.#later(waitMs, () => this.#announce());
  }

  #announce(): void {
    this.#isAnnouncing = false;
    this.#announcedMs = this.world.clock.nowMs;
    if (this.#status === null) return;
    const height = this.#sync.claimed(this.#status.height);
    const status = height === this.#status.height ? this.#status : { ...this.#status, height };
    for (let to = 0; to < this.world.members; to += 1) {
      if (to !== this.index) this.emit(to, { kind: "status", status });
    }
  }

  // Receiving

  receive(from: number, packet: Packet): void {
    if (this.world.clock.nowMs < this.#pausedUntilMs) {
      this.#whenAwake(() => this.receive(from, packet));
      return;
    }
    switch (packet.type) {
      case "message":
        this.#inbox.receive(from, packet.message);
        return;
      case "body":
        this.#bodies.hold(packet.blockId);
        return;
      case "wantBody": {
        const blockId = this.#sync.bodyFor(packet.blockId);
        const isHeld = blockId !== null && this.#bodies.holds(blockId);
        if (isHeld) this.send(from, { type: "body", blockId });
        return;
      }
      case "wantHeight":
        this.#sync.serve(from, packet.height);
        return;
      case "height":
        this.#inbox.knock(from, { kind: "commit", certificate: packet.certificate });
        return;
      case "transaction":
        this.addTransaction(packet.transaction);
        return;
      case "evidence":
        this.#addEvidence(packet.evidence);
    }
  }

  /** Height of the decision this member lacks while others have it. */
  #wantedHeight(): number | null {
    const height = this.committed + 1;
    return this.#decided === null && height <= this.targetHeight ? height : null;
  }

  #onClaim(from: number, height: number): void {
    this.#sync.onClaim(from, height);
    this.#observe(this.#signer.onClaim(from, height));
  }

  /** Evidence is passed on once, and makes a block worth while. */
  #addEvidence(evidence: Evidence): void {
    if (!this.#pool.add(evidence, this.chainState)) return;
    for (let to = 0; to < this.world.members; to += 1) {
      if (to !== this.index) this.send(to, { type: "evidence", evidence });
    }
    this.#offer();
  }

  // Blocks

  /** The contents of a block on the own chain. */
  protected newBlock(transactions: readonly number[], isValid: boolean): SimBlock {
    const { chainState } = this;
    const before = chainState.head;
    const certificate = this.disk.chain.at(-1) ?? null;
    return this.world.newBlock({
      height: this.committed + 1,
      parent: before?.id ?? null,
      builder: this.index,
      timeMs: Math.max(this.world.wallMs(this.index), (before?.timeMs ?? 0) + 1),
      transactions,
      isValid,
      certificate,
      evidence: this.#pool.candidates(chainState),
      requests: this.world.chains.requestsAfter(chainState),
    });
  }

  #build(height: number, round: number): void {
    if (this.committed + 1 !== height) return;
    const block = this.newBlock([...this.#transactions], true);
    this.#bodies.hold(block.id);
    this.world.note(this.index, traceCodes.built, round, textMark(block.id));
    this.feed({ type: "built", height, round, blockId: block.id });
  }

  /** A late precommit: the own copy of the last certificate grows. */
  #extend(certificate: CommitCertificate): void {
    this.#checkers.onCertificate(this.index, certificate);
    const { height } = certificate;
    if (height === this.committed) this.disk.chain[height - 1] = certificate;
    else if (this.#decided?.height === height) this.#decided = certificate;
  }

  /** The decided block becomes the head, durably; the next height begins at once. */
  #apply(): void {
    const certificate = this.#decided;
    if (certificate === null || certificate.height !== this.committed + 1) return;
    if (!this.disk.hasRoom()) return;
    this.#decided = null;
    this.#checkers.onApply(this.index, certificate);
    this.disk.bodies.add(certificate.blockId);
    this.disk.chain.push(certificate);
    this.world.appliedCount += 1;
    const { height, round, blockId } = certificate;
    this.world.note(this.index, traceCodes.applied, (height << 8) ^ round, textMark(blockId));
    this.#committedMs = this.world.clock.nowMs;
    for (const one of this.world.blocks.get(blockId)?.transactions ?? []) {
      this.#transactions.delete(one);
    }
    this.#pool.prune(this.chainState);
    if (this.#isLost()) return;
    this.#begin();
  }

  /** Begins the height above the head, unless the member rests; whoever starts again has to be heard. */
  #begin(): void {
    const height = this.committed + 1;
    if (height > this.targetHeight && !this.#isFresh) return;
    const { context } = this;
    const silence = this.#signer.begin(context);
    this.world.begun(context);
    this.#bodies.forget();
    this.#inbox.letIn(height, () => {
      this.#observe(silence);
      const self = this.#signer.self;
      this.feed({ type: "startHeight", ...context, self, timeouts: defaultTimeouts });
      if (this.#isFresh) this.#resume();
    });
    if (!this.isAlive || this.committed + 1 !== height) return;
    this.#offer();
    this.#sync.pull();
    this.#later(heartbeatMs, () => {
      if (this.committed + 1 === height) this.feed({ type: "proposable", height });
    });
  }

  /** Lets the member go on beyond the height it rested at. */
  raiseTarget(height: number): void {
    const rests = this.isAlive && this.committed === this.targetHeight;
    const hasBegun = (this.state.height?.start.height ?? 0) > this.committed;
    this.targetHeight = height;
    if (!rests) return;
    if (hasBegun) this.#offer();
    else this.#begin();
  }

  /** There is something for a block: always, or when something arrived that belongs into one. */
  #offer(): void {
    const { isIdle } = this.world.swarm;
    if (!isIdle) this.#transactions.add(0);
    const isDue =
      this.#transactions.size > 0 ||
      this.#pool.size > 0 ||
      this.world.chains.requestsAfter(this.chainState).length > 0;
    const height = this.committed + 1;
    if (isDue && height <= this.targetHeight) this.feed({ type: "proposable", height });
  }

  addTransaction(transaction: number): void {
    if (!this.isAlive || this.#seen.has(transaction)) return;
    this.#seen.add(transaction);
    this.#transactions.add(transaction);
    this.#offer();
  }

  /** Every second: the status again, claims that expire. */
  #tick(): void {
    this.#announceSoon();
    this.#inbox.compare();
    this.#later(tickMs, () => this.#tick());
  }
}
