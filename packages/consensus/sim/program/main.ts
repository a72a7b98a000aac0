// `npm run -s sim -- --seeds 2000 --first 1 --members 4 --json`
import { patches } from "../patches/table.ts";
import { applyPatch } from "./patching.ts";
import { readWords, usage, type Words, WordsError } from "./words.ts";

async function main(words: Words): Promise<number> {
  if (words.isPatchList) {
    for (const { name, breaks } of patches) process.stdout.write(`${name.padEnd(26)}${breaks}\n`);
    return 0;
  }
  const patching = words.patch === null ? null : applyPatch(words.patch);
  // Only now, so that the patched file is not loaded already.
  const { runSeeds } = await import("./seeds.ts");
  patching?.assertApplied();
  return runSeeds(words);
}

const given = process.argv.slice(2);
try {
  if (given.includes("--help")) process.stdout.write(`${usage}\n`);
  else process.exitCode = await main(readWords(given));
} catch (error) {
  if (!(error instanceof WordsError)) throw error;
  process.stderr.write(`error: ${error.message}\n${usage}\n`);
  process.exitCode = 64;
}
