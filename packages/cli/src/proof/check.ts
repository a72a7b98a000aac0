import {
  decodeGenesis,
  decodeProof,
  type MemberCard,
  type ProofFacts,
  type Validator,
  verifyProof,
} from "@tegata/ledger/chain";
import { assert, fromHex, type NetworkId, networkId, refuse } from "@tegata/ledger/primitives";
import { founded, type LightRefusal, reach } from "@tegata/light";
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
  let signers: readonly Validator[] = [];
  const answer = verifyProof(text, {
    networkId: anchor,
    verifyDecision: ({ genesis, steps, header, certificate }) => {
      const reached = reach(founded(genesis), steps, { header, certificate });
      if (!reached.ok) return refuse(codeOf(reached.code));
      signers = reached.followed.signers;
      return { ok: true };
    },
  });
  if (answer.verdict === "invalid") throw new CliError("CLI_PROOF_INVALID", { code: answer.code });
  return { verdict: answer.verdict, facts: answer.facts, ...companiesOf(text, signers) };
}

/** Signatures are one thing, the way to those who had to give them is the other. */
function codeOf(code: LightRefusal): "LEDGER_PROOF_VALIDATORS" | "LEDGER_PROOF_CERTIFICATE" {
  const isCertificate = code.startsWith("LIGHT_CERTIFICATE_");
  return isCertificate ? "LEDGER_PROOF_CERTIFICATE" : "LEDGER_PROOF_VALIDATORS";
}

/** The id of a network from its 64 hex digits; null for anything else. */
export function networkIdOf(text: string): NetworkId | null {
  const digits = text.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? networkId(fromHex(digits)) : null;
}

/** Only for a proof that was verified. */
function companiesOf(
  text: string,
  validators: readonly Validator[],
): Pick<CheckedProof, "signers" | "companyCount"> {
  const file = decodeProof(text);
  assert(file !== null, "a verified proof is a proof file");
  const { cards } = decodeGenesis(file.genesis);
  const signers = validators.flatMap(({ member }) =>
    cards.filter((card) => card.memberId === member),
  );
  return { signers, companyCount: cards.length };
}
