import type { z } from "zod";
import type { Submission as SubmissionAnswer, submitRowsBody } from "./api/schemas.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring, OwnStream } from "./keyring.ts";
import type { Metrics } from "./metrics.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
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
   * GATEWAY_KEY_REUSED, GATEWAY_OUTBOX_FULL
   */
  async submit(
    stream: OwnStream,
    body: SubmitBody,
    idempotencyKey: string | null,
  ): Promise<SubmissionAnswer> {
    const { keyring, outbox, dispatch, clock, metrics } = this.#parts;
    const schema = keyring.schema(stream.id)?.schema;
    if (schema === undefined) {
      throw new GatewayError("GATEWAY_STREAM_UNKNOWN", { stream: stream.id, suggestion: null });
    }
    const typed = contentsOf(schema, stream.epochLength, body.rows);
    const idempotency =
      idempotencyKey === null
        ? null
        : {
            name: outbox.keyName(stream.id, idempotencyKey),
            bodyHash: bodyHashOf(typed, body.backfill),
          };
    const nowMs = clock.nowMs();
    const replayed = outbox.answeredBefore(idempotency);
    // What was acknowledged once stays acknowledged, however old its rows are by now.
    const accepted =
      replayed ??
      outbox.accept(
        {
          lane: stream.id,
          contents: judgeTimes(typed, body, stream.epochLength, nowMs),
          rows: body.rows.length,
          idempotency,
        },
        nowMs,
      );
    dispatch.offer(accepted.heads);
    await accepted.durable;
    if (!accepted.replayed) metrics.acknowledged(body.rows.length);
    return this.answer(accepted.submission, accepted.replayed);
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
}

function stateOf(submission: Submission): SubmissionAnswer["state"] {
  if (!isSettled(submission)) return "waiting";
  return submission.refusal === null ? "committed" : "refused";
}
