import fc from "fast-check";

/** One change of an input: where and what by numbers, so that a smaller plan is a smaller change. */
export interface Edit {
  readonly at: number;
  readonly what: number;
  readonly amount: number;
  readonly bytes: Uint8Array;
}

/** How an input is made from a sample. `tree` changes the values and writes them again as they should be. */
export type Way = "unchanged" | "tree" | "bytes" | "foreign";

/** Everything that decides one input; the same plan gives the same bytes. */
export interface Plan {
  readonly sample: number;
  readonly way: Way;
  readonly edits: readonly Edit[];
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  what: fc.nat(255),
  amount: fc.nat(),
  bytes: fc.uint8Array({ maxLength: 40 }),
});

/**
 * Draws plans. Values are changed in most of them and bytes in fewer, because a change of bytes seldom
 * comes past the outermost decoder; `foreign` is nothing of ours.
 */
export const plans: fc.Arbitrary<Plan> = fc.record({
  sample: fc.nat(),
  way: fc.oneof(
    { weight: 1, arbitrary: fc.constant<Way>("unchanged") },
    { weight: 14, arbitrary: fc.constant<Way>("tree") },
    { weight: 4, arbitrary: fc.constant<Way>("bytes") },
    { weight: 1, arbitrary: fc.constant<Way>("foreign") },
  ),
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
});
