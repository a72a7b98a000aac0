/** The three lines a person reads about an error. */
export interface ErrorWords {
  readonly message: string;
  readonly why: string;
  readonly next: string;
}
