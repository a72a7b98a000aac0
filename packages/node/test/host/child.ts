import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A real second process that runs a file of this folder and talks in lines. */
export interface Child {
  /** The next line it prints; rejects when it ends before. */
  line(): Promise<string>;
  /** Ends it without a chance to tidy up; gives the lines it had still printed. */
  kill(): Promise<readonly string[]>;
}

/** Starts a script beside this file with the same Node that runs the tests. */
export function startChild(script: string, ...parameters: readonly string[]): Child {
  const path = join(import.meta.dirname, script);
  const child = spawn(process.execPath, [path, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended without a line`);
      return value;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        rest.push(next.value);
      }
      return rest;
    },
  };
}
