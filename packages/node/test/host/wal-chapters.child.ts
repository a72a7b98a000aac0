// Opens the log in the given folder at height 7 and counts rounds in it until it is killed, with a chapter
// every five; says the round that is on the disk after each sync.
import { join } from "node:path";
import { WalFile } from "../../src/host/wal-file.ts";
import { roundIn, sampleChapter, sampleRecords } from "./samples.ts";

const { wal, finding } = await WalFile.open(join(process.argv[2] ?? "", "wal"), 7);
let round = finding.kind === "replay" ? roundIn(finding.records) : 0;
if (round === 0) for (const record of sampleRecords(7, 1)) wal.append(record);
for (;;) {
  round += 1;
  if (round % 5 === 0) wal.append(sampleChapter(7, round));
  else wal.append({ type: "timeout", timeout: { kind: "propose", height: 7, round } });
  await wal.sync();
  console.log(round);
}
