import {
  type CommitCertificate,
  type ConsensusState,
  type Draft,
  defaultTimeouts,
  draftSignBytes,
  type Effect,
  guardAllows,
  guardMemory,
  type Input,
  initialState,
  type Message,
  replay,
  type SignedMessage,
  type Status,
  type Step,
  withSignature,
} from "../src/index.ts";
import { Bodies, type BodiesDesk } from "./bodies.ts";
import type { Checkers } from "./checkers.ts";
import { Disk } from "./disk.ts";
import { Inbox } from "./inbox.ts";
import { type Prng, prng } from "./prng.ts";
import { sameValue } from "./same-value.ts";
import { sentence } from "./sentence.ts";
import { indexOf, type Packet, type Receiver, type World } from "./world.ts";

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
const refetchMs = 150;
/** Every so many inputs the log is fed back and compared. */
const logCheckEvery = 50;

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
  readonly #crashes: { readonly atEffect: number; readonly downMs: number }[];
  readonly #transactions = new Set<number>();
  readonly #seen = new Set<number>();
  #effects = 0;
  #inputs = 0;
  #life = 0;
  #isFresh = true;
  #queue: Input[] = [];
  #isBusy = false;
  #bodies: Bodies;
  #inbox: Inbox;
  #decided: CommitCertificate | null = null;
  #status: Status | null = null;
  #announcedMs = 0;
  #isAnnouncing = false;
  #committedMs = 0;
  #askedMs = 0;

  constructor(index: number, world: World, checkers: Checkers, parts: Parts) {
    this.index = index;
    this.world = world;
    this.#checkers = checkers;
    this.#parts = parts;
    this.disk = new Disk(world.contextAt(1).network, world.isEncoded);
    this.#random = prng(world.seed, `member ${index}`);
    this.#crashes = world.swarm.crashes
      .filter(({ member }) => member === index)
      .sort((a, b) => a.atEffect - b.atEffect);
    this.#bodies = this.#newBodies();
    this.#inbox = this.#newInbox();
  }

  #newBodies(): Bodies {
    const desk: BodiesDesk = {
      index: this.index,
      world: this.world,
      random: this.#random,
      later: (delayMs, run) => this.#later(delayMs, run),
      ask: (peer, blockId) => this.send(peer, { type: "wantBody", blockId }),
      isBlockDue: () => this.world.clock.nowMs - this.#committedMs > heartbeatMs / 2,
      judged: (verdict) => this.feed(verdict),
      applicable: () => this.#apply(),
    };
    return new Bodies(desk, this.disk.bodies);
  }

  #newInbox(): Inbox {
    return new Inbox({
      index: this.index,
      world: this.world,
      checkers: this.#checkers,
      state: () => this.state,
      guard: () => (this.#parts.isGuarded ? this.disk.guard : null),
      feed: (input) => this.feed(input),
      record: (code, round, blockId) => this.#record(code, round, blockId),
      isPassedBy: (from) => this.#catchUp(from),
    });
  }

  get committed(): number {
    return this.disk.chain.length;
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
    this.#announcedMs = nowMs - announceMs;
    this.#committedMs = nowMs;
    this.#askedMs = nowMs - refetchMs;
    const first = this.disk.records[0];
    const isCurrent = first?.type === "startHeight" && first.height === this.committed + 1;
    this.#later(tickMs * this.#random.unit(), () => this.#tick());
    if (isCurrent && this.#parts.isLogKept) {
      this.#tell(`starts again from ${this.disk.records.length} records`);
      this.state = replay(this.disk.records);
      this.#inbox.openFor(first.height);
      this.#resume(first.height);
    } else {
      this.state = initialState;
      this.#begin();
    }
  }

  /** What the guard knows comes in once, before anything else can happen. */
  #resume(height: number): void {
    const { era } = this.world.contextAt(height);
    const memory = guardMemory(this.disk.guard, era, height);
    const forgotten = { type: "resume", said: [], lock: null } as const;
    this.feed(this.#parts.isGuarded ? memory : forgotten);
    this.#isFresh = false;
    this.#offer();
  }

  /** Power is lost now; nothing of what was under way happens. */
  crash(downMs: number): void {
    this.#tell("loses power");
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

  /** The log, fed back, gives the very state there is. */
  #checkLog(): void {
    const { height } = this.state;
    this.#inputs += 1;
    if (this.#inputs % logCheckEvery > 0 || height === null || !this.#parts.isLogCompared) return;
    const isSame = sameValue(replay(this.disk.records).height, height);
    if (!isSame) this.#checkers.onLogDiffers(this.index);
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

  /** Does something later, unless this life is over by then. */
  #later(delayMs: number, run: () => void): void {
    const life = this.#life;
    this.world.clock.after(delayMs, () => {
      if (this.isAlive && this.#life === life) run();
    });
  }

  #tell(sentence: string): void {
    this.world.tell(this.index, sentence);
  }

  #record(code: number, round: number, blockId: string | null): void {
    this.world.record(this.index, code, this.committed + 1, round, blockId);
  }

  // One queue

  protected feed(input: Input): void {
    this.#queue.push(input);
    if (!this.#isBusy) this.#drain();
  }

  #drain(): void {
    this.#isBusy = true;
    for (let input = this.#queue.shift(); input !== undefined; input = this.#queue.shift()) {
      this.#checkers.onInput(this.index, input);
      const [state, effects] = this.#parts.step(this.state, input);
      this.state = state;
      this.#carryOut(effects);
      if (!this.isAlive) break;
      this.#checkLog();
      this.#checkers.onState(this.index, state, this.#inbox.room);
    }
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
    switch (effect.type) {
      case "persist":
        this.disk.append(effect.record);
        return;
      case "sign":
        this.#sign(effect.draft);
        return;
      case "broadcast":
        this.#broadcast(effect.message);
        return;
      case "sendTo":
        this.emit(indexOf(effect.peer), effect.message);
        return;
      case "schedule": {
        const { timeout, delayMs } = effect;
        this.#checkers.onSchedule(this.index, timeout);
        this.#later(delayMs, () => {
          this.#record(1, "round" in timeout ? timeout.round : 0, null);
          this.feed({ type: "timeout", timeout });
        });
        return;
      }
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
        this.#checkers.onCertificate(this.index, effect.certificate);
        return;
      case "evidence":
        this.#checkers.onEvidence(this.index, effect.evidence);
        return;
      case "announce":
        this.#checkers.onStatus(this.index, effect.status);
        this.#status = effect.status;
        this.#announceSoon();
    }
  }

  // Signing

  /**
   * The body first, then log and guard, whichever is quicker; the signature leaves after both, when it
   * comes back as an input.
   */
  #sign(draft: Draft): void {
    this.#keepBody(draft);
    const isLogFirst = this.#random.chance(0.5);
    if (isLogFirst) this.disk.sync();
    if (this.#isLost()) return;
    const message = this.#signGuarded(draft);
    if (message === null || this.#isLost()) return;
    this.disk.sync();
    if (this.#isLost()) return;
    const { signDelayMs } = this.world.swarm;
    if (signDelayMs === 0) this.feed({ type: "signed", message });
    else {
      this.#later(this.#random.unit() * signDelayMs, () => this.feed({ type: "signed", message }));
    }
  }

  #keepBody(draft: Draft): void {
    if (draft.kind !== "vote" || draft.vote.blockId === null) return;
    const { type, blockId } = draft.vote;
    if (!this.#bodies.holds(blockId)) this.#checkers.onNotHeld(this.index, type, blockId);
    if (type === "precommit") this.disk.bodies.add(blockId);
  }

  #signGuarded(draft: Draft): SignedMessage | null {
    const height = draft.kind === "vote" ? draft.vote.height : draft.proposal.height;
    const { network, era } = this.world.contextAt(height);
    const answer = guardAllows(this.disk.guard, draft, network, era);
    if (!answer.ok && this.#parts.isGuarded) {
      this.#tell(`guard refuses: ${answer.code}`);
      this.#checkers.onRefused(this.index, answer.code);
      return null;
    }
    const bytes = (): Uint8Array => draftSignBytes(draft, network, era);
    const signature =
      answer.ok && "reuse" in answer ? answer.reuse : this.world.signing.sign(this.index, bytes);
    if (answer.ok && "state" in answer) this.disk.guard = withSignature(answer.state, signature);
    const message: SignedMessage =
      draft.kind === "vote"
        ? { kind: "vote", vote: { ...draft.vote, signature } }
        : { kind: "proposal", proposal: { ...draft.proposal, signature } };
    this.#checkers.onSigned(this.index, message, this.disk.guard.lock);
    return message;
  }

  // Sending

  #broadcast(message: Message): void {
    if (this.world.timeline !== null) this.#tell(`sends ${sentence(message)}`);
    for (let to = 0; to < this.world.members; to += 1) {
      if (to === this.index) continue;
      this.emit(to, message);
      if (message.kind === "proposal" && message.proposal.proposer === this.index) {
        this.send(to, { type: "body", blockId: message.proposal.blockId });
      }
    }
  }

  /** What leaves for one member; the dishonest member says something else here. */
  protected emit(to: number, message: Message): void {
    this.#checkers.onLeaving(this.index, message);
    this.send(to, { type: "message", message });
  }

  protected send(to: number, packet: Packet): void {
    this.world.send(this.index, to, packet);
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
    const status = this.#status;
    if (status === null) return;
    for (let to = 0; to < this.world.members; to += 1) {
      if (to !== this.index) this.emit(to, { kind: "status", status });
    }
  }

  // Receiving

  receive(from: number, packet: Packet): void {
    if (!this.isAlive) return;
    switch (packet.type) {
      case "message":
        this.#inbox.receive(from, packet.message);
        return;
      case "body":
        this.#record(3, from, packet.blockId);
        this.#bodies.hold(packet.blockId);
        return;
      case "wantBody":
        if (this.#bodies.holds(packet.blockId)) this.send(from, { ...packet, type: "body" });
        return;
      case "wantHeight": {
        const certificate = this.disk.chain[packet.height - 1];
        if (certificate === undefined) return;
        this.send(from, { type: "height", certificate });
        this.send(from, { type: "body", blockId: certificate.blockId });
        return;
      }
      case "height":
        this.#record(4, from, packet.certificate.blockId);
        this.#inbox.knock(from, { kind: "commit", certificate: packet.certificate });
        return;
      case "transaction":
        this.addTransaction(packet.transaction);
    }
  }

  // Blocks

  /** Somebody is further: asks for the decision of the own height, now and then. */
  #catchUp(from: number): void {
    const { nowMs } = this.world.clock;
    const isOpen = this.#decided === null && this.committed < this.targetHeight;
    if (!isOpen || nowMs - this.#askedMs < refetchMs) return;
    this.#askedMs = nowMs;
    this.send(from, { type: "wantHeight", height: this.committed + 1 });
  }

  #build(height: number, round: number): void {
    if (this.committed + 1 !== height) return;
    const block = this.world.newBlock(height, this.index, [...this.#transactions]);
    this.#bodies.hold(block.id);
    this.#record(7, round, block.id);
    this.feed({ type: "built", height, round, blockId: block.id });
  }

  /** The decided block becomes the head, durably; the next height begins at once. */
  #apply(): void {
    const certificate = this.#decided;
    if (certificate === null || certificate.height !== this.committed + 1) return;
    this.#decided = null;
    this.#checkers.onApply(this.index, certificate);
    this.disk.bodies.add(certificate.blockId);
    this.disk.chain.push(certificate);
    this.#record(8, certificate.round, certificate.blockId);
    this.#committedMs = this.world.clock.nowMs;
    for (const one of this.world.blocks.get(certificate.blockId)?.transactions ?? []) {
      this.#transactions.delete(one);
    }
    if (this.#isLost()) return;
    this.#begin();
  }

  /** Begins the height above the head, unless the simulation ends here. */
  #begin(): void {
    const height = this.committed + 1;
    if (height > this.targetHeight) return;
    const context = this.world.contextAt(height);
    const self = this.index < context.validators.length ? this.index : null;
    this.#bodies.forget();
    this.#inbox.letIn(height, () => {
      this.feed({ type: "startHeight", ...context, self, timeouts: defaultTimeouts });
      if (this.#isFresh) this.#resume(height);
    });
    this.#offer();
    this.#later(heartbeatMs, () => {
      if (this.committed + 1 === height) this.feed({ type: "proposable", height });
    });
  }

  /** Lets the member go on beyond the height it rested at. */
  raiseTarget(height: number): void {
    const rests = this.isAlive && this.committed === this.targetHeight;
    this.targetHeight = height;
    if (rests) this.#begin();
  }

  /** There is something for a block: always, or when a transaction arrived. */
  #offer(): void {
    if (this.world.swarm.isIdle ? this.#transactions.size > 0 : true) {
      if (!this.world.swarm.isIdle) this.#transactions.add(0);
      const height = this.committed + 1;
      if (height <= this.targetHeight) this.feed({ type: "proposable", height });
    }
  }

  addTransaction(transaction: number): void {
    if (!this.isAlive || this.#seen.has(transaction)) return;
    this.#seen.add(transaction);
    this.#transactions.add(transaction);
    this.#offer();
  }

  /** Every second: the status again, claims that expire. */
  #tick(): void {
    this.#record(9, 0, null);
    this.#announceSoon();
    this.#inbox.compare();
    this.#later(tickMs, () => this.#tick());
  }
}
