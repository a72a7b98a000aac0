import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { CliError } from "../errors.ts";
import { isSupervised } from "../process/supervisor.ts";
import { nearest } from "../program/nearest.ts";
import { homePaths } from "./home.ts";

const foldersMax = 256;
const shownMax = 3;
/** Names that differ by more are other names. */
const typosMax = 2;

/** What lies in a folder that was named as a home. */
export type Lying =
  | { readonly type: "company" | "nothing" }
  /** This user may not look; `owner`: the user id that the folder belongs to, where that can be seen. */
  | { readonly type: "closed"; readonly owner: number | null };

/** Looks into a home folder; changes nothing. */
export async function lookInto(home: string): Promise<Lying> {
  try {
    await stat(homePaths(home).card);
    return { type: "company" };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") return { type: "nothing" };
    const owner = await stat(home).then(
      ({ uid }) => uid,
      () => null,
    );
    return { type: "closed", owner };
  }
}

/**
 * Folders that were probably meant: one with nearly the same name in which a company lies, else those with a
 * company where the command was given. As they would be typed there.
 */
export async function companiesNear(home: string, folder: string): Promise<readonly string[]> {
  const asked = basename(home);
  const beside = await companiesIn(dirname(home), home);
  const here = await companiesIn(folder, home);
  const names = [...here, ...beside].map((path) => basename(path));
  const meant =
    names.find((name) => asked.startsWith(`${name}.`)) ?? nearest(asked, names, typosMax);
  const found = [...here, ...beside].find((path) => basename(path) === meant);
  const shown = found === undefined ? here.slice(0, shownMax) : [found];
  return shown.map((path) => {
    const near = relative(folder, path);
    return near === "" || near.startsWith("..") ? path : near;
  });
}

async function companiesIn(place: string, home: string): Promise<readonly string[]> {
  const paths = (await foldersIn(place)).map((name) => join(place, name));
  const found: string[] = [];
  for (const path of paths) {
    if (path !== home && (await lookInto(path)).type === "company") found.push(path);
  }
  return found;
}

async function foldersIn(place: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(place, { withFileTypes: true });
    return entries.flatMap((one) => (one.isDirectory() ? one.name : [])).slice(0, foldersMax);
  } catch {
    return [];
  }
}

/**
 * An error in the terms of the home folder, where that explains it: nothing lies there, it is closed to this
 * user, or its programs are just starting again. Any other error as it is.
 */
export async function inTermsOfHome(
  error: unknown,
  home: string,
  folder: string,
): Promise<unknown> {
  const { code, path } = (error ?? {}) as { readonly code?: unknown; readonly path?: unknown };
  const isRefused = code === "EACCES" || code === "EPERM";
  const isInside = typeof path === "string" && (path === home || path.startsWith(`${home}/`));
  const isAway = code === "GATEWAY_UNREACHABLE";
  if (!isAway && code !== "CLI_HOME_EMPTY" && !(isRefused && isInside)) return error;
  const lying = await lookInto(home);
  if (lying.type === "closed" || isRefused) {
    const owner = lying.type === "closed" ? lying.owner : null;
    const own = process.getuid?.() ?? null;
    return new CliError("CLI_HOME_CLOSED", { home, owner, own }, error);
  }
  if (lying.type === "nothing") {
    return new CliError("CLI_HOME_EMPTY", { home, near: await companiesNear(home, folder) }, error);
  }
  const isRunning = isAway && (await isSupervised(home).catch(() => false));
  return isRunning ? new CliError("CLI_GATEWAY_RESTARTING", { home }, error) : error;
}
