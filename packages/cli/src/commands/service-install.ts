import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CliError } from "../errors.ts";
import { createFile, exists, homePaths } from "../founding/home.ts";
import { type Unit, unitsFor } from "../process/units.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

const usualFolder = "/etc/systemd/system";

/** `tegata service install`: writes the units where the service manager looks for them; starts nothing. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { running } = words();
  const { home, dryRun } = context;
  const folder = resolve(context.world.folder, given.text("to") ?? usualFolder);
  const units = await unitsFor(home, given.text("user"));
  const isFounded = await exists(homePaths(home).genesis).catch(() => false);
  const lines: string[] = [];
  const files: { readonly path: string; readonly was: "new" | "same" }[] = [];
  // All are looked at before one is written.
  for (const unit of units) files.push(await placeFor(unit, folder));
  // Where it cannot be made, writing says why.
  if (!dryRun) await mkdir(folder, { recursive: true }).catch(() => undefined);
  for (const [index, { path, was }] of files.entries()) {
    const text = units[index]?.text ?? "";
    if (!dryRun && was === "new") await createFile(path, text);
    lines.push(running.unitLine(path, was, dryRun));
  }
  if (!isFounded) lines.push(running.serviceHomeUnseen(home));
  if (!dryRun) lines.push(...running.serviceNext);
  await context.result({ schema: "tegata.service/1", dryRun, files }, lines);
}

/**
 * Where a unit goes; one of the same text is there already and stays.
 * @throws CLI_FILE_NOT_WRITTEN when another text is there, which somebody may have written
 */
async function placeFor(
  { name, text }: Unit,
  folder: string,
): Promise<{ readonly path: string; readonly was: "new" | "same" }> {
  const path = join(folder, name);
  const found = await readFile(path, "utf8").catch(() => null);
  if (found === null) return { path, was: "new" };
  if (found !== text) throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: "EEXIST" });
  return { path, was: "same" };
}
