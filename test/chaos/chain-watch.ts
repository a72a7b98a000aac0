import { setTimeout as pause } from "node:timers/promises";
import { type Block, decodeBlock, decodeStateValue, validatorsKey } from "@tegata/ledger/chain";
import type { NodeClient, NodeStatus } from "@tegata/node/client";
import type { Company } from "../helpers/company.ts";
import { decodeCommit } from "../helpers/real-network.ts";
import { until } from "../helpers/waiting.ts";

const samplePeriodMs = 250;
const lookPauseMs = 100;
const blocksLookedAt = 50;
/** A node that hangs must not hold up whoever looks at the others. */
const answerMsMax = 2_000;

/** Asks a node; null when it does not answer at once. */
export async function askSoon<T>(
  company: Company,
  question: (node: NodeClient) => Promise<T>,
): Promise<T | null> {
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), answerMsMax).unref();
  });
  return Promise.race([company.askNode(question).catch(() => null), late]);
}

/** What the nodes say of themselves; null for those that do not answer. */
export function statusesOf(companies: readonly Company[]): Promise<readonly (NodeStatus | null)[]> {
  return Promise.all(companies.map((company) => askSoon(company, (node) => node.status())));
}

/** Watches how long the network commits nothing. */
export class Pulse {
  readonly #companies: readonly Company[];
  readonly #timer: NodeJS.Timeout;
  #height = 0;
  #movedMs = performance.now();
  #longestMs = 0;
  #isLooking = false;

  constructor(companies: readonly Company[]) {
    this.#companies = companies;
    this.#timer = setInterval(() => void this.#look(), samplePeriodMs);
  }

  /** Longest time without a new block since this was asked last. */
  takeLongestMs(): number {
    const nowMs = performance.now();
    const longestMs = Math.max(this.#longestMs, nowMs - this.#movedMs);
    this.#longestMs = 0;
    return longestMs;
  }

  get height(): number {
    return this.#height;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const statuses = await statusesOf(this.#companies);
    this.#isLooking = false;
    const height = Math.max(0, ...statuses.map((status) => status?.height ?? 0));
    if (height <= this.#height) return;
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#movedMs);
    this.#movedMs = nowMs;
    this.#height = height;
  }
}

/** Who signed the newest blocks, from a height on, as some node tells; its proposers are among them. */
async function signersFrom(company: Company, height: number): Promise<ReadonlySet<string>> {
  const found = await askSoon(company, async (node) => {
    const newest = (await node.status()).height - blocksLookedAt + 1;
    const options = { waitMs: 0, blocksMax: blocksLookedAt };
    const { blocks } = await node.blocks(Math.max(height, newest), options);
    const [bytes] = (await node.state([validatorsKey])).values;
    return { blocks, validators: bytes ? decodeStateValue("validators", bytes) : [] };
  });
  const signers = new Set<string>();
  for (const { block, certificate } of found?.blocks ?? []) {
    const decoded = decodeBlock(block);
    signers.add(decoded.header.proposer);
    const { voters } = decodeCommit(certificate);
    for (const voter of voters) signers.add(found?.validators[voter]?.member ?? "");
  }
  return signers;
}

/** Waits until a member has signed a block above what was committed when this was called. */
export async function untilSigns(
  member: Company,
  companies: readonly Company[],
  patienceMs: number,
  check: () => void,
): Promise<void> {
  const statuses = await statusesOf(companies);
  const from = Math.max(0, ...statuses.map((status) => status?.height ?? 0)) + 1;
  let id: string | null = null;
  await until(
    `${member.handle} signs a block`,
    async () => {
      check();
      id ??= (await askSoon(member, (node) => node.status()))?.member ?? null;
      if (id === null) return false;
      for (const company of companies) {
        if ((await signersFrom(company, from)).has(id)) return true;
      }
      // Looking costs what the companies need to come back.
      await pause(lookPauseMs);
      return false;
    },
    patienceMs,
  );
}

/** Blocks of a member from the first to a height. */
async function* blocksOf(company: Company, height: number): AsyncGenerator<Block> {
  for (let next = 1; next <= height; ) {
    const { blocks } = await company.askNode((node) =>
      node.blocks(next, { waitMs: 5_000, blocksMax: 200 }),
    );
    if (blocks.length === 0) throw new Error(`${company.handle} has no block ${next}`);
    for (const { block } of blocks) yield decodeBlock(block);
    next += blocks.length;
  }
}

/** What the chains of all members say together. */
export interface Chains {
  /** How many different ones there are. */
  readonly count: number;
  readonly height: number;
  /** Transactions that stand on one of them more than once. */
  readonly repeated: number;
}

/** Reads the chain of every member up to a height that all have. */
export async function compareChains(companies: readonly Company[]): Promise<Chains> {
  const statuses = await Promise.all(
    companies.map((company) => company.askNode((node) => node.status())),
  );
  const height = Math.min(...statuses.map((status) => status.height));
  const chains = new Set<string>();
  let repeated = 0;
  for (const company of companies) {
    const ids: string[] = [];
    const seen = new Set<string>();
    let count = 0;
    for await (const block of blocksOf(company, height)) {
      ids.push(block.id);
      count += block.transactions.length;
      for (const { id } of block.transactions) seen.add(id);
    }
    chains.add(ids.slice(0, height).join());
    repeated = Math.max(repeated, count - seen.size);
  }
  return { count: chains.size, height, repeated };
}
