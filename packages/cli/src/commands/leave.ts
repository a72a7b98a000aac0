import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { part } from "./parting.ts";

/** `tegata leave`: ends the membership of this company. */
export function run(context: Context, given: Given): Promise<undefined> {
  return part(context, given, "leave");
}
