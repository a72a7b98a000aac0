import { createFile } from "../founding/home.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata proof`: a file that shows one record, or one field of it, to anybody. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const text = await withGateway(context, (gateway) => {
    return gateway.proof({
      stream: given.argument("stream"),
      record: given.argument("record"),
      facet: given.required("facet"),
      field: given.text("field"),
    });
  });
  const out = given.text("out");
  if (out === null) {
    await context.out.write(text);
    return;
  }
  const path = context.path(out);
  await createFile(path, text);
  const document = { schema: "tegata.proof-file/1", file: path, bytes: text.length } as const;
  await context.result(document, [words().data.proofWritten(path)]);
}
