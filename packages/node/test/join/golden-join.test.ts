import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createSigner,
  type MemberId,
  type NetworkId,
  type PublicKey,
  toHex,
} from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { NodeError } from "../../src/errors.ts";
import {
  decodeMembers,
  decodeRegistered,
  decodeServerMessage,
  decodeStanding,
  decodeStrangerMessage,
  encodeMembers,
  encodeRegistered,
  encodeServerMessage,
  encodeStanding,
  encodeStrangerMessage,
  type JoinStanding,
  type Registered,
  type ServerMessage,
  type StrangerMessage,
} from "../../src/join/messages.ts";
import { isInvitationProven, proveInvitation } from "../../src/join/proof.ts";
import { member } from "../network/testnet.ts";

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "golden", "join.json"), "utf8"),
) as Readonly<Record<string, string>>;

const fill = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const seed = fill(7);
const scene = {
  networkId: "5e".repeat(32) as NetworkId,
  nonce: fill(0x2a),
  listenerKey: createSigner(fill(1)).publicKey,
  strangerKey: createSigner(fill(2)).publicKey,
};
const signature = proveInvitation(seed, scene);
const invitationKey: PublicKey = createSigner(seed).publicKey;

const fromListener: Readonly<Record<string, ServerMessage>> = {
  greeting: { type: "greeting", networkName: "Chubu Press", nonce: fill(0x2a) },
  accepted: { type: "accepted" },
  refused: { type: "refused", code: "expired" },
  chunk: { type: "chunk", last: false, bytes: fill(3, 4) },
  lastChunk: { type: "chunk", last: true, bytes: fill(3, 0) },
  answer: { type: "answer", code: null },
  answerCode: { type: "answer", code: "LEDGER_NAME_TAKEN" },
};

const fromCompany: Readonly<Record<string, StrangerMessage>> = {
  proof: { type: "proof", invitationKey, signature },
  genesis: { type: "genesis" },
  apply: { type: "apply", application: fill(4, 5) },
  standing: { type: "standing" },
  members: { type: "members" },
  carry: { type: "carry", bodies: [fill(5, 2), fill(6, 3)] },
  registered: { type: "registered" },
};

const applied: JoinStanding = {
  ...{ state: "applied", yes: 1, needed: 3, approvers: ["Asahi Motors"] },
};
const registered: Registered = {
  memberId: "1a".repeat(32) as MemberId,
  state: {
    ...{ name: "Kato Press", handle: "kato", rootKey: createSigner(fill(3)).publicKey },
    recoveryKey: fill(9, 4),
    keys: [
      { role: "network", version: 2, key: fill(8), height: 7, endMs: null, isCompromised: false },
    ],
    ...{ addresses: ["/dns4/node.example/tcp/7000"], joinedHeight: 0 },
    ...{ admission: 1, leftHeight: null },
  },
};
const members = [member(1, ["/dns4/node.example/tcp/7000"]), member(2, [])];

describe("messages about joining", () => {
  test.each(Object.entries(fromListener))("%s has its bytes and reads back", (name, message) => {
    expect(toHex(encodeServerMessage(message))).toBe(golden[name]);
    expect(decodeServerMessage(encodeServerMessage(message))).toEqual(message);
  });

  test.each(Object.entries(fromCompany))("%s has its bytes and reads back", (name, message) => {
    expect(toHex(encodeStrangerMessage(message))).toBe(golden[name]);
    expect(decodeStrangerMessage(encodeStrangerMessage(message))).toEqual(message);
  });

  test("answers in pieces have their bytes and read back", () => {
    expect(toHex(encodeStanding(applied))).toBe(golden.answerStanding);
    expect(decodeStanding(encodeStanding(applied))).toEqual(applied);
    expect(toHex(encodeMembers(members))).toBe(golden.answerMembers);
    expect(decodeMembers(encodeMembers(members))).toEqual(members);
    expect(toHex(encodeRegistered(registered))).toBe(golden.answerRegistered);
    expect(decodeRegistered(encodeRegistered(registered))).toEqual(registered);
  });

  test("are refused in any other form", () => {
    const others = ["", "80", "8200", "820080", "82018101", "821880", "ff", "8203a0"];
    for (const hex of others) {
      const body = new Uint8Array(Buffer.from(hex, "hex"));
      const readers = [
        decodeServerMessage,
        decodeStrangerMessage,
        decodeStanding,
        decodeRegistered,
      ];
      for (const read of readers) {
        expect(() => read(body), hex).toThrow(NodeError);
      }
    }
  });
});

describe("the proof of an invitation", () => {
  test("holds for the one conversation it was made in", () => {
    expect(isInvitationProven(invitationKey, signature, scene)).toBe(true);
    const others = [
      { ...scene, networkId: "5f".repeat(32) as NetworkId },
      { ...scene, nonce: fill(0x2b) },
      { ...scene, listenerKey: scene.strangerKey },
      { ...scene, strangerKey: scene.listenerKey },
    ];
    for (const other of others) {
      expect(isInvitationProven(invitationKey, signature, other)).toBe(false);
    }
    expect(isInvitationProven(scene.listenerKey, signature, scene)).toBe(false);
  });
});
