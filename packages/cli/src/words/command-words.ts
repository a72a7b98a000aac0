/** What people read about a command. */
export interface CommandWords {
  /** One line of the overview. */
  readonly summary: string;
  /** Complete command lines, the most ordinary one first. */
  readonly examples: readonly string[];
  /** What it does, in lines of at most 90 columns. */
  readonly text: readonly string[];
  /** What each option means, by its name. */
  readonly options: Readonly<Record<string, string>>;
}
