import fc from "fast-check";
import { expect, test } from "vitest";
import { type Batch, PurgeChain } from "./purge-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

/** What may happen to a chain; a purge is of some of its batches, from and to a percentage of them. */
type Step =
  | { readonly type: "write" | "commit the late one" | "empty" | "reopen" | "delete" }
  | { readonly type: "failed round"; readonly blocks: number }
  | { readonly type: "purge"; readonly from: number; readonly to: number }
  | { readonly type: "delete until"; readonly looks: number };

const percent = fc.integer({ min: 0, max: 100 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constantFrom("write", "empty", "reopen", "delete") }),
  fc.record({ type: fc.constant("commit the late one" as const) }),
  fc.record({ type: fc.constant("failed round" as const), blocks: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant("purge" as const), from: percent, to: percent }),
  fc.record({
    type: fc.constant("delete until" as const),
    looks: fc.integer({ min: 0, max: 3 }),
  }),
) as fc.Arbitrary<Step>;

/** A chain and what has become of its batches. */
class History {
  readonly #chain: PurgeChain;
  readonly #committed: Batch[] = [];
  /** No file may hold these once deleting has come to its end. */
  readonly #gone = new Set<Batch>();
  /** Proposed in a round that failed, and by its sequence the next of its lane. */
  #late: Batch | null = null;
  /** Proposed for the head's height: a block may come that deletes it. */
  #young: readonly { readonly batch: Batch; readonly height: number }[] = [];
  #words = 0;

  constructor(chain: PurgeChain) {
    this.#chain = chain;
  }

  async take(step: Step): Promise<void> {
    const chain = this.#chain;
    if (step.type === "write") this.#isCommitted(await chain.write(this.#word()));
    else if (step.type === "empty") await chain.put([]);
    else if (step.type === "failed round") await this.#failRound(step.blocks);
    else if (step.type === "commit the late one") await this.#commitLate();
    else if (step.type === "purge") await this.#purge(step.from, step.to);
    else if (step.type === "delete") await this.expectGone();
    else if (step.type === "delete until") await this.#deleteUntil(step.looks);
    else {
      await chain.store.close();
      await chain.open();
    }
    const head = chain.store.head().height;
    for (const { batch, height } of this.#young) {
      if (height < head && !this.#committed.includes(batch)) this.#gone.add(batch);
    }
    this.#young = this.#young.filter(({ height }) => height >= head);
  }

  /** Deletes, and looks into the files. */
  async expectGone(): Promise<void> {
    await this.#chain.store.purge();
    expect(this.#chain.found([...this.#gone])).toEqual([]);
  }

  #word(): string {
    this.#words += 1;
    return `number ${this.#words}`;
  }

  #isCommitted(batch: Batch): void {
    this.#committed.push(batch);
    this.#late = null;
  }

  /** Payloads of another batch are stored for the height than those of its block; blocks may follow at once. */
  async #failRound(blocks: number): Promise<void> {
    const chain = this.#chain;
    const [late, batch] = [chain.batch(this.#word(), 1), chain.batch(this.#word())];
    const height = chain.store.head().height + 1;
    await chain.store.putPayloads(height, late.payloads);
    await chain.store.putPayloads(height, batch.payloads);
    const run = [chain.next([batch.transaction])];
    while (run.length < blocks) run.push(chain.next([]));
    await chain.store.commit(...run);
    this.#isCommitted(batch);
    this.#late = late;
    this.#young = [...this.#young, { batch: late, height }];
  }

  async #commitLate(): Promise<void> {
    const late = this.#late;
    if (late === null) return;
    await this.#chain.put([late.transaction], late.payloads);
    this.#gone.delete(late);
    this.#isCommitted(late);
  }

  async #purge(from: number, to: number): Promise<void> {
    const place = (percent: number) => Math.round((percent / 100) * (this.#committed.length - 1));
    const [first, last] = [place(Math.min(from, to)), place(Math.max(from, to))];
    const purged = this.#committed.slice(first, last + 1);
    const sequences = purged.map(({ transaction }) => transaction.sequence);
    if (sequences.length === 0) return;
    await this.#chain.put([this.#chain.purging(Math.min(...sequences), Math.max(...sequences))]);
    this.#late = null;
    for (const batch of purged) this.#gone.add(batch);
  }

  /** Stops deleting at one of its looks whether it shall. */
  async #deleteUntil(looks: number): Promise<void> {
    let looked = 0;
    const signal = {
      get aborted(): boolean {
        looked += 1;
        return looked > looks;
      },
    } as AbortSignal;
    await this.#chain.store.purge(signal);
  }
}

test("whatever came before, no file holds a payload that was purged, or that no block took, once it is deleted", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 20 }), async (steps) => {
      const chain = await PurgeChain.make(temporaryFolder());
      const history = new History(chain);
      try {
        for (const one of steps) await history.take(one);
        await history.expectGone();
      } finally {
        await chain.store.close();
      }
    }),
    { numRuns: 2 },
  ));
