import { readU64, sealedKey, u64 } from "./sealed-key.ts";
import type { SealedWrite } from "./sealed-store.ts";

/** Where the steps of a trail lie, beside the stamp. */
export const trailPrefix: Uint8Array = sealedKey(0, Uint8Array.of(2));

/** What a step says: how many steps of the other database were on the disk before. */
export interface Step {
  readonly others: number;
}

/**
 * What the steps found in a database tell; `hole`: one of them was lost although a later one is there, which
 * LevelDB hides when bytes of its log are wrong.
 */
export type TrailFound =
  | { readonly type: "whole"; readonly count: number; readonly others: number }
  | { readonly type: "hole" };

/**
 * Numbers the writes of a database: each puts its own step and takes away the one before, so that there is one
 * step as long as nothing was lost in between. What is lost at the end shows in the other database, which notes
 * in its steps how far this one had come.
 */
export class Trail {
  #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  /** Steps that were begun. */
  get count(): number {
    return this.#count;
  }

  /** What the next write of the database carries. */
  next(others: number): readonly SealedWrite[] {
    const before = this.#count;
    this.#count += 1;
    return [
      { type: "put", key: keyOf(this.#count), value: { others } satisfies Step },
      { type: "delete", key: keyOf(before) },
    ];
  }
}

const keyOf = (count: number): Uint8Array => sealedKey(0, Uint8Array.of(2), u64(count));

/** Reads the steps of a database. */
export async function readTrail(
  entries: AsyncIterable<{ readonly key: Uint8Array; readonly value: unknown }>,
): Promise<TrailFound> {
  const found: { readonly count: number; readonly others: number }[] = [];
  for await (const { key, value } of entries) {
    const { others } = value as Step;
    found.push({ count: readU64(key, trailPrefix.length), others });
    if (found.length > 1) return { type: "hole" };
  }
  return { type: "whole", ...(found[0] ?? { count: 0, others: 0 }) };
}
