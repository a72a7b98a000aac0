import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bodyShapes, type KeyRotation } from "@tegata/ledger/chain";
import { fromBytes, type NetworkId, type Shape, toBytes } from "@tegata/ledger/primitives";
import { exists, homePaths, writeWhole } from "../founding/home.ts";

const rotationShape = bodyShapes["rotate-key"] as Shape<KeyRotation>;

/** Paths of what is kept while a company comes back. Source: docs/PROTOCOL.md section 9. */
function recoveringPaths(home: string) {
  const folder = join(home, "recovering");
  return { folder, network: join(folder, "network"), rotations: join(folder, "rotations") };
}

/** The network in which a company began to come back here, or null. */
export async function recoveryBegun(home: string): Promise<string | null> {
  const { network } = recoveringPaths(home);
  return (await exists(network)) ? (await readFile(network, "utf8")).trim() : null;
}

/** Notes that a company begins to come back, and takes half-made keys of an earlier attempt away: none of them left. */
export async function beginRecovering(home: string, network: NetworkId): Promise<void> {
  const { folder, network: path } = recoveringPaths(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(path, `${network}\n`);
  const { nodeKeystore, gatewayKeystore } = homePaths(home);
  await rm(nodeKeystore, { force: true });
  await rm(gatewayKeystore, { force: true });
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
