/** One place of the code under test, broken on purpose: the true source is changed while it is loaded. */
export interface Patch {
  readonly name: string;
  /** What a member then does that it must not. */
  readonly breaks: string;
  /** Below packages/. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** A seed at which it is known to be caught; not far from it there are others. */
  readonly seed: number;
  /** Circumstances in which it shows, a name of `scenarios`; null: those every seed draws. */
  readonly scenario: string | null;
}

/** A patch in its table; most need no scenario. */
export type PatchRow = readonly [
  name: string,
  breaks: string,
  file: string,
  from: string,
  to: string,
  seed: number,
  scenario?: string,
];
