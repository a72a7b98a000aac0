import {
  type CommitCertificate,
  type ConsensusState,
  type Draft,
  type Effect,
  type Input,
  initialState,
  type Message,
  proposerOf,
  type Question,
  replay,
  step,
  type WalRecord,
} from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { MessageType } from "../network/limits.ts";
import { BlockBuilder } from "./block-builder.ts";
import { provenBy } from "./certificates.ts";
import type { ConsensusHostParts } from "./consensus-host-parts.ts";
import { blockToPossess, heightOfDraft } from "./draft.ts";
import { ForkWatch } from "./fork-watch.ts";
import { MessageDoor } from "./message-door.ts";
import { Messenger } from "./messenger.ts";
import { OwnPast } from "./own-past.ts";
import { Pace } from "./pace.ts";
import { RoundWatch } from "./round-watch.ts";
import { gatherRun } from "./run.ts";
import { StatusTeller } from "./status-teller.ts";
import { TwinCall } from "./twin-call.ts";

/**
 * Carries out what consensus asks for: one queue of inputs, one step at a time, its effects strictly in
 * order, and the disk before the wire. Source: packages/consensus/src/effects.ts.
 */
export class ConsensusHost {
  readonly #parts: ConsensusHostParts;
  readonly #door: MessageDoor;
  readonly #forks: ForkWatch;
  readonly #teller: StatusTeller;
  readonly #messenger: Messenger;
  readonly #past: OwnPast;
  readonly #twins: TwinCall;
  readonly #pace = new Pace(() => this.#settledInputs());
  readonly #builder: BlockBuilder;
  #state: ConsensusState = initialState;
  #queue: (Input | (() => Promise<void>))[] = [];
  #isDraining = false;
  #isStopped = false;
  /** The first height was taken up, with what the guard remembers of it. */
  #isResumed = false;
  #applying: Promise<void> = Promise.resolve();
  /** Height of the log that is being written. */
  #logHeight = 0;
  /** Precommits whose block is not held yet, which happens after a crash only. */
  #deferred: Draft[] = [];
  readonly #rounds: RoundWatch;

  constructor(parts: ConsensusHostParts) {
    this.#parts = parts;
    this.#rounds = new RoundWatch(parts.events);
    this.#teller = new StatusTeller(parts.network, parts.timers);
    this.#past = new OwnPast(parts);
    this.#twins = new TwinCall({
      ...parts,
      identity: parts.signer.identity,
      validators: () => parts.ledger.validators,
      onAlone: () => this.checkLag(),
      onTwin: (error) => this.#fail(error),
    });
    this.#messenger = new Messenger(parts.network, parts.desk);
    this.#builder = new BlockBuilder({
      ...parts,
      onRefused: (transaction) => parts.events.onRefusedCandidate(transaction),
      onBuilt: ({ height, round }, blockId) => this.feed({ type: "built", height, round, blockId }),
    });
    this.#forks = new ForkWatch({
      state: () => this.#state,
      headDecision: () => parts.ledger.headDecision(),
      log: parts.log,
      onEvidence: (evidence) => parts.events.onEvidence(evidence),
      onFork: (error) => this.#fail(error),
    });
    this.#door = new MessageDoor({
      state: () => this.#state,
      isBeyondGuard: (answer) => parts.signer.isBeyond(answer),
      onRefused: (code) => parts.events.onRefusedMessage(code),
      forks: this.#forks,
      recovery: parts.recovery,
    });
  }

  /** Takes up the height after the head: from its log if there is one, else from its beginning. */
  start(): void {
    const { ledger, opened, signer, log } = this.#parts;
    const { finding } = opened;
    const height = ledger.head.height + 1;
    this.#logHeight = height;
    this.#parts.recovery?.begin({
      ...this.#parts,
      state: () => this.#state,
      isHeld: () => this.#twins.isWaiting,
      ask: (question) => this.#messenger.broadcast({ kind: "question", question }),
    });
    const inputs: Input[] = [{ type: "behind", behind: this.isHeld }];
    if (this.#past.isLost) inputs.push({ type: "observe", height });
    if (finding.kind === "damaged") {
      const { code, detail } = finding.error;
      log.warn({ code, detail, height }, "the log of the height is damaged: following in silence");
      inputs.push({ type: "observe", height });
    }
    if (finding.kind === "replay") {
      log.info({ height, records: finding.records.length }, "took up the height from its log");
      this.#state = replay(finding.records);
    } else inputs.push(ledger.nextHeight());
    this.#openHeight(height);
    // What the guard remembers comes before anything that could ask for a signature.
    this.#queue.push(...inputs, signer.memory(height));
    void this.#drain();
  }

  /** Signs nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#applying;
    await this.#parts.opened.wal.close().catch(() => undefined);
    await this.#parts.signer.close().catch(() => undefined);
  }

  /** Resolves when no commit is under way, so that head and state belong together. */
  async settled(): Promise<void> {
    await this.#applying;
  }

  get state(): ConsensusState {
    return this.#state;
  }

  /** Whether nothing may be signed whatever the others say. */
  get isHeld(): boolean {
    return this.#twins.isWaiting || this.#parts.recovery !== null;
  }

  /** Whether the node lacks its memory of what it signed. */
  get isSignStateUnsafe(): boolean {
    return this.#parts.signer.condition !== "intact";
  }

  /**
   * A frame of the stream of votes; a promise where its member has to wait before it brings more.
   * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_FORGED
   */
  onFrame(member: MemberId, type: MessageType, body: Uint8Array): Promise<void> | void {
    const message = this.#door.read(type, body);
    if (message === null || this.#isStopped) return;
    if (message.kind === "status") this.#onStatus(member, message.status.height);
    this.#admit(member, message, body.length);
    return this.#pace.count(member);
  }

  onConnected(member: MemberId): void {
    this.#teller.greet(member);
    // A node that asks does so again for everybody who comes later.
    this.#twins.onConnected(member);
    const isAsking = this.#state.voice.type === "asking" || this.#past.isLost;
    const question = isAsking ? this.#question() : null;
    if (question !== null) this.#messenger.send(member, { kind: "question", question });
  }

  /** What this node asks about itself at the height in force; null where it has no vote. */
  #question(): Question | null {
    const start = this.#state.height?.start;
    if (start === undefined || start.self === null) return null;
    return { height: start.height, voter: start.self };
  }

  onDisconnected(member: MemberId): void {
    this.#door.depart(member);
    this.feed({ type: "departed", peer: member });
  }

  /** Something may be ready for a block: a transaction, evidence, or the heartbeat. */
  onProposable(): void {
    const height = this.#state.height;
    if (height === null || this.#isStopped) return;
    const { pool, evidence, heartbeat } = this.#parts;
    if (!pool.hasReady && !evidence.isReady && !heartbeat.isDue()) return;
    this.#builder.retry(height.rules.round, height.rules.step === "propose");
    if (!height.isProposable) this.feed({ type: "proposable", height: height.start.height });
  }

  /** A decision learned from others enters the same queue as everything else. */
  onDecided(certificate: CommitCertificate): void {
    this.feed({ type: "certificate", certificate });
  }

  /** Looks again whether the others are further, or the own key may be in use elsewhere. */
  checkLag(start = this.#state.height?.start): void {
    if (start === undefined) return;
    const isBehind = this.#parts.lag.isBehind(start.height, start.validators.length);
    const behind = isBehind || this.isHeld;
    if (behind !== this.#state.isBehind) this.feed({ type: "behind", behind });
  }

  /** Another process with the own key speaks, or somebody passes on that it does. */
  onPresence(member: MemberId, body: Uint8Array): void {
    if (!this.#isStopped) this.#twins.onFrame(member, body);
  }

  feed(input: Input): void {
    if (this.#isStopped) return;
    this.#queue.push(input);
    if (!this.#isDraining) void this.#drain();
  }

  /** Resolves when the inputs that wait now were taken. */
  #settledInputs(): Promise<void> {
    if (!this.#isDraining) return Promise.resolve();
    return new Promise((resolve) => this.#queue.push(async () => resolve()));
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        if (this.#isStopped) return;
        if (typeof next === "function") await next();
        else await this.#take(next);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isDraining = false;
    }
  }

  async #take(input: Input): Promise<void> {
    // Of two decisions that waited here together neither was one too many when it came.
    if (input.type === "certificate" && this.#forks.isFork(input.certificate)) return;
    const [state, effects] = step(this.#state, input);
    this.#state = state;
    for (const effect of effects) {
      const underWay = this.#carryOut(effect);
      if (underWay !== null) await underWay;
      if (this.#isStopped) return;
    }
    if (input.type === "resume" || (input.type === "startHeight" && this.#isResumed)) {
      this.#isResumed = true;
      this.#onBegun();
    }
    const height = this.#state.height?.start.height ?? null;
    // Not only when a signature is due: on an idle network none is, and the guard would stay lost.
    if (height !== null && this.#past.isLost && !this.isHeld) await this.#past.renewGuard(height);
    if (this.#state.voice.type === "free") this.#twins.onReached();
    this.#rounds.look(this.#state);
  }

  /** The height is in force: what waited for it comes in. */
  #onBegun(): void {
    const height = this.#state.height?.start.height ?? 0;
    for (const { peer, message } of this.#door.release(height)) {
      try {
        this.#admit(peer, message, 0);
      } catch (error) {
        // The frame that brought it is long done with; the next wrong one closes the connection.
        if (!(error instanceof NodeError)) throw error;
      }
    }
    // Without a guard the others' memory is all there is; each height it is asked for again.
    const question = this.#past.isLost ? this.#question() : null;
    if (question !== null) this.#messenger.broadcast({ kind: "question", question });
    this.onProposable();
    this.checkLag();
  }

  #admit(member: MemberId, message: Message, bytes: number): void {
    const input = this.#door.admit(member, message, bytes);
    if (input === null) return;
    if (input.type === "answer" && input.beyondGuard) this.#past.raise(input.height);
    this.#listen(this.#state.height?.start.height ?? 0, () => this.#past.hear(input));
    this.feed(input);
  }

  #hearDecision(certificate: CommitCertificate): void {
    this.#listen(certificate.height, () => this.#past.hearDecision(certificate));
  }

  /** What the own key said without this guard: silence where that may lie in the past, else the end. */
  #listen(height: number, hear: () => "past" | null): void {
    try {
      const isKnown = this.#state.voice.type === "silent" || hear() === null;
      if (!isKnown) this.feed({ type: "observe", height });
    } catch (error) {
      this.#fail(error);
    }
  }

  #onStatus(member: MemberId, height: number): void {
    const { lag, ledger, events } = this.#parts;
    lag.report(ledger.validators, member, height - 1);
    events.onClaim(member, height - 1);
    this.checkLag();
    this.#past.name(member, height);
  }

  /** Begins an effect; a promise where the next one must wait. */
  #carryOut(effect: Effect): Promise<void> | null {
    switch (effect.type) {
      case "persist":
        return this.#persist(effect.record);
      case "sign":
        return this.#sign(effect.draft);
      case "broadcast":
        this.#messenger.broadcast(effect.message);
        return null;
      case "sendTo":
        this.#messenger.send(effect.peer, effect.message);
        return null;
      case "schedule": {
        const { timeout } = effect;
        this.#parts.timers.after(effect.delayMs, () => this.feed({ type: "timeout", timeout }));
        return null;
      }
      case "build":
        this.#builder.ask(effect);
        return null;
      case "validate":
        this.#validate(effect);
        return null;
      case "fetchBlock":
        this.#parts.desk.addSources(effect.blockId, effect.from);
        return null;
      case "decide":
        this.#applying = this.#apply(effect.certificate);
        return null;
      case "extend":
        this.#parts.ledger.extend(effect.certificate);
        return null;
      case "evidence":
        this.#parts.events.onEvidence(effect.evidence);
        return null;
      case "announce":
        this.#teller.tell(effect.status);
        return null;
    }
  }

  /** The log of a height begins with its start, never before its last record. */
  #persist(record: WalRecord): Promise<void> | null {
    const { wal } = this.#parts.opened;
    if (record.type !== "startHeight" || record.height === this.#logHeight) {
      wal.append(record);
      return null;
    }
    this.#logHeight = record.height;
    this.#deferred = [];
    // Late precommits may have come while the block was being applied.
    if (this.#state.last !== null) this.#parts.ledger.extend(this.#state.last.certificate);
    return wal.reset(record.height).then(() => wal.append(record));
  }

  /** Disk before wire: body and payloads of a precommit's block, then log and guard in parallel. */
  async #sign(draft: Draft): Promise<void> {
    const { signer, opened, desk } = this.#parts;
    if (!(await this.#past.renewGuard(heightOfDraft(draft)))) return;
    const blockId = blockToPossess(draft);
    const before = blockId === null ? null : desk.possess(blockId);
    if (blockId !== null && before === null) {
      this.#deferred.push(draft);
      return;
    }
    const beside = (): Promise<void> => opened.wal.sync();
    const message = await signer.sign(draft, { before, beside });
    // Nothing comes between a signature and its own input.
    if (message !== null) this.#queue.unshift({ type: "signed", message });
  }

  /** A block is held now: signs what waited for it, if it is still of use. */
  async #signDeferred(): Promise<void> {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const draft of deferred) {
      if (this.#state.height?.drafts.includes(draft) === true) await this.#sign(draft);
    }
  }

  #validate(request: Extract<Effect, { type: "validate" }>): void {
    const { height, round, blockId } = request;
    const beganMs = performance.now();
    this.#parts.desk.validate(request).then(
      (verdict) => {
        if (verdict === null) return;
        const { valid, timely, due, reason } = verdict;
        const elapsedMs = Math.round(performance.now() - beganMs);
        const fields = { height, round, valid, timely, due, elapsedMs };
        this.#parts.log.debug(fields, "judged a block");
        if (!valid) {
          this.#parts.log.warn({ height, round, blockId, reason }, "an invalid block");
          const block = this.#parts.desk.held(blockId);
          if (block !== null) this.#forks.inspect(block);
        }
        this.feed({ type: "verdict", height, round, blockId, valid, timely, due });
        if (valid && this.#deferred.length > 0) this.#queue.push(() => this.#signDeferred());
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Applies the decided block, whatever the own opinion of it was, and those at hand that follow it. */
  async #apply(certificate: CommitCertificate): Promise<void> {
    try {
      const { ledger, desk, events } = this.#parts;
      const { height, blockId } = certificate;
      this.#hearDecision(certificate);
      const { voters } = provenBy(certificate, ledger.validators);
      const others = voters.filter((member) => member !== this.#parts.member);
      const decided = await desk.decided(height, blockId, others);
      if (decided === null || this.#isStopped) return;
      const { block, execution } = decided;
      if (!execution.ok) {
        this.#forks.inspect(block);
        const detail = { height, blockId, reason: execution.reason };
        throw new NodeError("NODE_DIVERGED", "the decided block is invalid here", detail);
      }
      const own = this.#state.height?.decision ?? certificate;
      const first = { block, certificate: own, effect: execution.effect };
      const past = this.#past;
      const isStopped = (): boolean => this.#isStopped;
      const commits = await gatherRun(first, { ...this.#parts, past, isStopped });
      for (const further of commits.slice(1)) this.#hearDecision(further.certificate);
      if (this.#isStopped) return;
      const beganMs = performance.now();
      await ledger.commit(...commits);
      const writingMs = (performance.now() - beganMs) / commits.length;
      for (const { block: committed } of commits) events.onCommitted(committed, writingMs);
      if (!this.#isStopped) this.#begin();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The height after the head begins. */
  #begin(): void {
    const start = this.#parts.ledger.nextHeight();
    this.#openHeight(start.height);
    const { height } = start;
    if (this.#past.isEarly(height)) this.feed({ type: "observe", height });
    this.checkLag(start);
    this.feed(start);
    // A node that lost its data comes to the height at which it signed last only after others.
    const memory = this.#parts.signer.memory(height);
    if (memory.said.length > 0) this.feed(memory);
  }

  #openHeight(height: number): void {
    const { ledger, desk, heartbeat, member } = this.#parts;
    this.#builder.forget();
    const { validators, eligible } = ledger.nextHeight();
    desk.beginHeight({
      height,
      sourcesOf: (round) => {
        const proposer = validators[proposerOf(eligible, height, round)]?.member;
        return proposer === undefined || proposer === member ? [] : [proposer];
      },
    });
    heartbeat.begin(ledger.head.timeMs, ledger.parameters.heartbeatMs, () => this.onProposable());
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#parts.events.onFatal(error);
  }
}
