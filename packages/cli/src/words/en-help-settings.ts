import type { CommandWords } from "./command-words.ts";

const set = "look at it as tegata start --set would";

/** English help of the commands about settings. */
export const enHelpSettings: Readonly<Record<string, CommandWords>> = {
  "config show": {
    summary: "the settings that hold, and where each comes from",
    examples: ["tegata config show --origin", "tegata config show --json"],
    text: [
      "Shows every setting as tegata start would take it: default, file, environment, --set.",
      "A file that cannot be used is refused with the lines that are wrong.",
    ],
    options: { origin: "also where each comes from: default, file and line, variable, flag", set },
  },
  "config check": {
    summary: "whether tegata start would take the settings",
    examples: ["tegata config check", "tegata config check || echo 'not started'"],
    text: [
      "Reads the settings as tegata start does and starts nothing; ends with 78 where they are wrong.",
    ],
    options: { set },
  },
};
