import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A real second process that runs a file of this folder and talks in lines. */
export interface Child {
  readonly pid: number;
  /** The next line it prints; rejects when it ends before. */
  line(): Promise<string>;
  /** Ends it without a chance to tidy up, and waits until it is gone. */
  kill(): Promise<void>;
  exited(): Promise<number | null>;
}

/** Starts a script beside this file with the same Node that runs the tests. */
export function startChild(script: string, ...parameters: readonly string[]): Child {
  const path = join(import.meta.dirname, script);
  const child: ChildProcess = spawn(process.execPath, [path, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error("the child did not start");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    pid,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended without a line`);
      return value;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async exited() {
      await ended;
      return child.exitCode;
    },
  };
}
