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

/** Help in another language: of the same commands, and of all their options. */
export type HelpLike<Help extends Readonly<Record<string, CommandWords>>> = {
  readonly [Name in keyof Help]: CommandWords & {
    readonly options: { readonly [Option in keyof Help[Name]["options"]]: string };
  };
};
