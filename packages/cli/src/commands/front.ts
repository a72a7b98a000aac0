import { frontLines } from "../front/lines.ts";
import { nextCommand, readFrontPage } from "../front/page.ts";
import type { Context } from "../program/context.ts";

/** `tegata` alone: who we are, who is online, what there is, what waits, and the next command. */
export async function showFront(context: Context): Promise<void> {
  const page = await readFrontPage(context);
  const document = { schema: "tegata.front/1", ...page, next: nextCommand(page) } as const;
  await context.result(document, frontLines(page, context));
}
