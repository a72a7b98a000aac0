import type { Collector } from "./collector.ts";
import { rest } from "./delivery.ts";
import { reasonOf } from "./errors.ts";
import { collectLimits } from "./limits.ts";
import {
  type AgentDocument,
  type AgentObservation,
  readAgentDocument,
} from "./mtconnect-document.ts";
import type { ConnectionEvent } from "./shdr-adapter.ts";
import type { Heard } from "./spool.ts";

/** How far an agent was read. */
export interface AgentMemo {
  /** Null: it was not read yet. */
  readonly instance: string | null;
  /** Number of the next observation to ask for. */
  readonly next: number;
}

/** What an agent said, as it goes to the spool. */
export interface AgentWord {
  readonly memo: AgentMemo;
  /** `current`: how everything was when it was first asked. */
  readonly type: "current" | "sample" | "gap";
  readonly observations: readonly AgentObservation[];
  /** What is missing; null: nothing is. */
  readonly gap: string | null;
}

/** What happens between an agent and us. */
export type AgentEvent =
  | ConnectionEvent
  | { readonly event: "gap"; readonly of: string; readonly missing: string };

/** What reading an agent needs. */
export interface AgentOptions {
  /** Address of the agent or of one of its devices, without a slash at the end. */
  readonly url: string;
  readonly intervalMs: number;
  readonly collector: Pick<Collector<AgentMemo>, "hear" | "commit" | "room" | "memo">;
  readonly tell: (event: AgentEvent) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Nothing was read yet. */
export const emptyAgentMemo: AgentMemo = { instance: null, next: 0 };

/** The word of a spool entry. */
export function agentWord({ text }: Heard): AgentWord {
  return JSON.parse(text) as AgentWord;
}

/** How far an agent was read with this word. */
export function rememberAgent(_memo: AgentMemo, heard: Heard): AgentMemo {
  return agentWord(heard).memo;
}

/** An answer that is none, for the line that tells of it. */
class AgentRefusal extends Error {}

/**
 * Reads an MTConnect agent until it is told to stop: how everything is, then every observation by its number.
 * An agent keeps a bounded number of them and counts anew when it is started again: what is missing then is
 * told and recorded, and reading goes on with the oldest it has.
 * Source: MTConnect standard, part 1, `probe`, `current` and `sample`.
 */
export async function followAgent(options: AgentOptions): Promise<void> {
  const { url, intervalMs, tell, signal } = options;
  const source = new URL(url).host;
  let [isThere, goneMs] = [false, performance.now()];
  let isTold = false;
  let pauseMs: number = collectLimits.reconnectMinMs;
  while (!signal.aborted) {
    try {
      if (!isThere) {
        await probe(options);
        [isThere, isTold] = [true, false];
        pauseMs = collectLimits.reconnectMinMs;
        await tell({ event: "connected", source, awayMs: performance.now() - goneMs });
      }
      if (!(await step(options))) await rest(intervalMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isNetwork(error)) throw error;
      if (isThere) goneMs = performance.now();
      isThere = false;
      if (!isTold) await tell({ event: "disconnected", source, reason: whyOf(error) });
      isTold = true;
      await rest(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, collectLimits.reconnectMaxMs);
    }
  }
}

/** Whether what answers is an agent with a device. */
async function probe(options: AgentOptions): Promise<void> {
  const document = await ask(options, "/probe");
  if (document.type !== "devices" || document.names.length === 0) throw refusal(document);
}

/** The next observations; false: there were none. */
async function step(options: AgentOptions): Promise<boolean> {
  const { collector } = options;
  const { instance, next } = collector.memo;
  if (instance === null) {
    const current = await ask(options, "/current");
    if (current.type !== "streams") throw refusal(current);
    const memo = { instance: current.header.instance, next: current.header.next };
    await hear(options, { memo, type: "current", observations: current.observations, gap: null });
    return true;
  }
  const { agentCount } = collectLimits;
  const sample = await ask(options, `/sample?from=${next}&count=${agentCount}`);
  const isOutOfRange = sample.type === "error" && sample.codes.includes("OUT_OF_RANGE");
  const isOther = sample.type === "streams" && sample.header.instance !== instance;
  if (isOutOfRange || isOther) {
    await resume(options, { instance, next });
    return true;
  }
  if (sample.type !== "streams") throw refusal(sample);
  const { header } = sample;
  const observations = sample.observations.filter(([sequence]) => sequence >= next);
  if (header.next <= next) return false;
  // Some agents do not refuse what they have dropped, and begin with what they have.
  const gap = header.first > next ? missing(next, header.first - 1) : null;
  if (gap !== null)
    await options.tell({ event: "gap", of: new URL(options.url).host, missing: gap });
  await hear(options, { memo: { instance, next: header.next }, type: "sample", observations, gap });
  return observations.length > 0;
}

/** Goes on with the oldest observation that the agent has, and says what is missing until there. */
async function resume(
  options: AgentOptions,
  { instance, next }: { readonly instance: string; readonly next: number },
): Promise<void> {
  const current = await ask(options, "/current");
  if (current.type !== "streams") throw refusal(current);
  const { header } = current;
  const isSame = header.instance === instance;
  if (isSame && header.first <= next && next <= header.next) {
    throw new AgentRefusal(`OUT_OF_RANGE ${next}`);
  }
  const gap =
    isSame && next < header.first
      ? missing(next, header.first - 1)
      : `instance ${instance} up to ${next - 1}, then instance ${header.instance} from ${header.first}`;
  await options.tell({ event: "gap", of: new URL(options.url).host, missing: gap });
  const memo = { instance: header.instance, next: header.first };
  await hear(options, { memo, type: "gap", observations: [], gap });
}

function missing(first: number, last: number): string {
  return `missing ${first} to ${last}`;
}

async function hear({ collector }: AgentOptions, word: AgentWord): Promise<void> {
  collector.hear(JSON.stringify(word));
  await collector.commit();
  await collector.room();
}

async function ask({ url, signal }: AgentOptions, path: string): Promise<AgentDocument> {
  const timeout = AbortSignal.timeout(collectLimits.agentAnswerMs);
  const answer = await fetch(`${url}${path}`, {
    signal: AbortSignal.any([signal, timeout]),
    headers: { accept: "text/xml, application/xml" },
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > collectLimits.agentAnswerBytesMax) throw new AgentRefusal("answer too large");
    chunks.push(chunk);
  }
  return readAgentDocument(Buffer.concat(chunks).toString("utf8"));
}

function refusal(document: AgentDocument): AgentRefusal {
  if (document.type === "error") return new AgentRefusal(document.codes.join(", "));
  return new AgentRefusal(document.type === "foreign" ? document.reason : document.type);
}

/** `fetch` fails with a TypeError whose cause is of the system, or with the name of a time that is over. */
function isNetwork(error: unknown): boolean {
  if (error instanceof AgentRefusal || error instanceof DOMException) return true;
  return error instanceof TypeError;
}

function whyOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause === undefined
    ? reasonOf(error instanceof DOMException ? error.name : error)
    : reasonOf(cause);
}
