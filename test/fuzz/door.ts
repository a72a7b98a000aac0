import type { Tree } from "./mutate-tree.ts";

/** What became of one input. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly code: string };

/** Takes samples apart into values and puts changed values together, checksums and all. */
export interface Coder {
  readonly read: (sample: Uint8Array) => Tree;
  /** Null where the values cannot be said in this form: the sample is taken as it is. */
  readonly write: (tree: Tree) => Uint8Array | null;
}

/** How the inputs of a door are made from its samples; `fixed`: bytes whose number must not change. */
export type Form = "canonical" | "cbor" | "json" | "text" | "bytes" | "fixed" | Coder;

/** A place where bytes come in from outside, and the function that the program itself calls for them. */
export interface Door {
  /** As it is called on the command line, `group.name`. */
  readonly name: string;
  /** What comes in, and from whom. */
  readonly what: string;
  /** What is bounded before anything is reserved for it. */
  readonly limit: string;
  readonly form: Form;
  /** Valid inputs, from which the others are made; at least one. */
  readonly samples: readonly Uint8Array[];
  /** Whether the outermost decoder takes the bytes, so that what lies behind it is reached. */
  readonly isOuter: (bytes: Uint8Array) => boolean;
  /** Throws what is nobody's refusal: that is a failure of the product. */
  readonly read: (bytes: Uint8Array) => Verdict | Promise<Verdict>;
  /** What stands behind the door and must be the same after a refusal; a reader that keeps nothing has none. */
  readonly state?: () => string | Promise<string>;
  /** So slow that it is begun first where several doors are tried at a time. */
  readonly slow?: true;
}

export const accepted: Verdict = Object.freeze({ kind: "accepted" });

export function refused(code: string): Verdict {
  return { kind: "refused", code };
}

/** An error of a package as it is meant: a class of errors with a closed list of codes. */
type ErrorClass = abstract new (...given: never[]) => Error & { readonly code: string };

/** Runs a reader whose refusals are errors of these classes, or null where `nullCode` says what that means. */
export function verdictOf(
  read: () => unknown,
  classes: readonly ErrorClass[],
  nullCode: string | null = null,
): Verdict {
  try {
    const value = read();
    return value === null && nullCode !== null ? refused(nullCode) : accepted;
  } catch (error) {
    return refusalIn(error, classes);
  }
}

/** The refusal that an error is; throws the error again where it is none. */
export function refusalIn(error: unknown, classes: readonly ErrorClass[]): Verdict {
  for (const known of classes) if (error instanceof known) return refused(error.code);
  throw error;
}
