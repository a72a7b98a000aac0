import { programVersion } from "../commands/version.ts";
import { checkBackup, checkOutbox } from "./data.ts";
import { checkDial, type DialTarget } from "./dial.ts";
import type { Facts } from "./facts.ts";
import { type CheckName, type Finding, findingsOf } from "./finding.ts";
import { checkGuard, checkHome, checkKeys, checkSettings } from "./home.ts";
import { checkClock, checkDisk, checkProgram } from "./machine.ts";
import {
  checkInbound,
  checkMembership,
  checkQuorum,
  checkReach,
  checkSync,
  checkVersions,
} from "./network.ts";
import { checkPlant } from "./plant.ts";
import { checkCopies, checkGateway, checkNode, checkProcesses } from "./running.ts";

type Look = (facts: Facts) => Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>;

const looks: readonly (readonly [check: CheckName, look: Look])[] = [
  ["program", (facts) => checkProgram(facts, programVersion())],
  ["home", checkHome],
  ["settings", checkSettings],
  ["keys", checkKeys],
  ["guard", checkGuard],
  ["copies", checkCopies],
  ["disk", checkDisk],
  ["clock", checkClock],
  ["processes", checkProcesses],
  ["node", checkNode],
  ["gateway", checkGateway],
  ["plant", checkPlant],
  ["membership", checkMembership],
  ["reach", checkReach],
  ["inbound", checkInbound],
  ["quorum", checkQuorum],
  ["sync", checkSync],
  ["outbox", checkOutbox],
  ["backup", checkBackup],
  ["versions", checkVersions],
];

/** Looks at everything; each look stands alone, and one that fails is a finding itself. */
export async function examine(facts: Facts, dial: DialTarget | null): Promise<readonly Finding[]> {
  const all: typeof looks =
    dial === null ? looks : [...looks, ["dial", (given) => checkDial(dial, given)]];
  const found = await Promise.all(
    all.map(async ([check, look]) => {
      try {
        return await look(facts);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return findingsOf(check).fail("look-failed", { text });
      }
    }),
  );
  return found.flat();
}
