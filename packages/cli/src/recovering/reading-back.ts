import { setTimeout as pause } from "node:timers/promises";
import type { GatewayClient } from "@tegata/gateway/client";
import type { KeyRotation } from "@tegata/ledger/chain";
import { sha256, toHex } from "@tegata/ledger/primitives";
import { refusalCode } from "../commands/gateway.ts";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";

const pollMs = 1_000;

/** What came back, and what did not yet. */
type Recovered = Awaited<ReturnType<GatewayClient["recover"]>>;

/**
 * Waits until the company's node has followed the chain to where its new keys are in force.
 * @throws CLI_RECOVER_NOT_FINAL
 */
export async function untilBack(
  context: Context,
  gateway: GatewayClient,
  rotations: readonly KeyRotation[],
  patienceMs: number,
): Promise<number> {
  const { recovering } = words();
  const endMs = performance.now() + patienceMs;
  let shown = "";
  for (;;) {
    const { node, company } = await gateway.status();
    const height = node?.height ?? 0;
    if (node?.state === "ready" && (await knowsKeys(gateway, company.member, rotations))) {
      return height;
    }
    const text = recovering.follows(height);
    if (text !== shown) context.say(text);
    shown = text;
    if (performance.now() > endMs) {
      throw new CliError("CLI_RECOVER_NOT_FINAL", { waitedMs: patienceMs });
    }
    await pause(pollMs);
  }
}

async function knowsKeys(
  gateway: GatewayClient,
  member: string,
  rotations: readonly KeyRotation[],
): Promise<boolean> {
  const { keys } = await gateway.member(member);
  return rotations.every(({ role, key }) => {
    const hash = toHex(sha256(key));
    return keys.some((one) => one.role === role && one.key === hash && one.endMs === null);
  });
}

/** Reads what the words open, again while something that it needs is still being fetched. */
export async function readBack(
  context: Context,
  gateway: GatewayClient,
  recoverySeed: Uint8Array,
  patienceMs: number,
): Promise<Recovered> {
  const { recovering } = words();
  const endMs = performance.now() + patienceMs;
  context.say(recovering.reading);
  let found: Recovered | null = null;
  let shown = -1;
  for (;;) {
    const more = await recoverOnce(gateway, recoverySeed);
    if (more !== null) found = found === null ? more : sumOf(found, more);
    if (found !== null && (found.missing === 0 || performance.now() > endMs)) return found;
    if (performance.now() > endMs) {
      throw new CliError("CLI_RECOVER_NOT_FINAL", { waitedMs: patienceMs });
    }
    if (found !== null && found.missing !== shown) context.say(recovering.fetching(found.missing));
    shown = found?.missing ?? -1;
    await pause(pollMs);
  }
}

/** Null while blocks are missing that are being fetched. */
async function recoverOnce(gateway: GatewayClient, seed: Uint8Array): Promise<Recovered | null> {
  try {
    return await gateway.recover(seed);
  } catch (error) {
    const code = refusalCode(error);
    if (code !== "GATEWAY_HISTORY_MISSING" && code !== "GATEWAY_NODE_AWAY") throw error;
    return null;
  }
}

/** What of it people are told. */
export function foundLines(found: Recovered): readonly string[] {
  const { backup } = words();
  const { streams, generations, grants, encryptionKeys, missing, otherWords } = found;
  return [
    backup.keysBack(streams, generations, grants, encryptionKeys),
    ...(missing > 0 ? [backup.keysMissing(missing)] : []),
    ...(otherWords > 0 ? [backup.keysOtherWords(otherWords)] : []),
  ];
}

/** A repetition counts only what it found in addition, and what is missing now. */
function sumOf(before: Recovered, more: Recovered): Recovered {
  return {
    encryptionKeys: before.encryptionKeys + more.encryptionKeys,
    streams: before.streams + more.streams,
    generations: before.generations + more.generations,
    grants: before.grants + more.grants,
    missing: more.missing,
    otherWords: more.otherWords,
  };
}
