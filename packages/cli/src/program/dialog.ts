import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { World } from "./world.ts";

/** Questions to a person at a terminal. */
export interface Dialog {
  /** Shows a line. */
  show(line: string): void;
  /** The answer without spaces at its ends. */
  ask(question: string): Promise<string>;
  /** As {@link ask}; what is typed does not appear. */
  askHidden(question: string): Promise<string>;
  /** Takes the last `lines` lines off the screen, the one of the last question included. */
  erase(lines: number): void;
  close(): void;
}

/** Opens a dialog on standard input and standard error. @throws AbortError on Ctrl-C or Ctrl-D */
export function openDialog({ stdin, stderr, env }: World): Dialog {
  let hidden = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hidden) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output: echo, terminal: stdin.isTTY === true });
  const ended = new AbortController();
  lines.once("close", () => ended.abort());
  lines.once("SIGINT", () => lines.close());
  const ask = async (question: string): Promise<string> => {
    return (await lines.question(question, { signal: ended.signal })).trim();
  };
  return {
    show: (line) => stderr.write(`${line}\n`),
    ask,
    async askHidden(question) {
      stderr.write(question);
      hidden = true;
      try {
        return await ask("");
      } finally {
        hidden = false;
        stderr.write("\n");
      }
    },
    erase(count) {
      if (env.TERM !== "dumb") stderr.write(`\u001b[${count}A\r\u001b[0J`);
    },
    close: () => lines.close(),
  };
}
