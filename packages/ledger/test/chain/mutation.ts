import fc from "fast-check";
import { LedgerError } from "../../src/primitives/index.ts";

/** A change of a byte string: one byte replaced, removed or inserted. */
export interface Mutation {
  readonly at: number;
  readonly byte: number;
  readonly how: "replace" | "remove" | "insert";
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(1 << 20),
  byte: fc.integer({ min: 1, max: 255 }),
  how: fc.constantFrom("replace", "replace", "replace", "remove", "insert"),
});

/** The bytes with one change; never the bytes themselves. */
export function mutate(bytes: Uint8Array, { at, byte, how }: Mutation): Uint8Array {
  const index = at % bytes.length;
  const before = bytes.subarray(0, index);
  const rest = bytes.subarray(index);
  if (how === "insert") return Uint8Array.from([...before, byte, ...rest]);
  if (how === "remove") return Uint8Array.from([...before, ...rest.subarray(1)]);
  return Uint8Array.from([...before, (rest[0] as number) ^ byte, ...rest.subarray(1)]);
}

/** What a decoder makes of the bytes, or null where it refuses them; any other error is a failure. */
export function accepted<T>(decoder: (bytes: Uint8Array) => T, bytes: Uint8Array): T | null {
  try {
    return decoder(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}
