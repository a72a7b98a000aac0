import { exists } from "../founding/home.ts";
import { settingsOf } from "../founding/settings.ts";
import { supervisorOf } from "../process/supervisor.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";

/** `tegata config check`: whether `tegata start` would take the settings. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { settings: said } = words();
  const { settingsFile: file, home } = context.settings;
  const { settings } = settingsOf(context, given.list("set"));
  const hasFile = await exists(file);
  const { "network.name": network, "company.handle": company } = settings;
  const document = { schema: "tegata.config-check/1", file, hasFile, network, company } as const;
  await context.result(document, [said.usable(company, network, hasFile ? file : null)]);
  const isRunning = (await exists(home)) && supervisorOf(home) !== "none";
  if (isRunning) context.say(said.startAgain);
}
