import { realpathSync } from "node:fs";
import { assert } from "@tegata/ledger/primitives";
import { readCarried } from "../program/carried.ts";
import { usageOf } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { unitText } from "./unit-text.ts";

/** A file of the service manager. */
export interface Unit {
  readonly name: string;
  readonly text: string;
}

const names = ["tegata.service", "tegata-backup.service", "tegata-backup.timer"];
const usualUser = "tegata";

/** Names of users as every Linux takes them. Source: useradd(8) */
const userName = /^[a-z_][a-z0-9_-]{0,31}$/;

/**
 * The units of this machine: they start this program on this Node, for one home folder.
 * @throws CLI_USAGE for a user or a folder that a line of a unit cannot hold
 */
export async function unitsFor(home: string, user: string | null): Promise<readonly Unit[]> {
  // Service managers have a short PATH of their own; what runs now is what shall run then.
  const launcher = realpathSync(process.argv[1] ?? "");
  if (user !== null && !userName.test(user)) throw usageOf(words().usage.user(user));
  // A line end in it would begin a line of its own.
  if (/\p{Cc}/u.test(home)) throw usageOf(words().usage.folder(home));
  const place = { program: [process.execPath, launcher], home, user: user ?? usualUser };
  const units: Unit[] = [];
  for (const name of names) {
    const text = await readCarried(`ops/systemd/${name}`);
    assert(text !== null, "the units come with the program");
    units.push({ name, text: unitText(text, place) });
  }
  return units;
}
