import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { Spool, type SpoolEntry, type SpoolEvent } from "../src/spool.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tegata-spool-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Opened {
  readonly spool: Spool;
  readonly events: SpoolEvent[];
}

async function opened(folder: string, from = 0): Promise<Opened> {
  const events: SpoolEvent[] = [];
  const tell = async (event: SpoolEvent): Promise<void> => void events.push(event);
  const { signal } = new AbortController();
  const spool = await Spool.open({ folder, from, tell, signal });
  onTestFinished(() => spool.close(0));
  return { spool, events };
}

async function everything(spool: Spool, from = 0): Promise<SpoolEntry[]> {
  const all: SpoolEntry[] = [];
  for (let at = from; ; ) {
    const entries = await spool.read(at);
    const last = entries.at(-1);
    if (last === undefined) return all;
    all.push(...entries);
    at = last.end;
  }
}

const texts = (entries: readonly SpoolEntry[]): string[] => entries.map(({ text }) => text);

test("what was heard counts once it is synced, and is read back after a crash as it was", async () => {
  const folder = await temporaryFolder();
  const { spool } = await opened(folder);
  spool.append({ heardMs: 7, text: 'a|b\u2028\n"ü"' });
  spool.append({ heardMs: 8, text: "" });
  expect(spool.durable).toBe(0);
  expect(await spool.read(0)).toEqual([]);
  await spool.commit();
  const entries = await everything(spool);
  expect(entries.map(({ heardMs, text }) => [heardMs, text])).toEqual([
    [7, 'a|b\u2028\n"ü"'],
    [8, ""],
  ]);
  expect(entries.at(-1)?.end).toBe(spool.durable);
  // Nobody closed it.
  const again = await opened(folder, entries[0]?.end);
  expect(again.events).toEqual([]);
  expect(again.spool.durable).toBe(spool.durable);
  expect(texts(await everything(again.spool, entries[0]?.end))).toEqual([""]);
});

test.each([
  ["half a line", (path: string, size: number) => truncate(path, size - 3)],
  ["a line that is none", (path: string) => appendFile(path, 'deadbeef 5 "x"\n')],
  ["zeros of a disk that lost power", (path: string) => appendFile(path, Buffer.alloc(5_000))],
])("%s at the end never counted: it is cut off and said", async (_, damage) => {
  const folder = await temporaryFolder();
  const { spool } = await opened(folder);
  for (let index = 0; index < 50; index += 1) spool.append({ heardMs: 1, text: `${index}` });
  await spool.commit();
  const [name = ""] = await readdir(folder);
  await damage(join(folder, name), spool.durable);
  const after = await opened(folder);
  const kept = texts(await everything(after.spool));
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => `${index}`));
  expect(kept.length).toBeGreaterThanOrEqual(49);
  expect(after.events).toEqual([{ event: "cut", bytes: expect.any(Number) }]);
  after.spool.append({ heardMs: 2, text: "next" });
  await after.spool.commit();
  const third = await opened(folder);
  expect(texts(await everything(third.spool))).toEqual([...kept, "next"]);
  expect(third.events).toEqual([]);
});

test("files of bounded size follow one another, and go when nothing of them is needed", async () => {
  const folder = await temporaryFolder();
  const { spool } = await opened(folder);
  const long = "x".repeat(1_000_000);
  for (let index = 0; index < 140; index += 1) {
    spool.append({ heardMs: index, text: `${index} ${long}` });
    if (index % 10 === 9) await spool.commit();
  }
  expect((await readdir(folder)).length).toBe(2);
  const numbers = async (one: Spool, from: number): Promise<number[]> =>
    (await everything(one, from)).map(({ text }) => Number.parseInt(text, 10));
  expect(await numbers(spool, 0)).toEqual(Array.from({ length: 140 }, (_, index) => index));
  const half = (await spool.read(0))[0]?.end ?? 0;
  await spool.drop(half);
  expect((await readdir(folder)).length).toBe(2);
  const second = Number.parseInt((await readdir(folder)).sort()[1] ?? "", 10);
  await spool.drop(second);
  expect((await readdir(folder)).length).toBe(1);
  const again = await opened(folder, second);
  const left = await numbers(again.spool, second);
  expect(left.at(-1)).toBe(139);
  expect(left.length).toBeLessThan(80);
});

test("an entry larger than what is read at a time is read whole", async () => {
  const { spool } = await opened(await temporaryFolder());
  const long = "\u0001".repeat(900_000);
  spool.append({ heardMs: 1, text: long });
  spool.append({ heardMs: 1, text: "short" });
  await spool.commit();
  expect(texts(await everything(spool))).toEqual([long, "short"]);
});

test("a disk that refuses is said once, waited for, and nothing is lost", async () => {
  const folder = await temporaryFolder();
  const { spool, events } = await opened(folder);
  await rm(folder, { recursive: true });
  spool.append({ heardMs: 1, text: "kept" });
  const synced = spool.commit();
  while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toEqual([{ event: "disk-refuses", reason: "ENOENT" }]);
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder);
  await synced;
  expect(texts(await everything(spool))).toEqual(["kept"]);
  expect(events.at(-1)).toEqual({ event: "disk-again" });
});

test("many commits at a time share one sync", async () => {
  const folder = await temporaryFolder();
  const { spool } = await opened(folder);
  const commits = Array.from({ length: 100 }, (_, index) => {
    spool.append({ heardMs: 1, text: `${index}` });
    return spool.commit();
  });
  await Promise.all(commits);
  expect((await everything(spool)).length).toBe(100);
  await writeFile(join(folder, "note.txt"), await readFile(join(folder, "0000000000000000.spool")));
  expect((await opened(folder)).spool.durable).toBe(spool.durable);
});

test("what is handed over does not stay on the disk", async () => {
  const folder = await temporaryFolder();
  const { spool } = await opened(folder);
  spool.append({ heardMs: 1, text: "x".repeat(1_100_000) });
  await spool.commit();
  await spool.drop(spool.durable);
  expect(await readdir(folder)).toEqual([]);
  spool.append({ heardMs: 2, text: "small" });
  await spool.commit();
  const start = Number.parseInt((await readdir(folder))[0] ?? "", 10);
  expect(start).toBeGreaterThan(1_100_000);
  expect(texts(await everything((await opened(folder, start)).spool, start))).toEqual(["small"]);
  await spool.close(spool.durable);
  expect(await readdir(folder)).toEqual([]);
});

test.each(["null", "[1]", '{"a":1}', "torn", ""])(
  "an entry that says %j ends what is read, whatever its checksum",
  async (json) => {
    const folder = await temporaryFolder();
    const { spool } = await opened(folder);
    spool.append({ heardMs: 7, text: "kept" });
    await spool.commit();
    const [name = ""] = await readdir(folder);
    const rest = `8 ${json}`;
    const line = `${crc32(rest).toString(16).padStart(8, "0")} ${rest}\n`;
    await appendFile(join(folder, name), line);
    const again = await opened(folder);
    expect(texts(await everything(again.spool))).toEqual(["kept"]);
    expect(again.events).toEqual([{ event: "cut", bytes: line.length }]);
  },
);
