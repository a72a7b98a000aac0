// Writes the golden vectors anew: `node packages/ledger/test/chain/write-golden.ts`. They change only
// with the protocol, and then an ADR says why.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { goldenFiles } from "./golden-samples.ts";

/** Pairs of short texts stand on one line, as everywhere in this project. */
const pair = /\[\s+("[^"]{1,8}"),\s+("[^"]{1,8}")\s+\]/g;

for (const { name, content } of goldenFiles()) {
  const path = join(import.meta.dirname, "..", "golden", name);
  writeFileSync(path, `${JSON.stringify(content, null, 2).replaceAll(pair, "[$1, $2]")}\n`);
}
