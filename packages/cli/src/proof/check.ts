import { decodeMessage, validatorSet, verifyCertificate } from "@tegata/consensus";
import {
  type CertifiedBlock,
  decodeGenesis,
  decodeProof,
  genesisValidators,
  type MemberCard,
  type ProofFacts,
  verifyProof,
} from "@tegata/ledger/chain";
import {
  fromHex,
  LedgerError,
  type NetworkId,
  networkId,
  verifySignature,
} from "@tegata/ledger/primitives";
import { CliError } from "../errors.ts";

/** A proof in which everything fits together. */
export interface CheckedProof {
  /** `unanchored`: nobody said that its network is the right one. */
  readonly verdict: "valid" | "unanchored";
  readonly facts: ProofFacts;
  /** Companies whose signatures decided the block. */
  readonly signers: readonly MemberCard[];
  /** All companies of the network. */
  readonly companyCount: number;
}

/**
 * Checks a proof file against a network; null leaves it without an anchor.
 * @throws CLI_PROOF_INVALID
 */
export function checkProof(text: string, anchor: NetworkId | null): CheckedProof {
  const answer = verifyProof(text, { networkId: anchor, verifyCertificate: isDecided });
  if (answer.verdict === "invalid") throw new CliError("CLI_PROOF_INVALID", { code: answer.code });
  return { verdict: answer.verdict, facts: answer.facts, ...signersOf(text) };
}

/** The id of a network from its 64 hex digits; null for anything else. */
export function networkIdOf(text: string): NetworkId | null {
  const digits = text.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? networkId(fromHex(digits)) : null;
}

/** Whether the bytes are a commit certificate of the block by a quorum of its validators. */
function isDecided(certificate: Uint8Array, decided: CertifiedBlock): boolean {
  const commit = commitOf(certificate);
  if (commit === null || commit.blockId !== decided.blockId) return false;
  const { network, era, height } = decided;
  const context = { network, era, height, validators: validatorSet(decided.validators) };
  return verifyCertificate(commit, context, verifySignature).ok;
}

function commitOf(bytes: Uint8Array) {
  try {
    const message = decodeMessage("commit", bytes);
    return message.kind === "commit" ? message.certificate : null;
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** Only for a proof that was verified. */
function signersOf(text: string): Pick<CheckedProof, "signers" | "companyCount"> {
  const file = decodeProof(text);
  const commit = file === null ? null : commitOf(file.certificate);
  if (file === null || commit === null) return { signers: [], companyCount: 0 };
  const genesis = decodeGenesis(file.genesis);
  const validators = validatorSet(genesisValidators(genesis));
  const signers = commit.signatures.flatMap(([voter]) => {
    const member = validators[voter]?.member;
    return genesis.cards.filter((card) => card.memberId === member);
  });
  return { signers, companyCount: genesis.cards.length };
}
