import { assert, type BlockId, LedgerError, type NetworkId } from "@tegata/ledger/primitives";
import { NodeError } from "@tegata/node";
import {
  decodeHeldSidecars,
  decodeIds,
  decodeSidecars,
} from "../../../packages/node/src/gossip/frames.ts";
import {
  decodeMembers,
  decodeRegistered,
  decodeServerMessage,
  decodeStanding,
  decodeStrangerMessage,
} from "../../../packages/node/src/join/messages.ts";
import { readTransaction } from "../../../packages/node/src/mempool/admission.ts";
import {
  decodeChunk,
  decodeCredit,
  decodeRefuse,
  decodeRequest as takeApart,
} from "../../../packages/node/src/network/exchange-frames.ts";
import { FrameReader } from "../../../packages/node/src/network/frames.ts";
import { checkHello, encodeHello } from "../../../packages/node/src/network/hello.ts";
import { frameTypes, type StreamClass } from "../../../packages/node/src/network/limits.ts";
import {
  decodeBlockAnswer,
  decodeCertifiedAnswer,
  decodeCertifiedRunAnswer,
  decodePayloadsAnswer,
  decodeRequest,
} from "../../../packages/node/src/sync/requests.ts";
import {
  decodeBucketsAnswer,
  decodeOfferAnswer,
  decodeSetChangesAnswer,
  decodeStandingAnswer,
} from "../../../packages/node/src/sync/snapshot-answers.ts";
import type { Door } from "../door.ts";
import { verdictOf } from "../door.ts";
import { goldenBytes } from "../golden.ts";
import { canonicalDoor } from "./canonical.ts";

const wire = (...names: readonly string[]) => names.map((name) => goldenBytes("node/wire", name));
const join = (...names: readonly string[]) => names.map((name) => goldenBytes("node/join", name));
const snapshot = (...names: readonly string[]) =>
  names.map((name) => goldenBytes("node/snapshot", name));

const networkId = "5e".repeat(32) as NetworkId;
const head = { height: 70_000, blockId: "ab".repeat(32) as BlockId };

/** A hello and two frames behind it, as one stream brings them. */
function streamOf(frames: readonly (readonly [type: number, body: Uint8Array])[]): Uint8Array {
  const parts = frames.map(([type, body]) => {
    const frame = Buffer.alloc(5 + body.length);
    frame.writeUInt32BE(body.length + 1);
    frame[4] = type;
    frame.set(body, 5);
    return frame;
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** The hello with which samples of streams begin. */
export const sampleHello: Uint8Array = encodeHello(networkId, 0, head, "1.2.3-rc.1");
const hello = sampleHello;
const vote = goldenBytes("consensus/formats", "message 2 vote 11");
const streams: readonly (readonly [StreamClass, Uint8Array])[] = [
  [
    "vote",
    streamOf([
      [1, hello],
      [frameTypes.vote, vote],
      [frameTypes.vote, vote],
    ]),
  ],
  [
    "tx",
    streamOf([
      [1, hello],
      [frameTypes.transactions, wire("transactions")[0] as Uint8Array],
    ]),
  ],
  [
    "bulk",
    streamOf([
      [1, hello],
      [frameTypes.request, wire("requestBlock")[0] as Uint8Array],
    ]),
  ],
];

/** Cuts the bytes as they would arrive: in pieces of the length that the first byte says. */
function readStream(stream: StreamClass, bytes: Uint8Array): void {
  const reader = new FrameReader(stream);
  const piece = 1 + (bytes[0] ?? 0);
  let given = 0;
  for (let start = 0; start < bytes.length; start += piece) {
    reader.push(bytes.subarray(start, start + piece));
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      given += frame.body.length;
    }
  }
  assert(given <= bytes.length, "a reader gives no more than it got");
}

const frameDoors = streams.map(
  ([stream, sample]): Door => ({
    name: `peer.frames-${stream}`,
    what: `whatever a connected peer writes on its stream ${stream}`,
    limit: "each frame by its type, before memory is reserved; memory grows with what arrived",
    form: "bytes",
    samples: [sample],
    isOuter: (bytes) => bytes.length > 5 && bytes[4] === frameTypes.hello,
    read: (bytes) => verdictOf(() => readStream(stream, bytes), [NodeError]),
  }),
);

const errors = [LedgerError, NodeError];

function peerDoor(
  name: string,
  what: string,
  limit: string,
  samples: readonly Uint8Array[],
  read: (bytes: Uint8Array) => unknown,
): Door {
  return canonicalDoor({ name: `peer.${name}`, what, limit, samples, read, errors });
}

const greeted = { networkId, era: 0, versionInForce: 1 };

/** What peers and those who join may write. */
export const wireDoors: readonly Door[] = [
  ...frameDoors,
  peerDoor("hello", "the first frame of every stream", "256 bytes", [hello], (bytes) =>
    checkHello(bytes, greeted),
  ),
  peerDoor(
    "transactions",
    "frames 20: transactions with their payloads",
    "9 MiB, 65,536 of them",
    wire("transactions"),
    (bytes) => decodeSidecars(bytes).map(({ transaction }) => readTransaction(transaction)),
  ),
  peerDoor(
    "ids",
    "frames 21 and 22: ids of transactions",
    "4,096 ids",
    wire("announce"),
    decodeIds,
  ),
  peerDoor(
    "request",
    "frames 30: what a peer asks for",
    "160 KiB",
    wire("requestBlock", "requestCertified", "requestPayloads", "requestSidecars").concat(
      wire("requestCertifiedRun"),
    ),
    (bytes) => decodeRequest(takeApart(bytes).what),
  ),
  peerDoor("chunk", "frames 31: a piece of an answer", "65 KiB", wire("chunk"), decodeChunk),
  peerDoor(
    "credit",
    "frames 32: how far an answer was taken",
    "64 bytes",
    wire("credit"),
    decodeCredit,
  ),
  peerDoor(
    "refuse",
    "frames 33: that there is no answer",
    "256 bytes",
    wire("refuse"),
    decodeRefuse,
  ),
  peerDoor(
    "answer-block",
    "the answer to a request for a block",
    "what a block may have",
    wire("answerBlock"),
    decodeBlockAnswer,
  ),
  peerDoor(
    "answer-certified",
    "the answer to a request for a decided block",
    "what a block and a certificate may have",
    wire("answerCertified"),
    decodeCertifiedAnswer,
  ),
  peerDoor(
    "answer-run",
    "the answer to a request for decided blocks in a row",
    "64 blocks, and what was asked for",
    wire("answerCertifiedRun"),
    decodeCertifiedRunAnswer,
  ),
  peerDoor(
    "answer-payloads",
    "the answer to a request for payloads",
    "1 MiB a payload",
    wire("answerPayloads"),
    decodePayloadsAnswer,
  ),
  peerDoor(
    "answer-transactions",
    "the answer to a request for transactions",
    "4,096 of them",
    wire("answerSidecars"),
    decodeHeldSidecars,
  ),
  peerDoor(
    "answer-buckets",
    "buckets of a snapshot",
    "16 MiB a bucket",
    snapshot("answerBuckets"),
    decodeBucketsAnswer,
  ),
  peerDoor(
    "answer-set-changes",
    "changes of the set of validators behind a snapshot",
    "2 MiB",
    snapshot("answerSetChanges"),
    decodeSetChangesAnswer,
  ),
  peerDoor(
    "answer-standing",
    "the block at which a snapshot stands",
    "a height and an id",
    snapshot("answerStanding"),
    decodeStandingAnswer,
  ),
  peerDoor(
    "answer-offer",
    "what snapshot a peer offers",
    "512 KiB",
    snapshot("answerNoOffer"),
    decodeOfferAnswer,
  ),
  peerDoor(
    "join-stranger",
    "what a company that was invited writes to the listener",
    "64 KiB until it has proven its invitation",
    join("proof", "genesis", "apply", "standing", "members", "carry", "registered"),
    decodeStrangerMessage,
  ),
  peerDoor(
    "join-listener",
    "what the listener of an invitation writes",
    "64 KiB a frame",
    join("greeting", "accepted", "refused", "chunk", "lastChunk", "answer", "answerCode"),
    decodeServerMessage,
  ),
  peerDoor(
    "join-standing",
    "how an application stands",
    "64 KiB",
    join("answerStanding"),
    decodeStanding,
  ),
  peerDoor("join-members", "who the members are", "1 MiB", join("answerMembers"), decodeMembers),
  peerDoor(
    "join-registered",
    "what was registered",
    "64 KiB",
    join("answerRegistered"),
    decodeRegistered,
  ),
];
