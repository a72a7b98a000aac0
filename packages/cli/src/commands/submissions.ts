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

/** How a publication ended. */
export type Ending =
  | { readonly type: "done"; readonly published: Published }
  /** An earlier run had sent all of it; nothing was waited for. */
  | { readonly type: "before"; readonly rows: number; readonly submissions: readonly Submission[] }
  /** Somebody stopped it; what was sent goes out all the same. */
  | {
      readonly type: "stopped";
      /** Rows that were sent and are not on the ledger as far as this run saw. */
      readonly waitingRows: number;
      readonly isWhole: boolean;
      readonly published: Published;
    };

/** How a publication waits. */
export interface PublishOptions {
  /** Whether to wait until the rows are on the ledger. */
  readonly wait: boolean;
  /** How long at most, from the last submission on. */
  readonly timeoutMs: number;
  /** Ends the sending and the waiting. */
  readonly signal: AbortSignal;
  /** Whether what was sent before, all of it, is told instead of waited for. */
  readonly asksTwice: boolean;
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

/** What was sent so far. */
interface Sending {
  rows: number;
  replayedRows: number;
  submissions: number;
  settledRows: number;
  heightLast: number | null;
  isWhole: boolean;
  readonly open: Submission[];
  /** Those of an earlier run. */
  readonly before: Submission[];
}

/**
 * Sends submissions in order, with a bounded number on the way, and waits for them.
 * @throws CLI_SUBMISSION_REFUSED, CLI_NOT_FINAL, and what the gateway refuses
 */
export async function publish(
  gateway: GatewayClient,
  stream: string,
  loads: AsyncIterable<Load>,
  options: PublishOptions,
): Promise<Ending> {
  const sending: Sending = {
    ...{ rows: 0, replayedRows: 0, submissions: 0, settledRows: 0, heightLast: null },
    ...{ isWhole: false, open: [], before: [] },
  };
  try {
    await sendAll(gateway, stream, loads, sending, options);
    const { rows, replayedRows, before } = sending;
    if (options.asksTwice && rows > 0 && replayedRows === rows) {
      return { type: "before", rows, submissions: before };
    }
    if (options.wait) await settleAll(gateway, sending, options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    const { rows, settledRows, isWhole } = sending;
    const waitingRows = rows - settledRows;
    return { type: "stopped", waitingRows, isWhole, published: publishedOf(sending) };
  }
  return { type: "done", published: publishedOf(sending) };
}

function publishedOf({ rows, replayedRows, submissions, heightLast }: Sending): Published {
  return { rows, replayedRows, submissions, heightLast };
}

async function sendAll(
  gateway: GatewayClient,
  stream: string,
  loads: AsyncIterable<Load>,
  sending: Sending,
  options: PublishOptions,
): Promise<void> {
  const { open, before } = sending;
  for await (const { body, key } of loads) {
    options.signal.throwIfAborted();
    const send = (): Promise<Submission> => submitted(gateway, stream, body, key);
    const submission = await whenThereIsRoom(send, options);
    sending.submissions += 1;
    sending.rows += body.rows.length;
    if (submission.replayed) sending.replayedRows += body.rows.length;
    options.report(sending.rows);
    if (!options.wait && !submission.replayed) continue;
    if (submission.replayed) before.push(submission);
    else open.push(submission);
    const oldest = open.length >= openMax ? open.shift() : undefined;
    if (oldest !== undefined) await settle(gateway, oldest, sending, options);
  }
  sending.isWhole = true;
}

async function settleAll(
  gateway: GatewayClient,
  sending: Sending,
  options: PublishOptions,
): Promise<void> {
  for (const list of [sending.before, sending.open]) {
    for (let next = list.shift(); next !== undefined; next = list.shift()) {
      await settle(gateway, next, sending, options);
    }
  }
}

/** Waits for one submission, which is on no list any more. @throws CLI_NOT_FINAL */
async function settle(
  gateway: GatewayClient,
  submission: Submission,
  sending: Sending,
  options: PublishOptions,
): Promise<void> {
  const height = await committed(gateway, submission, options);
  if (height === null) {
    const others = [...sending.before, ...sending.open];
    const count = others.reduce((sum, { rows }) => sum + rows, submission.rows);
    throw await notFinal(gateway, { kind: "rows", count }, options.timeoutMs);
  }
  sending.settledRows += submission.rows;
  sending.heightLast = Math.max(sending.heightLast ?? 0, height);
}

/**
 * Sends one submission. A key that came with another time is that of rows without times of their own, or of
 * a document: what it stands for was taken before.
 */
async function submitted(
  gateway: GatewayClient,
  stream: string,
  body: SubmitRowsBody,
  key: string,
): Promise<Submission> {
  try {
    return await gateway.submitRows(stream, body, key);
  } catch (error) {
    const before = refusalCode(error) === "GATEWAY_KEY_REUSED" ? submissionIn(error) : null;
    if (before === null) throw error;
    return { ...(await gateway.submission(before, { waitMs: 0 })), replayed: true };
  }
}

/** The submission that a refusal names. */
function submissionIn(error: unknown): string | null {
  const { detail } = error as { readonly detail?: { readonly problem?: Problem } };
  const name = detail?.problem?.params?.submission;
  return typeof name === "string" ? name : null;
}

interface Problem {
  readonly params?: { readonly submission?: unknown };
}

/**
 * Sends once the outbox has room again: it empties by itself while the network answers.
 * @throws what the gateway refuses, its full outbox only after `timeoutMs`
 */
async function whenThereIsRoom(
  send: () => Promise<Submission>,
  { timeoutMs, signal }: PublishOptions,
): Promise<Submission> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    try {
      return await send();
    } catch (error) {
      const isFull = refusalCode(error) === "GATEWAY_OUTBOX_FULL";
      if (!isFull || performance.now() > deadline) throw error;
      await pause(roomMs, undefined, { signal });
    }
  }
}

/** The block of a submission's last row, or null when it is not there in time. */
async function committed(
  gateway: GatewayClient,
  submission: Submission,
  { timeoutMs, signal }: PublishOptions,
): Promise<number | null> {
  const deadline = performance.now() + timeoutMs;
  let at = submission;
  while (at.state === "waiting") {
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) return null;
    const asked = gateway.submission(at.submission, { waitMs: Math.min(leftMs, pollMs) });
    at = await unlessStopped(asked, signal);
  }
  if (at.state === "refused") {
    const { code = "", detail: text = "" } = at.refusal ?? {};
    throw new CliError("CLI_SUBMISSION_REFUSED", { rowCount: at.rows, code, text });
  }
  return at.heightLast ?? 0;
}

/** An answer, or the reason of the stop that came first. */
async function unlessStopped<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stop = Promise.withResolvers<never>();
  const stopped = (): void => stop.reject(signal.reason);
  signal.addEventListener("abort", stopped);
  try {
    return await Promise.race([asked, stop.promise]);
  } finally {
    signal.removeEventListener("abort", stopped);
    // A call that nobody waits for ends with the connection.
    asked.catch(() => undefined);
  }
}
