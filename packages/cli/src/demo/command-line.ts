import { Readable, Writable } from "node:stream";
import { run } from "../program/run.ts";
import { language } from "../words/catalogue.ts";

/** What a command of the demo answered. */
export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a `tegata` command in this process, with the home folder of a company, as its people would on
 * their own machine.
 */
export async function runCommand(
  home: string,
  folder: string,
  words: readonly string[],
): Promise<Answer> {
  const stdout = new Collected();
  const stderr = new Collected();
  const exit = await run({
    words,
    env: { TEGATA_HOME: home, NO_COLOR: "1", LC_ALL: language() },
    folder,
    stdin: Readable.from([]),
    stdout,
    stderr,
    nowMs: Date.now,
  });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

class Collected extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

/** A command line as people type it. */
export function commandText(words: readonly string[]): string {
  const plain = /^[\w./:=,@+-]+$/;
  const quoted = words.map((word) => {
    return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  });
  return ["tegata", ...quoted].join(" ");
}
