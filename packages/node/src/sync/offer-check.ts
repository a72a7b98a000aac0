import {
  type BlockHeader,
  blockIdOf,
  checkpointFor,
  decodeHeader,
  type Genesis,
  type Head,
  isCheckpoint,
  limits,
  type SetChange,
  stateRootOf,
} from "@tegata/ledger/chain";
import { type Hash, LedgerError } from "@tegata/ledger/primitives";
import type { PaceWork } from "@tegata/ledger/storage";
import { founded, type Light, stepTo } from "@tegata/light";
import type { ArrivingOffer, CertifiedHeader } from "./snapshot-answers.ts";
import type { TrustedBlock } from "./trusted-block.ts";

/** A snapshot that the network decided on: everything of it but the buckets. */
export interface CheckedOffer {
  readonly offer: ArrivingOffer;
  readonly head: Head;
  readonly stateRoot: Hash;
  /** Height of the header that names the root. */
  readonly proofHeight: number;
}

/** Why an offer is none: a word for the log. */
export type OfferVerdict =
  | { readonly ok: true; readonly checked: CheckedOffer }
  | { readonly ok: false; readonly reason: string };

/** What an offer is measured by. */
export interface OfferMeasure {
  readonly genesis: Genesis;
  /** The block that the chain must have; the offer has to lead through it where it lies no higher. */
  readonly trusted: TrustedBlock | null;
  /** Called between two certificates. */
  readonly pace: PaceWork;
}

const no = (reason: string): OfferVerdict => ({ ok: false, reason });

function readHeader(bytes: Uint8Array): BlockHeader | null {
  try {
    return decodeHeader(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** The root over the offered buckets. */
function rootOver({ bucketRoots, keyCount }: ArrivingOffer): Hash {
  const roots = Array.from({ length: limits.buckets }, (_, bucket) =>
    bucketRoots.subarray(bucket * 32, bucket * 32 + 32),
  );
  return stateRootOf(roots, keyCount);
}

interface Waypoint extends CertifiedHeader {
  readonly height: number;
}

/** Why the network did not decide all of the waypoints, from the genesis on; null where it did. */
async function brokenWay(
  waypoints: readonly Waypoint[],
  changes: readonly SetChange[],
  { genesis, pace }: OfferMeasure,
): Promise<string | null> {
  let light: Light = founded(genesis);
  let validators: Uint8Array | null = null;
  let waiting = [...waypoints].sort((one, other) => one.height - other.height);
  const settle = async (heightMax: number): Promise<string | null> => {
    for (const { height, header, certificate } of waiting) {
      if (height > heightMax) continue;
      const verdict = stepTo(light, { header, certificate, validators });
      if (!verdict.ok) return verdict.code;
      await pace();
    }
    waiting = waiting.filter(({ height }) => height > heightMax);
    return null;
  };
  for (const { header, certificate, nextValidators } of changes) {
    const height = readHeader(header)?.height ?? 0;
    const broken = await settle(height);
    if (broken !== null) return broken;
    const verdict = stepTo(light, { header, certificate, validators });
    if (!verdict.ok) return verdict.code;
    light = verdict.light;
    if (light.nextValidatorsHash === light.validatorsHash) return "LIGHT_SET_UNCHANGED";
    validators = nextValidators;
    await pace();
  }
  return settle(Number.MAX_SAFE_INTEGER);
}

/** The trusted block as a waypoint, `null` where it lies above the offer, or why it is none. */
function trustedWaypoint(
  { trusted }: ArrivingOffer,
  expected: TrustedBlock | null,
  proofHeight: number,
): Waypoint | string | null {
  if (expected === null || expected.height === 0 || expected.height > proofHeight) return null;
  const height = trusted === null ? null : (readHeader(trusted.header)?.height ?? null);
  if (trusted === null || height !== expected.height) return "trusted block missing";
  if (blockIdOf(trusted.header) !== expected.blockId) return "another block than the trusted one";
  return { ...trusted, height };
}

/**
 * Follows the chain from the genesis to an offered snapshot by its changes of the set and through the
 * trusted block, and compares the bucket roots with the root that a certified header names. Cheap checks
 * come before the first signature; it never throws for what is in the bytes.
 * Source: docs/PROTOCOL.md section 8.
 */
export async function checkOffer(
  offer: ArrivingOffer,
  measure: OfferMeasure,
): Promise<OfferVerdict> {
  const header = readHeader(offer.header);
  const proof = readHeader(offer.proofHeader);
  if (header === null || proof === null) return no("no header");
  const { height, timeMs } = header;
  const { genesis } = measure;
  if (height === 0 || !isCheckpoint(height)) return no("no checkpoint");
  if (checkpointFor(proof.height) !== height) return no("a header of another checkpoint");
  if (rootOver(offer) !== proof.stateRoot) return no("other buckets than the state root says");
  const { trusted } = measure;
  if (trusted?.height === 0 && trusted.blockId !== (genesis.networkId as string)) {
    return no("another genesis than the trusted one");
  }
  const through = trustedWaypoint(offer, trusted, proof.height);
  if (typeof through === "string") return no(through);
  const waypoints: Waypoint[] = [
    { height, header: offer.header, certificate: offer.certificate },
    { height: proof.height, header: offer.proofHeader, certificate: offer.proofCertificate },
    ...(through === null ? [] : [through]),
  ];
  const broken = await brokenWay(waypoints, offer.setChanges, measure);
  if (broken !== null) return no(broken);
  const head = { height, blockId: blockIdOf(offer.header), timeMs };
  const checked = { offer, head, stateRoot: proof.stateRoot, proofHeight: proof.height };
  return { ok: true, checked };
}

/** The changes of the set that the state of an offered checkpoint already contains. */
export function changesUpTo({ offer, head }: CheckedOffer): readonly SetChange[] {
  return offer.setChanges.filter(({ header }) => decodeHeader(header).height <= head.height);
}
