import { setTimeout as pause } from "node:timers/promises";
import type { GatewayClient, Submission, SubmitRowsBody } from "@tegata/gateway/client";
import { CliError } from "../errors.ts";
import { refusalCode } from "./gateway.ts";
import { notFinal } from "./settling.ts";

/** What a publication came to. */
export interface Published {
  readonly rows: number;
  /** Rows that an earlier run had sent already. */
  readonly replayedRows: number;
  readonly submissions: number;
  /** Highest block with one of the rows; null while nothing was waited for. */
  readonly heightLast: number | null;
}

/** How a publication waits. */
export interface PublishOptions {
  /** Whether to wait until the rows are on the ledger. */
  readonly wait: boolean;
  /** How long at most, from the last submission on. */
  readonly timeoutMs: number;
  /** Called after each submission with the rows sent so far. */
  readonly report: (rows: number) => void;
}

/** One submission to be made. */
export interface Load {
  readonly body: SubmitRowsBody;
  /** The same for the same rows, so that a repeated run doubles nothing. */
  readonly key: string;
}

/** Submissions that are sent and not yet seen on the ledger. */
const openMax = 32;
const pollMs = 10_000;
const roomMs = 250;

/**
 * Sends submissions in order, with a bounded number on the way, and waits for them.
 * @throws CLI_SUBMISSION_REFUSED, CLI_NOT_FINAL, and what the gateway refuses
 */
export async function publish(
  gateway: GatewayClient,
  stream: string,
  loads: AsyncIterable<Load>,
  options: PublishOptions,
): Promise<Published> {
  const open: Submission[] = [];
  let [rows, replayedRows, submissions] = [0, 0, 0];
  let heightLast: number | null = null;
  const settle = async (submission: Submission): Promise<void> => {
    const { rows: rowCount } = submission;
    const height = await committed(gateway, submission, options.timeoutMs);
    if (height === null) {
      const waiting = rowCount + open.reduce((sum, other) => sum + other.rows, 0);
      throw await notFinal(gateway, { kind: "rows", count: waiting }, options.timeoutMs);
    }
    heightLast = Math.max(heightLast ?? 0, height);
  };
  for await (const { body, key } of loads) {
    const send = (): Promise<Submission> => gateway.submitRows(stream, body, key);
    const submission = await whenThereIsRoom(send, options.timeoutMs);
    submissions += 1;
    rows += body.rows.length;
    if (submission.replayed) replayedRows += body.rows.length;
    options.report(rows);
    if (!options.wait) continue;
    open.push(submission);
    const oldest = open.length >= openMax ? open.shift() : undefined;
    if (oldest !== undefined) await settle(oldest);
  }
  for (let next = open.shift(); next !== undefined; next = open.shift()) await settle(next);
  return { rows, replayedRows, submissions, heightLast };
}

/**
 * Sends once the outbox has room again: it empties by itself while the network answers.
 * @throws what the gateway refuses, its full outbox only after `timeoutMs`
 */
async function whenThereIsRoom(
  send: () => Promise<Submission>,
  timeoutMs: number,
): Promise<Submission> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    try {
      return await send();
    } catch (error) {
      const isFull = refusalCode(error) === "GATEWAY_OUTBOX_FULL";
      if (!isFull || performance.now() > deadline) throw error;
      await pause(roomMs);
    }
  }
}

/** The block of a submission's last row, or null when it is not there in time. */
async function committed(
  gateway: GatewayClient,
  submission: Submission,
  timeoutMs: number,
): Promise<number | null> {
  const deadline = performance.now() + timeoutMs;
  let at = submission;
  while (at.state === "waiting") {
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) return null;
    at = await gateway.submission(at.submission, { waitMs: Math.min(leftMs, pollMs) });
  }
  if (at.state === "refused") {
    const { code = "", detail: text = "" } = at.refusal ?? {};
    throw new CliError("CLI_SUBMISSION_REFUSED", { rowCount: at.rows, code, text });
  }
  return at.heightLast ?? 0;
}
