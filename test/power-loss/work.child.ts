// Works with one store over a disk whose power may be cut: work.child.ts STORE FOLDER SEED, and what was
// acknowledged before on standard input. It says each step on standard output, and how it ended.
import { readFileSync, writeSync } from "node:fs";
import { prng } from "../../packages/consensus/sim/prng.ts";
import type { Store } from "./stores/store.ts";

const [name = "", folder = "", seed = "0"] = process.argv.slice(2);
const said = readFileSync(0, "utf8")
  .split("\n")
  .filter((line) => line !== "");
const tell = (line: string): void => void writeSync(1, `${line}\n`);

/** The code of an error, and of what caused it where it has none. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// Only what is needed: the program starts hundreds of times.
const { [name]: store } = (await import(`./stores/${name}.ts`)) as Record<string, Store>;
try {
  const draw = prng(Number(seed), "work");
  await store?.work(folder, { draw, said, say: (text) => tell(`+${text}`) });
  tell("done");
} catch (error) {
  tell(`-${codeOf(error).replaceAll("\n", " ")}`);
}
process.exit();
