import { setTimeout as pause } from "node:timers/promises";
import { currentKey, type KeyRotation } from "@tegata/ledger/chain";
import { equalBytes, type NetworkId } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import type { WorkingSeeds } from "@tegata/ledger/vault";
import type { Registered } from "@tegata/node/join";
import { CliError } from "../errors.ts";
import { homePaths } from "../founding/home.ts";
import type { Door } from "../membership/door.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { rotationsOf } from "./new-keys.ts";
import { keepRotations, rotationBytes } from "./recovering.ts";
import type { Root } from "./root-words.ts";

const pollMs = 1_500;
/** Answers of a company whose gateway is slow or away: what it took is not lost. */
const waits: ReadonlySet<string> = new Set(["no-gateway", "busy"]);

/** What is carried, and by what it is signed once more where the ledger went on. */
export interface Carriage {
  readonly network: NetworkId;
  readonly root: Root;
  readonly passphrase: string;
  readonly patienceMs: number;
}

/**
 * Has the company that invited put the new keys on the ledger, each once, whatever interrupts it.
 * @throws CLI_RECOVER_REFUSED, CLI_RECOVER_NOT_FINAL, CLI_RECOVER_NO_MEMBER, NODE_JOIN_*
 */
export async function carryKeys(
  context: Context,
  door: Door,
  made: readonly KeyRotation[],
  carriage: Carriage,
): Promise<readonly KeyRotation[]> {
  const { recovering } = words();
  const { patienceMs } = carriage;
  const endMs = performance.now() + patienceMs;
  let rotations = made;
  let refusal: { readonly code: string; readonly left: number } | null = null;
  let shown = "";
  for (;;) {
    const registered = await ask(door, (session) => session.registered());
    if (registered === null) throw new CliError("CLI_RECOVER_NO_MEMBER", null);
    const left = registered === "away" ? rotations : rotations.filter(isMissingIn(registered));
    if (left.length === 0) context.say(recovering.carried(rotations.length, rotations.length));
    if (left.length === 0) return rotations;
    const done = rotations.length - left.length;
    const text =
      registered === "away" ? recovering.doorAway : recovering.carried(done, rotations.length);
    if (text !== shown) context.say(text);
    shown = text;
    if (refusal !== null && refusal.left === left.length) {
      throw new CliError("CLI_RECOVER_REFUSED", { code: refusal.code });
    }
    if (performance.now() > endMs) {
      throw new CliError("CLI_RECOVER_NOT_FINAL", { waitedMs: patienceMs });
    }
    if (registered === "away") {
      await pause(pollMs);
      continue;
    }
    const isStale = left.some((one) => one.version !== nextVersion(registered, one));
    if (isStale) rotations = await signedAnew(context.home, rotations, registered, carriage);
    const bodies = rotations.filter(isMissingIn(registered)).map(rotationBytes);
    const answer = await ask(door, (session) => session.carry(bodies));
    const isRefused = answer !== "away" && !answer.ok && !waits.has(answer.code);
    refusal = isRefused ? { code: answer.code, left: left.length } : null;
    if (answer !== "away" && !answer.ok && !isRefused) await pause(pollMs);
  }
}

/** The company that invited may be starting anew: what it took is not lost. */
async function ask<T>(
  door: Door,
  question: Parameters<typeof door.ask<T>>[0],
): Promise<T | "away"> {
  try {
    return await door.ask(question);
  } catch (error) {
    const code = String((error as { readonly code?: unknown }).code ?? "");
    if (code !== "NODE_JOIN_UNREACHABLE" && code !== "NODE_JOIN_BROKEN") throw error;
    return "away";
  }
}

function nextVersion({ state }: Registered, { role }: KeyRotation): number {
  return currentKey(state, role).version + 1;
}

function isMissingIn({ state }: Registered): (rotation: KeyRotation) => boolean {
  return ({ role, key }) => !equalBytes(currentKey(state, role).key, key);
}

/** Somebody with the words gave the company other keys meanwhile: the same new keys come after those. */
async function signedAnew(
  home: string,
  rotations: readonly KeyRotation[],
  registered: Registered,
  { network, root, passphrase }: Carriage,
): Promise<readonly KeyRotation[]> {
  const paths = homePaths(home);
  const node = await openKeystore(await readSecretFile(paths.nodeKeystore), "node", passphrase);
  const gateway = await openKeystore(
    await readSecretFile(paths.gatewayKeystore),
    "gateway",
    passphrase,
  );
  const seeds: WorkingSeeds = {
    network: node.networkSeed,
    consensus: node.consensusSeed,
    transaction: gateway.transactionSeed,
    encryption: gateway.encryptionSeed,
  };
  const signed = await rotationsOf(network, { registered, root }, seeds);
  const isMissing = isMissingIn(registered);
  const next = rotations.map((one) => {
    const anew = signed.find(({ role }) => role === one.role);
    return isMissing(one) && anew !== undefined ? anew : one;
  });
  await keepRotations(home, next);
  return next;
}
