import { faultyMax, type ValidatorSet } from "@tegata/consensus";
import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { ask } from "./asking.ts";
import type { SyncLimits } from "./limits.ts";
import { decodeStandingAnswer, type Standpoint } from "./snapshot-answers.ts";
import type { TrustedBlock } from "./trusted-block.ts";

/** What asking after a long absence is made of. */
export interface AbsenceParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly member: MemberId;
  readonly store: ChainStore;
  /** The set that this node last knew. */
  readonly validators: ValidatorSet;
  readonly limits: SyncLimits;
  /** Fires when somebody connects. */
  readonly connected: Signal;
  readonly log: Log;
  /** The others confirmed this block: the chain must have it, and work begins. */
  readonly onConfirmed: (confirmed: TrustedBlock) => void;
  readonly onFault: (error: unknown) => void;
}

const answerBytesMax = 256;
const pauseMs = 2_000;

/**
 * How many others have to confirm a block: one more than can lie, or all of them where they are fewer.
 * Source: docs/PROTOCOL.md section 8.
 */
export function confirmationsNeeded(validators: ValidatorSet, member: MemberId): number {
  const others = validators.filter((one) => one.member !== member).length;
  return Math.min(others, faultyMax(validators.length) + 1);
}

/** The highest height that as many claim as have to confirm, or null. */
export function confirmableHeight(heights: readonly number[], needed: number): number | null {
  const sorted = [...heights].sort((one, other) => other - one);
  return sorted[needed - 1] ?? null;
}

/**
 * A node that was away for long asks before it applies anything: keys of members that have left since may
 * be in wrong hands, and what they sign looks right to it. It waits, and answers others meanwhile.
 */
export class Absence {
  readonly #parts: AbsenceParts;
  readonly #ending = new AbortController();
  readonly #needed: number;
  #confirmations = 0;
  #isWaiting = true;

  constructor(parts: AbsenceParts) {
    this.#parts = parts;
    this.#needed = confirmationsNeeded(parts.validators, parts.member);
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get progress(): { readonly done: number; readonly of: number } {
    return { done: this.#confirmations, of: this.#needed };
  }

  start(): void {
    const { log, store, onFault } = this.#parts;
    log.warn(
      { height: store.head().height, needed: this.#needed },
      "this node was away for long: it waits until other members confirm a block",
    );
    this.#run().catch(onFault);
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const { connected, log, onConfirmed, store } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const confirmed = this.#needed === 0 ? store.head() : await this.#ask();
      if (signal.aborted) return;
      if (confirmed !== null) {
        const { height, blockId } = confirmed;
        this.#isWaiting = false;
        log.info({ height, blockId, members: this.#needed }, "other members confirmed a block");
        onConfirmed({ height, blockId });
        return;
      }
      await connected.wait(pauseMs, signal);
    }
  }

  /** First where everybody stands, then the block of a height that enough of them have. */
  async #ask(): Promise<TrustedBlock | null> {
    const own = this.#parts.store.head().height;
    const standing = await this.#askAll(own);
    const heights = standing.map(({ height }) => height);
    const height = confirmableHeight(heights, this.#needed);
    this.#confirmations = Math.min(standing.length, Math.max(0, this.#needed - 1));
    if (height === null) return null;
    const counts = new Map<BlockId, number>();
    for (const { asked } of await this.#askAll(height)) {
      if (asked !== null) counts.set(asked, (counts.get(asked) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, one], [, other]) => other - one);
    this.#confirmations = most?.[1] ?? 0;
    if (most === undefined || most[1] < this.#needed) return null;
    return { height, blockId: most[0] };
  }

  async #askAll(height: number): Promise<readonly Standpoint[]> {
    const { network, validators, member: self, limits } = this.#parts;
    const connected = network.connected();
    const asked = validators.filter(({ member }) => member !== self && connected.includes(member));
    const answers = await Promise.all(
      asked.map(({ member }) =>
        ask(
          network,
          member,
          { kind: "standing", height },
          {
            ...{ timeoutMs: limits.requestTimeoutMs, bytesMax: answerBytesMax },
            ...{ signal: this.#ending.signal, read: decodeStandingAnswer },
          },
        ),
      ),
    );
    return answers.flatMap((answer) => (answer.ok ? answer.value : []));
  }
}
