import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bodyShapes, type KeyRotation } from "@tegata/ledger/chain";
import { fromBytes, type NetworkId, type Shape, toBytes } from "@tegata/ledger/primitives";
import { exists, homePaths, writeWhole } from "../founding/home.ts";

const rotationShape = bodyShapes["rotate-key"] as Shape<KeyRotation>;

/** Where it is kept how far a company that comes back is. Source: docs/PROTOCOL.md section 9. */
export function recoveringFolder(home: string): string {
  return join(home, "recovering");
}

function recoveringPaths(home: string) {
  const folder = recoveringFolder(home);
  return { folder, network: join(folder, "network"), rotations: join(folder, "rotations") };
}

/** The network in which a company began to come back here, or null. */
export async function recoveryBegun(home: string): Promise<string | null> {
  const { network } = recoveringPaths(home);
  return (await exists(network)) ? (await readFile(network, "utf8")).trim() : null;
}

/**
 * Notes that a company begins to come back, and puts keys that lie there aside. They are half-made ones of an earlier
 * attempt, of which nothing left, or else keys that somebody put there after it was given up: none is deleted.
 */
export async function beginRecovering(home: string, network: NetworkId): Promise<void> {
  const { folder, network: path } = recoveringPaths(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(path, `${network}\n`);
  const { nodeKeystore, gatewayKeystore } = homePaths(home);
  for (const keystore of [nodeKeystore, gatewayKeystore]) await putAside(keystore);
}

async function putAside(path: string): Promise<void> {
  if (!(await exists(path))) return;
  let number = 1;
  while (await exists(`${path}.before-${number}`)) number += 1;
  await rename(path, `${path}.before-${number}`);
}

/** A rotation as it travels. */
export function rotationBytes(rotation: KeyRotation): Uint8Array {
  return toBytes(rotationShape, rotation);
}

/** Keeps the signed rotations; from then on these are the keys of the home folder. */
export async function keepRotations(
  home: string,
  rotations: readonly KeyRotation[],
): Promise<void> {
  const lines = rotations.map((one) => Buffer.from(rotationBytes(one)).toString("base64url"));
  await writeWhole(recoveringPaths(home).rotations, `${lines.join("\n")}\n`);
}

/** The signed rotations, or null where the keys were not made to the end. */
export async function keptRotations(home: string): Promise<readonly KeyRotation[] | null> {
  const { rotations } = recoveringPaths(home);
  if (!(await exists(rotations))) return null;
  const lines = (await readFile(rotations, "utf8")).trim().split("\n");
  return lines.map((line) =>
    fromBytes(rotationShape, Uint8Array.from(Buffer.from(line, "base64url"))),
  );
}

/** The company is back. */
export async function endRecovering(home: string): Promise<void> {
  await rm(recoveringPaths(home).folder, { recursive: true, force: true });
}
