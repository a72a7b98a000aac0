import { realpathSync } from "node:fs";
import { assert } from "@tegata/ledger/primitives";
import { readCarried } from "../program/carried.ts";
import { unitText } from "./unit-text.ts";

/** A file of the service manager. */
export interface Unit {
  readonly name: string;
  readonly text: string;
}

const names = ["tegata.service", "tegata-backup.service", "tegata-backup.timer"];
const usualUser = "tegata";

/** The units of this machine: they start this program on this Node, for one home folder. */
export async function unitsFor(home: string, user: string | null): Promise<readonly Unit[]> {
  // Service managers have a short PATH of their own; what runs now is what shall run then.
  const launcher = realpathSync(process.argv[1] ?? "");
  const place = { program: [process.execPath, launcher], home, user: user ?? usualUser };
  const units: Unit[] = [];
  for (const name of names) {
    const text = await readCarried(`ops/systemd/${name}`);
    assert(text !== null, "the units come with the program");
    units.push({ name, text: unitText(text, place) });
  }
  return units;
}
