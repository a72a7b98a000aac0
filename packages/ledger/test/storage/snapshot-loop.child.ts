// Does one thing of snapshots again and again until it is killed, and says so each time it is done:
// snapshot-loop.child.ts FOLDER write|arrive|install|history; `source` and `snapshots` lie in the folder.
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  ArrivingBuckets,
  keepSnapshots,
  openChainStore,
  writeSnapshot,
} from "../../src/storage/index.ts";
import { networkId } from "./sample-chain.ts";
import {
  arriveAll,
  bucketsOf,
  installable,
  missingFrom,
  noPace,
  openStore,
  snapshotOf,
} from "./snapshot-samples.ts";

const [folder = "", what = ""] = process.argv.slice(2);
const source = await openStore(join(folder, "node"));

async function write(): Promise<never> {
  const place = join(folder, "written");
  for (let round = 1; ; round += 1) {
    const frozen = source.freeze();
    await writeSnapshot(place, networkId, frozen, noPace);
    await frozen.close();
    console.log(round);
    await keepSnapshots(place, []);
  }
}

async function arrive(): Promise<void> {
  const snapshot = await snapshotOf(folder);
  const place = join(folder, "arriving");
  const arriving = await ArrivingBuckets.open(place, snapshot.bucketRoots, noPace);
  console.log(arriving.count);
  for (const [bucket, bytes] of (await bucketsOf(snapshot)).entries()) {
    if (arriving.has(bucket)) continue;
    await arriving.add({ bucket, bytes });
    console.log(arriving.count);
  }
  console.log("complete");
}

async function install(): Promise<never> {
  const arriving = await arriveAll(join(folder, "all"), await snapshotOf(folder));
  const place = join(folder, "installed");
  for (;;) {
    rmSync(place, { recursive: true, force: true });
    console.log("begun");
    const snapshot = await installable(source, arriving);
    const options = { folder: place, networkId, mode: "install", snapshot } as const;
    const store = await openChainStore(options);
    console.log("done");
    await store.close();
  }
}

async function history(): Promise<void> {
  const store = await openStore(join(folder, "installed"));
  for (;;) {
    const block = missingFrom(source, store);
    if (block === null) break;
    await store.prepend([block]);
    console.log(store.baseHeight);
  }
  console.log("complete");
}

const works: Readonly<Record<string, () => Promise<void>>> = { write, arrive, install, history };
await works[what]?.();
