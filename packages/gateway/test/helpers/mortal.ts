import { decodeTransaction } from "@tegata/ledger/chain";
import { toHex } from "@tegata/ledger/primitives";
import type { KeyValueStore, KeyValueWrite } from "@tegata/ledger/storage";
import type { NodeClient } from "@tegata/node/client";
import { outboxTable } from "../../src/store/tables.ts";

/** What a process does that outlives it: a write, or a transaction that it hands to the node. */
export interface Step {
  readonly name: string;
  /** Of a transaction: what it is, and which version of it. */
  readonly handed: {
    readonly entryId: string;
    readonly sequence: number;
    readonly id: string;
  } | null;
}

const never = new Promise<never>(() => undefined);
const tableNames = new Map<number, string>(
  Object.entries(outboxTable).map(([name, byte]) => [byte, name]),
);

/**
 * The life of one process, step by step: every write of its stores and everything it hands to its node. It can
 * be killed right before or right after any of them; nothing it does from then on has an effect or an answer.
 */
export class Life {
  readonly steps: Step[] = [];
  readonly #killAt: number | null;
  readonly #killed = Promise.withResolvers<void>();
  #isDead = false;

  /** `killAt`: 2n is before step n, 2n + 1 after it; null: never. */
  constructor(killAt: number | null) {
    this.#killAt = killAt;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Resolves at the kill. */
  get killed(): Promise<void> {
    return this.#killed.promise;
  }

  /** The last thing that it began. */
  get lastStep(): string {
    return this.steps.at(-1)?.name ?? "nothing";
  }

  store(name: "outbox" | "index", store: KeyValueStore): KeyValueStore {
    return {
      get: (key) => store.get(key),
      range: (range) => store.range(range),
      snapshot: () => store.snapshot(),
      write: (batch) => {
        const about = name === "outbox" ? changesIn(batch) : "";
        return this.#step({ name: `${name}${about}`, handed: null }, () => store.write(batch));
      },
      compact: (range) => store.compact(range),
      sizeOf: (range) => store.sizeOf(range),
      close: () => store.close(),
    };
  }

  /** A node that never hears of a dead process again. */
  node(node: NodeClient): NodeClient {
    const alive = <T>(call: () => Promise<T>): Promise<T> => (this.#isDead ? never : call());
    return {
      status: () => alive(() => node.status()),
      genesis: () => alive(() => node.genesis()),
      blocks: (...asked) => alive(() => node.blocks(...asked)),
      state: (...asked) => alive(() => node.state(...asked)),
      stateRange: (...asked) => alive(() => node.stateRange(...asked)),
      setChanges: (...asked) => alive(() => node.setChanges(...asked)),
      payload: (...asked) => alive(() => node.payload(...asked)),
      refusals: (...asked) => alive(() => node.refusals(...asked)),
      joinPrepare: (...asked) => alive(() => node.joinPrepare(...asked)),
      joinRequests: (...asked) => alive(() => node.joinRequests(...asked)),
      joinAnswer: (...asked) => alive(() => node.joinAnswer(...asked)),
      readiness: () => alive(() => node.readiness()),
      close: () => node.close(),
      submit: (sidecar) => {
        const { id, entryId, kind, sequence } = decodeTransaction(
          Uint8Array.from(sidecar.transaction),
        );
        const step = { name: `hand in ${kind}`, handed: { entryId, sequence, id } };
        return this.#step(step, () => node.submit(sidecar));
      },
    };
  }

  /** What of a dead process is asked is never answered. */
  desk<T extends object>(desk: T): T {
    return new Proxy(desk, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "object" && value !== null) return this.desk(value);
        if (typeof value !== "function") return value;
        return async (...asked: readonly unknown[]): Promise<unknown> => {
          const answer = await Promise.allSettled([Reflect.apply(value, target, asked)]);
          if (this.#isDead) return never;
          const [settled] = answer;
          if (settled?.status === "rejected") throw settled.reason;
          return settled?.value;
        };
      },
    });
  }

  async #step<T>(step: Step, act: () => Promise<T>): Promise<T> {
    if (this.#isDead) return never;
    const number = this.steps.push(step) - 1;
    if (this.#killAt === 2 * number) return this.#die();
    const result = await act();
    if (this.#killAt === 2 * number + 1) return this.#die();
    return this.#isDead ? never : result;
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#killed.resolve();
    return never;
  }
}

/** Which tables a batch puts into and deletes from: ` +entry +submission -parcel`. */
function changesIn(batch: readonly KeyValueWrite[]): string {
  const names = batch.map(({ type, key }) => {
    const table = tableNames.get(key[0] as number) ?? toHex(key.subarray(0, 1));
    return `${type === "put" ? "+" : "-"}${table}`;
  });
  return [...new Set(names)]
    .sort()
    .map((name) => ` ${name}`)
    .join("");
}
