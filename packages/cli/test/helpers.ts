import { createReadStream } from "node:fs";
import { CliError } from "../src/errors.ts";
import type { InputProblem } from "../src/input/problem.ts";
import type { Chunks, ReadEvent, SourceRow } from "../src/input/row.ts";

/** The bytes of a text in pieces of a size, so that every boundary is met. */
export async function* chunksOf(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  for (let start = 0; start < bytes.byteLength; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

/** The bytes of a file. */
export function fileChunks(path: string): Chunks {
  return createReadStream(path) as Chunks;
}

/** Everything an iterable gives. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** What a reader gave, sorted by kind. */
export interface Read {
  readonly columns: readonly string[];
  readonly rows: readonly SourceRow[];
  readonly problems: readonly InputProblem[];
}

/** Reads to the end. */
export async function read(events: AsyncIterable<ReadEvent>): Promise<Read> {
  const rows: SourceRow[] = [];
  const problems: InputProblem[] = [];
  let columns: readonly string[] = [];
  for await (const event of events) {
    if (event.type === "columns") columns = event.columns;
    else if (event.type === "row") rows.push(event.row);
    else problems.push(event.problem);
  }
  return { columns, rows, problems };
}

/** The error a promise fails with, or that of a function. */
export async function failure(run: () => unknown): Promise<CliError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The problem after which the rest of the input means nothing. */
export async function breakage(events: AsyncIterable<ReadEvent>): Promise<InputProblem> {
  const error = await failure(() => read(events));
  if (error.code !== "CLI_INPUT_BROKEN") throw error;
  return (error as CliError<"CLI_INPUT_BROKEN">).detail.problem;
}
