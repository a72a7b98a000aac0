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
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

// The first family that fits decides; the words are whole words of the code.
const families: readonly (readonly [words: RegExp, exit: ExitCode])[] = [
  [/_(?:GUARD|SIGN_STATE|OVERTAKEN|DIVERGED|DOUBLE_SIGN|STATE_MISMATCH)(?:_|$)/, 77],
  [/_(?:NODE_TOO_OLD|SELF_TEST_FAILED|CONFIG|CONFIGURATION|KEYSTORE|PASSPHRASE)(?:_|$)/, 78],
  [/_(?:USAGE|FORMAT_UNKNOWN|SCHEMA_REFUSED|TIME_REFUSED|ZONE_UNKNOWN|COLUMN_UNKNOWN)$/, 2],
  [/_(?:NOT_FOUND|MISSING|UNKNOWN|NO_STREAM|NO_MEMBER|NO_GRANT_SUCH)$/, 3],
  [/_(?:NOT_ALLOWED|FORBIDDEN|UNAUTHORIZED|NO_GRANT|NOT_OWNER|NOT_MEMBER|BAD_TOKEN)$/, 4],
  [/_(?:UNREACHABLE|NOT_REACHABLE|OFFLINE|NOT_RUNNING|DISCONNECTED)$/, 5],
  [/_(?:CONFLICT|EXISTS|STALE|LOCKED|IN_USE|REUSED)$/, 6],
  [/_(?:NOT_FINAL|TIMEOUT|TIMED_OUT)$/, 7],
  [/_(?:NOT_ANCHORED|BAD_PROOF|PROOF_INVALID|BAD_SIGNATURE|NOT_VERIFIED|BROKEN_PROOF)$/, 8],
  [/_(?:NO_QUORUM|SYNCING|BUSY|FULL|QUOTA|TRY_LATER|UNAVAILABLE|BACKPRESSURE)$/, 75],
  [/_(?:REFUSED|BROKEN|BAD_ROW|BAD_ROWS|BAD_SCHEMA|BAD_RECORD|TOO_LARGE)$/, 9],
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
