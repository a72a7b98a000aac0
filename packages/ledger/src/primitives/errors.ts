/** What a value of an error's or refusal's detail may be: plain data that can be printed and logged. */
export type DetailValue = string | number | boolean | null | readonly (string | number)[];

/**
 * Every code a {@link LedgerError} can carry, with the type of its detail (`null`: none).
 * Each code has a line in docs/ERRORS.md.
 */
export interface LedgerErrorDetails {
  /** Text is not lower-case hex of whole bytes; `offset` counts characters. */
  readonly LEDGER_BAD_HEX: { readonly offset: number };
  /** Bytes have another length than their type demands. */
  readonly LEDGER_BAD_LENGTH: {
    readonly what: string;
    readonly expected: number;
    readonly actual: number;
  };
  /** Bytes or a value outside the canonical encoding; `offset` counts bytes. */
  readonly LEDGER_NOT_CANONICAL: { readonly offset: number; readonly reason: string };
  /** Canonical bytes that are not the record they should be. */
  readonly LEDGER_BAD_SHAPE: { readonly path: string; readonly expected: string };
  /** Something has more of its unit (bytes, rows, items) than its format allows. */
  readonly LEDGER_TOO_LARGE: {
    readonly what: string;
    readonly actual: number;
    readonly max: number;
  };
  /** Bytes that may not serve as an encryption key. */
  readonly LEDGER_BAD_ENCRYPTION_KEY: { readonly reason: string };
  /** Text is not a line that holds `expected`. */
  readonly LEDGER_BAD_TEXT: { readonly expected: string };
  /** A member card lacks the signature of one of its keys (`role`). */
  readonly LEDGER_CARD_SIGNATURE: { readonly role: string; readonly name: string };
  /** The cards of a genesis are not sorted, or one member stands twice. */
  readonly LEDGER_GENESIS_ORDER: { readonly index: number };
  /** A genesis holds a card that is refused; `reason` is its code. */
  readonly LEDGER_GENESIS_CARD: { readonly memberId: string; readonly reason: string };
  /** Two founders have a key in common. */
  readonly LEDGER_GENESIS_KEY_REPEATED: { readonly memberId: string; readonly otherId: string };
  /** The names or handles of two founders look alike. */
  readonly LEDGER_GENESIS_CONFUSABLE: { readonly memberId: string; readonly otherId: string };
  /** Payload bytes are not those their transaction names (`reason`: count, length or hash). */
  readonly LEDGER_SIDECAR_MISMATCH: { readonly index: number; readonly reason: string };
  /** The cryptography of this machine answers differently from the protocol. */
  readonly LEDGER_SELF_TEST_FAILED: { readonly test: string };
  /** A store's folder holds no store. */
  readonly LEDGER_STORE_MISSING: { readonly folder: string };
  /** A store is to be created where something lies already. */
  readonly LEDGER_STORE_EXISTS: { readonly folder: string };
  /** Another process, or this one, holds the store; `pid` is null when it cannot be told. */
  readonly LEDGER_STORE_LOCKED: { readonly folder: string; readonly pid: number | null };
  /** What lies on the disk is not what was written; `height` is null when it concerns no block. */
  readonly LEDGER_STORE_DAMAGED: { readonly what: string; readonly height: number | null };
  /** The disk refused an operation; a failed write also makes every later call fail. */
  readonly LEDGER_STORE_FAILED: { readonly folder: string; readonly operation: string };
  /** A store is used after it was closed. */
  readonly LEDGER_STORE_CLOSED: { readonly folder: string };
  /** The store belongs to another network. */
  readonly LEDGER_STORE_OTHER_NETWORK: { readonly expected: string; readonly actual: string };
  /** The store was written in a format this program does not read. */
  readonly LEDGER_STORE_OTHER_FORMAT: { readonly expected: number; readonly actual: number };
  /** Text is not a keystore file of this format. */
  readonly LEDGER_KEYSTORE_MALFORMED: { readonly reason: string };
  /** A keystore asks for more computation or memory than a reader grants. */
  readonly LEDGER_KEYSTORE_TOO_COSTLY: {
    readonly N: number;
    readonly r: number;
    readonly p: number;
  };
  /** A keystore was made for another role. */
  readonly LEDGER_KEYSTORE_OTHER_ROLE: { readonly expected: string; readonly actual: string };
  /** The passphrase does not open the keystore, or the file was altered. */
  readonly LEDGER_KEYSTORE_WRONG_PASSPHRASE: null;
  /** Bytes are not a backup of this format. */
  readonly LEDGER_BACKUP_MALFORMED: { readonly reason: string };
  /** The passphrase does not open the backup, or its beginning was altered. */
  readonly LEDGER_BACKUP_WRONG_PASSPHRASE: null;
  /** A backup was altered, or its end is missing; `chunk` counts from 0. */
  readonly LEDGER_BACKUP_DAMAGED: { readonly chunk: number };
  /** Others than its owner can read a secret file; `mode` is octal text. */
  readonly LEDGER_SECRET_FILE_EXPOSED: { readonly path: string; readonly mode: string };
  /** A secret file cannot be read (`reason`). */
  readonly LEDGER_SECRET_FILE_UNREADABLE: { readonly path: string; readonly reason: string };
}

/** The closed union of codes of failed operations in this package. */
export type LedgerErrorCode = keyof LedgerErrorDetails;

/** An operation on outside data or on the machine that failed; our own bugs are assertions instead. */
export class LedgerError<Code extends LedgerErrorCode = LedgerErrorCode> extends Error {
  override readonly name = "LedgerError";
  readonly code: Code;
  readonly detail: LedgerErrorDetails[Code];

  constructor(code: Code, message: string, detail: LedgerErrorDetails[Code], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}

/** An expected "no" of a rule: a value that is counted and reported, never thrown. */
export interface Refusal<Code extends string = string> {
  readonly ok: false;
  readonly code: Code;
  readonly detail?: Readonly<Record<string, DetailValue>>;
}

/** The answer of a check: yes, or a refusal with its code. */
export type Verdict<Code extends string = string> = { readonly ok: true } | Refusal<Code>;

/** The one "yes" of a check. */
export const accepted: { readonly ok: true } = Object.freeze({ ok: true });

/** Builds a refusal. */
export function refuse<Code extends string>(
  code: Code,
  detail?: Readonly<Record<string, DetailValue>>,
): Refusal<Code> {
  return detail === undefined ? { ok: false, code } : { ok: false, code, detail };
}
