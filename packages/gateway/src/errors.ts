import type { Problem } from "./api/schemas.ts";
import type { Alternatives } from "./names.ts";

/** What is wrong with one cell or row of a submission; rows count from 0 in the order sent. */
export interface RowProblem {
  readonly row: number | null;
  readonly field: string | null;
  readonly expected: string;
  readonly got: string;
}

/** Every code a {@link GatewayError} can carry, with the type of its detail (`null`: none). */
export interface GatewayErrorDetails {
  /** Nothing answers at the socket or URL. */
  readonly GATEWAY_UNREACHABLE: { readonly where: string };
  /** The gateway answered with a refusal. */
  readonly GATEWAY_REFUSED: { readonly problem: Problem };
  /** What answered is not a gateway. */
  readonly GATEWAY_ANSWER_UNKNOWN: { readonly text: string };
  readonly GATEWAY_ANSWER_TOO_LARGE: { readonly size: number };

  /** A file of the home folder cannot be used; the process ends with 78. */
  readonly GATEWAY_CONFIG_INVALID: { readonly path: string; readonly reason: string };
  /** Genesis, card, keys and stores do not belong together; the process ends with 78. */
  readonly GATEWAY_HOME_MISMATCH: {
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
  };
  /** Somebody else writes for this company; the process ends with 77. */
  readonly GATEWAY_OVERTAKEN: { readonly height: number; readonly what: "claim" | "entry" };
  /** A local database is not as it was written, or was written under another key; the process ends with 78. */
  readonly GATEWAY_STORE_DAMAGED: { readonly store: string; readonly what: string };
  /** A socket or port cannot be opened. */
  readonly GATEWAY_LISTEN_FAILED: { readonly where: string };

  /** The company's node does not answer. */
  readonly GATEWAY_NODE_AWAY: null;
  /** The gateway has not read the ledger up to where it needs to be. */
  readonly GATEWAY_STARTING: null;
  readonly GATEWAY_OUTBOX_FULL: { readonly entries: number };
  /** Too little of the disk is free for more rows. */
  readonly GATEWAY_DISK_FULL: { readonly freeBytes: number; readonly neededBytes: number };
  /** The disk refused a write of the gateway's; the process ends with 75. */
  readonly GATEWAY_STORE_FAILED: null;

  /** The request is not what the API describes. */
  readonly GATEWAY_REQUEST_INVALID: { readonly problems: readonly RowProblem[] };
  readonly GATEWAY_REQUEST_TOO_LARGE: { readonly bytesMax: number };
  readonly GATEWAY_ROUTE_UNKNOWN: { readonly path: string };
  readonly GATEWAY_TOKEN_INVALID: null;
  /** A token for a machine of the plant is missing, wrong, expired, revoked or for another stream. */
  readonly GATEWAY_PLANT_TOKEN: null;
  /** Too many wrong tokens came from this address. */
  readonly GATEWAY_PLANT_TRIES: { readonly waitSeconds: number };
  /** As many requests are worked on as may be at a time. */
  readonly GATEWAY_PLANT_BUSY: null;
  /** Where machines of the plant hand in rows, there is nothing else. */
  readonly GATEWAY_PLANT_ONLY: { readonly path: string };
  /** What is sent is none of the forms that are taken. */
  readonly GATEWAY_FORM_UNKNOWN: { readonly known: readonly string[] };
  /** Rows came without a key that tells a repetition. */
  readonly GATEWAY_KEY_MISSING: null;
  readonly GATEWAY_ROWS_TOO_MANY: { readonly rowsMax: number };
  /** No token has this name; `suggestion` is the nearest there is. */
  readonly GATEWAY_PLANT_TOKEN_UNKNOWN: {
    readonly name: string;
    readonly suggestion: string | null;
  };
  readonly GATEWAY_PLANT_TOKEN_EXISTS: { readonly name: string };
  readonly GATEWAY_PLANT_TOKENS_FULL: { readonly most: number };
  readonly GATEWAY_HOST_REFUSED: { readonly host: string };
  readonly GATEWAY_CURSOR_INVALID: null;
  readonly GATEWAY_UNEXPECTED: null;

  readonly GATEWAY_STREAM_UNKNOWN: { readonly stream: string } & Alternatives;
  /** The recovery words, or what was made of them, are those of another company. */
  readonly GATEWAY_RECOVERY_KEY: null;
  /** The node does not have the block of `height` yet. */
  readonly GATEWAY_HISTORY_MISSING: { readonly height: number };
  readonly GATEWAY_STREAM_EXISTS: { readonly stream: string };
  readonly GATEWAY_NOT_OWNER: { readonly stream: string; readonly owner: string };
  /** `suggestion` is the nearest name that is readable, where the stream was named. */
  readonly GATEWAY_NOT_READABLE: {
    readonly stream: string;
    readonly owner: string;
    readonly suggestion: string | null;
  };
  readonly GATEWAY_SCHEMA_INVALID: { readonly reason: string };
  readonly GATEWAY_COMPANY_UNKNOWN: { readonly name: string } & Alternatives;
  readonly GATEWAY_FACET_UNKNOWN: { readonly facet: string } & Alternatives;
  readonly GATEWAY_FIELD_UNKNOWN: { readonly field: string } & Alternatives;

  /** Cells that the stream's schema does not allow; nothing was stored. */
  readonly GATEWAY_ROWS_INVALID: { readonly problems: readonly RowProblem[] };
  readonly GATEWAY_ROWS_TOO_OLD: { readonly problems: readonly RowProblem[] };
  readonly GATEWAY_ROWS_AHEAD: { readonly problems: readonly RowProblem[] };
  readonly GATEWAY_KEY_REUSED: { readonly submission: string };
  readonly GATEWAY_SUBMISSION_UNKNOWN: { readonly submission: string };
  /** Nothing of the submission was refused, or it was sent again or let go of already. */
  readonly GATEWAY_NOTHING_REFUSED: { readonly submission: string };

  readonly GATEWAY_RECORD_UNKNOWN: { readonly record: string };
  readonly GATEWAY_DOCUMENT_UNKNOWN: { readonly document: string };
  readonly GATEWAY_DOCUMENT_INCOMPLETE: { readonly document: string };
  /** A ciphertext has not reached this company's disk yet. */
  readonly GATEWAY_PAYLOAD_MISSING: { readonly record: string };
  /** The owner had the records deleted, everywhere and for good. */
  readonly GATEWAY_RECORD_DELETED: { readonly record: string };
  /** Other batches would be deleted than those that were shown; none was. */
  readonly GATEWAY_PURGE_CHANGED: { readonly batches: number };
  /** What the owner wrote does not open to what it committed to. */
  readonly GATEWAY_PART_REFUSED: { readonly record: string };

  readonly GATEWAY_SPAN_EMPTY: null;
  readonly GATEWAY_SPAN_TOO_FAR: null;
  readonly GATEWAY_GRANT_TO_SELF: null;
  readonly GATEWAY_NOTHING_TO_REVOKE: { readonly company: string };
  /** No open request has this number; `open` are those there are. */
  readonly GATEWAY_REQUEST_UNKNOWN: { readonly request: number; readonly open: readonly number[] };
  /** The request is not what the voter saw. */
  readonly GATEWAY_REQUEST_CHANGED: { readonly request: number };
  /** A company that is invited would not find this one: the settings name nowhere to listen. */
  readonly GATEWAY_NO_JOIN_ADDRESS: null;
  /** The settings name where to listen for companies that are invited, and it could not be opened. */
  readonly GATEWAY_JOIN_NOT_OPENED: { readonly where: string };
  /** The text is no invitation this program can read. */
  readonly GATEWAY_INVITATION_TEXT: {
    readonly fault: "other" | "cut" | "mistyped" | "newer";
  };
  /** The ledger refused what was asked, for good. */
  readonly GATEWAY_LEDGER_REFUSED: { readonly code: string };
  /** A proof shows a whole row here, or single fields there. */
  readonly GATEWAY_PROOF_SCOPE: { readonly facet: string; readonly disclosure: "row" | "field" };
  /** The validators changed more often before this height than a proof can lead through. */
  readonly GATEWAY_PROOF_TOO_LONG: { readonly height: number; readonly most: number };
  /** The node's store does not hold every change of the validators before this height. */
  readonly GATEWAY_PROOF_GAP: { readonly height: number };
}

/** The closed union of codes of failed operations in this package. */
export type GatewayErrorCode = keyof GatewayErrorDetails;

/** A failed operation of the gateway or of its client. */
export class GatewayError<Code extends GatewayErrorCode = GatewayErrorCode> extends Error {
  override readonly name = "GatewayError";
  readonly code: Code;
  readonly detail: GatewayErrorDetails[Code];

  constructor(code: Code, detail: GatewayErrorDetails[Code], cause?: unknown) {
    super(code, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
