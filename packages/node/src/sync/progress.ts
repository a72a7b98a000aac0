/**
 * What a node is busy with until it has everything: asking the others after a long absence, executing
 * blocks, fetching a snapshot, fetching the blocks below it. `done` of `of` are confirmations, heights,
 * buckets, heights; both are 0 for `none`.
 */
export interface SyncProgress {
  readonly kind: "none" | "confirming" | "blocks" | "snapshot" | "history";
  readonly done: number;
  readonly of: number;
}

/** Every kind, in the order in which a new node goes through them. */
export const syncKinds: readonly SyncProgress["kind"][] = [
  "none",
  "confirming",
  "blocks",
  "snapshot",
  "history",
];
