import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { propose } from "./members-propose.ts";

/** `tegata members suspend`: asks the members to decide on it. */
export function run(context: Context, given: Given): Promise<undefined> {
  return propose(context, given, "suspend");
}
