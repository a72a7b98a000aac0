import {
  type BlockHeader,
  blockIdOf,
  decodeHeader,
  type Genesis,
  genesisHead,
  genesisValidators,
  type Validator,
  validatorsHashOf,
  validatorsShape,
} from "@tegata/ledger/chain";
import {
  type BlockId,
  fromBytes,
  type Hash,
  hashId,
  type NetworkId,
  type Refusal,
  refuse,
  taggedHash,
} from "@tegata/ledger/primitives";
import { verifyCommit } from "./commit.ts";
import type { LightRefusal } from "./refusal.ts";
import { readOrNull } from "./strict.ts";

/** How far a chain was followed, and by whom the next height may be decided: small plain data. */
export interface Light {
  readonly network: NetworkId;
  /** 0 until a trust reset; certificates of another era do not count. */
  readonly era: number;
  readonly height: number;
  /** At height 0 the network id. */
  readonly blockId: BlockId;
  readonly timeMs: number;
  /** In force at `height`, ascending by key; at height 0 the founders. */
  readonly validators: readonly Validator[];
  readonly validatorsHash: Hash;
  /** What the followed header says of the set in force one height further. */
  readonly nextValidatorsHash: Hash;
}

/** A height as a stranger gives it. */
export interface LightStep {
  readonly header: Uint8Array;
  /** A commit certificate for it. */
  readonly certificate: Uint8Array;
  /** Canonical bytes of the set in force at this height, or null where it is that of the height before. */
  readonly validators: Uint8Array | null;
}

/** A header that the network decided. */
export interface FollowedBlock {
  readonly blockId: BlockId;
  readonly header: BlockHeader;
  /** Whose precommits the certificate holds. */
  readonly signers: readonly Validator[];
}

/** Where a follower begins that has a header from somebody it trusts instead of the genesis. */
export interface TrustedHeader {
  readonly network: NetworkId;
  readonly era: number;
  readonly header: Uint8Array;
  /** Canonical bytes of the set in force at its height. */
  readonly validators: Uint8Array;
}

/** The chain is one height longer, or as it was. */
export type LightVerdict =
  | { readonly ok: true; readonly light: Light; readonly followed: FollowedBlock }
  | Refusal<LightRefusal>;

type SetVerdict =
  | { readonly ok: true; readonly validators: readonly Validator[] }
  | Refusal<LightRefusal>;

/** Only the genesis of a network is known: height 0, era 0. */
export function founded(genesis: Genesis): Light {
  const validators = genesisValidators(genesis);
  const validatorsHash = validatorsHashOf(validators);
  const { height, blockId, timeMs } = genesisHead(genesis);
  return {
    network: genesis.networkId,
    era: 0,
    height,
    blockId,
    timeMs,
    validators,
    validatorsHash,
    nextValidatorsHash: validatorsHash,
  };
}

/**
 * Begins at a header that the caller trusts; no certificate is asked for. The validators have to be those
 * that the header names.
 */
export function trusted(
  given: TrustedHeader,
): { readonly ok: true; readonly light: Light } | Refusal<LightRefusal> {
  const { network, era } = given;
  const header = readOrNull(() => decodeHeader(given.header));
  if (header === null) return refuse("LIGHT_HEADER_FORMAT");
  const set = readValidators(given.validators, header.validatorsHash);
  if (!set.ok) return set;
  const blockId = blockIdOf(given.header);
  return { ok: true, light: lightAt({ network, era }, header, blockId, set.validators) };
}

/**
 * Follows a chain by one height: the header continues the last one, its validators are those that the last
 * one announced, and a quorum of them decided it. Nothing changes unless all of it holds. Never throws for
 * what is in the bytes; cheap checks come before the first signature.
 * Source: docs/PROTOCOL.md, sections 5.8 and 5.10; docs/protocol-consensus.md, section 6.2.
 */
export function advance(light: Light, step: LightStep): LightVerdict {
  const header = readOrNull(() => decodeHeader(step.header));
  if (header === null) return refuse("LIGHT_HEADER_FORMAT");
  if (header.height !== light.height + 1) {
    return refuse("LIGHT_HEIGHT", { expected: light.height + 1, actual: header.height });
  }
  return follow(light, step, header);
}

/**
 * Goes on to any later height at which the set that was announced last is still in force: headers between
 * that leave it alone may be left out. What the header says of the blocks between is taken from the
 * quorum that decided it. Otherwise as {@link advance}.
 * Source: docs/PROTOCOL.md, section 5.9.
 */
export function stepTo(light: Light, step: LightStep): LightVerdict {
  const header = readOrNull(() => decodeHeader(step.header));
  if (header === null) return refuse("LIGHT_HEADER_FORMAT");
  if (header.height <= light.height) {
    return refuse("LIGHT_HEIGHT", { expected: light.height + 1, actual: header.height });
  }
  return follow(light, step, header);
}

/** The header is of a later height; where it is the next one, it has to continue the very same block. */
function follow(light: Light, step: LightStep, header: BlockHeader): LightVerdict {
  const broken = breakOf(light, header);
  if (broken !== null) return broken;
  const set =
    step.validators === null
      ? sameAsBefore(light)
      : readValidators(step.validators, light.nextValidatorsHash);
  if (!set.ok) return set;
  const { validators } = set;
  const { proposer, height } = header;
  if (!validators.some(({ member, suspended }) => member === proposer && !suspended)) {
    return refuse("LIGHT_PROPOSER", { proposer });
  }
  const { network, era } = light;
  const blockId = blockIdOf(step.header);
  const decided = { network, era, height, blockId, validators };
  const commit = verifyCommit(step.certificate, decided);
  if (!commit.ok) return commit;
  return {
    ok: true,
    light: lightAt(light, header, blockId, validators),
    followed: { blockId, header, signers: commit.signers },
  };
}

/** How a header fails to continue the followed chain; null where it does. */
function breakOf(light: Light, header: BlockHeader): Refusal<LightRefusal> | null {
  const isNext = header.height === light.height + 1;
  if (isNext && header.previousBlockId !== light.blockId) {
    const detail = { expected: light.blockId, actual: header.previousBlockId };
    return refuse("LIGHT_PREVIOUS_BLOCK", detail);
  }
  if (header.timeMs <= light.timeMs) {
    return refuse("LIGHT_TIME", { previousMs: light.timeMs, timeMs: header.timeMs });
  }
  if (header.validatorsHash !== light.nextValidatorsHash) {
    const detail = { expected: light.nextValidatorsHash, actual: header.validatorsHash };
    return refuse("LIGHT_VALIDATORS_HASH", detail);
  }
  return null;
}

function sameAsBefore(light: Light): SetVerdict {
  if (light.validatorsHash !== light.nextValidatorsHash) return refuse("LIGHT_VALIDATORS_MISSING");
  return { ok: true, validators: light.validators };
}

/** The hash comes first, so that only what a quorum announced is ever taken apart. */
function readValidators(received: Uint8Array, expected: Hash): SetVerdict {
  const actual = hashId(taggedHash("validators", received));
  if (actual !== expected) return refuse("LIGHT_VALIDATORS_HASH", { expected, actual });
  const validators = readOrNull(() => fromBytes(validatorsShape, received));
  if (validators === null || validators.length === 0) return refuse("LIGHT_VALIDATORS_FORMAT");
  const isSorted = validators.every(
    ({ key }, index) => index === 0 || (validators[index - 1] as Validator).key < key,
  );
  return isSorted ? { ok: true, validators } : refuse("LIGHT_VALIDATORS_FORMAT");
}

function lightAt(
  { network, era }: Pick<Light, "network" | "era">,
  header: BlockHeader,
  blockId: BlockId,
  validators: readonly Validator[],
): Light {
  const { height, timeMs, validatorsHash, nextValidatorsHash } = header;
  return {
    network,
    era,
    height,
    blockId,
    timeMs,
    validators,
    validatorsHash,
    nextValidatorsHash,
  };
}
