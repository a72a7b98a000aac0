import { describe, expect, test } from "vitest";
import { checkPayload, openSidecar, type Sidecar, sidecarShape } from "../../src/chain/index.ts";
import { fromBytes, LedgerError, toBytes } from "../../src/primitives/index.ts";
import { filler, ledgerWithStream, records, sign } from "./fixtures.ts";

const { ledger, owner, stream } = ledgerWithStream();
const sidecar: Sidecar = {
  transaction: sign(ledger, owner, records(ledger, owner, stream)),
  payloads: [filler("part 0", 272), filler("part 1", 528)],
};

function reasonOf(payloads: readonly Uint8Array[]): string | null {
  try {
    openSidecar({ transaction: sidecar.transaction.bytes, payloads });
    return null;
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_SIDECAR_MISMATCH") {
      return (error.detail as { reason: string }).reason;
    }
    throw error;
  }
}

describe("a sidecar", () => {
  test("comes back from its bytes", () => {
    const { transaction, payloads } = sidecar;
    const sent = toBytes(sidecarShape, { transaction: transaction.bytes, payloads });
    expect(openSidecar(fromBytes(sidecarShape, sent))).toStrictEqual(sidecar);
  });

  test("is opened only with exactly the payloads that its transaction names", () => {
    const [first, second] = sidecar.payloads as [Uint8Array, Uint8Array];
    expect(reasonOf([first, second])).toBeNull();
    expect(reasonOf([first])).toBe("count");
    expect(reasonOf([first, second, second])).toBe("count");
    expect(reasonOf([second, first])).toBe("length");
    expect(reasonOf([first, second.subarray(1)])).toBe("length");
    expect(reasonOf([first.map((byte) => byte ^ 1), second])).toBe("hash");
  });

  test("a single payload is checked by its index", () => {
    const [first] = sidecar.payloads as [Uint8Array];
    expect(() => checkPayload(sidecar.transaction, 0, first)).not.toThrow();
    expect(() => checkPayload(sidecar.transaction, 1, first)).toThrow(LedgerError);
    expect(() => checkPayload(sidecar.transaction, 2, first)).toThrow(LedgerError);
  });
});
