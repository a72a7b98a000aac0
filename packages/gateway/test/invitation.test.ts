import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BlockId, createSigner, type NetworkId, toHex } from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../src/errors.ts";
import {
  type InvitationTicket,
  invitationFromText,
  invitationToText,
} from "../src/membership/invitation-text.ts";

const golden = join(import.meta.dirname, "golden", "invitation.json");

const ticket: InvitationTicket = {
  networkId: "a1".repeat(32) as NetworkId,
  listenerKey: createSigner(new Uint8Array(32).fill(1)).publicKey,
  addresses: ["/dns4/node.kato.example/tcp/7001", "/ip4/203.0.113.4/tcp/7001"],
  expiresMs: 1_795_000_000_000,
  trusted: { height: 18_204, blockId: "b2".repeat(32) as BlockId },
  seed: new Uint8Array(32).fill(2),
};

function faultOf(text: string): string | null {
  try {
    invitationFromText(text);
    return null;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "GATEWAY_INVITATION_TEXT") {
      return (error as GatewayError<"GATEWAY_INVITATION_TEXT">).detail.fault;
    }
    throw error;
  }
}

describe("the line of an invitation", () => {
  test("has the bytes of the golden vector", () => {
    const { text, seed, ...said } = JSON.parse(readFileSync(golden, "utf8"));
    expect(invitationToText(ticket)).toBe(text);
    expect({ ...invitationFromText(text), seed: toHex(ticket.seed) }).toEqual({ ...said, seed });
  });

  test("is read with white space around it", () => {
    expect(invitationFromText(`  ${invitationToText(ticket)}\r\n`)).toEqual(ticket);
  });

  test("of another kind, cut off or mistyped is told apart", () => {
    const line = invitationToText(ticket);
    for (const other of ["", "tgc1abc", "hello", "tg"]) expect(faultOf(other)).toBe("other");
    for (const length of [4, 5, 10, line.length - 40, line.length - 1]) {
      expect(faultOf(line.slice(0, length)), `${length}`).toBe("cut");
    }
    expect(faultOf(`${line.slice(0, 60)} ${line.slice(60)}`)).toBe("mistyped");
    expect(faultOf(`tgi1${"A".repeat(4_000)}`)).toBe("other");
  });

  test("with any one character changed is refused", () => {
    const line = invitationToText(ticket);
    const places = fc.integer({ min: 4, max: line.length - 1 });
    const letters = fc.constantFrom(..."ABCxyz012-_");
    fc.assert(
      fc.property(places, letters, (place, letter) => {
        fc.pre(line[place] !== letter);
        expect(faultOf(line.slice(0, place) + letter + line.slice(place + 1))).not.toBeNull();
      }),
    );
  });
});
