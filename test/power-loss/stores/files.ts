import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecretFile, makeFolder, readSecretFile, takeLock } from "@tegata/ledger/storage";
import { homePaths, writeWhole } from "../../../packages/cli/src/founding/home.ts";
import { readCursor, writeCursor } from "../../../packages/collect/src/cursor.ts";
import { openToken } from "../../../packages/gateway/src/token.ts";
import { writeFileWhole } from "../../../packages/settings/src/file.ts";
import { foundAmong, type Store } from "./store.ts";

const stepsMax = 8;

/** What a file holds after a step: longer than a page, and of another length each time. */
function textOf(step: number): string {
  return `${step} ${`${step % 10}`.repeat(3_000 + ((step * 1_301) % 9_000))}\n`;
}

/** The step whose text this is. */
function stepOf(text: string): number {
  const step = Number(text.split(" ", 1)[0]);
  if (text !== textOf(step)) throw new Error(`a file is not whole: ${text.length} letters`);
  return step;
}

interface Kept {
  readonly name: string;
  write(folder: string, step: number): Promise<void>;
  /** Whether what a step wrote is there, or something later. */
  holds(folder: string, step: number): Promise<boolean>;
}

function replaced(name: string, write: (path: string, text: string) => void | Promise<void>): Kept {
  return {
    name,
    write: async (folder, step) => write(join(folder, name), textOf(step)),
    holds: async (folder, step) => stepOf(readFileSync(join(folder, name), "utf8")) >= step,
  };
}

const keystores: Kept = {
  name: "keystore",
  async write(folder, step) {
    await createSecretFile(`${homePaths(folder).nodeKeystore}.${step}`, textOf(step));
  },
  async holds(folder, step) {
    return stepOf(await readSecretFile(`${homePaths(folder).nodeKeystore}.${step}`)) === step;
  },
};

function tokenOf(folder: string, step: number): Promise<Uint8Array> {
  return openToken(join(folder, `token.${step}`), join(folder, `token.${step}.hash`));
}

const emptyHash = createHash("sha256").update("").digest();

/** The token of the API; made by itself, and never one that everybody knows. */
const tokens: Kept = {
  name: "token",
  write: async (folder, step) => void (await tokenOf(folder, step)),
  async holds(folder, step) {
    const isThere = existsSync(join(folder, `token.${step}`));
    for (const one of [step, step + 1]) {
      if (emptyHash.equals(await tokenOf(folder, one))) throw new Error("the token is empty");
    }
    return isThere;
  },
};

const cursors: Kept = {
  name: "cursor",
  async write(folder, step) {
    const cursor = await readCursor(join(folder, "cursor.json"), textOf(0));
    await writeCursor(join(folder, "cursor.json"), { ...cursor, next: step, memo: textOf(step) });
  },
  async holds(folder, step) {
    const { next, memo } = await readCursor(join(folder, "cursor.json"), textOf(0));
    return next >= step && stepOf(memo) === next;
  },
};

const kept: readonly Kept[] = [
  replaced("settings", writeFileWhole),
  replaced("genesis", writeWhole),
  keystores,
  tokens,
  cursors,
];

/** What is written whole or not at all: settings, keystores, the genesis, how far a collector is. */
export const files: Store = {
  name: "files",
  async work(folder, { said, say }) {
    const home = join(folder, "home");
    makeFolder(homePaths(home).keys);
    const lock = takeLock(join(home, "lock"));
    // What is not known to be written may be there; it is not written again.
    const first = Math.max(0, ...said.map((text) => Number(text.split(" ")[1]) + 1)) + 1;
    for (let step = first; step < first + stepsMax; step += 1) {
      for (const { name, write } of kept) {
        await write(home, step);
        say(`${name} ${step}`);
      }
    }
    lock.release();
  },
  async look(folder, said) {
    const home = join(folder, "home");
    const there = new Set<string>();
    for (const text of said) {
      const [name, step] = text.split(" ");
      const one = kept.find((candidate) => candidate.name === name);
      const isThere = await one?.holds(home, Number(step)).catch((error: { code?: string }) => {
        if (error.code === "ENOENT") return false;
        throw error;
      });
      if (isThere === true) there.add(text);
    }
    if (said.length > 0) takeLock(join(home, "lock")).release();
    return foundAmong(said, (text) => there.has(text));
  },
};
