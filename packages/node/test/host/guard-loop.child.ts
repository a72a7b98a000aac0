// Opens the guard in the given folder and signs until it is killed; says each write after it is on the disk.
import { GuardFile } from "../../src/host/guard-file.ts";
import { consensusKey, guardAfter } from "./samples.ts";

const guard = await GuardFile.open({ folder: process.argv[2] ?? "", consensusKey });
if (guard === null) throw new Error("no guard");
for (;;) {
  const next = guard.state().written + 1;
  await guard.save(guardAfter(next));
  console.log(next);
}
