/**
 * Every code a {@link CollectError} can carry, with the type of its detail.
 * Each code has a line in docs/ERRORS.md.
 */
export interface CollectErrorDetails {
  /** Another process collects from the same source into the same stream. */
  readonly COLLECT_RUNNING: { readonly place: string; readonly pid: number | null };
  /** The folder that is to be watched is not there, or files cannot be moved within it. */
  readonly COLLECT_FOLDER_UNUSABLE: { readonly folder: string; readonly reason: string };
  /** The file that says what was handed over cannot be read. */
  readonly COLLECT_STATE_DAMAGED: { readonly path: string };
}

/** The closed union of codes of failed operations in this package. */
export type CollectErrorCode = keyof CollectErrorDetails;

/** Collecting that cannot go on; what was heard until then stays on the disk. */
export class CollectError<Code extends CollectErrorCode = CollectErrorCode> extends Error {
  override readonly name = "CollectError";
  readonly code: Code;
  readonly detail: CollectErrorDetails[Code];

  constructor(code: Code, detail: CollectErrorDetails[Code], cause?: unknown) {
    super(code, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}

/** The code of an error of the system such as ENOENT, or its text. */
export function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === "string") return code;
  return error instanceof Error ? error.message : String(error);
}
