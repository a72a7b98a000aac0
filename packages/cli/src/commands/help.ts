import { readCarried } from "../program/carried.ts";
import type { Context } from "../program/context.ts";
import { errorCodesOf, errorPage } from "../program/error-page.ts";
import { type Given, usageOf } from "../program/given.ts";
import { commandHelp, globalHelp, overview, synopsis } from "../program/help.ts";
import { nearest } from "../program/nearest.ts";
import { commandTree } from "../program/tree.ts";
import { words } from "../words/catalogue.ts";

/** `tegata help`: the overview, a command, a topic, or the meaning of an error code. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const name = [given.maybeArgument("topic"), given.maybeArgument("more")]
    .filter((word) => word !== null)
    .join(" ");
  if (given.flag("all")) {
    await context.result(
      treeDocument(),
      commandTree.flatMap((spec) => [...commandHelp(spec), ""]),
    );
    return;
  }
  const lines = name === "" ? overview(null) : await pageOf(name);
  await context.result({ schema: "tegata.help/1", topic: name, lines }, lines);
}

async function pageOf(name: string): Promise<readonly string[]> {
  const { topics, usage } = words();
  const spec = commandTree.find((command) => command.name === name);
  if (spec !== undefined) return commandHelp(spec);
  const topic = Object.hasOwn(topics, name) ? (topics[name] ?? []) : [];
  if (commandTree.some((command) => command.name.startsWith(`${name} `))) {
    return topic.length === 0 ? overview(name) : [...topic, "", ...overview(name)];
  }
  if (name === "options") return globalHelp();
  if (topic.length > 0) return topic;
  const code = name.toUpperCase().replaceAll("-", "_");
  const table = (await readCarried("docs/ERRORS.md")) ?? "";
  const page = errorPage(code, table);
  if (page !== null) return page;
  const known = [...commandTree.map((command) => command.name), ...Object.keys(topics), "options"];
  const codes = errorCodesOf(table);
  throw usageOf(usage.unknownTopic(name, nearest(name, known) ?? nearest(code, codes)));
}

/** The whole tree for tools and tests. */
function treeDocument() {
  const { commands } = words();
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
