import type { ProtocolActivation } from "./membership-tables.ts";

/**
 * The version of the protocol by which every network of this genesis format begins: it never changes, whatever
 * versions come, or a later program would come to another state of height 0 for a network that is there.
 * Source: docs/PROTOCOL.md, section 5.7.
 */
export const protocolVersionFirst = 2;

/** The newest version of the protocol that this program follows. Source: docs/PROTOCOL.md, section 5.12. */
export const protocolVersionMax = 2;

/** The version of the protocol by which the block of a height is judged. Ascending activations. */
export function protocolVersionAt(
  activations: readonly ProtocolActivation[],
  height: number,
): number {
  let inForce = 0;
  for (const { version, height: from } of activations) if (from <= height) inForce = version;
  return inForce;
}

/** Activations that are in force at a height; what was decided for later ones can still be decided anew. */
export function activationsInForce(
  activations: readonly ProtocolActivation[],
  height: number,
): readonly ProtocolActivation[] {
  return activations.filter(({ height: from }) => from <= height);
}

/** The first height that a program following versions up to `versionMax` cannot execute, or null. */
export function unsupportedFrom(
  activations: readonly ProtocolActivation[],
  versionMax: number = protocolVersionMax,
): number | null {
  return activations.find(({ version }) => version > versionMax)?.height ?? null;
}
