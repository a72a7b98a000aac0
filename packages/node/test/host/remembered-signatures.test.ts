import type { VerifySignature } from "@tegata/consensus";
import { createSigner, type PublicKey, verifySignature } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { remembering } from "../../src/host/remembered-signatures.ts";

const [one, other] = [7, 8].map((byte) => createSigner(new Uint8Array(32).fill(byte)));
if (one === undefined || other === undefined) throw new Error("two signers");
const messages = Array.from({ length: 4 }, (_, byte) => new Uint8Array(90).fill(byte));

function counted(max?: number) {
  let calls = 0;
  const verify: VerifySignature = (...asked) => {
    calls += 1;
    return verifySignature(...asked);
  };
  return { verify: remembering(verify, max), calls: () => calls };
}

test("a good signature is verified once, and only for its key and message", () => {
  const { verify, calls } = counted();
  const [message = new Uint8Array(0), another = message] = messages;
  const signature = one.sign(message);
  const asked: readonly (readonly [PublicKey, Uint8Array, boolean])[] = [
    [one.publicKey, message, true],
    [one.publicKey, another, false],
    [other.publicKey, message, false],
  ];
  for (const [key, text, isGood] of asked) expect(verify(key, text, signature)).toBe(isGood);
  expect(calls()).toBe(3);
  expect(verify(one.publicKey, message, signature)).toBe(true);
  expect(calls()).toBe(3);
  const altered = signature.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
  for (const times of [4, 5]) {
    expect(verify(one.publicKey, message, altered)).toBe(false);
    expect(calls()).toBe(times);
  }
});

test("no more good signatures are remembered than the bound, the newest ones", () => {
  const { verify, calls } = counted(2);
  const ask = (message: Uint8Array) => verify(one.publicKey, message, one.sign(message));
  for (const message of messages) expect(ask(message)).toBe(true);
  expect(calls()).toBe(4);
  for (const message of messages.slice(2)) expect(ask(message)).toBe(true);
  expect(calls()).toBe(4);
  for (const message of messages.slice(0, 1)) expect(ask(message)).toBe(true);
  expect(calls()).toBe(5);
});
