import type { CommandWords } from "./command-words.ts";

const set = "look at it as tegata start --set would";

/** English help of the commands about settings and of the doctor. */
export const enHelpSettings = {
  doctor: {
    summary: "find out what keeps your company from working",
    examples: [
      "tegata doctor",
      "tegata doctor --dial node.kato.example:7000",
      "tegata doctor --bundle help-us.tar.gz",
    ],
    text: [
      "Looks at the machine, the home folder, both programs, the others and the chain, each by itself, and says",
      "what to do. Works with the node stopped, too. Ends with 1 when something fails, else with 0.",
    ],
    options: {
      dial: "also try the way to another company's node: name, connection, answer",
      bundle: "write settings, states, findings, ends of the logs and metrics; no secrets, no data",
    },
  },
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
} satisfies Readonly<Record<string, CommandWords>>;
