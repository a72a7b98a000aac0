/** What the number says with which a command ends. Stable: scripts branch on it. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  notReachable: 5,
  conflict: 6,
  notFinal: 7,
  notVerified: 8,
  refused: 9,
  tryLater: 75,
  /** Two truths on one ledger: a person must look, and a supervisor must not start the program again. */
  diverged: 76,
  /** Signing may be unsafe: a supervisor must not start the program again. */
  stopped: 77,
  configuration: 78,
  /** The members went on to a version of the protocol that this program does not follow. */
  outdated: 79,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Codes of which no family speaks, or speaks wrongly. */
const single: Readonly<Record<string, ExitCode>> = {
  NODE_DIVERGED: 76,
  NODE_TWO_DECISIONS: 76,
  NODE_TRUSTED_BLOCK: 76,
  NODE_OUTDATED: 79,
  NODE_BAD_MEMBER: 78,
  // A guard that is there already is no doubt about what was signed.
  NODE_GUARD_EXISTS: 6,
  CLI_NODE_TOO_OLD: 78,
  GATEWAY_INVITATION_TEXT: 2,
  NODE_JOIN_REFUSED: 9,
  NODE_JOIN_BROKEN: 5,
  COLLECT_RUNNING: 6,
  COLLECT_STATE_DAMAGED: 78,
  COLLECT_FOLDER_UNUSABLE: 3,
  CLI_GATEWAY_RESTARTING: 5,
  CLI_HOME_CLOSED: 4,
  CLI_INVITATION_EXPIRED: 9,
  CLI_INVITATION_USED: 9,
  CLI_INVITATION_NETWORK: 6,
  CLI_CARD_UNFINISHED: 6,
  CLI_JOIN_OTHER: 6,
  CLI_JOIN_DONE: 6,
  CLI_APPLICATION_REFUSED: 9,
  CLI_APPLICATION_ENDED: 9,
  CLI_FINGERPRINT_DIFFERS: 9,
  CLI_RESTORE_OTHER: 6,
  CLI_RESET_ALONE: 6,
  CLI_RECOVER_NO_MEMBER: 9,
  CLI_RECOVER_WORDS: 4,
  CLI_RECOVER_REFUSED: 9,
  CLI_RECOVER_ROOT: 9,
  GATEWAY_NODE_AWAY: 75,
  GATEWAY_STARTING: 75,
  GATEWAY_PAYLOAD_MISSING: 75,
  GATEWAY_ROUTE_UNKNOWN: 3,
  GATEWAY_FACET_UNKNOWN: 3,
  GATEWAY_FIELD_UNKNOWN: 3,
  GATEWAY_SUBMISSION_UNKNOWN: 3,
  GATEWAY_RECORD_UNKNOWN: 3,
  GATEWAY_RECORD_DELETED: 3,
  GATEWAY_DOCUMENT_UNKNOWN: 3,
  CLI_SUBMISSION_UNKNOWN: 3,
  CLI_SUBMISSION_WAITS: 6,
  CLI_ROWS_BEFORE: 6,
  CLI_DECLINED: 2,
  CLI_INPUT_SECRET: 2,
  GATEWAY_NOTHING_REFUSED: 3,
  GATEWAY_NOTHING_TO_REVOKE: 3,
  GATEWAY_REQUEST_UNKNOWN: 3,
  GATEWAY_TOKEN_INVALID: 4,
  GATEWAY_RECOVERY_KEY: 4,
  GATEWAY_PLANT_TOKEN: 4,
  GATEWAY_PLANT_ONLY: 3,
  GATEWAY_PLANT_TOKEN_UNKNOWN: 3,
  GATEWAY_PLANT_TOKENS_FULL: 9,
  GATEWAY_PLANT_TRIES: 75,
  GATEWAY_ROWS_TOO_MANY: 9,
  GATEWAY_REQUEST_CHANGED: 6,
  GATEWAY_PURGE_CHANGED: 6,
  GATEWAY_DOCUMENT_INCOMPLETE: 6,
  GATEWAY_PART_REFUSED: 8,
  GATEWAY_ROWS_INVALID: 9,
  GATEWAY_ROWS_TOO_OLD: 9,
  GATEWAY_ROWS_AHEAD: 9,
  GATEWAY_SCHEMA_INVALID: 9,
  GATEWAY_SPAN_EMPTY: 9,
  GATEWAY_SPAN_TOO_FAR: 9,
  GATEWAY_GRANT_TO_SELF: 9,
  GATEWAY_LEDGER_REFUSED: 9,
  GATEWAY_REQUEST_TOO_LARGE: 9,
  GATEWAY_NO_JOIN_ADDRESS: 9,
  GATEWAY_JOIN_NOT_OPENED: 6,
};

// The first family that fits decides. The words are those of the codes in docs/ERRORS.md; a family named
// by its beginning comes after the endings that say more.
const families: readonly (readonly [words: RegExp, exit: ExitCode])[] = [
  // What a light verifier refuses is not proven.
  [/^LIGHT_/, 8],
  [/_(?:GUARD|SIGN_STATE|OVERTAKEN)(?:_|$)/, 77],
  [/_STORE_(?:DAMAGED|OTHER_NETWORK|OTHER_FORMAT)$/, 78],
  [/_(?:SELF_TEST_FAILED|CONFIG|KEYSTORE|SECRET_FILE|HOME_MISMATCH)(?:_|$)/, 78],
  [/^SETTINGS_|_HOME_(?:EMPTY|NOT_FOUNDED|TOO_LONG)$/, 78],
  [/_(?:PASSPHRASE_MISSING|PASSPHRASE_REFUSED|WORDS_UNSEEN|CARD_REFUSED)$/, 2],
  [
    /_(?:USAGE|STREAM_KIND|PROOF_SCOPE|FORMAT_UNKNOWN|SCHEMA_REFUSED|TIME_REFUSED|TIME_UNSAID|TIME_SPLIT|ZONE_UNKNOWN|COLUMN_UNKNOWN|FIELD_NOT_NUMERIC)$/,
    2,
  ],
  [/_(?:NOT_FOUND|MISSING|MEMBER_UNKNOWN|STREAM_UNKNOWN|COMPANY_UNKNOWN|NO_STREAM)$/, 3],
  [/_(?:NOT_ALLOWED|FORBIDDEN|UNAUTHORIZED|NO_GRANT|NOT_OWNER|BAD_TOKEN|NOT_READABLE)$/, 4],
  [/_(?:UNREACHABLE|NOT_CONNECTED|DISCONNECTED|NOT_RUNNING)$/, 5],
  [/_(?:CONFLICT|EXISTS|STALE|LOCKED|IN_USE|REUSED|TAKEN|ALREADY_RUNNING|LISTEN_FAILED)$/, 6],
  [/_(?:NOT_FINAL|TIMEOUT|TIMED_OUT)$/, 7],
  [/_(?:NO_QUORUM|SYNCING|BUSY|FULL|QUOTA|QUOTA_DAY|QUOTA_RETAINED|TRY_LATER|SILENT)$/, 75],
  [/_(?:STORE|SYNC)_FAILED$/, 75],
  [
    /_(?:PROOF|NOT_ANCHORED)(?:_|$)|_SIGNATURE$|_PART_(?:ALTERED|ROOT)$|_BACKUP_(?:DAMAGED|MALFORMED)$|_META_HASH$/,
    8,
  ],
  [
    /_(?:ROWS_REFUSED|ROW_REFUSED|SUBMISSION_REFUSED|INPUT_BROKEN|INPUT_TOO_LARGE)$|^LEDGER_(?:TX)_/,
    9,
  ],
];

const statuses: Readonly<Record<number, ExitCode>> = {
  401: 4,
  403: 4,
  404: 3,
  409: 6,
  410: 3,
  412: 6,
  413: 9,
  422: 9,
  429: 75,
  503: 75,
  504: 7,
};

/**
 * The exit code of an error code of any package. `status` is the HTTP status it came with, or null; it
 * decides only where the code says nothing.
 */
export function exitCodeOf(code: string, status: number | null): ExitCode {
  const known = Object.hasOwn(single, code) ? single[code] : undefined;
  if (known !== undefined) return known;
  for (const [words, exit] of families) {
    if (words.test(code)) return exit;
  }
  return (status === null ? undefined : statuses[status]) ?? exitCodes.failed;
}
