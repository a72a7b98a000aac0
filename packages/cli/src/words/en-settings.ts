import { originText, type SettingProblem, settingNames, variableOf } from "@tegata/settings";
import { counted } from "../print/human.ts";
import { nearest } from "../program/nearest.ts";
import type { ForeignText } from "./error-words.ts";

/** What a person reads about one problem of the settings. */
export interface SettingProblemWords {
  /** Where it was said, unless it is a line of the file. */
  readonly field: string | null;
  readonly expected: string;
  readonly got: string | null;
}

const next = "correct it; tegata config check looks again, tegata help config tells what there is";

/** English words of one problem of the settings. */
function problem({ rule, origin, name, expected, got }: SettingProblem): SettingProblemWords {
  const where = origin.type === "file" ? name : originText(origin);
  switch (rule) {
    case "syntax":
      return { field: null, expected: `TOML (${expected})`, got };
    case "unknown":
      return { field: where, expected: `a setting that exists${meant(name, origin.type)}`, got };
    case "secret":
      return { field: where, expected: "no secret among the settings; see --passphrase-file", got };
    case "missing":
      return { field: name, expected: `${expected}; it has no default`, got };
    case "value":
    case "together":
      return { field: where, expected, got };
  }
}

function meant(name: string, origin: SettingProblem["origin"]["type"]): string {
  const found = settingMeant(name, origin);
  return found === null ? "" : ` (did you mean ${found}?)`;
}

/** The setting that was probably meant by an unknown name; null when none is close. */
export function settingMeant(
  name: string,
  origin: SettingProblem["origin"]["type"],
): string | null {
  const known = origin === "environment" ? settingNames.map(variableOf) : settingNames;
  return nearest(name, known) ?? endingLike(name, known);
}

/** The setting whose last word it is, wherever it was put: `port` or `network.handle`. */
function endingLike(name: string, known: readonly string[]): string | null {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return known.find((one) => one.slice(one.lastIndexOf(".") + 1) === last) ?? null;
}

/** English words about settings that cannot be used. */
export const enSettingsErrors = {
  SETTINGS_REFUSED: ({ problems }) => {
    const list = (Array.isArray(problems) ? problems : []) as readonly SettingProblem[];
    const places = [...new Set(list.map(({ origin }) => placeOf(origin)))].join(" and ");
    return {
      message: "the settings cannot be used",
      why: `${counted(list.length, "thing is", "things are")} wrong in ${places}; nothing was changed`,
      next,
    };
  },
  SETTINGS_UNREADABLE: ({ path, reason }) => ({
    message: `the settings ${String(path)} cannot be read`,
    why: String(reason),
    next: "give this user access to an ordinary file there, or take it away",
  }),
  SETTINGS_NOT_CONVERTED: ({ path, reason }) => ({
    message: `the settings ${String(path)} of an older version could not be taken over`,
    why: String(reason),
    next: "see that the folder can be written; what was there is unchanged",
  }),
} satisfies Readonly<Record<string, ForeignText>>;

function placeOf(origin: SettingProblem["origin"]): string {
  if (origin.type === "file") return origin.path;
  return origin.type === "environment" ? "the environment" : originText(origin);
}

/** English words about settings. */
export const enSettings = {
  problem,
  name: "Setting",
  value: "Value",
  origin: "From",
  usable: (company: string, network: string, file: string | null): string =>
    `The settings of ${company} on ${network} can be used${file === null ? " (there is no file)" : `: ${file}`}.`,
  startAgain:
    "What runs goes on with the settings it was started with. To take these: tegata stop, then tegata start",
};
