import type { Head, Offence, Validator } from "../../src/chain/index.ts";
import {
  decode,
  encode,
  fromHex,
  type NetworkId,
  type PublicKey,
  type Signer,
  signBytes,
  taggedHash,
  toHex,
  type Value,
  verifySignature,
} from "../../src/primitives/index.ts";
import { bytesOf, type Founder } from "./fixtures.ts";

/** What a vote's signature covers, as docs/protocol-consensus.md says it; consensus lies above this package. */
function voteBytes(fields: readonly Value[], network: NetworkId): Uint8Array {
  return signBytes("vote", network, 0, taggedHash("vote", encode(fields)));
}

/** Number of a precommit on the wire. */
const precommit = 1;

/** A commit certificate for the head: the precommits of those of the set whose signer is known. */
export function commitBytes(
  head: Head,
  network: NetworkId,
  round: number,
  validators: readonly Validator[],
  signerOf: (key: PublicKey) => Signer | null,
): Uint8Array {
  const blockId = fromHex(head.blockId);
  const signatures = validators.flatMap(({ key, suspended }, index) => {
    const signer = suspended ? null : signerOf(key);
    if (signer === null) return [];
    const fields = [precommit, head.height, round, blockId, index];
    return [[index, signer.sign(voteBytes(fields, network))]];
  });
  return encode([head.height, round, blockId, signatures]);
}

/** Evidence that the founder, whose place in the set is `voter`, precommitted two blocks. */
export function evidenceBytes(
  founder: Founder,
  height: number,
  network: NetworkId,
  voter = 0,
): Uint8Array {
  const ids = [bytesOf("block a"), bytesOf("block b")].sort(Buffer.compare);
  const votes = ids.map((blockId) => {
    const fields = [precommit, height, 0, blockId, voter];
    return [...fields, founder.signers.consensus.sign(voteBytes(fields, network))];
  });
  return encode([0, [fromHex(founder.card.consensusKey), ...votes]]);
}

/** Reads evidence made by {@link evidenceBytes}, verifying both signatures. */
export function offenceIn(network: NetworkId): (bytes: Uint8Array) => Offence | null {
  return (bytes) => {
    let value: Value;
    try {
      value = decode(bytes);
    } catch {
      return null;
    }
    const [, body] = value as readonly [number, readonly [Uint8Array, ...(readonly Value[][])]];
    const [keyBytes, ...votes] = body;
    const key = toHex(keyBytes) as PublicKey;
    const isSigned = votes.every((vote) =>
      verifySignature(key, voteBytes(vote.slice(0, 5), network), vote[5] as Uint8Array),
    );
    return isSigned ? { key, height: votes[0]?.[1] as number } : null;
  };
}
