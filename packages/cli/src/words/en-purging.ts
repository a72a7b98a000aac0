import { count, counted } from "../print/human.ts";

/** English words of deleting old records. */
export const enPurging = {
  goes: (stream: string, batches: number, size: string, from: string, until: string): string =>
    `${stream}: ${counted(batches, "batch", "batches")}, ${size} of ciphertext, observed from ${from} to ${until}.`,
  nothing: (stream: string): string =>
    `${stream}: nothing to delete. Only whole batches go, all of whose records were observed before that time.`,
  dry: "Would be deleted at every company. Nothing was changed.",
  done: (height: number | null): string =>
    `Deleted${height === null ? "" : ` by block ${count(height)}`}: every company's node deletes its copy now, and none takes it in again.`,
  kept: "Not undone: what readers opened and exported before they keep, and proofs made before still hold.",
  left: (batches: number): string =>
    `${counted(batches, "batch is", "batches are")} left: say the same again.`,
  waiting: (rows: number): string =>
    `${counted(rows, "row", "rows")} of this stream still ${rows === 1 ? "waits" : "wait"} to be sent; ${rows === 1 ? "it is" : "they are"} not deleted.`,
  ask: "There is no way back. Delete at every company? [y/N] ",
  notDeleted: {
    text: "nothing was deleted",
    next: "look at it with --dry-run, then say --yes",
  },
  deletedBefore: (batches: number, until: string): string =>
    `Not shown: ${counted(batches, "batch", "batches")} observed before ${until}, which the owner had deleted.`,
  deletedTitle: "Deleted",
  deletedEvent: (stream: string, batches: number, height: number): string =>
    `deleted  ${stream}: its owner had ${counted(batches, "batch", "batches")} deleted, at block ${count(height)}`,
};
