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

async function place(reader: FileReader = lines): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "tegata-shelving-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "share");
  await mkdir(folder);
  const [taken, events]: [number[], WatchEvent[]] = [[], []];
  const { signal } = new AbortController();
  const tell = async (event: WatchEvent): Promise<void> => void events.push(event);
  const keys = new Set<string>();
  const submitRows = async (
    _stream: string,
    { rows }: { readonly rows: readonly { cells: object }[] },
    key: string,
  ) => {
    if (keys.has(key)) return { replayed: true };
    keys.add(key);
    for (const { cells } of rows) taken.push((cells as { readonly value: number }).value);
    return { replayed: false };
  };
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
            await memory.set(file);
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
