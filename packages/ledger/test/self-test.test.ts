import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import {
  concat,
  idBytes,
  LedgerError,
  selfTestPrimitives,
  type VerifySignature,
  verifySignature,
} from "../src/primitives/index.ts";

function failure(verify: VerifySignature): string {
  try {
    selfTestPrimitives(verify);
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_SELF_TEST_FAILED") {
      return (error.detail as { readonly test: string }).test;
    }
    throw error;
  }
  return "passed";
}

/** A verifier of another rule: throws nothing, as a node would use it. */
function other(zip215: boolean): VerifySignature {
  return (key, message, signature) => {
    if (signature.length !== 64) return false;
    return ed25519.verify(signature, message, idBytes(key), { zip215 });
  };
}

describe("self-test", () => {
  test("passes on this machine", () => {
    expect(failure(verifySignature)).toBe("passed");
    expect(() => selfTestPrimitives()).not.toThrow();
  });

  test("pitfall 25: refuses a library that multiplies by the cofactor and allows small orders", () => {
    expect(failure(other(true))).toMatch(/of small order$/);
  });

  test("pitfall 25: refuses a library that multiplies by the cofactor", () => {
    expect(failure(other(false))).toMatch(/^A \+ \dT and R \+ \dT/);
  });

  test("refuses a rule that wants every point in the prime-order group", () => {
    const torsionFree = (bytes: Uint8Array) => {
      const point = ed25519.Point.fromBytes(bytes);
      return point.isTorsionFree();
    };
    const narrow: VerifySignature = (key, message, signature) =>
      verifySignature(key, message, signature) &&
      torsionFree(idBytes(key)) &&
      torsionFree(signature.subarray(0, 32));
    expect(failure(narrow)).toMatch(/^A \+ \dT and R \+ \dT/);
  });

  test("refuses a library that accepts everything, nothing, or any length", () => {
    expect(failure(() => true)).toBe("another message");
    expect(failure(() => false)).toBe("a signature verifies");
    const padding: VerifySignature = (key, message, signature) =>
      verifySignature(key, message, concat(signature, new Uint8Array(64)).subarray(0, 64));
    expect(failure(padding)).toBe("a short signature");
    const cutting: VerifySignature = (key, message, signature) =>
      verifySignature(key, message, signature.subarray(0, 64));
    expect(failure(cutting)).toBe("a long signature");
  });

  test("refuses a library that reduces S, so that S + L passes too", () => {
    const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const reducing: VerifySignature = (key, message, signature) => {
      if (signature.length !== 64) return false;
      const hex = Buffer.from(signature.subarray(32)).reverse().toString("hex");
      const reduced = (BigInt(`0x${hex}`) % L).toString(16).padStart(64, "0");
      const s = Buffer.from(reduced, "hex").reverse();
      return verifySignature(key, message, concat(signature.subarray(0, 32), s));
    };
    expect(failure(reducing)).toBe("S + L in place of S");
  });
});
