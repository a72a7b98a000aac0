// Opens the log in the given folder at height 7 and appends records until it is killed; says how many are on
// the disk after each sync, also those it found.
import { join } from "node:path";
import { WalFile } from "../../src/host/wal-file.ts";
import { sampleRecords } from "./samples.ts";

const { wal, finding } = await WalFile.open(join(process.argv[2] ?? "", "wal"), 7);
let count = finding.kind === "replay" ? finding.records.length : 0;
const records = sampleRecords(7, 100_000);
for (;;) {
  for (const record of records.slice(count, count + 3)) wal.append(record);
  count += 3;
  await wal.sync();
  console.log(count);
}
