import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { eventText } from "../src/commands/events.ts";
import { type Ran, type RunOptions, tegata } from "./command-helpers.ts";
import { type PressGateway, pressGateway } from "./press-gateway.ts";

const old = Date.UTC(2025, 0, 10);
const monthMs = 30 * 86_400_000;

/** Three old batches of thirty days each, and one of today. */
async function published(): Promise<PressGateway> {
  const press = await pressGateway();
  for (const timeMs of [old, old + monthMs, old + 2 * monthMs, Date.now()]) {
    expect(await submit(press, timeMs, 20_000)).toBe("committed");
  }
  return press;
}

async function submit(press: PressGateway, timeMs: number, waitMs: number): Promise<string> {
  const body = { rows: [{ timeMs, cells: { count: 1, state: "run" } }], backfill: true };
  const { desk } = press.gateway;
  return (await desk.submitRows("press", body, null, { waitMs, dryRun: false })).state;
}

function company({ home }: PressGateway) {
  return (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    tegata(words, { ...options, env: { TEGATA_HOME: home, ...options.env } });
}

const purge = ["streams", "purge", "press", "--before", "2025-03-01", "--tz", "UTC"];

test("old records are shown first, deleted once that is said, and missed by name afterwards", async () => {
  const run = company(await published());
  const dry = await run([...purge, "--dry-run"]);
  expect(dry.exit).toBe(0);
  expect(dry.stdout).toMatch(/^press: 2 batches, \d+ B of ciphertext, observed from .* to .*\./);
  expect(dry.stdout).toContain("Nothing was changed.");
  // Nobody is there to be asked.
  const unasked = await run(purge);
  expect(unasked).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("nothing was deleted"),
  });
  expect((await run(["query", "press", "-o", "csv"])).stdout.trim().split("\n")).toHaveLength(5);
  const done = await run([...purge, "--yes", "--json"]);
  expect(JSON.parse(done.stdout)).toMatchObject({
    ...{ schema: "tegata.purge/1", stream: "press", batches: 2, left: 0 },
    ...{ submitted: true, committed: true },
  });
  const query = await run(["query", "press", "-o", "csv"]);
  expect(query.stdout.trim().split("\n")).toHaveLength(3);
  expect(query.stderr).toMatch(
    /Not shown: 2 batches observed before 2025-02-11.*the owner had deleted/,
  );
  const json = JSON.parse((await run(["query", "press", "--json"])).stdout);
  expect(json).toMatchObject({ deleted: { batches: 2 }, items: [{}, {}] });
  // What is asked for lies behind it.
  expect((await run(["query", "press", "--since", "1h"])).stderr).not.toContain("Not shown");
  expect((await run(["streams", "show", "press"])).stdout).toContain("Deleted: 2 batches");
  const event = { type: "deleted", stream: "press", batches: 2, height: 7 } as const;
  expect(eventText(event)).toBe("deleted  press: its owner had 2 batches deleted, at block 7");
  const again = await run([...purge, "--yes"]);
  expect(again).toMatchObject({ exit: 0, stdout: expect.stringContaining("nothing to delete") });
}, 60_000);

test("whoever says no at the question keeps everything", async () => {
  const run = company(await published());
  const stdin = new PassThrough();
  const asked = await run(purge, {
    ...{ isTty: true, stdin },
    onStderr: (text) => {
      if (text.includes("[y/N]") && !stdin.writableEnded) stdin.end("n\n");
    },
  });
  expect(asked.exit).not.toBe(0);
  expect(asked.stderr).toContain("There is no way back.");
  expect((await run(["query", "press", "-o", "csv"])).stdout.trim().split("\n")).toHaveLength(5);
}, 60_000);

test("whoever says yes deletes what was shown: where more would go by now nothing does, and what waits is named", async () => {
  const press = await published();
  const run = company(press);
  const answer = (onAsked: () => Promise<unknown>): RunOptions => {
    const stdin = new PassThrough();
    let isAsked = false;
    const onStderr = (text: string): void => {
      if (isAsked || !text.includes("[y/N]")) return;
      isAsked = true;
      void onAsked().then(() => stdin.end("y\n"));
    };
    return { isTty: true, stdin, onStderr };
  };
  const changed = await run(
    purge,
    answer(() => submit(press, old, 20_000)),
  );
  expect(changed).toMatchObject({
    exit: 6,
    stderr: expect.stringContaining("GATEWAY_PURGE_CHANGED"),
  });
  expect((await run(["query", "press", "-o", "csv"])).stdout.trim().split("\n")).toHaveLength(6);
  press.ledger.policy = ({ kind }) =>
    kind === "records" ? { code: "LEDGER_TX_QUOTA_DAY", cure: "wait" } : null;
  expect(await submit(press, old, 0)).toBe("waiting");
  const asked = await run(
    purge,
    answer(async () => undefined),
  );
  const waits = "1 row of this stream still waits to be sent; it is not deleted.";
  expect(asked.exit).toBe(0);
  expect([asked.stderr, asked.stdout]).toEqual([
    expect.stringContaining(waits),
    expect.stringContaining(waits),
  ]);
  expect((await run(["query", "press", "-o", "csv"])).stdout.trim().split("\n")).toHaveLength(3);
}, 60_000);

test("it is said in Japanese too, and another's stream is not deleted", async () => {
  const run = company(await published());
  const env = { LANG: "ja_JP.UTF-8" };
  const dry = await run([...purge, "--dry-run"], { env });
  expect(dry.stdout).toMatch(/「press」: 2 組、暗号文 .*、観測は .* から .* まで。/);
  const none = await run(["streams", "purge", "nowhere", "--before", "1d", "--yes"]);
  expect(none.exit).not.toBe(0);
  expect(none.stderr).toContain("GATEWAY_STREAM_UNKNOWN");
}, 60_000);
