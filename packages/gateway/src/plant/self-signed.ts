import { generateKeyPairSync, sign } from "node:crypto";
import { isIP } from "node:net";
import { concat } from "@tegata/ledger/primitives";
import { drawBytes } from "@tegata/ledger/vault";

/** A certificate that is its own issuer, and its key, both as PEM. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/** Who a certificate is for and how long it holds. */
export interface SelfSignedRequest {
  /** What people see as its name. */
  readonly title: string;
  /** Host names and addresses under which it is met. */
  readonly hosts: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  hostName: 0x82,
  hostAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const;

// Object identifiers as they stand in DER.
const oid = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectNames: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
  extendedKeyUsage: [0x55, 0x1d, 0x25],
  serverAuthentication: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
} as const;

/** One value of DER. Source: ITU-T X.690 section 8.1. */
function der(kind: number, ...contents: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const content = concat(...contents.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const head =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length];
  return concat(Uint8Array.of(kind, ...head), content);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const named = (name: readonly number[]): Uint8Array => der(tag.oid, name);

/** Two digits for the year until 2049, four from then on. Source: RFC 5280 section 4.1.2.5. */
function moment(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? der(tag.utcTime, text(digits.slice(2))) : der(tag.time, text(digits));
}

/** The bytes of an address, four or sixteen. */
function addressBytes(address: string): readonly number[] {
  if (isIP(address) === 4) return address.split(".").map(Number);
  const { hostname } = new URL(`http://[${address}]`);
  const [left = "", right = ""] = hostname.slice(1, -1).split("::");
  const words = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const zeros = Array.from({ length: 8 - words(left).length - words(right).length }, () => "0");
  return [...words(left), ...zeros, ...words(right)].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 255];
  });
}

function extension(name: readonly number[], isCritical: boolean, value: Uint8Array): Uint8Array {
  const critical = isCritical ? [der(tag.boolean, [0xff])] : [];
  return der(tag.sequence, named(name), ...critical, der(tag.octets, value));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/**
 * A fresh P-256 key and a certificate of it that vouches for itself alone: it can issue no other, so a machine
 * that trusts it trusts this one server. Source: RFC 5280 section 4.1, RFC 5480, RFC 5758 section 3.2.
 */
export function issueSelfSigned({ title, hosts, fromMs, untilMs }: SelfSignedRequest): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(tag.sequence, named(oid.ecdsaWithSha256));
  const name = der(
    tag.sequence,
    der(tag.set, der(tag.sequence, named(oid.commonName), der(tag.utf8, text(title)))),
  );
  const names = hosts.map((host) =>
    isIP(host) === 0 ? der(tag.hostName, text(host)) : der(tag.hostAddress, addressBytes(host)),
  );
  const usage = der(tag.sequence, named(oid.serverAuthentication));
  const [first = 0, ...rest] = drawBytes(16);
  // Positive, and of the same length whatever was drawn.
  const serial = [(first & 0x3f) | 0x40, ...rest];
  const toSign = der(
    tag.sequence,
    der(tag.version, der(tag.integer, [2])),
    der(tag.integer, serial),
    algorithm,
    name,
    der(tag.sequence, moment(fromMs), moment(untilMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      tag.extensions,
      der(
        tag.sequence,
        extension(oid.basicConstraints, true, der(tag.sequence)),
        extension(oid.extendedKeyUsage, false, usage),
        extension(oid.subjectNames, false, der(tag.sequence, ...names)),
      ),
    ),
  );
  const signature = sign("sha256", toSign, { key: privateKey, dsaEncoding: "der" });
  const certificate = der(tag.sequence, toSign, algorithm, der(tag.bits, [0], signature));
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
