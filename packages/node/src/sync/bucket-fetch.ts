import { limits } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { ArrivingBuckets, PaceWork } from "@tegata/ledger/storage";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { ask } from "./asking.ts";
import type { SyncLimits } from "./limits.ts";
import { isBlame, type MembersAvoided } from "./members-avoided.ts";
import { bucketsAnswerBytesMax, decodeBucketsAnswer } from "./snapshot-answers.ts";

/** What fetching is made of. */
export interface BucketFetchParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly height: number;
  readonly arriving: ArrivingBuckets;
  readonly limits: SyncLimits;
  readonly avoided: MembersAvoided;
  /** Fires when somebody connects. */
  readonly connected: Signal;
  readonly log: Log;
  readonly pace: PaceWork;
  readonly signal: AbortSignal;
}

interface Span {
  readonly first: number;
  readonly count: number;
}

const pauseMs = 500;

/**
 * Fetches the buckets of one snapshot from everybody at once. Each is verified before it is kept; whoever
 * gives a wrong one is named and left alone, and whoever says nothing holds up nobody.
 */
export class BucketFetch {
  readonly #parts: BucketFetchParts;
  /** Questions under way, by member. */
  readonly #open = new Map<MemberId, Set<Span>>();
  /** Members that have not this snapshot. */
  readonly #without = new Set<MemberId>();
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  #settled = Promise.withResolvers<void>();
  #fault: { readonly error: unknown } | null = null;

  constructor(parts: BucketFetchParts) {
    this.#parts = parts;
    this.#signal = AbortSignal.any([parts.signal, this.#ending.signal]);
  }

  /**
   * True once all buckets are here; false when nobody who could be asked has this snapshot any more.
   * @throws LEDGER_STORE_FAILED
   */
  async run(): Promise<boolean> {
    try {
      const isComplete = await this.#run();
      await this.#parts.arriving.sync();
      return isComplete;
    } finally {
      // Whoever is slow is not waited for.
      this.#ending.abort();
    }
  }

  async #run(): Promise<boolean> {
    const { arriving, connected } = this.#parts;
    const signal = this.#signal;
    while (!arriving.isComplete && !signal.aborted) {
      if (this.#fault !== null) throw this.#fault.error;
      if (this.#askAround()) {
        await Promise.race([this.#settled.promise, connected.wait(pauseMs, signal)]);
      } else if (this.#isGone()) return false;
      else await connected.wait(pauseMs, signal);
    }
    return arriving.isComplete;
  }

  /** Nobody is left to ask, and not because they are all silent. */
  #isGone(): boolean {
    const { network, avoided } = this.#parts;
    const members = network.connected();
    const isUseless = (one: MemberId): boolean => this.#without.has(one) || avoided.has(one);
    return members.some((one) => this.#without.has(one)) && members.every(isUseless);
  }

  /** Gives everybody something to do; whether anything is under way. */
  #askAround(): boolean {
    const { network, avoided, limits: bounds } = this.#parts;
    const free = network
      .connected()
      .filter((member) => !avoided.has(member) && !this.#without.has(member));
    for (let round = 0; round < bounds.chunksPerMember; round += 1) {
      for (const member of free) {
        if ((this.#open.get(member)?.size ?? 0) > round) continue;
        const span = this.#nextSpan(member);
        if (span !== null) void this.#fetch(member, span);
      }
    }
    return [...this.#open.values()].some((spans) => spans.size > 0);
  }

  /** The first buckets that nobody is asked for; in the end those of others too, in case they are silent. */
  #nextSpan(member: MemberId): Span | null {
    const asked = [...this.#open.values()].flatMap((spans) => [...spans]);
    const own = [...(this.#open.get(member) ?? [])];
    return this.#spanBeside(asked) ?? this.#spanBeside(own);
  }

  #spanBeside(asked: readonly Span[]): Span | null {
    const { arriving, limits: bounds } = this.#parts;
    const isFree = (bucket: number): boolean =>
      !arriving.has(bucket) &&
      !asked.some(({ first, count }) => bucket >= first && bucket < first + count);
    for (let first = 0; first < limits.buckets; first += 1) {
      if (!isFree(first)) continue;
      let count = 1;
      while (count < bounds.bucketsPerRequest && first + count < limits.buckets) {
        if (!isFree(first + count)) break;
        count += 1;
      }
      return { first, count };
    }
    return null;
  }

  async #fetch(member: MemberId, span: Span): Promise<void> {
    const spans = this.#open.get(member) ?? new Set<Span>();
    this.#open.set(member, spans.add(span));
    try {
      await this.#ask(member, span);
    } catch (error) {
      this.#fault ??= { error };
    } finally {
      spans.delete(span);
      const settled = this.#settled;
      this.#settled = Promise.withResolvers<void>();
      settled.resolve();
    }
  }

  async #ask(member: MemberId, span: Span): Promise<void> {
    const { network, height, limits: bounds, avoided } = this.#parts;
    const signal = this.#signal;
    const request = { kind: "buckets", height, ...span } as const;
    const asked = await ask(network, member, request, {
      ...{ timeoutMs: bounds.requestTimeoutMs, bytesMax: bucketsAnswerBytesMax, signal },
      read: decodeBucketsAnswer,
    });
    if (signal.aborted) return;
    if (!asked.ok) {
      const { code, isGarbage } = asked;
      if (code === "NODE_REQUEST_REFUSED") this.#without.add(member);
      else if (isGarbage) this.#blame(member, { first: span.first, reason: code });
      else if (isBlame(code)) avoided.avoid(member, bounds.avoidMs);
      return;
    }
    const buckets = asked.value;
    if (buckets.length === 0 || buckets.length > span.count) {
      this.#blame(member, { first: span.first, reason: "not the buckets asked for" });
      return;
    }
    for (const [index, bytes] of buckets.entries()) {
      const bucket = span.first + index;
      if (!(await this.#parts.arriving.add({ bucket, bytes }))) {
        this.#blame(member, { bucket, reason: "another bucket than the state root says" });
        return;
      }
      await this.#parts.pace();
      if (signal.aborted) return;
    }
  }

  #blame(member: MemberId, fields: object): void {
    const { log, avoided, height, limits: bounds } = this.#parts;
    log.warn({ member, height, ...fields }, "a member gave a wrong part of a snapshot");
    avoided.avoid(member, bounds.avoidLiarMs);
  }
}
