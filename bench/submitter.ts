// A child process that signs for one company and hands transactions to its node, with no gateway between.
import { readFile } from "node:fs/promises";
import { decodeStateValue, writerKey } from "@tegata/ledger/chain";
import { createSigner, type MemberId, type NetworkId } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { createNodeClient, type NodeClient } from "@tegata/node/client";
import { homePaths } from "../packages/cli/src/founding/home.ts";
import { pause } from "./waiting.ts";
import { type Author, type BatchSize, createStream, recordsOf, type Signed } from "./workload.ts";

/** What the child is asked for at its start. */
export interface SubmitterOrder {
  readonly home: string;
  readonly passphraseFile: string;
  readonly size: BatchSize;
  readonly count: number;
  /** How far it may run ahead of what is committed. */
  readonly leadMax: number;
}

/** What the parent says. */
export type ToSubmitter =
  | { readonly type: "order"; readonly order: SubmitterOrder }
  | { readonly type: "go" }
  /** Sequence of the lane that every node has committed. */
  | { readonly type: "committed"; readonly sequence: number }
  | { readonly type: "stop" };

/** What the child says. */
export type FromSubmitter =
  | { readonly type: "ready"; readonly member: string; readonly lane: string }
  | { readonly type: "done"; readonly submitted: number; readonly isExhausted: boolean }
  | { readonly type: "failed"; readonly reason: string };

const callsMax = 12;
const refusedPauseMs = 20;
/** The stream's first number creates it. */
const firstSequence = 2;

/** The company of a home folder, able to sign. */
export async function authorOf(
  home: string,
  passphraseFile: string,
  node: NodeClient,
): Promise<Author> {
  const paths = homePaths(home);
  const passphrase = (await readFile(passphraseFile, "utf8")).trim();
  const keystore = await readSecretFile(paths.gatewayKeystore);
  const { transactionSeed } = await openKeystore(keystore, "gateway", passphrase);
  const status = await node.status();
  const memberId = status.member as MemberId;
  const [writer] = (await node.state([writerKey(memberId)])).values;
  return {
    network: status.network as NetworkId,
    memberId,
    writer: writer ? decodeStateValue("writer", writer).writer : 0,
    signer: createSigner(transactionSeed),
  };
}

/** Hands over one transaction, again and again while only time is missing. */
export async function submitSigned(node: NodeClient, signed: Signed): Promise<void> {
  for (;;) {
    const answer = await node.submit(signed);
    if (answer.ok) return;
    if (answer.cure !== "wait") throw new Error(`the node refuses: ${answer.code}`);
    await pause(refusedPauseMs);
  }
}

function say(message: FromSubmitter): void {
  process.send?.(message);
}

class Submitter {
  readonly #order: SubmitterOrder;
  readonly #node: NodeClient;
  #signed: readonly Signed[] = [];
  #next = 0;
  #committed = firstSequence - 1;
  #isStopped = false;

  constructor(order: SubmitterOrder) {
    this.#order = order;
    this.#node = createNodeClient({ socketPath: homePaths(order.home).nodeSocket });
  }

  async prepare(): Promise<void> {
    const { home, passphraseFile, count, size } = this.#order;
    const author = await authorOf(home, passphraseFile, this.#node);
    const { stream, creating } = createStream(author);
    await submitSigned(this.#node, creating);
    this.#signed = recordsOf(author, stream, { first: firstSequence, count, size });
    say({ type: "ready", member: author.memberId, lane: stream.streamId });
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: callsMax }, () => this.#pump()));
    const isExhausted = this.#next >= this.#signed.length;
    say({ type: "done", submitted: this.#next, isExhausted });
    await this.#node.close();
    process.disconnect();
  }

  setCommitted(sequence: number): void {
    this.#committed = sequence;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #pump(): Promise<void> {
    while (!this.#isStopped) {
      const signed = this.#signed[this.#next];
      if (signed === undefined) return;
      const lead = this.#next + firstSequence - this.#committed;
      if (lead > this.#order.leadMax) {
        await pause(2);
        continue;
      }
      this.#next += 1;
      await submitSigned(this.#node, signed);
    }
  }
}

function fail(error: unknown): void {
  say({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
  process.disconnect();
}

function listen(): void {
  let submitter: Submitter | null = null;
  process.on("disconnect", () => process.exit());
  process.on("message", (message: ToSubmitter) => {
    switch (message.type) {
      case "order":
        submitter = new Submitter(message.order);
        submitter.prepare().catch(fail);
        return;
      case "go":
        submitter?.run().catch(fail);
        return;
      case "committed":
        submitter?.setCommitted(message.sequence);
        return;
      case "stop":
        submitter?.stop();
    }
  });
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) listen();
