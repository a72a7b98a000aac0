import { checkPayload, limits, type Transaction } from "@tegata/ledger/chain";
import { LedgerError, type MemberId } from "@tegata/ledger/primitives";
import type { ChainStore, PayloadName, StoredPayload } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";
import { isBadBytes } from "../host/bad-bytes.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { answerBytesMax, decodePayloadsAnswer, encodeRequest, type PartName } from "./requests.ts";

/** What backfilling is made of. */
export interface PayloadBackfillParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly store: ChainStore;
  readonly log: Log;
  /** Fires when somebody connects. */
  readonly connected: Signal;
  /** Members that precommitted the block of a height: they held its payloads. */
  readonly votersOf: (height: number) => readonly MemberId[];
  readonly onFault: (error: unknown) => void;
}

const requestBytesMax = 4 * 1_048_576;
const partsMax = 256;
const requestTimeoutMs = 20_000;
/** Pause after nobody could help, growing to the longest; somebody who connects ends it. */
const pauseFirstMs = 200;
const pauseMaxMs = 10_000;

/** Payloads that committed blocks name and this disk does not hold, by height. */
export class PayloadBackfill {
  readonly #parts: PayloadBackfillParts;
  readonly #ending = new AbortController();
  readonly #heights = new Map<number, readonly PayloadName[]>();
  #running = false;
  #pauseMs = pauseFirstMs;

  constructor(parts: PayloadBackfillParts) {
    this.#parts = parts;
  }

  /** Payloads that are still missing. */
  get missing(): number {
    let count = 0;
    for (const names of this.#heights.values()) count += names.length;
    return count;
  }

  /** Heights with something missing. */
  get heightsMissing(): number {
    return this.#heights.size;
  }

  /** Lowest height with something missing, or null. */
  get lowestHeight(): number | null {
    return this.#heights.size === 0 ? null : Math.min(...this.#heights.keys());
  }

  /** Takes note of what a committed height lacks; `names` may be damaged payloads too. */
  add(height: number, names: readonly PayloadName[]): void {
    if (names.length === 0) return;
    const known = this.#heights.get(height) ?? [];
    this.#heights.set(height, [...known, ...without(names, known)]);
    this.#start();
  }

  stop(): void {
    this.#ending.abort();
  }

  #start(): void {
    if (this.#running || this.#ending.signal.aborted) return;
    this.#running = true;
    this.#run()
      .catch((error: unknown) => this.#parts.onFault(error))
      .finally(() => {
        this.#running = false;
      });
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#heights.size > 0) {
      let helped = false;
      for (const [height, names] of [...this.#heights]) {
        if (signal.aborted) return;
        const rest = await this.#fill(height, names);
        helped ||= rest.length < names.length;
        // Meanwhile more may have been found missing there.
        const left = without(this.#heights.get(height) ?? [], without(names, rest));
        if (left.length > 0) this.#heights.set(height, left);
        else this.#heights.delete(height);
      }
      if (helped) this.#pauseMs = pauseFirstMs;
      else {
        await this.#parts.connected.wait(this.#pauseMs, signal);
        this.#pauseMs = Math.min(pauseMaxMs, this.#pauseMs * 2);
      }
    }
  }

  /** Asks the voters of the height first, then everybody; gives back what nobody had. */
  async #fill(height: number, names: readonly PayloadName[]): Promise<readonly PayloadName[]> {
    const block = this.#parts.store.block(height);
    if (block === null) return [];
    const transactions = new Map(block.transactions.map((one) => [one.id, one]));
    const connected = this.#parts.network.connected();
    const voters = this.#parts.votersOf(height).filter((member) => connected.includes(member));
    // What was purged since is not to be had, nor wanted.
    let rest = names.filter(({ transactionId }) => !this.#parts.store.isPurged(transactionId));
    for (const member of new Set([...voters, ...connected])) {
      while (rest.length > 0 && !this.#ending.signal.aborted) {
        const got = await this.#ask(member, height, rest, transactions);
        rest = rest.filter((name) => !got.has(name));
        if (got.size === 0) break;
      }
    }
    return rest;
  }

  /** One question to one member; what it gave is verified and stored. */
  async #ask(
    member: MemberId,
    height: number,
    names: readonly PayloadName[],
    transactions: ReadonlyMap<string, Transaction>,
  ): Promise<ReadonlySet<PayloadName>> {
    const asked = withinBudget(names, transactions);
    const got = new Set<PayloadName>();
    const payloads: StoredPayload[] = [];
    try {
      const parts = asked.map(({ transactionId, part }): PartName => [transactionId, part]);
      const bytesMax = answerBytesMax(requestBytesMax + limits.payloadBytesMax, parts.length);
      const options = { timeoutMs: requestTimeoutMs, bytesMax, signal: this.#ending.signal };
      const body = encodeRequest({ kind: "payloads", parts });
      const answer = decodePayloadsAnswer(await this.#parts.network.request(member, body, options));
      for (const [index, bytes] of answer.entries()) {
        const name = asked[index];
        const transaction = name === undefined ? undefined : transactions.get(name.transactionId);
        if (bytes === null || name === undefined || transaction === undefined) continue;
        checkPayload(transaction, name.part, bytes);
        payloads.push({ ...name, bytes });
        got.add(name);
      }
    } catch (error) {
      if (!(error instanceof NodeError) && !isBadBytes(error)) throw error;
      this.#parts.log.debug({ code: error.code, member, height }, "a member gave no payloads");
    }
    if (payloads.length > 0) await this.#parts.store.putPayloads(height, payloads);
    return got;
  }
}

/** Those of some names that are not among others. */
function without(
  names: readonly PayloadName[],
  others: readonly PayloadName[],
): readonly PayloadName[] {
  const keyOf = ({ transactionId, part }: PayloadName): string => `${transactionId} ${part}`;
  const keys = new Set(others.map(keyOf));
  return names.filter((name) => !keys.has(keyOf(name)));
}

function withinBudget(
  names: readonly PayloadName[],
  transactions: ReadonlyMap<string, Transaction>,
): readonly PayloadName[] {
  const taken: PayloadName[] = [];
  let bytes = 0;
  for (const name of names) {
    bytes += transactions.get(name.transactionId)?.payloads[name.part]?.size ?? 0;
    if (taken.length > 0 && (bytes > requestBytesMax || taken.length >= partsMax)) break;
    taken.push(name);
  }
  return taken;
}

/** The height at which committed bytes are damaged, or null for any other error. */
export function damagedHeight(error: unknown): number | null {
  const isDamage = error instanceof LedgerError && error.code === "LEDGER_STORE_DAMAGED";
  return isDamage ? (error as LedgerError<"LEDGER_STORE_DAMAGED">).detail.height : null;
}
