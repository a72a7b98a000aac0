import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/print/exit-codes.ts";
import { Context } from "../src/program/context.ts";
import type { StatusView } from "../src/status/view.ts";
import { statusMark, type Watched, watch } from "../src/status/watch.ts";

/** A screen or a pipe that keeps what is written. */
function output(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString("utf8"));
      done();
    },
  });
  return { written, stream: Object.assign(stream, { isTTY, columns: 40, rows: 4 }) };
}

/** Shows these one after the other and then stops; gives what was written, the ways of a terminal marked. */
async function shown(
  seen: readonly Watched[],
  form: { readonly isTTY: boolean; readonly format?: "table" | "ndjson" },
) {
  const { written, stream } = output(form.isTTY);
  const settings = {
    ...{ home: "/h", settingsFile: "/h/config.toml", format: form.format ?? "table" },
    ...{ quiet: false, debug: false, noInput: true, colour: false, dryRun: false },
  } as const;
  const world = { words: [], env: {}, folder: "/", stdin: process.stdin, nowMs: () => 0 };
  const context = new Context(settings, { ...world, stdout: stream, stderr: stream });
  const stop = new AbortController();
  let at = 0;
  const read = async (): Promise<Watched> => {
    await turn();
    const one = seen[at];
    at += 1;
    if (one !== undefined) return one;
    stop.abort();
    return new Promise(() => undefined);
  };
  const exit = await watch(context, read, stop.signal, 0);
  expect(exit).toBe(exitCodes.interrupted);
  return written.map((text) => text.replaceAll("\u001b", "^"));
}

function block(mark: string, ...lines: readonly string[]): Watched {
  return { mark, lines, document: JSON.stringify({ mark }) };
}

describe("watching", () => {
  test("writes over its own lines on a terminal, as many as it has rows, and cuts what is too wide", async () => {
    const written = await shown([block("a", "one", "two"), block("a", "1", "2", "3", "4", "5")], {
      isTTY: true,
    });
    expect(written).toEqual(["\r^[J^[?7lone\ntwo^[?7h\n", "^[2A\r^[J^[?7l1\n2\n3^[?7h\n"]);
  });

  test("writes one block of lines a change elsewhere, with its time", async () => {
    const seen = [
      block("a", "1 s ago"),
      block("a", "2 s ago"),
      block("b", "gone"),
      block("b", "x"),
    ];
    const written = await shown(seen, { isTTY: false });
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^1970-01-01 .*\n1 s ago\n\n$/);
    expect(written[1]).toMatch(/\ngone\n\n$/);
  });

  test("writes one document a change for programs, also on a terminal", async () => {
    const seen = [block("a", "x"), block("a", "y"), block("b", "z")];
    for (const isTTY of [true, false]) {
      expect(await shown(seen, { isTTY, format: "ndjson" })).toEqual([
        '{"mark":"a"}\n',
        '{"mark":"b"}\n',
      ]);
    }
  });
});

test("time that passes is no change of a status, a block is one for programs only", () => {
  const view = (height: number, lastSeenMs: number, connected: boolean) =>
    ({
      status: { node: { height, headTimeMs: lastSeenMs, members: [{ lastSeenMs, connected }] } },
      disk: { freeBytes: lastSeenMs, totalBytes: 1 },
    }) as unknown as StatusView;
  for (const isForPrograms of [true, false]) {
    const mark = (...given: Parameters<typeof view>) => statusMark(view(...given), isForPrograms);
    expect(mark(1, 5, true)).toBe(mark(1, 6, true));
    expect(mark(1, 5, true)).not.toBe(mark(1, 5, false));
    expect(mark(1, 5, true) === mark(2, 5, true)).toBe(!isForPrograms);
  }
});
