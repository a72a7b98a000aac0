/** Every bound of collecting in one table; bytes, counts and milliseconds, as the names say. */
export const collectLimits = Object.freeze({
  /** Pause before what the gateway could not take is sent again. */
  retryMinMs: 250,
  retryMaxMs: 10_000,
  /** Rows and bytes of one submission of what is collected. */
  submissionRowsMax: 4_096,
  submissionTextBytesMax: 1_048_576,

  /** How often a watched folder is looked at, at the least. */
  folderPollMs: 1_000,
  /** Names of a watched folder that one look takes; the others come with a later one. */
  folderNamesMax: 100_000,
  /** Files whose content is remembered, so that the same file is not published twice. */
  filesRememberedMax: 50_000,
  /** Pause before a file that cannot be read or moved is tried again. */
  fileRetryMs: 10_000,
});
