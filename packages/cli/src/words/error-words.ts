import type { CliErrorCode, CliErrorDetails } from "../errors.ts";

/** The three lines a person reads about an error. */
export interface ErrorWords {
  readonly message: string;
  readonly why: string;
  readonly next: string;
}

/** The words of every code of this package. */
export type ErrorTexts = {
  readonly [Code in CliErrorCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
};

/** Data that came with an error of another package. */
export type ForeignDetail = Readonly<Record<string, unknown>>;

/** The words of an error of another package. */
export type ForeignText = (detail: ForeignDetail) => ErrorWords;

/** What a code means, and what to do. */
export type CodePage = readonly [meaning: string, remedy: string];

/** Pages by code. */
export type CodePages = Readonly<Record<string, CodePage>>;
