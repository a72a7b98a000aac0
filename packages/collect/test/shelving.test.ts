import { createHash } from "node:crypto";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Delivery } from "../src/delivery.ts";
import { FileMemory, type RememberedFile } from "../src/file-memory.ts";
import { Folder } from "../src/folder.ts";
import { makeShelves } from "../src/shelves.ts";
import { type FileReader, Watch, type WatchEvent } from "../src/watch.ts";

interface Place {
  readonly folder: string;
  /** Values of the rows that the gateway took. */
  readonly taken: number[];
  readonly events: WatchEvent[];
  put(name: string, text: string): Promise<string>;
  names(below: string): Promise<readonly string[]>;
  /** Runs the watch until nothing is left; `onSent`: as soon as the rows of a file are safe. */
  once(onSent?: () => Promise<void>): Promise<void>;
}

/** A row is a line with a number; a file with anything else in it does not fit. */
const lines: FileReader = {
  read: async ({ path }) => {
    const text = await readFile(path, "utf8");
    const values = text.trimEnd().split("\n").map(Number);
    if (values.some(Number.isNaN))
      return { type: "misfit", code: "BAD", text: ["a word"], report: null };
    return {
      type: "fits",
      content: createHash("sha256").update(text).digest("hex"),
      rows: values.length,
      leftOut: null,
      bodies: async function* (timeMs) {
        for (const value of values) {
          yield { rows: [{ timeMs, cells: { value } }], backfill: true };
        }
      },
      close: async () => undefined,
    };
  },
  changed: ({ name }) => new Error(name),
  isFault: () => true,
  awayReason: () => null,
  explain: (_error, _file, rowsSent) => ({
    code: "CHANGED",
    text: [`${rowsSent} are safe`],
    report: null,
  }),
};

/** What a watch does that outlives it: what it hands over, and what it remembers. */
type Step = <T>(act: () => Promise<T>) => Promise<T>;

async function place(
  reader: FileReader = lines,
  step: { run: Step } = { run: (act) => act() },
): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "tegata-shelving-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "share");
  await mkdir(folder);
  const [taken, events]: [number[], WatchEvent[]] = [[], []];
  const { signal } = new AbortController();
  const tell = async (event: WatchEvent): Promise<void> => void events.push(event);
  const keys = new Set<string>();
  const submitRows = (
    _stream: string,
    { rows }: { readonly rows: readonly { cells: object }[] },
    key: string,
  ) =>
    step.run(async () => {
      if (keys.has(key)) return { replayed: true };
      keys.add(key);
      for (const { cells } of rows) taken.push((cells as { readonly value: number }).value);
      return { replayed: false };
    });
  const gateway = { submitRows } as unknown as ConstructorParameters<typeof Delivery>[0]["gateway"];
  return {
    folder,
    taken,
    events,
    put: async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    names: async (below) => (await readdir(join(folder, below))).sort(),
    once: async (onSent = async () => undefined) => {
      await makeShelves(folder);
      const memory = await FileMemory.open(join(root, "files.ndjson"));
      onTestFinished(() => memory.close());
      const told: FileMemory = Object.create(memory, {
        get: { value: (content: string) => memory.get(content) },
        begunAs: { value: (name: string, content: string) => memory.begunAs(name, content) },
        sent: { value: () => memory.sent() },
        freeName: { value: (file: RememberedFile) => memory.freeName(file) },
        set: {
          value: async (file: Parameters<FileMemory["set"]>[0]) => {
            await step.run(() => memory.set(file));
            if (file.state === "sent") await onSent();
          },
        },
      });
      const watch = new Watch({
        ...{ folder: new Folder(folder, 1), streamId: "s", memory: told, reader },
        ...{ delivery: new Delivery({ gateway, stream: "s", tell, signal }), tell, signal },
        nowMs: () => Date.now(),
      });
      await watch.run({ once: true });
    },
  };
}

test("a refused file keeps its content though a text beside another one wants its name", async () => {
  const { folder, put, names, once } = await place();
  await put("press.txt", "precious\n");
  await once();
  await put("press", "word\n");
  await once();
  expect(await readFile(join(folder, "refused", "press.txt"), "utf8")).toBe("precious\n");
  expect(await names("refused")).toEqual(["press-2", "press-2.txt", "press.txt", "press.txt.txt"]);
});

test("a text beside a refused file is never written through a link", async () => {
  const { folder, put, once } = await place();
  const keys = join(folder, "..", "keystore");
  await writeFile(keys, "secret");
  await mkdir(join(folder, "refused"));
  await symlink(keys, join(folder, "refused", "bad.txt"));
  await put("bad", "word\n");
  await once();
  expect(await readFile(keys, "utf8")).toBe("secret");
});

test("a shelf that leads elsewhere is not used", async () => {
  const { folder, put, once } = await place();
  const elsewhere = join(folder, "..", "autostart");
  await mkdir(elsewhere);
  await symlink(elsewhere, join(folder, "refused"));
  await put("evil.desktop", "word\n");
  await expect(once()).rejects.toThrow("COLLECT_FOLDER_UNUSABLE");
  expect(await readdir(elsewhere)).toEqual([]);
});

test("what is added once all rows are safe doubles none of them", async () => {
  const { put, names, taken, events, once } = await place();
  const path = await put("press.csv", "1\n2\n");
  await once(() => appendFile(path, "3\n"));
  expect(taken).toEqual([1, 2]);
  expect(await names("refused")).toEqual(["press.csv", "press.csv.txt"]);
  expect(events).toMatchObject([
    { event: "published", rows: 2, movedTo: null },
    { event: "refused", code: "CHANGED", rows: 2, movedTo: "refused/press.csv" },
  ]);
});

test("a share that goes away while rows go out is waited for, and its rows go out with the same keys", async () => {
  let failures = 0;
  const away = new Error("away");
  const { put, names, taken, events, once } = await place({
    ...lines,
    awayReason: (error) => (error === away ? "EIO" : null),
    isFault: () => false,
    read: async (file) => {
      const reading = await lines.read(file);
      if (reading.type !== "fits" || failures > 0) return reading;
      failures += 1;
      const bodies = async function* (timeMs: number) {
        for await (const body of reading.bodies(timeMs)) {
          yield body;
          throw away;
        }
      };
      return { ...reading, bodies };
    },
  });
  await put("press.csv", "1\n2\n");
  await once();
  expect(events).toEqual([{ event: "stuck", file: "press.csv", reason: "EIO" }]);
  expect(await names("refused")).toEqual([]);
  await once();
  expect(await names("done")).toEqual(["press.csv"]);
  expect(events.at(-1)).toMatchObject({ event: "published", rows: 2 });
  expect(taken).toEqual([1, 2]);
});

/** Leaves out a line on a person's word. */
const leavingOut: FileReader = {
  ...lines,
  read: async (file) => {
    const reading = await lines.read(file);
    if (reading.type !== "fits") return reading;
    return { ...reading, leftOut: { rows: 1, text: ["one row is left out"], list: null } };
  },
  isFault: () => false,
};

const killed = async (): Promise<never> => {
  throw new Error("killed");
};

test("what is left out of a file is still said after a kill between its last row and its move", async () => {
  const { folder, put, names, taken, events, once } = await place(leavingOut);
  await put("press.csv", "1\n2\n");
  await expect(once(killed)).rejects.toThrow("killed");
  expect([events, await names("refused")]).toEqual([[], []]);
  await once();
  expect(taken).toEqual([1, 2]);
  expect(events).toMatchObject([{ event: "published", replayedRows: 2, leftOutRows: 1 }]);
  expect([await names("done"), await names("refused")]).toEqual([["press.csv"], ["press.csv.txt"]]);
  expect(await readFile(join(folder, "refused", "press.csv.txt"), "utf8")).toContain("left out");
});

test("what is left out of a file is still said after a kill between its move and the text, and once", async () => {
  const { folder, put, names, taken, once } = await place(leavingOut);
  const path = await put("press.csv", "1\n2\n");
  await expect(once(killed)).rejects.toThrow("killed");
  await rename(path, join(folder, "done", "press.csv"));
  await once();
  await once();
  expect([await names("done"), await names("refused")]).toEqual([["press.csv"], ["press.csv.txt"]]);
  await put("press.csv", "3\n");
  await once();
  expect(taken).toEqual([1, 2, 3]);
});

test("rows added to a file after a kill between its last row and its move double none", async () => {
  const { put, names, taken, events, once } = await place(leavingOut);
  const path = await put("press.csv", "1\n2\n");
  await expect(once(killed)).rejects.toThrow("killed");
  await appendFile(path, "3\n");
  await once();
  expect(taken).toEqual([1, 2]);
  expect(events).toMatchObject([{ event: "refused", code: "CHANGED" }]);
  expect(await names("refused")).toEqual(["press-2.csv.txt", "press.csv", "press.csv.txt"]);
});

/** Ends a watch before (2n) or after (2n + 1) the n-th thing that outlives it. */
function endingAt(at: number): { run: Step; count: number } {
  const step = {
    count: 0,
    run: async <T>(act: () => Promise<T>): Promise<T> => {
      const number = step.count++;
      if (at === 2 * number) return killed();
      const result = await act();
      return at === 2 * number + 1 ? killed() : result;
    },
  };
  return step;
}

test("killed before or after any step, a watch that goes on publishes each row once, in order, and moves each file", async () => {
  const strict: FileReader = { ...lines, isFault: () => false };
  let steps = 0;
  for (let at = 0; ; at += 1) {
    const step = endingAt(at);
    const { folder, put, names, taken, once } = await place(strict, step);
    for (const [index, text] of ["1\n2\n", "3\n", "4\n5\n"].entries()) {
      const path = await put(`${index}.csv`, text);
      await utimes(path, 1_700_000_000 + index, 1_700_000_000 + index);
    }
    const first = await once().then(
      () => "done",
      (error: Error) => error.message,
    );
    if (first !== "done") await once();
    expect(taken, `ended at ${at}`).toEqual([1, 2, 3, 4, 5]);
    expect(await names("done")).toEqual(["0.csv", "1.csv", "2.csv"]);
    expect([await names("refused"), (await readdir(folder)).sort()]).toEqual([
      [],
      ["done", "refused"],
    ]);
    steps = step.count;
    if (first === "done") break;
  }
  // Five rows, and three notes a file.
  expect(steps).toBe(14);
});

test("a file that another one replaces while it is read, or that gets another name while its rows go out, loses and doubles none", async () => {
  let act: () => Promise<void> = async () => undefined;
  const disturbed: FileReader = {
    ...lines,
    read: async (file) => {
      const reading = await lines.read(file);
      if (reading.type !== "fits") return reading;
      const done = act;
      act = async () => undefined;
      if (file.name === "read.csv") await done();
      const bodies = reading.bodies.bind(reading);
      return {
        ...reading,
        bodies: async function* (timeMs) {
          let count = 0;
          for await (const body of bodies(timeMs)) {
            if (count === 1 && file.name === "sent.csv") await done();
            count += 1;
            yield body;
          }
        },
      };
    },
  };
  const { folder, put, names, taken, once } = await place(disturbed);
  const read = await put("read.csv", "1\n2\n");
  // Copied over it by a rename, as careful programs do, after it was read and before a row was sent.
  act = async () => {
    await writeFile(join(folder, ".new"), "3\n4\n5\n");
    await rename(join(folder, ".new"), read);
  };
  await once();
  expect([taken, await names("done"), await names("refused")]).toEqual([
    [3, 4, 5],
    ["read.csv"],
    [],
  ]);
  const sent = await put("sent.csv", "6\n7\n");
  act = () => rename(sent, join(folder, "renamed.csv"));
  await once();
  expect(taken).toEqual([3, 4, 5, 6, 7]);
  expect([await names("done"), await names("refused")]).toEqual([["read.csv", "renamed.csv"], []]);
});

test("a file that cannot be read is told of once and left where it is, and the others go out", async () => {
  let isUnreadable = true;
  const unreadable: FileReader = {
    ...lines,
    read: (file) =>
      isUnreadable && file.name === "locked.csv"
        ? Promise.resolve({ type: "unreadable", reason: "EACCES" })
        : lines.read(file),
  };
  const { folder, put, names, taken, events, once } = await place(unreadable);
  await put("locked.csv", "1\n");
  await put("open.csv", "2\n");
  await once();
  expect([taken, await names("done")]).toEqual([[2], ["open.csv"]]);
  expect(events.filter(({ event }) => event === "stuck")).toEqual([
    { event: "stuck", file: "locked.csv", reason: "EACCES" },
  ]);
  expect(await readdir(folder)).toContain("locked.csv");
  isUnreadable = false;
  await once();
  expect([taken, await names("done")]).toEqual([
    [2, 1],
    ["locked.csv", "open.csv"],
  ]);
});
