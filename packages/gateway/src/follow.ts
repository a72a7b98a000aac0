import { type Block, decodeBlock, membershipShapes, type Transaction } from "@tegata/ledger/chain";
import { assert } from "@tegata/ledger/primitives";
import type { BlocksAnswer, NodeClient } from "@tegata/node/client";
import type { Book } from "./book/book.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import { gatewayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { Chronicle } from "./membership/chronicle.ts";
import { isNodeAway } from "./node-away.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Signal } from "./signal.ts";
import type { SealedStore } from "./store/sealed-store.ts";
import type { Timers } from "./timers.ts";
import type { Writer } from "./writer.ts";

/** What reading the ledger touches. */
export interface FollowParts {
  readonly node: NodeClient;
  readonly index: SealedStore;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Fires when blocks were read. */
  readonly progress: Signal;
  readonly noteGrantsFailed: (count: number) => void;
  /** An owner may have had records deleted. */
  readonly noteDeleted: () => void;
  /** Members, or what they decide on, changed. */
  readonly noteMembership: () => void;
  /** Seconds that a submission took. */
  readonly noteSettled: (seconds: number) => void;
}

/**
 * Reads the committed blocks in order and carries each run of them into outbox, book and keyring: one batch
 * a database, with the height in it, so that a crash repeats nothing.
 */
export class Follow {
  readonly #parts: FollowParts;
  readonly #stopped: AbortSignal;
  readonly #chronicle: Chronicle;
  readonly #caughtUp = Promise.withResolvers<void>();
  #retryMs: number = gatewayLimits.retryMinMs;
  #away = false;
  /** First height whose block the node has, while that is above the one that is read next; else null. */
  #historyHeight: number | null = null;
  #isCaughtUp = false;

  constructor(parts: FollowParts, stopped: AbortSignal) {
    this.#parts = parts;
    this.#stopped = stopped;
    this.#chronicle = new Chronicle(parts);
  }

  /** Resolves once everything that was committed when it began has been read. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Whether the node answered the last time it was asked. */
  get isNodeThere(): boolean {
    return !this.#away;
  }

  /** Whether the node is still fetching the blocks that are to be read next. */
  get isWaitingForHistory(): boolean {
    return this.#historyHeight !== null;
  }

  /** Reads until it is stopped. @throws GATEWAY_OVERTAKEN, and what damages and full disks throw */
  async run(): Promise<void> {
    const { book, outbox } = this.#parts;
    // Before the first own claim there is nothing of ours to look for in old blocks.
    let next = Math.min(book.height, outbox.height ?? book.height) + 1;
    while (!this.#stopped.aborted) {
      const answer = await this.#ask(next);
      if (answer === null) continue;
      const { blocks, head } = answer;
      if (answer.base > next) {
        await this.#waitForHistory(answer.base, next);
        continue;
      }
      this.#historyHeight = null;
      if (blocks.length > 0) {
        const read = blocks.map(({ block }) => decodeBlock(Uint8Array.from(block)));
        for (const [index, { header }] of read.entries()) {
          assert(header.height === next + index, "a node gives blocks in order");
        }
        await this.#take(read);
        next += read.length;
      }
      if (next > head) {
        this.#isCaughtUp = true;
        this.#caughtUp.resolve();
      }
    }
  }

  /** A node that took a snapshot fetches older blocks afterwards, downwards: what is next comes last. */
  async #waitForHistory(base: number, next: number): Promise<void> {
    const { log, timers } = this.#parts;
    if (this.#historyHeight === null) {
      log.info({ next, base }, "waiting for older blocks, which the node is fetching");
    }
    this.#historyHeight = base;
    await timers.wait(gatewayLimits.historyWaitMs);
  }

  async #ask(height: number): Promise<BlocksAnswer | null> {
    const { node, timers, dispatch, log } = this.#parts;
    const { blocksMax, blocksWaitMs } = gatewayLimits;
    try {
      // Until everything was read once nothing is claimed, so there is no block to wait for.
      const waitMs = this.#away || !this.#isCaughtUp ? 0 : blocksWaitMs;
      const answer = await node.blocks(height, { waitMs, blocksMax });
      if (this.#away) {
        this.#away = false;
        this.#retryMs = gatewayLimits.retryMinMs;
        log.info({ height: answer.head }, "the node answers");
        dispatch.nodeBack();
      }
      return answer;
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      if (!this.#away) log.warn({ code: codeOf(error) }, "the node does not answer");
      this.#away = true;
      await timers.wait(this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, gatewayLimits.retryMaxMs);
      return null;
    }
  }

  async #take(blocks: readonly Block[]): Promise<void> {
    const { book, outbox, index, keyring, dispatch, writer, clock, progress } = this.#parts;
    const unread = blocks.filter(({ header }) => header.height > book.height);
    const told = await this.#chronicle.stage(unread);
    const indexWrites = unread.length > 0 ? [...book.stage(unread), ...told] : [];
    this.#parts.noteDeleted();
    const stage = outbox.stage(blocks, clock.nowMs());
    if (stage.foreign !== null) throw new GatewayError("GATEWAY_OVERTAKEN", stage.foreign);
    // At once: from here on a lane must not touch what has been committed.
    dispatch.blocks(stage.commits);
    for (const { transactions } of unread) {
      for (const transaction of transactions) {
        if (transaction.kind !== "grant") continue;
        const { writes, failed } = await keyring.receive(transaction);
        indexWrites.push(...writes);
        if (failed > 0) this.#parts.noteGrantsFailed(failed);
      }
    }
    await Promise.all([outbox.write(stage.writes), index.write(indexWrites)]);
    const last = blocks.at(-1)?.header.height ?? 0;
    if (unread.length > 0) book.advance(last);
    if (stage.claimed !== null) writer.committed(stage.claimed);
    const nowMs = clock.nowMs();
    for (const { acknowledgedMs } of outbox.submissions.wake(stage.touched)) {
      this.#parts.noteSettled((nowMs - acknowledgedMs) / 1_000);
    }
    if (blocks.some(({ transactions }) => transactions.some(isAboutMembers))) {
      this.#parts.noteMembership();
    }
    progress.fire();
  }
}

function isAboutMembers({ kind }: Transaction): boolean {
  return Object.hasOwn(membershipShapes, kind);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
