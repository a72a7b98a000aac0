import type { DetailValue, Refusal } from "../primitives/errors.ts";

/**
 * What can be done about a refused transaction. `wait`: the same bytes may pass later. `renumber`: these
 * bytes never pass, the same entry can with other numbers and a new signature. `never`: not this content.
 */
export type Cure = "wait" | "renumber" | "never";

/** Every refusal of a transaction by the rules of the ledger, with its cure. */
export const transactionCures = Object.freeze({
  LEDGER_TX_MEMBER_UNKNOWN: "never",
  LEDGER_TX_MEMBER_LEFT: "never",
  LEDGER_TX_KEY_VERSION: "renumber",
  LEDGER_TX_LANE: "never",
  LEDGER_TX_SEQUENCE_GAP: "wait",
  LEDGER_TX_SEQUENCE_USED: "renumber",
  LEDGER_TX_WRITER_AHEAD: "wait",
  LEDGER_TX_WRITER_OVERTAKEN: "renumber",
  LEDGER_TX_EXPIRY: "renumber",
  LEDGER_TX_EXPIRED: "renumber",
  LEDGER_TX_EXPIRY_TOO_FAR: "wait",
  LEDGER_TX_PAYLOAD_COUNT: "never",
  LEDGER_TX_PAYLOAD_BYTES: "never",
  LEDGER_TX_QUOTA_DAY: "wait",
  LEDGER_TX_QUOTA_RETAINED: "wait",
  LEDGER_TX_CLAIM: "never",
  LEDGER_TX_STREAM_UNKNOWN: "never",
  LEDGER_TX_STREAM_EXISTS: "never",
  LEDGER_TX_STREAM_NOT_FIRST: "never",
  LEDGER_TX_NOT_OWNER: "never",
  LEDGER_TX_GENERATION: "renumber",
  LEDGER_TX_GRANT_NOT_LIVE: "renumber",
  LEDGER_TX_SCHEMA: "never",
  LEDGER_TX_FACETS: "never",
  LEDGER_TX_EPOCH_AHEAD: "wait",
  LEDGER_TX_EPOCH_BEHIND: "renumber",
  LEDGER_TX_GRANTEE: "never",
  LEDGER_TX_GRANTEE_LEFT: "never",
  LEDGER_TX_GRANTEE_KEY: "renumber",
  LEDGER_TX_SPAN: "never",
  LEDGER_TX_PURGE_RANGE: "never",
  // In the control lane a person decides anew: nothing there waits behind what may pass one day.
  LEDGER_NO_VOTE: "never",
  LEDGER_INVITATION_NAME: "never",
  LEDGER_INVITATION_EXPIRY: "never",
  LEDGER_INVITATIONS_OPEN: "never",
  LEDGER_INVITATION_UNKNOWN: "never",
  LEDGER_INVITATION_EXPIRED: "never",
  LEDGER_APPLICATION_FORMAT: "never",
  LEDGER_APPLICATION_NETWORK: "never",
  LEDGER_APPLICATION_SIGNATURE: "never",
  LEDGER_APPLICATION_CARD: "never",
  LEDGER_APPLICATION_NEEDED: "never",
  LEDGER_NAME_TAKEN: "never",
  LEDGER_MEMBERS_FULL: "never",
  LEDGER_MEMBER_UNKNOWN: "never",
  LEDGER_REQUESTS_OPEN: "never",
  LEDGER_REQUEST_UNKNOWN: "never",
  LEDGER_REQUEST_EXPIRED: "never",
  LEDGER_REQUEST_OTHER: "never",
  LEDGER_NOT_VALIDATOR: "never",
  LEDGER_LAST_VALIDATOR: "never",
  LEDGER_SUSPENDED: "never",
  LEDGER_NOT_SUSPENDED: "never",
  LEDGER_SUSPENSIONS_FULL: "never",
  LEDGER_CHANGES_WAITING: "never",
  LEDGER_PARAMETERS_SAME: "never",
  LEDGER_PARAMETERS_UNSAFE: "never",
  LEDGER_PROTOCOL_VERSION: "never",
  LEDGER_READY_VALIDATOR: "never",
  LEDGER_READY_ADMISSION: "never",
  LEDGER_READY_BLOCK: "never",
  LEDGER_READY_KEY: "never",
  LEDGER_KEY_USED: "never",
  LEDGER_KEY_REFUSED: "never",
  LEDGER_KEY_SIGNATURE: "never",
  LEDGER_KEY_VERSION: "never",
  LEDGER_KEY_OVERLAP: "never",
  LEDGER_KEY_COMPROMISED_AGAIN: "never",
  LEDGER_ADDRESS: "never",
} as const satisfies Readonly<Record<string, Cure>>);

/** The closed union of codes with which a transaction is refused. */
export type TransactionRefusalCode = keyof typeof transactionCures;

/** A refused transaction. */
export interface TransactionRefusal extends Refusal<TransactionRefusalCode> {
  readonly cure: Cure;
}

/** The answer of a rule about a transaction. */
export type TransactionVerdict = { readonly ok: true } | TransactionRefusal;

/** Refuses a transaction; the cure follows from the code. */
export function refuseTransaction(
  code: TransactionRefusalCode,
  detail?: Readonly<Record<string, DetailValue>>,
): TransactionRefusal {
  const cure = transactionCures[code];
  return detail === undefined ? { ok: false, code, cure } : { ok: false, code, cure, detail };
}
