import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { run } from "../src/program/run.ts";

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tegata-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a command line came to. */
export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run; nobody is at a terminal and no variables are set, unless said otherwise. */
export interface RunOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: PassThrough;
  readonly isTty?: boolean;
  /** Results go to a terminal of so many columns. */
  readonly columns?: number;
  /** Called with all of stderr whenever something was added. */
  readonly onStderr?: (text: string) => void;
  /** Called with all of stdout whenever something was added. */
  readonly onStdout?: (text: string) => void;
}

/** Runs a command in this process. */
export async function tegata(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = new Collected(options.onStdout);
  const stderr = new Collected(options.onStderr);
  const stdin = options.stdin ?? new PassThrough().end();
  const isTTY = options.isTty ?? false;
  const { columns } = options;
  const exit = await run({
    words,
    env: { TERM: "xterm", NO_COLOR: "1", ...options.env },
    folder: options.folder ?? process.cwd(),
    stdin: Object.assign(stdin, { isTTY }),
    stdout: Object.assign(stdout, columns === undefined ? {} : { isTTY: true, columns }),
    stderr: Object.assign(stderr, { isTTY }),
    nowMs: Date.now,
  });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

/** Keeps what is written. */
class Collected extends Writable {
  text = "";
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void = () => undefined) {
    super();
    this.#onText = onText;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    this.#onText(this.text);
    done();
  }
}
