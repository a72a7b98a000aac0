import type { Role } from "@tegata/ledger/chain";
import { count } from "../print/human.ts";

/** English words of `keys rotate`, `keys list` and `members replace-root`. */
export const enKeys = {
  badRole: (got: string) => ({
    text: `${got} is none of the four keys`,
    next: "name one: network, consensus, transaction or encryption",
  }),
  otherWords: {
    text: "these are the recovery words of another company, or words that were replaced",
    next: "look for the paper of this company; nothing was changed",
  },
  dry: (role: Role, version: number, isCompromised: boolean): string =>
    isCompromised
      ? `Would declare the ${role} key compromised, which ends it at once, and register version ${version}.`
      : `Would register version ${version} of the ${role} key; the old one serves one hour more.`,
  kept: (role: Role): string => `The next ${role} key is in the keystore; registering it …`,
  taken: (role: Role, version: number, height: number): string =>
    `Version ${version} of the ${role} key serves from block ${count(height)} on; this company takes it up by itself.`,
  waits:
    "The ledger has not taken it yet; it waits in the outbox and the old key serves. See tegata keys list.",
  oldEnds: (when: string, isCompromised: boolean): string =>
    isCompromised ? `The old key ended ${when}.` : `The old key serves until ${when}.`,
  oldOpens: "What was sealed to the old key still opens with it: it stays in the keystore.",
  rootNext:
    "The new words count once the members have agreed: tegata vote list. Then tegata keys rotate encryption, so that the new words can recover the key.",
};
