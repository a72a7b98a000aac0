import { painter, wantsColour } from "../print/colour.ts";
import { printable } from "../print/printable.ts";
import { words } from "../words/catalogue.ts";
import type { PlayedStep } from "./play.ts";

/** Tells a demo as a story, or as one JSON document at its end. */
export interface Teller {
  begin(number: number, title: string): void;
  command(handle: string, line: string): void;
  end(step: PlayedStep): void;
  lines(lines: readonly string[]): void;
  /** The end of the story as data. */
  document(document: object): void;
  /** Whether the story was told to its end. */
  isTold(): boolean;
  /** A remark that is no part of the story. */
  aside(text: string): void;
}

/** A teller on standard output. */
export function createTeller(json: boolean): Teller {
  const isTty = process.stdout.isTTY === true;
  const paint = painter(wantsColour({ isTty, env: process.env, wish: null }));
  let told = false;
  const write = (text: string): void => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  return {
    begin: (number, title) => write(paint("title", `${String(number).padStart(2)}  ${title}`)),
    command: (handle, line) => write(paint("quiet", `      ${handle}$ ${printable(line)}`)),
    end: ({ ok, ms, detail }) => {
      const mark = ok ? paint("good", "✓") : paint("bad", "✗");
      const text = ok ? detail : words().demo.failed(detail);
      write(`    ${mark} ${printable(text)}  ${paint("quiet", words().duration(ms))}`);
    },
    lines: (lines) => {
      for (const line of lines) write(line);
    },
    isTold: () => told,
    document: (document) => {
      told = true;
      if (json) process.stdout.write(`${JSON.stringify(document)}\n`);
    },
    aside: (text) => {
      if (!json && isTty) process.stderr.write(`${paint("quiet", text)}\n`);
    },
  };
}
