import { parseArgs } from "node:util";
import { longNames } from "../fault-names.ts";
import type { Patch } from "../patches/patch.ts";
import { patches, patchOf } from "../patches/table.ts";

/** How the program is used. */
export const usage = `usage: npm run -s sim -- [words]

  --seeds N        how many seeds, one after the other (100)
  --first S        the first seed (1; with a patch, one that shows it)
  --members n      how many members the network has, 1 to 16 (4)
  --json           one JSON document on standard output
  --until-failure  ends with the first seed that fails
  --timeline       with one seed: what happened, member by member

  --scenario NAME  faults of this name in place of those the seed draws
  --liars N        N members that work together against the others
  --without FAULT  leaves faults out, such as loss or crashes:0-2+5; any number of times
                   (there are loss, duplication, delayMinMs, delayMeanMs, signDelayMs,
                   applyDelayMs, isIdle, genesisMembers; by number partitions, withheld,
                   crashes, storms, wipes, fullDisks, clocks, pauses, liars, servers, changes)
  --heal MS        the network becomes whole after so much virtual time
  --patch NAME     with this place of the code broken on purpose
  --patches        the names of all patches`;

/** What the program is asked to do. */
export interface Words {
  readonly seeds: number;
  readonly first: number;
  readonly members: number;
  readonly isJson: boolean;
  readonly isTold: boolean;
  readonly isUntilFailure: boolean;
  readonly scenario: string | null;
  readonly liars: number | null;
  readonly without: readonly string[];
  readonly healAtMs: number | null;
  readonly patch: Patch | null;
  readonly isPatchList: boolean;
}

/** The words cannot be followed. */
export class WordsError extends Error {}

function wholeNumber(word: string, text: string, min: number, max: number): number {
  const value = Number(text);
  const isWhole = /^\d+$/.test(text) && value >= min && value <= max;
  if (isWhole) return value;
  throw new WordsError(`--${word} ${text}: not a whole number from ${min} to ${max}`);
}

/** A kind, or numbered faults of a kind: `loss`, `crashes:3`, `crashes:0-2+5`. */
const faultWord = /^[a-z]+(:\d{1,4}(-\d{1,4})?(\+\d{1,4}(-\d{1,4})?)*)?$/i;

function faultsIn(text: string): readonly string[] {
  if (faultWord.test(text)) return longNames(text);
  throw new WordsError(`--without ${text}: not a fault such as loss or crashes:0-2+5`);
}

/** A number below zero is no other word, and is told what it should have been. */
function withNegatives(words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    if (/^-\d/.test(words[at + 1] ?? "") && word.startsWith("--"))
      return [`${word}=${words[at + 1]}`];
    return /^-\d/.test(word) && words[at - 1]?.startsWith("--") === true ? [] : [word];
  });
}

function optional<T>(text: string | undefined, read: (text: string) => T): T | null {
  return text === undefined ? null : read(text);
}

function readPatch(name: string): Patch {
  const patch = patchOf(name);
  if (patch !== null) return patch;
  const known = patches.map((each) => each.name).join(", ");
  throw new WordsError(`--patch ${name}: no such patch; there are ${known}`);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...withNegatives(words)],
      options: {
        seeds: { type: "string", default: "100" },
        first: { type: "string" },
        members: { type: "string", default: "4" },
        json: { type: "boolean", default: false },
        "until-failure": { type: "boolean", default: false },
        timeline: { type: "boolean", default: false },
        scenario: { type: "string" },
        liars: { type: "string" },
        without: { type: "string", multiple: true, default: [] },
        heal: { type: "string" },
        patch: { type: "string" },
        patches: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new WordsError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads the command line.
 * @throws WordsError if it says what nobody can follow
 */
export function readWords(args: readonly string[]): Words {
  const values = parsed(args);
  const members = wholeNumber("members", values.members, 1, 16);
  const seeds = wholeNumber("seeds", values.seeds, 1, 100_000_000);
  if (values.timeline && seeds !== 1) throw new WordsError("--timeline: only with --seeds 1");
  const patch = optional(values.patch, readPatch);
  const firstMax = 0x1_0000_0000 - seeds;
  const first = optional(values.first, (text) => wholeNumber("first", text, 0, firstMax));
  return {
    seeds,
    members,
    first: first ?? patch?.seed ?? 1,
    isUntilFailure: values["until-failure"],
    isJson: values.json,
    isTold: values.timeline,
    scenario: values.scenario ?? null,
    liars: optional(values.liars, (text) => wholeNumber("liars", text, 0, members - 1)),
    without: values.without.flatMap(faultsIn),
    healAtMs: optional(values.heal, (text) => wholeNumber("heal", text, 0, 1e12)),
    patch,
    isPatchList: values.patches,
  };
}
