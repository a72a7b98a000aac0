import { counted } from "../print/human.ts";

/** English words of `dev`. */
export const enTrying = {
  founding: (count: number): string =>
    `Founding ${counted(count, "company", "companies")} with throw-away keys …`,
  company: "Company",
  talk: "How to talk to it",
  devNext: "Ctrl-C ends them all and removes everything.",
  devStopping: "Ending …",
  devDry: (names: readonly string[]): string => `Would found and start ${names.join(", ")}.`,
  kept: (folder: string): string => `Left in place: ${folder}`,
};
