import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bucketOf, limits } from "@tegata/ledger/chain";
import {
  type BlockId,
  type Hash,
  hashId,
  type NetworkId,
  sha256,
  toHex,
} from "@tegata/ledger/primitives";
import {
  ArrivingBuckets,
  encodeBucket,
  openBucket,
  openSnapshot,
  writeSnapshot,
} from "@tegata/ledger/storage";
import { describe, expect, test } from "vitest";
import { decodeRequest, encodeRequest, type SyncRequest } from "../src/sync/requests.ts";
import {
  type ArrivingOffer,
  decodeArrivingOffer,
  decodeBucketsAnswer,
  decodeOfferAnswer,
  decodeSetChangesAnswer,
  decodeStandingAnswer,
  encodeArrivingOffer,
  encodeBucketsAnswer,
  encodeOfferAnswer,
  encodeSetChangesAnswer,
  encodeStandingAnswer,
} from "../src/sync/snapshot-answers.ts";

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden", "snapshot.json"), "utf8"),
) as Readonly<Record<string, string>>;

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const blockId = "ab".repeat(32) as BlockId;
const key = bytes(1, 2, 3);
const bucket = bucketOf(key);
const bucketBytes = encodeBucket([[key, bytes(7, 8)]]);
const emptyBucket = encodeBucket([]);
const root = (at: number): Uint8Array =>
  openBucket(at === bucket ? bucketBytes : emptyBucket, at)?.root ?? bytes();
const bucketRoots = Uint8Array.from(
  Array.from({ length: limits.buckets }, (_, at) => [...root(at)]).flat(),
);
const change = { header: bytes(1), certificate: bytes(2), nextValidators: bytes(3) };
const offer = {
  ...{ header: bytes(1), certificate: bytes(2), proofHeader: bytes(3), proofCertificate: bytes(4) },
  ...{ keyCount: 1, bucketRoots },
};
const arriving: ArrivingOffer = {
  ...{ ...offer, setChanges: [change] },
  trusted: { header: bytes(5), certificate: bytes(6) },
};
const standing = { height: 300, blockId, asked: null };

const requests: Readonly<Record<string, SyncRequest>> = {
  requestOffer: { kind: "offer" },
  requestBuckets: { kind: "buckets", height: 256, first: 4_095, count: 1 },
  requestSetChanges: { kind: "setChanges", height: 17 },
  requestStanding: { kind: "standing", height: 70_000 },
};

/** What is long is told by its SHA-256. */
const shown = (value: Uint8Array): string =>
  value.length > 256 ? `sha256 ${hashId(sha256(value))}` : toHex(value);

const formats: readonly (readonly [name: string, body: Uint8Array, back: unknown])[] = [
  ...Object.entries(requests).map(([name, request]) => {
    const body = encodeRequest(request);
    return [name, body, [decodeRequest(body), request]] as const;
  }),
  ["bucket", bucketBytes, [openBucket(bucketBytes, bucket)?.entries, [[key, bytes(7, 8)]]]],
  ["answerOffer", encodeOfferAnswer(offer), [decodeOfferAnswer(encodeOfferAnswer(offer)), offer]],
  ["answerNoOffer", encodeOfferAnswer(null), [decodeOfferAnswer(encodeOfferAnswer(null)), null]],
  [
    "answerBuckets",
    encodeBucketsAnswer([emptyBucket, bucketBytes]),
    [
      decodeBucketsAnswer(encodeBucketsAnswer([emptyBucket, bucketBytes])),
      [emptyBucket, bucketBytes],
    ],
  ],
  [
    "answerSetChanges",
    encodeSetChangesAnswer([change], true),
    [
      decodeSetChangesAnswer(encodeSetChangesAnswer([change], true)),
      { changes: [change], more: true },
    ],
  ],
  [
    "answerStanding",
    encodeStandingAnswer(standing),
    [decodeStandingAnswer(encodeStandingAnswer(standing)), standing],
  ],
  [
    "arrivingOffer",
    encodeArrivingOffer(arriving),
    [decodeArrivingOffer(encodeArrivingOffer(arriving)), arriving],
  ],
];

describe("snapshots between nodes and on the disk", () => {
  test.each(formats)("%s has the bytes it always had, and reads back", (name, body, back) => {
    expect(shown(body)).toBe(golden[name]);
    const [read, meant] = back as readonly [unknown, unknown];
    expect(read).toEqual(meant);
  });

  test("a snapshot's files and a file of arriving buckets have the bytes they always had", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tegata-golden-"));
    try {
      const networkId = "5e".repeat(32) as NetworkId;
      const frozen = {
        ...{ head: { height: 256, blockId, timeMs: 1 }, keyCount: 1, bucketRoots },
        stateRoot: "00".repeat(32) as Hash,
        async *buckets() {
          for (let at = 0; at < limits.buckets; at += 1) {
            yield at === bucket ? bucketBytes : emptyBucket;
          }
        },
        close: async () => undefined,
      };
      const pace = async (): Promise<void> => undefined;
      await writeSnapshot(folder, networkId, frozen, pace);
      for (const name of ["index", "buckets"]) {
        const file = Uint8Array.from(await readFile(join(folder, "256", name)));
        expect(shown(file)).toBe(golden[`file ${name}`]);
      }
      expect((await openSnapshot(folder, networkId, 256))?.keyCount).toBe(1);
      const buckets = await ArrivingBuckets.open(join(folder, "arriving"), bucketRoots, pace);
      expect(await buckets.add({ bucket, bytes: bucketBytes })).toBe(true);
      await buckets.sync();
      await buckets.close();
      const file = Uint8Array.from(await readFile(join(folder, "arriving", "buckets")));
      expect(shown(file)).toBe(golden["file arriving"]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
