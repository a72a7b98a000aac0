/** Every bound of collecting in one table; bytes, counts and milliseconds, as the names say. */
export const collectLimits = Object.freeze({
  /** Pause before what the gateway could not take is sent again. */
  retryMinMs: 250,
  retryMaxMs: 10_000,
  /** Rows and bytes of one submission of what is collected. */
  submissionRowsMax: 4_096,
  submissionTextBytesMax: 1_048_576,

  /** Longest wait for more rows before a submission goes out. */
  submissionLingerMs: 1_000,

  /** One line, message or document as it was heard. */
  heardBytesMax: 1_048_576,
  /** Heard and not yet on the disk; beyond it the source is not read on. */
  unsyncedBytesMax: 4_194_304,
  /** Wait for more before what was heard is synced. */
  syncLingerMs: 20,
  /** A file of what was heard; it is deleted once all of it is handed over. */
  segmentBytesMax: 67_108_864,
  /** What is handed over and not yet deleted. */
  spentBytesMax: 1_048_576,
  /** What waits on the disk; beyond it the source is not read on. */
  spoolBytesMax: 17_179_869_184,
  /** What did not fit, kept for people; beyond it only counted and said. */
  refusedBytesMax: 268_435_456,
  diskRetryMs: 1_000,
  /** How often a collector says how far it is. */
  statusMs: 60_000,

  /** Pause before a source is connected again. */
  reconnectMinMs: 250,
  reconnectMaxMs: 10_000,
  connectTimeoutMs: 10_000,
  /** Heartbeats that an adapter may ask for. */
  heartbeatMsMin: 100,
  heartbeatMsMax: 600_000,

  /** Messages of a broker that are at least known again when they come a second time; at most twice as many. */
  messagesRememberedMax: 8_192,
  keepAliveSeconds: 30,
  /** Metrics of one Sparkplug payload, and of all births that are remembered. */
  payloadMetricsMax: 10_000,
  birthMetricsMax: 20_000,
  /** Pause before the same edge node is asked for its births again. */
  rebirthMs: 10_000,

  /** One answer of an MTConnect agent, and how long it may take. */
  agentAnswerBytesMax: 16_777_216,
  agentAnswerMs: 30_000,
  /** Observations asked for at a time, and of one answer. */
  agentCount: 1_000,
  agentObservationsMax: 50_000,

  /** How often a watched folder is looked at, at the least. */
  folderPollMs: 1_000,
  /** Names of a watched folder that one look takes; the others come with a later one. */
  folderNamesMax: 100_000,
  /** Files whose content is remembered, so that the same file is not published twice. */
  filesRememberedMax: 50_000,
  /** Pause before a file that cannot be read or moved is tried again. */
  fileRetryMs: 10_000,
});
