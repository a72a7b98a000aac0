// The real node, which ends at a step of deleting what was purged, as when power goes: no chance to tidy up.
//
//   node packages/node/test/helpers/mortal-main.ts --step STEP --home DIR
//
// STEP: committed (a purge is committed), deleted (some of its payloads are), compacting (their tables are being
// written anew), compacted (they are, and it is about to be forgotten). The rest is the node's own.
import { Level } from "level";

type Step = "committed" | "deleted" | "compacting" | "compacted";

interface Operation {
  readonly type: "put" | "del";
  readonly key: Uint8Array;
}

/** What LevelDB does, underneath all that the node is. */
interface Patched {
  _batch(operations: readonly Operation[], options: unknown): Promise<void>;
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
}

const at = process.argv.indexOf("--step");
const step = process.argv[at + 1] as Step;
process.argv.splice(at, 2);

const [payload, noted] = ["P", "x"].map((letter) => letter.charCodeAt(0));
const database = Level.prototype as unknown as Patched;
const { _batch, compactRange } = database;

function end(): void {
  process.kill(process.pid, "SIGKILL");
}

database._batch = async function (operations, options) {
  const does = (type: Operation["type"], first: number | undefined) =>
    operations.some((one) => one.type === type && one.key[0] === first);
  if (step === "compacted" && does("del", noted)) end();
  await _batch.call(this, operations, options);
  if (step === "committed" && does("put", noted)) end();
  if (step === "deleted" && does("del", payload)) end();
};

database.compactRange = async function (start, stop) {
  const compacted = compactRange.call(this, start, stop);
  const isWide = start[0] === payload && Buffer.compare(start, stop) !== 0;
  if (step === "compacting" && isWide) end();
  await compacted;
};

await import("../../src/main.ts");
