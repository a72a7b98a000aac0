const awayCodes: ReadonlySet<unknown> = new Set([
  "NODE_API_UNREACHABLE",
  "NODE_API_REFUSED",
  "NODE_API_CLOSED",
]);

/** Whether a call to the node failed because the node is not there, or not ready to answer. */
export function isNodeAway(error: unknown): boolean {
  return error instanceof Error && "code" in error && awayCodes.has(error.code);
}
