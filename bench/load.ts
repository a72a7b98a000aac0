import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { CreateStreamBody } from "@tegata/gateway/client";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import type { Company } from "./consortium.ts";
import type { LaneName } from "./lanes.ts";
import type { FromSubmitter, ToSubmitter } from "./submitter.ts";
import { pause } from "./waiting.ts";
import { type BatchSize, jsonRowsOf, schema } from "./workload.ts";

/** Something that keeps a network busy. */
export interface Load {
  readonly lanes: readonly LaneName[];
  /** Processes of its own. */
  readonly pids: readonly number[];
  start(): void;
  /** Tells how far each lane is committed on every node. */
  setCommitted(sequences: readonly number[]): void;
  /** Ends it; resolves with what was handed over, lane by lane. */
  stop(): Promise<readonly number[]>;
}

/** How much is under way at a time, for each lane; enough to fill blocks, not enough to fill a mempool. */
export function leadOf(size: BatchSize): number {
  return size === 1 ? 1_000 : 120;
}

function ask(child: ChildProcess, message: ToSubmitter): void {
  if (child.connected) child.send(message);
}

/** The next message of one type; rejects when the child fails or ends before. */
function answerOf<Type extends FromSubmitter["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<FromSubmitter, { type: Type }>> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: FromSubmitter) => {
      if (message.type === "failed") reject(new Error(message.reason));
      if (message.type === type) resolve(message as Extract<FromSubmitter, { type: Type }>);
    });
    child.once("exit", () => reject(new Error("a submitter has ended")));
  });
}

/** One process for each company signs ahead and hands transactions to the company's node. */
export async function nodeLoad(
  companies: readonly Company[],
  size: BatchSize,
  count: number,
): Promise<Load> {
  const children = companies.map(() => fork(join(import.meta.dirname, "submitter.ts")));
  const ready = children.map((child) => answerOf(child, "ready"));
  for (const [index, { paths, passphraseFile }] of companies.entries()) {
    const { home } = paths;
    const order = { home, passphraseFile, size, count, leadMax: leadOf(size) };
    ask(children[index] as ChildProcess, { type: "order", order });
  }
  const lanes = (await Promise.all(ready)).map(
    ({ member, lane }): LaneName => ({ member: member as MemberId, lane: lane as StreamId }),
  );
  const done = children.map((child) => answerOf(child, "done"));
  // Whoever stops the load awaits them; until then a failure is not unhandled.
  for (const one of done) one.catch(() => undefined);
  return {
    lanes,
    pids: children.flatMap(({ pid }) => pid ?? []),
    start: () => {
      for (const child of children) ask(child, { type: "go" });
    },
    setCommitted: (sequences) => {
      for (const [index, child] of children.entries()) {
        ask(child, { type: "committed", sequence: sequences[index] ?? 0 });
      }
    },
    stop: async () => {
      for (const child of children) ask(child, { type: "stop" });
      const answers = await Promise.all(done);
      if (answers.some(({ isExhausted }) => isExhausted)) {
        throw new Error("a submitter ran out of signed transactions: prepare more");
      }
      return answers.map(({ submitted }) => submitted);
    },
  };
}

/** A stream made through the gateway, named as nobody else's. */
export async function gatewayStream({ gateway }: Company): Promise<StreamId> {
  const body: CreateStreamBody = {
    name: `press-${randomUUID().slice(0, 8)}`,
    category: "equipment-status",
    epochLength: "1h",
    facets: schema.facets.map(({ name }) => ({ name, disclosure: "row" })),
    fields: schema.fields.map(({ name, type, unit }) => ({ name, type, unit, facet: "process" })),
  };
  return (await gateway.createStream(body, { waitMs: 30_000 })).id as StreamId;
}

const callsMax = 8;

/** Rows through the gateways, `size` of them in a call. */
export async function gatewayLoad(companies: readonly Company[], size: BatchSize): Promise<Load> {
  const lanes: LaneName[] = [];
  for (const company of companies) {
    lanes.push({ member: company.card.memberId, lane: await gatewayStream(company) });
  }
  const rows = jsonRowsOf(size, Date.now());
  const submitted = companies.map(() => 0);
  let committed: readonly number[] = companies.map(() => 1);
  let isStopped = false;
  const pump = async ({ gateway }: Company, index: number): Promise<void> => {
    const { lane } = lanes[index] as LaneName;
    while (!isStopped) {
      const sent = submitted[index] as number;
      if (sent + 1 - (committed[index] as number) >= leadOf(size)) {
        await pause(2);
        continue;
      }
      submitted[index] = sent + 1;
      await gateway.submitRows(lane, { rows }, randomUUID());
    }
  };
  let pumps: Promise<unknown> = Promise.resolve();
  return {
    lanes,
    pids: [],
    start: () => {
      const all = companies.flatMap((company, index) =>
        Array.from({ length: callsMax }, () => pump(company, index)),
      );
      pumps = Promise.all(all);
      pumps.catch(() => undefined);
    },
    setCommitted: (sequences) => {
      committed = sequences;
    },
    stop: async () => {
      isStopped = true;
      await pumps;
      return submitted;
    },
  };
}
