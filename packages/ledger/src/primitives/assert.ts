/** A broken invariant: a bug of this program, on which the process stops. Never caught to go on. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Stops at our own bug; stays on in production. The sentence states what must hold.
 * @throws InvariantError
 */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(`does not hold: ${sentence}`);
}

/**
 * Marks a branch that the types rule out, so that a new case of a union fails to compile here.
 * @throws InvariantError
 */
export function unreachable(x: never): never {
  throw new InvariantError(`does not hold: this case cannot occur (${String(x)})`);
}
