import type { z } from "zod";
import type { Submission as SubmissionAnswer, submitRowsBody } from "./api/schemas.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring, OwnStream } from "./keyring.ts";
import type { Metrics } from "./metrics.ts";
import { alternatives } from "./names.ts";
import type { Acceptance, Accepted } from "./outbox/acceptance.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { RowsContent } from "./outbox/entry.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { isSettled, type Submission } from "./outbox/submissions.ts";
import { bodyHashOf, contentsOf, judgeTimes } from "./rows.ts";

/** What taking rows needs. */
export interface IntakeParts {
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

type SubmitBody = z.output<typeof submitRowsBody>;

/** Takes rows: what it acknowledges is on the disk and will be on the ledger, or reported refused. */
export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Durable when it resolves. @throws GATEWAY_ROWS_INVALID, GATEWAY_ROWS_AHEAD, GATEWAY_ROWS_TOO_OLD,
   * GATEWAY_KEY_REUSED, GATEWAY_OUTBOX_FULL, GATEWAY_DISK_FULL
   */
  async submit(
    stream: OwnStream,
    body: SubmitBody,
    idempotencyKey: string | null,
  ): Promise<SubmissionAnswer> {
    const { outbox } = this.#parts;
    const typed = this.#typed(stream, body);
    const idempotency =
      idempotencyKey === null
        ? null
        : {
            name: outbox.keyName(stream.id, idempotencyKey),
            bodyHash: bodyHashOf(typed, body.backfill),
          };
    // What was acknowledged once stays acknowledged, however old its rows are by now.
    const replayed = outbox.answeredBefore(idempotency);
    return this.#acknowledge(replayed ?? this.#accept(stream, body, typed, idempotency));
  }

  /**
   * As {@link submit} for what came as a whole under a key. It is read only where the key was not answered before:
   * a repetition gets the same answer, whatever its rows would mean by now. Null where reading it gave no row.
   */
  async submitOnce(
    stream: OwnStream,
    { key, bodyHash }: { readonly key: string; readonly bodyHash: Uint8Array },
    read: () => Promise<SubmitBody["rows"]>,
  ): Promise<SubmissionAnswer | null> {
    const { outbox } = this.#parts;
    const idempotency = { name: outbox.keyName(stream.id, key), bodyHash };
    const replayed = outbox.answeredBefore(idempotency);
    if (replayed !== null) return this.#acknowledge(replayed);
    const body = { rows: await read(), backfill: false };
    if (body.rows.length === 0) return null;
    return this.#acknowledge(this.#accept(stream, body, this.#typed(stream, body), idempotency));
  }

  /** How far a submission has come, at once or once it is settled. @throws GATEWAY_SUBMISSION_UNKNOWN */
  async wait(id: string, waitMs: number, signal: AbortSignal): Promise<SubmissionAnswer> {
    await this.#parts.outbox.submissions.waitFor(id, waitMs, signal);
    return this.answer(id, false);
  }

  /** @throws GATEWAY_SUBMISSION_UNKNOWN */
  answer(id: string, replayed: boolean): SubmissionAnswer {
    const submission = this.#parts.outbox.submissions.get(id);
    if (submission === null) {
      throw new GatewayError("GATEWAY_SUBMISSION_UNKNOWN", { submission: id });
    }
    const { rows, committedRows, heightLast, refusal } = submission;
    const state = stateOf(submission);
    return { submission: id, state, rows, committedRows, heightLast, refusal, replayed };
  }

  #typed(stream: OwnStream, { rows }: SubmitBody): readonly RowsContent[] {
    const schema = this.#parts.keyring.schema(stream.id)?.schema;
    if (schema !== undefined) return contentsOf(schema, stream.epochLength, rows);
    throw new GatewayError("GATEWAY_STREAM_UNKNOWN", {
      stream: stream.id,
      ...alternatives(stream.id, []),
    });
  }

  #accept(
    { id: lane, epochLength }: OwnStream,
    body: SubmitBody,
    typed: readonly RowsContent[],
    idempotency: Acceptance["idempotency"],
  ): Accepted {
    const nowMs = this.#parts.clock.nowMs();
    const contents = judgeTimes(typed, body, epochLength, nowMs);
    const rows = body.rows.length;
    return this.#parts.outbox.accept({ lane, contents, rows, idempotency }, nowMs);
  }

  /** Sends what waits, and answers once it is on the disk. */
  async #acknowledge({
    submission,
    heads,
    replayed,
    durable,
  }: Accepted): Promise<SubmissionAnswer> {
    const { dispatch, metrics } = this.#parts;
    dispatch.offer(heads);
    await durable;
    const answer = this.answer(submission, replayed);
    if (!replayed) metrics.acknowledged(answer.rows);
    return answer;
  }
}

function stateOf(submission: Submission): SubmissionAnswer["state"] {
  if (!isSettled(submission)) return "waiting";
  return submission.refusal === null ? "committed" : "refused";
}
