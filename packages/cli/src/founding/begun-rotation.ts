import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Role } from "@tegata/ledger/chain";
import { writeWhole } from "./home.ts";

/** A rotation whose key may have left, until it is heard what became of it. */
export interface BegunRotation {
  /** SHA-256 of the new key, in hex. */
  readonly key: string;
  readonly isCompromised: boolean;
  readonly atMs: number;
}

/** For so long the same command means the same rotation; later on it asks for another one. */
const repeatedMsMax = 3_600_000;

function place(home: string, role: Role): string {
  return join(home, `rotating-${role}`);
}

/** Notes that a rotation begins, before anything of it leaves. */
export async function beginRotation(home: string, role: Role, begun: BegunRotation): Promise<void> {
  await writeWhole(place(home, role), `${JSON.stringify(begun)}\n`);
}

/** The rotation of this kind that was interrupted here within the hour, or null. */
export async function begunRotation(
  home: string,
  role: Role,
  { isCompromised, nowMs }: { readonly isCompromised: boolean; readonly nowMs: number },
): Promise<BegunRotation | null> {
  try {
    const begun = JSON.parse(await readFile(place(home, role), "utf8")) as Partial<BegunRotation>;
    const { key, atMs } = begun;
    if (typeof key !== "string" || typeof atMs !== "number") return null;
    if (begun.isCompromised !== isCompromised) return null;
    return Math.abs(nowMs - atMs) < repeatedMsMax ? { key, isCompromised, atMs } : null;
  } catch {
    return null;
  }
}

/** It is known what became of the rotation. */
export async function endRotation(home: string, role: Role): Promise<void> {
  await rm(place(home, role), { force: true });
}
