import type { CommandSpec } from "./spec.ts";
import { arg, document, dryRun, flag, maybe } from "./spec-kinds.ts";

/** Trying things, and help. */
export const helpCommands: readonly CommandSpec[] = [
  {
    name: "dev",
    group: "try",
    args: [],
    options: [maybe("members", "N"), maybe("dir", "DIR"), flag("keep"), dryRun],
    formats: document,
  },
  {
    name: "help",
    group: "help",
    args: [arg("topic", false), arg("more", false)],
    options: [flag("all")],
    formats: document,
  },
  {
    name: "version",
    group: "help",
    args: [],
    options: [],
    formats: document,
  },
];
