import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type BlockId,
  createSigner,
  type LedgerError,
  type NetworkId,
  type TransactionId,
  toHex,
} from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import {
  decodeHeldSidecars,
  decodeIds,
  decodeSidecars,
  encodeHeldSidecars,
  encodeIds,
  encodeSidecars,
} from "../src/gossip/frames.ts";
import { decodePresence, encodePresence, signPresence } from "../src/host/presence.ts";
import {
  decodeChunk,
  decodeCredit,
  decodeRefuse,
  encodeChunk,
  encodeCredit,
  encodeRefuse,
  decodeRequest as takeApart,
  encodeRequest as withRequestId,
} from "../src/network/exchange-frames.ts";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "../src/network/frames.ts";
import { checkHello, encodeHello } from "../src/network/hello.ts";
import { frameTypes } from "../src/network/limits.ts";
import {
  decodeBlockAnswer,
  decodeCertifiedAnswer,
  decodeCertifiedRunAnswer,
  decodePayloadsAnswer,
  decodeRequest,
  encodeBlockAnswer,
  encodeCertifiedAnswer,
  encodeCertifiedRunAnswer,
  encodePayloadsAnswer,
  encodeRequest,
  type SyncRequest,
} from "../src/sync/requests.ts";

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden", "wire.json"), "utf8"),
) as Readonly<Record<string, string>>;

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const id = (digit: string): TransactionId => digit.repeat(64) as TransactionId;
const blockId = "ab".repeat(32) as BlockId;
const sidecars = [
  { transaction: bytes(1, 2, 3), payloads: [bytes(4), bytes(5, 6)] },
  { transaction: bytes(7), payloads: [] },
];

const networkId = "5e".repeat(32) as NetworkId;
const head = { height: 70_000, blockId };
const hello = encodeHello(networkId, 0, head, "1.2.3-rc.1");

/** The first frame of a stream: u32 length, type, body. */
function helloFrame(): Uint8Array {
  const frame = new Uint8Array(frameHeaderBytes + hello.length);
  writeFrameHeader(frame, 0, frameTypes.hello, hello.length);
  frame.set(hello, frameHeaderBytes);
  return frame;
}

function firstBody(frame: Uint8Array): Uint8Array | null {
  const reader = new FrameReader("vote");
  reader.push(frame);
  return reader.next()?.body ?? null;
}

const chunk = { requestId: 7, last: false, bytes: bytes(1, 2, 3) };
const lastChunk = { requestId: 7, last: true, bytes: bytes() };
const credit = { requestId: 7, taken: 65_536 };
const refuse = { requestId: 7, code: "unknown" };

const key = createSigner(new Uint8Array(32).fill(7));
const scope = { network: networkId, era: 0 };
const run = (value: number): Uint8Array => new Uint8Array(16).fill(value);
const callOf = { type: "call", key: key.publicKey, run: run(1), count: 2 } as const;
const twinOf = {
  type: "twin",
  key: key.publicKey,
  called: run(1),
  run: run(2),
  signs: true,
} as const;
const call = signPresence(callOf, key, scope);
const twin = signPresence(twinOf, key, scope);

const requests: Readonly<Record<string, SyncRequest>> = {
  requestBlock: { kind: "block", blockId },
  requestCertified: { kind: "certified", height: 70_000 },
  requestPayloads: {
    kind: "payloads",
    parts: [
      [id("1"), 0],
      [id("2"), 15],
    ],
  },
  requestSidecars: { kind: "sidecars", ids: [id("1"), id("2")] },
  requestCertifiedRun: { kind: "certifiedRun", height: 70_000, count: 32 },
};

const certifiedRun = [
  { block: bytes(9), certificate: bytes(8) },
  { block: bytes(7), certificate: bytes(6) },
];

/** Each format with its bytes now, its name in the file, and how it is read back. */
const formats: readonly (readonly [name: string, body: Uint8Array, readBack: () => unknown])[] = [
  ...Object.entries(requests).map(([name, request]) => {
    const body = withRequestId(7, encodeRequest(request));
    return [name, body, () => decodeRequest(takeApart(body).what)] as const;
  }),
  ["hello", hello, () => checkHello(hello, { networkId, era: 0, versionInForce: 2 })],
  ["helloFrame", helloFrame(), () => firstBody(helloFrame())],
  ["chunk", encodeChunk(chunk), () => decodeChunk(encodeChunk(chunk))],
  ["lastChunk", encodeChunk(lastChunk), () => decodeChunk(encodeChunk(lastChunk))],
  ["credit", encodeCredit(credit), () => decodeCredit(encodeCredit(credit))],
  ["refuse", encodeRefuse(refuse), () => decodeRefuse(encodeRefuse(refuse))],
  ["call", encodePresence(call), () => decodePresence(encodePresence(call))],
  ["twin", encodePresence(twin), () => decodePresence(encodePresence(twin))],
  ["transactions", encodeSidecars(sidecars), () => decodeSidecars(encodeSidecars(sidecars))],
  ["announce", encodeIds([id("1"), id("2")]), () => decodeIds(encodeIds([id("1"), id("2")]))],
  [
    "answerSidecars",
    encodeHeldSidecars([sidecars[1] ?? null, null]),
    () => decodeHeldSidecars(encodeHeldSidecars([sidecars[1] ?? null, null])),
  ],
  [
    "answerBlock",
    encodeBlockAnswer(bytes(9)),
    () => decodeBlockAnswer(encodeBlockAnswer(bytes(9))),
  ],
  [
    "answerCertified",
    encodeCertifiedAnswer(bytes(9), bytes(8)),
    () => decodeCertifiedAnswer(encodeCertifiedAnswer(bytes(9), bytes(8))),
  ],
  [
    "answerCertifiedRun",
    encodeCertifiedRunAnswer(certifiedRun),
    () => decodeCertifiedRunAnswer(encodeCertifiedRunAnswer(certifiedRun)),
  ],
  [
    "answerPayloads",
    encodePayloadsAnswer([bytes(1), null]),
    () => decodePayloadsAnswer(encodePayloadsAnswer([bytes(1), null])),
  ],
];

const meanings: Readonly<Record<string, unknown>> = {
  ...requests,
  hello: { head, version: "1.2.3-rc.1" },
  helloFrame: hello,
  chunk,
  lastChunk,
  credit,
  refuse,
  call,
  twin,
  transactions: sidecars,
  announce: [id("1"), id("2")],
  answerSidecars: [sidecars[1], null],
  answerBlock: bytes(9),
  answerCertified: { block: bytes(9), certificate: bytes(8) },
  answerCertifiedRun: certifiedRun,
  answerPayloads: [bytes(1), null],
};

test("a hello of the version before is refused where a network begins with this one", () => {
  const older = Uint8Array.from(hello);
  older[1] = 1;
  const refused = () => checkHello(older, { networkId, era: 0, versionInForce: 2 });
  expect(refused).toThrowError(
    expect.objectContaining({ code: "NODE_PEER_OUTDATED", detail: { inForce: 2, theirs: 1 } }),
  );
});

describe("frames and answers between nodes", () => {
  test.each(formats)("%s has the bytes it always had, and reads back", (name, body, readBack) => {
    expect(toHex(body)).toBe(golden[name]);
    expect(readBack()).toEqual(meanings[name]);
  });

  test("a request keeps its id", () => {
    for (const request of Object.values(requests)) {
      expect(takeApart(withRequestId(7, encodeRequest(request))).id).toBe(7);
    }
  });

  test("are refused in any other form", () => {
    const broken = [bytes(), bytes(0x80), bytes(0x81, 0x01), bytes(0x82, 0x05, 0x00), bytes(0xff)];
    for (const body of broken) {
      for (const read of [decodeRequest, decodeSidecars, decodeCertifiedAnswer]) {
        if (read === decodeSidecars && body[0] === 0x80) continue;
        try {
          read(body);
        } catch (error) {
          expect((error as LedgerError).code).toMatch(/^LEDGER_(NOT_CANONICAL|BAD_SHAPE)$/);
          continue;
        }
        throw new Error(`taken for something: ${toHex(body)}`);
      }
    }
  });
});
