import { unitsFor } from "../process/units.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";

/** `tegata service show`: the units as they would be installed. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const units = await unitsFor(context.home, given.text("user"));
  const lines = units.flatMap(({ name, text }) => [`# ${name}`, text]);
  await context.resultAsIs({ schema: "tegata.service/1", units }, lines);
}
