import { CONTROL_LANE, clockKey, decodeStateValue, laneKey } from "@tegata/ledger/chain";
import type { NodeClient, SubmitAnswer } from "@tegata/node/client";
import type { Book } from "../book/book.ts";
import type { Clock } from "../clock.ts";
import type { Company } from "../company.ts";
import { gatewayLimits } from "../limits.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import type { Signal } from "../signal.ts";
import type { ControlContent, ControlJob, ControlJobs } from "./control-jobs.ts";
import type { Sealer } from "./seal.ts";

/** What the control lane is made of. */
export interface ControlParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly jobs: ControlJobs;
  readonly book: Book;
  readonly members: Members;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly noteRefusal: (code: string) => void;
  /** Fires when blocks were read. */
  readonly progress: Signal;
}

type Refused = Extract<SubmitAnswer, { ok: false }>;

/** The version of a job that left last. */
interface Sent {
  readonly job: ControlJob;
  readonly id: string;
  readonly sequence: number;
  readonly expiresMs: number;
  readonly sentMs: number;
  readonly transaction: Uint8Array;
}

/**
 * Says what the company itself has to say, one thing after the other: signed with an expiry, signed anew
 * when that has passed, and never under another sequence before the old one is decided, so that nothing is
 * said twice.
 */
export class Control {
  readonly #parts: ControlParts;
  #sent: Sent | null = null;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** Takes one thing to say; durable when it resolves. Answers the submission. */
  async say(content: ControlContent): Promise<string> {
    const { jobs, clock, progress } = this.#parts;
    const { submission } = await jobs.accept(content, clock.nowMs());
    progress.fire();
    return submission;
  }

  /** The submission of what waits to be said and is the same; null where nothing is. */
  waitingFor(content: ControlContent): string | null {
    return this.#parts.jobs.find(content)?.submission ?? null;
  }

  /** Sends until it is stopped; the claim to write is on the ledger before. */
  async run(writer: number, stopped: AbortSignal): Promise<void> {
    const { progress } = this.#parts;
    while (!stopped.aborted) {
      const next = progress.wait(gatewayLimits.resendMs, stopped);
      try {
        const hasMore = await this.#advance(writer, stopped);
        if (hasMore) continue;
      } catch (error) {
        if (!isNodeAway(error)) throw error;
      }
      await next;
    }
  }

  /** The node gave up a transaction that it had taken. */
  refused(transactionId: string, refusal: Refused): void {
    const sent = this.#sent;
    if (sent?.id !== transactionId) return;
    this.#sent = null;
    void this.#onRefusal(sent.job, refusal);
    this.#parts.progress.fire();
  }

  /** Whether the next job can be looked at right away. */
  async #advance(writer: number, stopped: AbortSignal): Promise<boolean> {
    const { jobs, book, clock, node } = this.#parts;
    const job = jobs.first();
    if (job === null) return false;
    const sent = this.#sent?.job === job ? this.#sent : null;
    const isFresh = sent !== null && clock.nowMs() - sent.sentMs < gatewayLimits.resendMs;
    if (isFresh && sent.sequence > book.lane(CONTROL_LANE)) return false;
    const place = await this.#place(stopped);
    if (place === null || !jobs.isWaiting(job.entryId)) return true;
    const { sequence, headMs } = place;
    const isGood = sent?.sequence === sequence && sent.expiresMs > headMs;
    const leaving = isGood ? sent : this.#sign(job, { sequence, writer, headMs });
    this.#sent = { ...leaving, sentMs: clock.nowMs() };
    const answer = await node.submit({ transaction: leaving.transaction, payloads: [] });
    if (answer.ok) return false;
    if (this.#sent?.id === leaving.id) this.#sent = null;
    return this.#onRefusal(job, answer);
  }

  /** The next sequence, once everything before it was read. Null when it was stopped. */
  async #place(stopped: AbortSignal) {
    const { node, company, book, progress } = this.#parts;
    const keys = [laneKey(company.member, CONTROL_LANE), clockKey];
    const { height, values } = await node.state(keys);
    while (book.height < height && !stopped.aborted) {
      await progress.wait(gatewayLimits.resendMs, stopped);
    }
    if (stopped.aborted) return null;
    const [lane, time] = values.map((value) => (value ? Uint8Array.from(value) : null));
    return {
      sequence: (lane ? decodeStateValue("lane", lane).sequence : 0) + 1,
      headMs: time ? decodeStateValue("clock", time).timeMs : 0,
    };
  }

  #sign(
    job: ControlJob,
    at: { readonly sequence: number; readonly writer: number; readonly headMs: number },
  ): Sent {
    const { sealer, clock } = this.#parts;
    const { sequence, writer, headMs } = at;
    const expiresMs = Math.max(headMs, clock.nowMs()) + gatewayLimits.controlExpiryMs;
    const { entryId, content } = job;
    const signed = sealer.signControl({ sequence, writer, entryId, expiresMs, content });
    const { id, bytes: transaction } = signed;
    return { job, id, sequence, expiresMs, sentMs: 0, transaction };
  }

  /** Whether the next job can be looked at right away. */
  async #onRefusal(job: ControlJob, { code, cure, detail }: Refused): Promise<boolean> {
    const { jobs, clock, members, noteRefusal } = this.#parts;
    noteRefusal(code);
    if (cure !== "never") {
      if (code === "LEDGER_TX_KEY_VERSION") await members.refresh();
      return false;
    }
    const refusal = { code, detail: JSON.stringify(detail ?? {}) };
    await jobs.refuse(job, refusal, clock.nowMs());
    return true;
  }
}
