import { existsSync, readdirSync, statSync } from "node:fs";
import { open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { guardSlotBytes } from "@tegata/consensus";
import type { Prng } from "../../packages/consensus/sim/prng.ts";

/** The two databases of a node. */
export type DatabaseName = "bodies" | "state";
/** Files of a database that can rot. */
export type FileKind = "log" | "table" | "manifest";

const databaseNames: readonly DatabaseName[] = ["bodies", "state"];
const bytesFlipped = 8;

function isOfKind(name: string, kind: FileKind): boolean {
  switch (kind) {
    case "log":
      return name.endsWith(".log");
    case "table":
      return name.endsWith(".ldb");
    case "manifest":
      return name.startsWith("MANIFEST-");
  }
}

/** Files of a kind in the databases of a home folder that hold anything, in a steady order. */
export function databaseFiles(home: string, kind: FileKind): readonly string[] {
  return databaseNames
    .map((database) => join(home, "node", database))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => isOfKind(name, kind))
        .map((name) => join(folder, name)),
    )
    .filter((path) => statSync(path).size > 0)
    .sort();
}

/** Changes a few bytes of a file where they lie. */
export async function flipBytes(path: string, draw: Prng): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  try {
    for (let count = 0; count < bytesFlipped; count += 1) {
      const position = draw.below(size);
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, position);
      byte[0] = (byte[0] ?? 0) ^ (1 + draw.below(255));
      await file.write(byte, 0, 1, position);
    }
  } finally {
    await file.close();
  }
}

/** Takes away the file that names a database's current manifest. */
export async function loseCurrent(home: string, database: DatabaseName): Promise<void> {
  await rm(join(home, "node", database, "CURRENT"));
}

/** Cuts a file off somewhere, as a write that was torn does. */
export async function tear(path: string, draw: Prng): Promise<void> {
  const { size } = await stat(path);
  await truncate(path, draw.below(size));
}

/** Path of the signer guard of a home folder. */
async function guardOf(home: string): Promise<string> {
  const folder = join(home, "guard");
  const name = (await readdir(folder)).find((one) => one.endsWith(".guard"));
  if (name === undefined) throw new Error(`no guard in ${folder}`);
  return join(folder, name);
}

/** Spoils one of the two slots of the signer guard, as a write that was torn or a sector that rots does. */
export async function spoilGuardSlot(home: string, draw: Prng): Promise<void> {
  const file = await open(await guardOf(home), "r+");
  try {
    const half = Buffer.alloc(guardSlotBytes / 2).map(() => draw.below(256));
    const slot = draw.below(2);
    await file.write(half, 0, half.length, slot * guardSlotBytes);
  } finally {
    await file.close();
  }
}

/** Takes the signer guard away. */
export async function loseGuard(home: string): Promise<void> {
  await rm(await guardOf(home));
}
