import { type Evidence, type Vote, voteSignBytes } from "@tegata/consensus";
import { type BlockId, createSigner, type NetworkId, type Signer } from "@tegata/ledger/primitives";
import { network } from "../host/samples.ts";

/** What the samples are signed for. */
export const signedFor = { network, era: 0 };

/** The consensus key of a member that does not keep to the rules. */
export function hostileKey(number: number): Signer {
  return createSigner(new Uint8Array(32).fill(number));
}

function signedVote(signer: Signer, fields: Omit<Vote, "signature">, network: NetworkId): Vote {
  return { ...fields, signature: signer.sign(voteSignBytes(fields, network, 0)) };
}

/** Two prevotes of one key for one place. */
export function evidenceOf(
  signer: Signer,
  height: number,
  round = 0,
  networkId: NetworkId = network,
): Evidence {
  const [first, second] = ["a1", "b2"].map((byte) =>
    signedVote(
      signer,
      { type: "prevote", height, round, blockId: byte.repeat(32) as BlockId, voter: 0 },
      networkId,
    ),
  ) as [Vote, Vote];
  return { type: "votes", key: signer.publicKey, first, second };
}

/** A pair whose second message nobody signed. */
export function forgedEvidence(signer: Signer, height: number): Evidence {
  const evidence = evidenceOf(signer, height) as Extract<Evidence, { type: "votes" }>;
  return { ...evidence, second: { ...evidence.second, signature: evidence.first.signature } };
}
