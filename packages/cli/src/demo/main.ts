// npm run demo: the whole story in one run, with real processes.

import { enableCompileCache } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { painter, wantsColour } from "../print/colour.ts";
import { printError } from "../print/error.ts";
import { orphaned, stopSignal } from "../process/stop-signal.ts";
import { usageOf } from "../program/given.ts";
import { languageIn } from "../program/run.ts";
import { chooseLanguage, words } from "../words/catalogue.ts";

enableCompileCache();

interface Flags {
  readonly json: boolean;
  readonly keep: boolean;
  readonly data: string | null;
  readonly chain: string | null;
}

function readFlags(): Flags {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        data: { type: "string" },
        chain: { type: "string" },
        lang: { type: "string" },
      },
    });
    // npm runs scripts in the folder of the package; files are where the user is.
    const folder = process.env.INIT_CWD ?? process.cwd();
    const path = (name: string | undefined) => (name === undefined ? null : resolve(folder, name));
    const { json, keep, data, chain } = values;
    return { json, keep, data: path(data), chain: path(chain) };
  } catch {
    throw usageOf(words().demo.usage);
  }
}

async function main(): Promise<number> {
  const line = process.argv.slice(2);
  // What programs read is English.
  chooseLanguage(line.includes("--json") ? "en" : languageIn(line), process.env);
  try {
    const flags = readFlags();
    // Signals and a parent that is gone end the demo at any moment, and it cleans up behind itself.
    const stop = AbortSignal.any([stopSignal(), orphaned()]);
    const { play } = await import("./play.ts");
    return await play(flags, stop);
  } catch (error) {
    const isTty = process.stderr.isTTY === true;
    return printError(error, {
      stdout: process.stdout,
      stderr: process.stderr,
      json: process.argv.includes("--json"),
      debug: process.argv.includes("--debug"),
      paint: painter(wantsColour({ isTty, env: process.env, wish: null })),
      words: words(),
      home: null,
    });
  }
}

// Nothing that was started may keep the process alive once it is done.
process.exit(await main());
