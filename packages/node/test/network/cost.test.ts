import { defaultCrypto } from "@chainsafe/libp2p-noise/crypto";
import type { MultiaddrConnection, Stream } from "@libp2p/interface";
import { multiaddrConnectionPair } from "@libp2p/utils";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundedMuxer } from "../../src/network/bounded-muxer.ts";
import { networkLimits } from "../../src/network/limits.ts";
import { noiseCrypto } from "../../src/network/noise-crypto.ts";
import { until } from "./testnet.ts";

const nothing = new Uint8Array(0);
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const messages = fc.oneof(
  fc.uint8Array({ maxLength: 1_024 }),
  fc.uint8Array({ minLength: 60_000, maxLength: 65_519 }),
);

describe("encryption of a connection", () => {
  test("puts the same bytes on the wire as the library's, and reads them back", () => {
    fc.assert(
      fc.property(messages, bytes(32), bytes(12), (plaintext, key, nonce) => {
        const sealed = noiseCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, nothing, key);
        const theirs = defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, nothing, key);
        expect(Buffer.compare(sealed.subarray(), theirs.subarray())).toBe(0);
        const copy = Uint8Array.from(sealed.subarray());
        const opened = noiseCrypto.chaCha20Poly1305Decrypt(copy, nonce, nothing, key);
        expect(Buffer.compare(opened.subarray(), plaintext)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("opens nothing that was changed, cut or meant for another key", () => {
    const any = fc.nat({ max: 70_000 });
    fc.assert(
      fc.property(messages, bytes(32), bytes(12), any, (plaintext, key, nonce, at) => {
        const sealed = noiseCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, nothing, key);
        const open = (forged: Uint8Array, under: Uint8Array): unknown =>
          noiseCrypto.chaCha20Poly1305Decrypt(Uint8Array.from(forged), nonce, nothing, under);
        const forged = Uint8Array.from(sealed.subarray());
        const place = at % forged.length;
        forged[place] = (forged[place] as number) ^ 1;
        expect(() => open(forged, key)).toThrow();
        expect(() => open(sealed.subarray(0, place), key)).toThrow();
        const other = Uint8Array.from(key);
        other[at % 32] = (other[at % 32] as number) ^ 1;
        expect(() => open(sealed.subarray(), other)).toThrow();
      }),
      { numRuns: 60 },
    );
  });
});

/** A stream over two muxers, with what its sender's connection is told. */
async function oneWay() {
  const [near, far] = multiaddrConnectionPair();
  const create = (connection: MultiaddrConnection) =>
    boundedMuxer(networkLimits)().createStreamMuxer(connection);
  const [sender, receiver] = [create(near), create(far)];
  const arrived: { stream: Stream | null; bytes: number } = { stream: null, bytes: 0 };
  receiver.addEventListener("stream", ({ detail: stream }) => {
    arrived.stream = stream;
    stream.addEventListener("message", ({ data }) => {
      arrived.bytes += data.byteLength;
    });
  });
  let updates = 0;
  near.addEventListener("message", () => {
    updates += 1;
  });
  const stream = await sender.createStream();
  await until(() => arrived.stream !== null, "the stream arrives");
  const close = async (): Promise<void> => {
    near.abort(new Error("the test is over"));
    far.abort(new Error("the test is over"));
    await until(() => near.status !== "open" && far.status !== "open", "both ends are closed");
  };
  return { stream, arrived, updates: () => updates, close };
}

describe("a stream", () => {
  test("costs no answer for a small frame", async () => {
    const { stream, arrived, updates, close } = await oneWay();
    const before = updates();
    for (let sent = 0; sent < 200; sent += 1) {
      stream.send(new Uint8Array(100));
      await until(() => arrived.bytes === 100 * (sent + 1), "a frame arrives");
    }
    // The answer to the stream's beginning, and pings now and then.
    expect(updates() - before).toBeLessThan(20);
    await close();
  });

  test("goes on for many windows, whatever pieces it is sent in", async () => {
    const { stream, arrived, updates, close } = await oneWay();
    const windows = 20;
    const target = windows * networkLimits.streamWindowBytes;
    for (let sent = 0, size = 1; sent < target; size = (size * 7_919 + 1) % 65_472) {
      const piece = new Uint8Array(Math.min(size + 1, target - sent));
      const goesOn = stream.send(piece);
      sent += piece.length;
      if (!goesOn) await until(() => arrived.bytes === sent, "what was sent arrives");
    }
    await until(() => arrived.bytes === target, "everything arrives");
    expect(updates()).toBeLessThanOrEqual(2 * windows + 2);
    await close();
  });
});
