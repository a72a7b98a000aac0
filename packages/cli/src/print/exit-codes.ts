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
  /** Signing may be unsafe: a supervisor must not start the program again. */
  stopped: 77,
  configuration: 78,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

// The first family that fits decides. The words are those of the codes in docs/ERRORS.md; a family named
// by its beginning comes after the endings that say more.
const families: readonly (readonly [words: RegExp, exit: ExitCode])[] = [
  [/_(?:GUARD|SIGN_STATE|OVERTAKEN|DIVERGED|TWO_DECISIONS)(?:_|$)/, 77],
  [/_(?:TOO_OLD|SELF_TEST_FAILED|CONFIG|KEYSTORE|SECRET_FILE|HOME_MISMATCH)(?:_|$)/, 78],
  [/^SETTINGS_|_HOME_(?:EMPTY|NOT_FOUNDED|TOO_LONG)$/, 78],
  [/_(?:PASSPHRASE_MISSING|PASSPHRASE_REFUSED|WORDS_UNSEEN|CARD_REFUSED)$/, 2],
  [
    /_(?:USAGE|STREAM_KIND|PROOF_SCOPE|FORMAT_UNKNOWN|SCHEMA_REFUSED|TIME_REFUSED|ZONE_UNKNOWN|COLUMN_UNKNOWN)$/,
    2,
  ],
  [/_(?:NOT_FOUND|MISSING|MEMBER_UNKNOWN|STREAM_UNKNOWN|COMPANY_UNKNOWN|NO_STREAM)$/, 3],
  [/_(?:NOT_ALLOWED|FORBIDDEN|UNAUTHORIZED|NO_GRANT|NOT_OWNER|BAD_TOKEN|NOT_READABLE)$/, 4],
  [/_(?:UNREACHABLE|NOT_CONNECTED|DISCONNECTED|NOT_RUNNING)$/, 5],
  [/_(?:CONFLICT|EXISTS|STALE|LOCKED|IN_USE|REUSED|TAKEN|ALREADY_RUNNING|LISTEN_FAILED)$/, 6],
  [/_(?:NOT_FINAL|TIMEOUT|TIMED_OUT)$/, 7],
  [/_(?:NO_QUORUM|SYNCING|BUSY|FULL|QUOTA|QUOTA_DAY|QUOTA_RETAINED|TRY_LATER|SILENT)$/, 75],
  [/_(?:STORE|SYNC)_FAILED$/, 75],
  [/_(?:PROOF|NOT_ANCHORED)(?:_|$)|_SIGNATURE$|_PART_(?:ALTERED|ROOT)$|_META_HASH$/, 8],
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
  for (const [words, exit] of families) {
    if (words.test(code)) return exit;
  }
  return (status === null ? undefined : statuses[status]) ?? exitCodes.failed;
}
