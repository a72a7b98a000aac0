import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { CreateStreamBody } from "@tegata/gateway/client";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import type { Company } from "./consortium.ts";
import { committedEverywhere, type LaneName } from "./lanes.ts";
import type { FromSubmitter, ToSubmitter } from "./submitter.ts";
import { pause } from "./waiting.ts";
import { type BatchSize, jsonRowsOf, schema } from "./workload.ts";

/** How far records and transactions have come on every node. */
export interface Progress {
  readonly records: number;
  readonly transactions: number;
}

/** Something that keeps a network busy. */
export interface Load {
  /** Processes of its own. */
  readonly pids: readonly number[];
  start(): void;
  /** What is committed; the load goes on from there. */
  progress(): Promise<Progress>;
  /** Ends it; resolves with the records handed over when they are all on their way. */
  stop(): Promise<number>;
}

/** How much is under way at a time, for each lane; enough to fill blocks, not enough to fill a mempool. */
export function leadOf(size: BatchSize): number {
  return size === 1 ? 1_000 : 120;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

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
    pids: children.flatMap(({ pid }) => pid ?? []),
    start: () => {
      for (const child of children) ask(child, { type: "go" });
    },
    progress: async () => {
      const sequences = await committedEverywhere(companies, lanes);
      for (const [index, child] of children.entries()) {
        ask(child, { type: "committed", sequence: sequences[index] ?? 0 });
      }
      // The first of each lane made the stream.
      const transactions = sum(sequences.map((sequence) => Math.max(0, sequence - 1)));
      return { records: size * transactions, transactions };
    },
    stop: async () => {
      for (const child of children) ask(child, { type: "stop" });
      const answers = await Promise.all(done);
      if (answers.some(({ isExhausted }) => isExhausted)) {
        throw new Error("a submitter ran out of signed transactions: prepare more");
      }
      return size * sum(answers.map(({ submitted }) => submitted));
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
/** Rows that a gateway may hold at a time. */
const rowsAheadMax = 12_000;

/** Rows through the gateways, `size` of them in a call; a gateway joins what waits. */
export async function gatewayLoad(
  network: readonly Company[],
  companies: readonly Company[],
  size: BatchSize,
): Promise<Load> {
  const lanes: LaneName[] = [];
  for (const company of companies) {
    lanes.push({ member: company.card.memberId, lane: await gatewayStream(company) });
  }
  const rows = jsonRowsOf(size, Date.now());
  const pumps = companies.map(({ gateway }, index) => {
    const { lane } = lanes[index] as LaneName;
    return new GatewayPump((key) => gateway.submitRows(lane, { rows }, key), size);
  });
  let running: Promise<unknown> = Promise.resolve();
  return {
    pids: [],
    start: () => {
      running = Promise.all(pumps.map((pump) => pump.run()));
      running.catch(() => undefined);
    },
    progress: async () => {
      const open = await Promise.all(
        companies.map(async ({ gateway }) => {
          const { outbox } = await gateway.status();
          return outbox.waiting + outbox.inFlight;
        }),
      );
      const records = sum(pumps.map((pump, index) => pump.committedWhile(open[index] as number)));
      const sequences = await committedEverywhere(network, lanes);
      return { records, transactions: sum(sequences) - lanes.length };
    },
    stop: async () => {
      for (const pump of pumps) pump.stop();
      await running;
      return sum(pumps.map(({ acknowledged }) => acknowledged));
    },
  };
}

/** Calls of one gateway, some at a time. */
class GatewayPump {
  readonly #submit: (key: string) => Promise<unknown>;
  readonly #size: BatchSize;
  #acknowledged = 0;
  #committed = 0;
  #isStopped = false;

  constructor(submit: (key: string) => Promise<unknown>, size: BatchSize) {
    this.#submit = submit;
    this.#size = size;
  }

  /** Rows that the gateway has taken. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Rows that are committed while so many are not. */
  committedWhile(open: number): number {
    this.#committed = Math.max(this.#committed, this.#acknowledged - open);
    return this.#committed;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: callsMax }, () => this.#call()));
  }

  async #call(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#acknowledged - this.#committed > rowsAheadMax) {
        await pause(2);
        continue;
      }
      await this.#submit(randomUUID());
      this.#acknowledged += this.#size;
    }
  }
}
