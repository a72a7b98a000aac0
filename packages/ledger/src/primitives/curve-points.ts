import { fromHex } from "./ids.ts";

/** Order L of the base point, little-endian. Source: RFC 8032 section 5.1. */
const groupOrder = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/** p - 1 = 2^255 - 20, the largest canonical coordinate, little-endian. Source: RFC 7748 section 4.1. */
const fieldMax = fromHex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

/**
 * The y coordinates of the eight points whose order divides 8: order 4, 1, 2 and twice order 8.
 * With either sign bit they make ten encodings; writing 0 and 1 as p and p + 1 makes the other four of
 * the fourteen, which are not canonical. Source: Cremers, Jackson, "Prime, Order Please!", table 1.
 */
const smallOrderYs: readonly Uint8Array[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

/** X25519 coordinates that send every secret to zero. Source: RFC 7748 section 7, curve25519 "validate". */
const lowOrderUs: readonly Uint8Array[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
].map(fromHex);

/** Compares little-endian numbers of 32 bytes: negative, zero or positive. */
function compareNumbers(a: Uint8Array, b: Uint8Array): number {
  for (let index = 31; index >= 0; index -= 1) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function withoutSign(point: Uint8Array): Uint8Array {
  const coordinate = Uint8Array.from(point);
  coordinate[31] = (coordinate[31] as number) & 0x7f;
  return coordinate;
}

/** Whether a scalar of 32 bytes is below L, so that a signature has one form. Source: RFC 8032 section 5.1.7. */
export function isCanonicalScalar(scalar: Uint8Array): boolean {
  return compareNumbers(scalar, groupOrder) < 0;
}

/** Whether a coordinate of 32 bytes is below p, its high bit clear. Source: RFC 7748 section 5. */
export function isCanonicalCoordinate(coordinate: Uint8Array): boolean {
  return compareNumbers(coordinate, fieldMax) <= 0;
}

/** Whether an X25519 coordinate, canonical already, has an order that divides 8 on curve or twist. */
export function isLowOrderCoordinate(u: Uint8Array): boolean {
  return lowOrderUs.some((low) => compareNumbers(u, low) === 0);
}

/**
 * Whether bytes may stand for an Ed25519 point A or R: 32 bytes, y below p and none of the fourteen encodings
 * of a point of small order, among them both negative zeros. Whether the curve has such a point stays open.
 * Source: docs/PROTOCOL.md, Signatures.
 */
export function isAdmissiblePoint(point: Uint8Array): boolean {
  if (point.length !== 32) return false;
  const y = withoutSign(point);
  return isCanonicalCoordinate(y) && !smallOrderYs.some((small) => compareNumbers(y, small) === 0);
}
