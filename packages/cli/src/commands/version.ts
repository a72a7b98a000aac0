import { readFileSync } from "node:fs";
import { protocolVersionMax as protocol } from "@tegata/ledger/chain";
import type { Context } from "../program/context.ts";

/** Version of this program. */
export function programVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** `tegata version`. */
export async function run(context: Context): Promise<undefined> {
  const { node } = process.versions;
  const version = programVersion();
  const document = { schema: "tegata.version/1", version, node, protocol } as const;
  await context.result(document, [`tegata ${version}, Node ${node}, protocol ${protocol}`]);
}
