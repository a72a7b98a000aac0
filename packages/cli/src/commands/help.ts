import type { CliError } from "../errors.ts";
import { readCarried } from "../program/carried.ts";
import type { Context } from "../program/context.ts";
import { errorCodesOf, errorPage } from "../program/error-page.ts";
import { type Given, usageOf } from "../program/given.ts";
import { commandHelp, globalHelp, overview, synopsis } from "../program/help.ts";
import { nearest } from "../program/nearest.ts";
import { commandTree } from "../program/tree.ts";
import { englishWords, inEnglish, words } from "../words/catalogue.ts";

/** `tegata help`: the overview, a command, a topic, or the meaning of an error code. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = [given.maybeArgument("topic"), given.maybeArgument("more")]
    .filter((word) => word !== null)
    .join(" ");
  if (given.flag("all")) {
    await context.resultAsIs(
      treeDocument(),
      commandTree.flatMap((spec) => [...commandHelp(spec), ""]),
    );
    return;
  }
  const table = (await readCarried("docs/ERRORS.md")) ?? "";
  const page = (): readonly string[] | null => {
    return name === "" ? overview(null) : pageOf(name, table);
  };
  const lines = page();
  if (lines === null) throw unknown(name, table);
  const document = { schema: "tegata.help/1", topic: name, lines: inEnglish(page) } as const;
  await context.resultAsIs(document, lines);
}

function pageOf(name: string, table: string): readonly string[] | null {
  const { topics } = words();
  const spec = commandTree.find((command) => command.name === name);
  if (spec !== undefined) return commandHelp(spec);
  const topic = Object.hasOwn(topics, name) ? (topics[name] ?? []) : [];
  if (commandTree.some((command) => command.name.startsWith(`${name} `))) {
    return topic.length === 0 ? overview(name) : [...topic, "", ...overview(name)];
  }
  if (name === "options") return globalHelp();
  if (topic.length > 0) return topic;
  return errorPage(codeIn(name), table);
}

function codeIn(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function unknown(name: string, table: string): CliError {
  const { topics, usage } = words();
  const known = [...commandTree.map((command) => command.name), ...Object.keys(topics), "options"];
  const codes = errorCodesOf(table);
  const meant = nearest(name, known) ?? nearest(codeIn(name), codes);
  return usageOf(usage.unknownTopic(name, meant));
}

/** The whole tree for tools and tests. */
function treeDocument() {
  const { commands } = englishWords;
  const items = commandTree.map((spec) => {
    const { name, args, options, formats } = spec;
    const said = commands[name];
    return {
      name,
      summary: said?.summary ?? "",
      usage: synopsis(spec),
      examples: said?.examples ?? [],
      args,
      options: options.map((option) => ({ ...option, text: said?.options[option.name] ?? "" })),
      formats,
    };
  });
  return { schema: "tegata.commands/1", items } as const;
}
