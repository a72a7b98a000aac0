import type { Readable, Writable } from "node:stream";

/** What a command sees of the machine; tests give their own. */
export interface World {
  /** Words of the command line after the program's name. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Wall clock, ms since the Unix epoch. */
  readonly nowMs: () => number;
}

/** A stream that may be a terminal. */
export type Terminal = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** The machine as it is. */
export function realWorld(): World {
  return {
    words: process.argv.slice(2),
    env: process.env,
    folder: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: Date.now,
  };
}
