import {
  type CommitCertificate,
  type Draft,
  defaultTimeouts,
  type Effect,
  type Evidence,
  type HeightContext,
  type HeightState,
  type Input,
  type Message,
  type Status,
  type Timeout,
} from "../src/index.ts";
import { Announcer } from "./announcer.ts";
import { Bodies } from "./bodies.ts";
import type { SimBlock } from "./chain.ts";
import type { Checkers } from "./checkers.ts";
import { Disk } from "./disk.ts";
import { Engine, type Parts } from "./engine.ts";
import { Head } from "./head.ts";
import { indexOf } from "./identity.ts";
import { Inbox } from "./inbox.ts";
import { Life } from "./life.ts";
import { Mishaps } from "./mishaps.ts";
import { type Packet, packetMark } from "./packets.ts";
import { type Prng, prng } from "./prng.ts";
import { sentence, short } from "./sentence.ts";
import { Signer } from "./signer.ts";
import type { Wipe } from "./swarm.ts";
import { Sync } from "./sync.ts";
import { effectMarks, textMark, timeoutMark, traceCodes } from "./trace.ts";
import type { Receiver, World } from "./world.ts";

const heartbeatMs = 4_000;
const tickMs = 1_000;

/** One member; a dishonest one changes only what leaves it. */
export class Replica implements Receiver {
  readonly index: number;
  readonly world: World;
  readonly disk: Disk;
  /** No height above this one is begun. */
  targetHeight = 0;
  protected readonly engine: Engine;
  readonly #parts: Parts;
  readonly #checkers: Checkers;
  readonly #random: Prng;
  readonly #mishaps: Mishaps;
  readonly #life: Life;
  readonly #head: Head;
  #isFresh = true;
  #bodies: Bodies;
  #inbox: Inbox;
  #signer: Signer;
  #sync: Sync;
  #announcer: Announcer;
  #decided: CommitCertificate | null = null;
  #committedMs = 0;

  constructor(index: number, world: World, checkers: Checkers, parts: Parts) {
    this.index = index;
    this.world = world;
    this.#checkers = checkers;
    this.#parts = parts;
    this.disk = new Disk(world.isEncoded);
    this.disk.hasRoom = () => this.#hasRoom();
    this.#random = prng(world.seed, `member ${index}`);
    this.#life = new Life(world);
    this.engine = this.#newEngine();
    this.#mishaps = new Mishaps(index, world.swarm);
    this.#head = new Head(index, world, this.disk);
    this.#bodies = this.#newBodies();
    this.#inbox = this.#newInbox();
    this.#signer = this.#newSigner();
    this.#sync = this.#newSync();
    this.#announcer = this.#newAnnouncer();
  }

  #newEngine(): Engine {
    return new Engine({
      index: this.index,
      checkers: this.#checkers,
      disk: this.disk,
      parts: this.#parts,
      isAlive: () => this.isAlive,
      isLost: () => this.#isLost(),
      perform: (effect) => this.#perform(effect),
      settled: (state) =>
        this.#checkers.onState(this.index, state, this.#inbox.room, this.#head.pieces),
    });
  }

  #newBodies(): Bodies {
    return new Bodies(
      {
        index: this.index,
        world: this.world,
        random: this.#random,
        later: (delayMs, run) => this.#life.later(delayMs, run),
        ask: (peer, blockId) => this.send(peer, { type: "wantBody", blockId }),
        head: () => this.#head.blockId,
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
      state: () => this.engine.state,
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
        later: (delayMs, run) => this.#life.later(delayMs, run),
      },
      this.context,
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
      wantedHeight: () => (this.#decided === null ? this.committed + 1 : null),
      send: (to, packet) => this.send(to, packet),
      later: (delayMs, run) => this.#life.later(delayMs, run),
    });
  }

  #newAnnouncer(): Announcer {
    return new Announcer(
      this.world.clock,
      (delayMs, run) => this.#life.later(delayMs, run),
      (status) => this.#announce(status),
    );
  }

  get isAlive(): boolean {
    return this.#life.isAlive;
  }

  get committed(): number {
    return this.#head.height;
  }

  /** What it has in its memory of the height in force, for whoever looks into every machine. */
  get heightState(): HeightState | null {
    return this.engine.state.height;
  }

  /** Begins, or begins again from what the disk kept. */
  start(): void {
    this.#life.begin();
    this.#isFresh = true;
    this.#bodies = this.#newBodies();
    this.#inbox = this.#newInbox();
    this.#signer = this.#newSigner();
    this.#sync = this.#newSync();
    this.#announcer = this.#newAnnouncer();
    this.#head.forget();
    this.#committedMs = this.world.clock.nowMs;
    const first = this.disk.records[0];
    const isCurrent = first?.type === "startHeight" && first.height === this.committed + 1;
    this.#life.later(tickMs * this.#random.unit(), () => this.#tick());
    if (isCurrent && this.#parts.isLogKept) {
      this.#tell(`starts again from ${this.disk.records.length} records`);
      const silence = this.#signer.begin(this.context);
      this.engine.takeUp();
      this.#inbox.openFor(first.height);
      this.#observe(silence);
      this.#resume();
      this.#offer();
    } else this.#begin();
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
    this.engine.compareLog();
    this.disk.crash(this.#random);
    this.engine.forget();
    this.#decided = null;
    this.#life.end(downMs, () => this.start());
  }

  /** The machine is set up anew; what its operator lost is gone. */
  wipe({ lost, downMs }: Wipe): void {
    this.crash(downMs);
    this.#tell(`comes back without its ${lost}`);
    this.#checkers.onWiped(this.index, lost);
    this.disk.lose(lost);
  }

  /** Nothing moves for a while; what was due meanwhile comes late. */
  pause(forMs: number): void {
    this.#tell(`stands still for ${Math.round(forMs)} ms`);
    this.#life.pause(forMs);
  }

  /** Whether power was lost at this very effect. */
  #isLost(): boolean {
    const loss = this.#mishaps.atEffect(this.world.isHealed);
    if (loss !== null) this.crash(loss.downMs);
    return loss !== null;
  }

  /** A member whose disk is full stops at once, and comes back when there is room. */
  #hasRoom(): boolean {
    const lack = this.#mishaps.atWrite(this.world.isHealed);
    if (lack === null) return true;
    this.#tell("has no room on its disk");
    this.crash(lack.downMs);
    return false;
  }

  #tell(words: string): void {
    this.world.tell(this.index, words);
  }

  protected feed(input: Input): void {
    this.engine.feed(input);
  }

  #perform(effect: Effect): void {
    const { type } = effect;
    this.world.note(this.index, traceCodes.effect, effectMarks[type], this.committed);
    switch (type) {
      case "persist":
        this.disk.append(effect.record);
        if (this.isAlive) this.engine.logged();
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
        this.#life.later(this.#random.between(0, 4), () =>
          this.#build(effect.height, effect.round),
        );
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
        this.#tell(`decides ${short(effect.certificate.blockId)}`);
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
        this.#announcer.announce(effect.status);
    }
  }

  #schedule(timeout: Timeout, delayMs: number): void {
    this.#checkers.onSchedule(this.index, timeout);
    const mark = timeoutMark(timeout);
    this.#life.later(delayMs, () => {
      this.world.delivered(this.index, traceCodes.timeout, mark, 0);
      this.feed({ type: "timeout", timeout });
    });
  }

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
    return this.#head.state.context;
  }

  /** A signature with the own key, without asking the guard. */
  protected signature(draft: Draft): Uint8Array {
    return this.#signer.unguarded(draft);
  }

  #announce(told: Status): void {
    const height = this.#sync.claimed(told.height);
    const status = height === told.height ? told : { ...told, height };
    for (let to = 0; to < this.world.members; to += 1) {
      if (to !== this.index) this.emit(to, { kind: "status", status });
    }
  }

  receive(from: number, packet: Packet): void {
    if (this.#life.isPaused) {
      this.#life.whenAwake(() => this.receive(from, packet));
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

  #onClaim(from: number, height: number): void {
    this.#sync.onClaim(from, height);
    this.#signer.onClaim(from, height);
  }

  /** Evidence is passed on once, and makes a block worth while. */
  #addEvidence(evidence: Evidence): void {
    if (!this.#head.addEvidence(evidence)) return;
    for (let to = 0; to < this.world.members; to += 1) {
      if (to !== this.index) this.send(to, { type: "evidence", evidence });
    }
    this.#offer();
  }

  /** A block on the own chain. */
  protected newBlock(transactions: readonly number[], isValid: boolean): SimBlock {
    return this.#head.newBlock(transactions, isValid);
  }

  #build(height: number, round: number): void {
    if (this.committed + 1 !== height) return;
    const block = this.#head.nextBlock();
    this.#bodies.hold(block.id);
    this.world.note(this.index, traceCodes.built, round, textMark(block.id));
    this.feed({ type: "built", height, round, blockId: block.id });
  }

  /** A late precommit: the own copy of the last certificate grows. */
  #extend(certificate: CommitCertificate): void {
    this.#checkers.onCertificate(this.index, certificate);
    this.#head.extend(certificate);
    if (this.#decided?.height === certificate.height) this.#decided = certificate;
  }

  /** The decided block becomes the head, durably; the next height begins at once. */
  #apply(): void {
    const certificate = this.#decided;
    if (certificate === null || certificate.height !== this.committed + 1) return;
    if (!this.disk.hasRoom()) return;
    this.#decided = null;
    this.#checkers.onApply(this.index, certificate);
    this.#head.apply(certificate);
    this.world.appliedCount += 1;
    const { height, round, blockId } = certificate;
    this.world.note(this.index, traceCodes.applied, (height << 8) ^ round, textMark(blockId));
    this.#committedMs = this.world.clock.nowMs;
    if (this.#isLost()) return;
    this.#begin();
  }

  /** Begins the height above the head, unless the member rests; whoever starts again has to be heard. */
  #begin(): void {
    const height = this.committed + 1;
    if (height > this.targetHeight && !this.#isFresh) return;
    const { context } = this;
    const silence = this.#signer.begin(context);
    this.#bodies.forget();
    this.#inbox.letIn(height, () => {
      this.#observe(silence);
      const self = this.#signer.self;
      this.feed({ type: "startHeight", ...context, self, timeouts: defaultTimeouts });
      if (this.#isFresh || this.#signer.memory().said.length > 0) this.#resume();
    });
    if (!this.isAlive || this.committed + 1 !== height) return;
    this.#offer();
    this.#sync.pull();
    this.#life.later(heartbeatMs, () => {
      if (this.committed + 1 === height) this.feed({ type: "proposable", height });
    });
  }

  /** Lets the member go on beyond the height it rested at. */
  raiseTarget(height: number): void {
    const rests = this.isAlive && this.committed === this.targetHeight;
    const hasBegun = (this.engine.state.height?.start.height ?? 0) > this.committed;
    this.targetHeight = height;
    if (!rests) return;
    if (hasBegun) this.#offer();
    else this.#begin();
  }

  /** There is something for a block: always, or when something arrived that belongs into one. */
  #offer(): void {
    const height = this.committed + 1;
    if (height > this.targetHeight || !this.#head.isDue) return;
    this.feed({ type: "proposable", height });
  }

  addTransaction(transaction: number): void {
    if (this.isAlive && this.#head.addTransaction(transaction)) this.#offer();
  }

  /** Every second: the status again, claims that expire. */
  #tick(): void {
    this.#announcer.again();
    this.#inbox.compare();
    this.#life.later(tickMs, () => this.#tick());
  }
}
