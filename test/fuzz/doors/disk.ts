import {
  type Block,
  bucketOf,
  decodeBlock,
  decodeStateKey,
  decodeStateValue,
  type TableName,
} from "@tegata/ledger/chain";
import {
  type BlockId,
  bytes,
  encode,
  fromBytes,
  fromHex,
  hashId,
  taggedHash,
  tuple,
  uint,
} from "@tegata/ledger/primitives";
import { encodeBucket, openBucket } from "../../../packages/ledger/src/storage/bucket-bytes.ts";
import { readBucket } from "../../../packages/ledger/src/storage/bucket-roots.ts";
import { readSetChange } from "../../../packages/ledger/src/storage/set-changes.ts";
import { decodeHead, encodeHead } from "../../../packages/ledger/src/storage/state-records.ts";
import { readStoredBlock } from "../../../packages/ledger/src/storage/stored-block.ts";
import type { Door } from "../door.ts";
import { golden, goldenBytes } from "../golden.ts";
import { canonicalDoor } from "./canonical.ts";

type Entry = Readonly<Record<"key" | "value", string>>;

const entries = (golden("ledger/membership").state as readonly Entry[]).concat(
  golden("ledger/roster").state as readonly Entry[],
);

/** Values of every table, each behind the number of its table. */
function stateSamples(): readonly Uint8Array[] {
  return entries.map(({ key, value }) => encode([fromHex(key)[0] ?? 0, fromHex(value)]));
}

const tables = new Map<number, TableName>(
  entries.map(({ key }) => [fromHex(key)[0] ?? 0, decodeStateKey(fromHex(key)).table]),
);

const stateShape = tuple(uint(), bytes(1 << 24));

function readState(received: Uint8Array): unknown {
  const [number, value] = fromBytes(stateShape, received);
  const table = tables.get(number);
  return table === undefined ? decodeStateKey(value) : decodeStateValue(table, value);
}

const block = goldenBytes("ledger/block", "bytes");
const blockId = golden("ledger/block").id as BlockId;
const history = golden("ledger/roster").blocks as readonly Readonly<Record<string, string>>[];
const sets = new Map(
  history.map(({ validators = "" }) => {
    const set = fromHex(validators);
    return [hashId(taggedHash("validators", set)), set] as const;
  }),
);
const blocks = history.map((item) => decodeBlock(fromHex(item.block ?? "")));
/** A block after which other validators vote, and who they are. */
const changed = blocks.find(({ header }) => sets.has(header.nextValidatorsHash)) as Block;
const changedSet = sets.get(changed.header.nextValidatorsHash) as Uint8Array;

const bucketEntries = [[fromHex(entries[0]?.key ?? ""), fromHex(entries[0]?.value ?? "")]] as const;
const bucketNumber = bucketOf(bucketEntries[0][0]);
const head = { height: 7, blockId, timeMs: 1_795_132_802_000 };

/** What a damaged disk may give back. */
export const diskDoors: readonly Door[] = [
  canonicalDoor({
    name: "disk.state",
    what: "values of the state database, and of a snapshot's buckets",
    limit: "what each table's shape allows",
    samples: stateSamples(),
    read: readState,
  }),
  canonicalDoor({
    name: "disk.block",
    what: "committed blocks, compared with their id",
    limit: "what a block may have",
    samples: [block],
    read: (bytes) => readStoredBlock(bytes, 2, blockId),
  }),
  canonicalDoor({
    name: "disk.head",
    what: "where the chain ends",
    limit: "one record",
    samples: [encodeHead(head)],
    read: decodeHead,
  }),
  canonicalDoor({
    name: "disk.bucket",
    what: "buckets of a snapshot, from the disk and from peers",
    limit: "16 MiB",
    samples: [encodeBucket(bucketEntries)],
    read: (received) => openBucket(received, bucketNumber),
    nullCode: "LEDGER_STORE_DAMAGED",
  }),
  canonicalDoor({
    name: "disk.bucket-root",
    what: "roots of buckets",
    limit: "one record",
    samples: [encode([3, new Uint8Array(32)])],
    read: (received) => readBucket(received, 0),
  }),
  canonicalDoor({
    name: "disk.set-change",
    what: "changes of the set of validators",
    limit: "one record",
    samples: [encode([changed.headerBytes, changedSet])],
    read: (received) => readSetChange(received, changed.header.height, changed.id),
  }),
];
