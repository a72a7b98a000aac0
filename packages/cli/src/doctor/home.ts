import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { otherOwner, readGuard } from "@tegata/node/guard";
import { problemText } from "@tegata/settings";
import { lookInto } from "../founding/lookout.ts";
import { damagedCopyIn } from "../status/view.ts";
import type { Facts } from "./facts.ts";
import { type Finding, findingsOf } from "./finding.ts";

const others = 0o077;
const othersWrite = 0o022;
const isPosix = process.platform !== "win32";

interface Access {
  readonly mode: number;
  readonly uid: number;
}

async function accessTo(path: string): Promise<Access | null> {
  try {
    const { mode, uid } = await stat(path);
    return { mode: mode & 0o777, uid };
  } catch {
    return null;
  }
}

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** The home folder and who may look into it. */
export async function checkHome({ paths, hasHome, card }: Facts): Promise<readonly Finding[]> {
  const found = findingsOf("home");
  const { home, keys, guard } = paths;
  if (card === null && (await lookInto(home)).type === "closed") {
    return [found.fail("home-of-other", { path: home })];
  }
  if (!hasHome) return [found.fail("home-missing", { path: home })];
  if (card === null) return [found.fail("card-missing", { path: home })];
  if (!isPosix) return [found.pass("home", { path: home })];
  const list: Finding[] = [];
  for (const path of [keys, guard, join(home, "gateway"), join(home, "run")]) {
    const access = await accessTo(path);
    if (access === null || (access.mode & others) === 0) continue;
    list.push(found.fail("folder-open", { path, mode: octal(access.mode) }));
  }
  const own = process.getuid?.() ?? 0;
  const access = await accessTo(home);
  if (access !== null && own !== 0 && access.uid !== own) {
    list.push(found.fail("home-of-other", { path: home }));
  } else if (access !== null && (access.mode & others) !== 0) {
    list.push(found.warn("home-open", { path: home, mode: octal(access.mode) }));
  }
  const damaged = await damagedCopyIn(home);
  if (damaged !== null) list.push(found.warn("damaged-copy", { folder: damaged }));
  return list.length > 0 ? list : [found.pass("home", { path: home })];
}

/** Whether `tegata start` would take the settings. */
export async function checkSettings(facts: Facts): Promise<Finding> {
  const found = findingsOf("settings");
  const { settingsFile: path, settingsError, settings, hasOldConfig } = facts;
  if (settings === null && hasOldConfig) return found.warn("settings-old", { path });
  if (settings === null) {
    const { problems = [] } = (settingsError?.detail ?? {}) as {
      readonly problems?: readonly Parameters<typeof problemText>[0][];
    };
    const [first] = problems;
    const text = first === undefined ? (settingsError?.message ?? "") : problemText(first);
    return found.fail("settings-wrong", { path, text, count: problems.length });
  }
  const access = isPosix ? await accessTo(path) : null;
  const folder = isPosix ? await accessTo(dirname(path)) : null;
  const isWritable = [access, folder].some((one) => ((one?.mode ?? 0) & othersWrite) !== 0);
  return isWritable ? found.warn("settings-open", { path }) : found.pass("settings", { path });
}

/** The two keystores, as far as they can be judged without the passphrase. */
export async function checkKeys({ paths, card }: Facts): Promise<readonly Finding[]> {
  const found = findingsOf("keys");
  if (card === null) return [found.skip("keys-none")];
  const list: Finding[] = [];
  const keystores = [
    ["node", paths.nodeKeystore],
    ["gateway", paths.gatewayKeystore],
  ] as const;
  for (const [role, path] of keystores) {
    try {
      await openKeystore(await readSecretFile(path), role, impossiblePassphrase);
    } catch (error) {
      const { code = "", message } = error as Error & { readonly code?: string };
      if (code === "LEDGER_KEYSTORE_WRONG_PASSPHRASE") continue;
      const kind = code === "LEDGER_SECRET_FILE_EXPOSED" ? "keys-exposed" : "keys-unreadable";
      list.push(found.fail(kind, { path, text: message }));
    }
  }
  return list.length > 0 ? list : [found.pass("keys")];
}

/** Longer than any passphrase: a keystore is read and judged, and no key is derived. */
const impossiblePassphrase = "x".repeat(2_000);

/** The memory of what was signed: there, whole, and that of this key. */
export async function checkGuard({ paths, card, genesis }: Facts): Promise<Finding> {
  const found = findingsOf("guard");
  if (card === null || genesis === null) return found.skip("guard-early");
  const { consensusKey } = card;
  try {
    const state = await readGuard({ folder: paths.guard, consensusKey });
    if (state === null) return await guardMissing(paths.guard, consensusKey);
    const other = otherOwner(state, { consensusKey, network: genesis.networkId });
    if (other !== null) return found.fail("guard-foreign", { other, path: paths.guard });
    const height = state.said.at(-1)?.message.height ?? null;
    return found.pass("guard", { height });
  } catch (error) {
    const { code = "", message } = error as Error & { readonly code?: string };
    const isDamage = code === "CONSENSUS_GUARD_CORRUPT";
    const detail = { path: paths.guard, text: message };
    return isDamage ? found.warn("guard-damaged", detail) : found.fail("guard-unreadable", detail);
  }
}

/** A company that has changed its consensus key has the guard of that one. */
async function guardMissing(folder: string, consensusKey: string): Promise<Finding> {
  const found = findingsOf("guard");
  const names = await readdir(folder).catch(() => []);
  const others = names.filter((name) => name.endsWith(".guard"));
  const isOther = others.length > 0 && !others.includes(`${consensusKey}.guard`);
  return isOther
    ? found.pass("guard-later-key", { count: others.length })
    : found.warn("guard-missing", { path: folder });
}
