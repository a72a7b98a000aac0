import { ed25519 } from "@noble/curves/ed25519.js";
import { isAdmissiblePoint, isCanonicalCoordinate, isLowOrderCoordinate } from "./curve-points.ts";
import { accepted, refuse, type Verdict } from "./errors.ts";

/** ML-KEM-768: three polynomials of 256 coefficients of 12 bits, then 32 bytes. Source: FIPS 203 section 8. */
const coefficientBytes = 1_152;
const mlKemBytes = coefficientBytes + 32;
const fieldPrime = 3_329;

/** Size of an encryption key: ML-KEM-768 (1,184 bytes), then X25519 (32 bytes). */
export const encryptionKeyBytes: number = mlKemBytes + 32;

/** Refusals of keys. */
export type KeyRefusalCode = "LEDGER_BAD_SIGNING_KEY" | "LEDGER_BAD_ENCRYPTION_KEY";

function isPrimeOrderPoint(bytes: Uint8Array): boolean {
  try {
    return ed25519.Point.fromBytes(bytes).isTorsionFree();
  } catch {
    // The library throws for encodings that are no point of the curve.
    return false;
  }
}

/**
 * Checks that bytes may become a member's Ed25519 key: 32 bytes, canonical, not of small order, on the
 * curve and free of torsion, so that exactly one secret matches it. Takes about 7 ms; once a key.
 * Source: RFC 8032 section 5.1.3; docs/PROTOCOL.md, Keys.
 */
export function checkSigningKey(publicKey: Uint8Array): Verdict<"LEDGER_BAD_SIGNING_KEY"> {
  if (publicKey.length !== 32) return refuse("LEDGER_BAD_SIGNING_KEY", { reason: "length" });
  if (!isAdmissiblePoint(publicKey)) {
    return refuse("LEDGER_BAD_SIGNING_KEY", { reason: "not canonical or of small order" });
  }
  if (!isPrimeOrderPoint(publicKey)) {
    return refuse("LEDGER_BAD_SIGNING_KEY", { reason: "not in the prime-order group" });
  }
  return accepted;
}

function refuseEncryptionKey(reason: string): Verdict<"LEDGER_BAD_ENCRYPTION_KEY"> {
  return refuse("LEDGER_BAD_ENCRYPTION_KEY", { reason });
}

/**
 * Checks that bytes may become a member's X-Wing key, ML-KEM-768 followed by X25519: 1,216 bytes, every
 * coefficient reduced, not all of them zero, and an X25519 coordinate below p that is not of low order.
 * Source: FIPS 203 section 7.2; RFC 7748 sections 5 and 6.1; X-Wing draft section 5.2.
 */
export function checkEncryptionKey(bytes: Uint8Array): Verdict<"LEDGER_BAD_ENCRYPTION_KEY"> {
  if (bytes.length !== encryptionKeyBytes) return refuseEncryptionKey("length");
  let zero = true;
  for (let index = 0; index < coefficientBytes; index += 3) {
    const middle = bytes[index + 1] as number;
    const first = (bytes[index] as number) | ((middle & 0x0f) << 8);
    const second = (middle >>> 4) | ((bytes[index + 2] as number) << 4);
    if (first >= fieldPrime || second >= fieldPrime) {
      return refuseEncryptionKey("a coefficient is not reduced");
    }
    if (first !== 0 || second !== 0) zero = false;
  }
  if (zero) return refuseEncryptionKey("all coefficients are zero");
  const u = bytes.subarray(mlKemBytes);
  if (!isCanonicalCoordinate(u)) return refuseEncryptionKey("X25519 half is not canonical");
  if (isLowOrderCoordinate(u)) return refuseEncryptionKey("X25519 half is of low order");
  return accepted;
}
