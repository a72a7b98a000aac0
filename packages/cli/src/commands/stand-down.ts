import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { part } from "./parting.ts";

/** `tegata stand-down`: gives the vote back and goes on as an observer. */
export function run(context: Context, given: Given): Promise<undefined> {
  return part(context, given, "stand-down");
}
