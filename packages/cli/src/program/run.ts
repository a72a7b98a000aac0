import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { painter, wantsColour } from "../print/colour.ts";
import { printError } from "../print/error.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { type OutputFormat, outputFormats } from "../print/rows.ts";
import { chooseLanguage, words } from "../words/catalogue.ts";
import { Context, type Settings } from "./context.ts";
import { Given, type OptionValues, usageOf } from "./given.ts";
import { commandHelp, overview } from "./help.ts";
import { loadCommand } from "./load.ts";
import { typedHome } from "./own-command.ts";
import { type Parsed, parseWords } from "./parse.ts";
import type { CommandSpec } from "./spec.ts";
import type { World } from "./world.ts";

/** Runs one command line to its end and gives the exit code. Never throws. */
export async function run(world: World): Promise<number> {
  chooseLanguage(languageIn(world.words), world.env);
  try {
    return await runParsed(parseWords(world.words), world);
  } catch (error) {
    // A question that was answered with Ctrl-C.
    if (error instanceof Error && error.name === "AbortError") return exitCodes.interrupted;
    const wish = world.words.includes("--no-color") ? false : null;
    const isTty = world.stderr.isTTY === true;
    const exit = printError(error, {
      stdout: world.stdout,
      stderr: world.stderr,
      json: world.words.includes("--json"),
      debug: world.words.includes("--debug"),
      paint: painter(wantsColour({ isTty, env: world.env, wish })),
      words: words(),
      home: typedHome(world.words),
    });
    return passedOn(error, exit) ?? exit;
  }
}

/**
 * The exit code of a program of the company: it says whether a service manager may start it again. "Later"
 * is the least of them: where the error itself says more, as that a port is taken, that counts.
 */
function passedOn(error: unknown, own: ExitCode): number | null {
  const { exit } = error as { readonly exit?: unknown };
  if (typeof exit !== "number" || exit < 75 || exit > 79) return null;
  return exit === exitCodes.tryLater && own !== exitCodes.failed ? null : exit;
}

async function runParsed({ spec, group, args, options }: Parsed, world: World): Promise<ExitCode> {
  const context = new Context(settingsOf(spec, options, world), world);
  if (spec === null && group === null && options.help !== true) {
    // Read when it is shown: the page needs a client, and help needs nothing.
    const { showFront } = await import("../commands/front.ts");
    await inItsTerms(context, () => showFront(context));
    return exitCodes.done;
  }
  if (spec === null || options.help === true) {
    const lines = spec === null ? overview(group) : commandHelp(spec);
    await context.out.write(`${lines.join("\n")}\n`);
    return exitCodes.done;
  }
  const given = new Given(spec, args, options);
  given.checkComplete();
  const command = await loadCommand(spec.name);
  return (await inItsTerms(context, () => command.run(context, given))) ?? exitCodes.done;
}

/** Many errors are told better by what lies in the home folder. */
async function inItsTerms<T>(context: Context, does: () => Promise<T>): Promise<T> {
  try {
    return await does();
  } catch (error) {
    // Read when something failed: it needs more than most commands do.
    const { inTermsOfHome } = await import("../founding/lookout.ts");
    throw await inTermsOfHome(error, context.home, context.world.folder);
  }
}

function settingsOf(spec: CommandSpec | null, options: OptionValues, world: World): Settings {
  return {
    ...placeOf(options, world),
    format: formatOf(spec, options),
    quiet: options.quiet === true,
    debug: options.debug === true,
    noInput: options["no-input"] === true,
    colour: options["no-color"] === true ? false : null,
    dryRun: options["dry-run"] === true,
  };
}

/**
 * A folder that was named holds everything. Else data and settings lie where the system has places for
 * them; settings that lie with the data are read there. Source: XDG Base Directory Specification 0.8.
 */
function placeOf(options: OptionValues, { env, folder }: World) {
  const said = typeof options.home === "string" ? options.home : (env.TEGATA_HOME ?? "");
  const baseOf = (variable: string, ...otherwise: readonly string[]): string => {
    const base = env[variable] ?? "";
    return join(isAbsolute(base) ? base : join(homedir(), ...otherwise), "tegata");
  };
  const home = baseOf("XDG_DATA_HOME", ".local", "share");
  const named = said === "" ? home : resolve(folder, said);
  // A service names the folder that is taken where none is named, and means the same company.
  if (named !== home) return { home: named, settingsFile: join(named, "config.toml") };
  const isWithData = ["config.toml", "config.json"].some((name) => existsSync(join(home, name)));
  const base = isWithData ? home : baseOf("XDG_CONFIG_HOME", ".config");
  return { home, settingsFile: join(base, "config.toml") };
}

function formatOf(spec: CommandSpec | null, options: OptionValues): OutputFormat {
  const formats = spec?.formats ?? outputFormats;
  const said = typeof options.output === "string" ? options.output : null;
  const wanted = said ?? (options.json === true ? "json" : formats[0]);
  const found = formats.find((format) => format === wanted);
  if (found === undefined) throw usageOf(words().usage.choice("-o", wanted ?? "", formats));
  return found;
}

/** The value of `--lang`; the language must be known before the first error can be told. */
export function languageIn(line: readonly string[]): string | null {
  const joined = line.find((word) => word.startsWith("--lang="));
  if (joined !== undefined) return joined.slice("--lang=".length);
  const at = line.indexOf("--lang");
  return at === -1 ? null : (line[at + 1] ?? null);
}
