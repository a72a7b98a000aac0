/** Why a proof proves nothing, by the code of the refusal. */
export const enProofRefusals: Readonly<Record<string, string>> = {
  LEDGER_PROOF_FORMAT: "it is no proof file, or some of it is missing or was changed",
  LEDGER_PROOF_NETWORK:
    "it belongs to another network, or its beginning was changed after it was made",
  LEDGER_PROOF_VALIDATORS:
    "it does not lead from the founders of its network to those who decided its block",
  LEDGER_PROOF_CERTIFICATE:
    "its block, or one that changed who decides, was not decided by its network",
  LEDGER_PROOF_TRANSACTION: "its block does not contain the record",
  LEDGER_PROOF_SIGNATURE: "the record is not signed by the company it names",
  LEDGER_PROOF_SCHEMA: "the names of stream and fields are not those the record was written with",
  LEDGER_PROOF_ROW: "the values shown are not those that were written",
};
