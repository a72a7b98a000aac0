const MIB = 1_048_576;

/** Every bound of the gateway in one table; bytes, counts and milliseconds, as the names say. */
export const gatewayLimits = Object.freeze({
  /** Purges that one deletion sends; what is beyond them is told, and goes with the next. */
  purgesAtOnce: 256,
  /** Largest body of a request: a submission of documents in base64, or 4,096 wide rows. */
  requestBytesMax: 32 * MIB,
  connectionsMax: 512,
  headersTimeoutMs: 10_000,
  /** How often connections that took too long are looked for. */
  connectionsCheckMs: 1_000,
  requestTimeoutMs: 60_000,

  /** Entries that may wait in the outbox; each is at most one batch. */
  outboxEntriesMax: 1_000_000,
  /** Changes of streams and their readers that may wait beside them. */
  outboxChangesMax: 10_000,
  /** Free bytes of the disk below which no more rows are accepted; the node stops at 256 MiB. */
  diskFreeBytesMin: 320 * MIB,
  /** A check of the outbox at the start that takes longer is told in the log. */
  checkToldMs: 2_000,
  /** How often it is looked how much of the disk is free. */
  diskLookMs: 10_000,
  /** Rows of one batch. */
  batchRowsMax: 500,
  /** Rough size of one facet of a batch; a part holds 1 MiB. */
  batchFacetBytesMax: 900_000,
  /** Rough size of a batch in all; a block holds 8 MiB of payloads, and parts are padded to twice. */
  batchBytesMax: 3 * MIB,
  /** Values of one facet of a batch; the encoding holds 65,536. */
  batchItemsMax: 60_000,

  /** Batches of one stream on their way at a time. */
  laneWindow: 64,
  /** Sealed bytes kept in memory until they are committed, over all streams. */
  windowBytesMax: 64 * MIB,
  /** What was sent and is not committed after this time is sent again. */
  resendMs: 5_000,
  retryMinMs: 100,
  retryMaxMs: 5_000,
  /** How often a stream that waits for time to pass is tried. */
  parkedRetryMs: 1_000,
  /** Sealings of one entry in a row that the node refuses, before it waits for the next block. */
  reseals: 8,

  /** How long a claim to write may wait for its block. */
  claimExpiryMs: 3_600_000,
  /** How long what a company says in the control lane may wait for its block; it is signed anew then. */
  controlExpiryMs: 600_000,
  /** How long an Idempotency-Key and the outcome of a submission are remembered. */
  settledKeptMs: 7 * 86_400_000,
  settledSweepMs: 600_000,

  /** Blocks asked for at a time. */
  blocksMax: 256,
  blocksWaitMs: 30_000,
  /** Pause before it is asked again for blocks that the node is still fetching. */
  historyWaitMs: 500,

  /** Opened parts kept in memory. */
  openedBytesMax: 64 * MIB,
  openedAtOnce: 8,
  /** Decoded blocks kept in memory. */
  blocksKept: 64,

  eventHeartbeatMs: 15_000,
  eventConnectionsMax: 64,
  rowProblemsMax: 100,

  /** Tokens for machines of the plant. */
  plantTokensMax: 256,
  /** Connections of machines of the plant, in all and of one address. */
  plantConnectionsMax: 256,
  plantConnectionsOfOneMax: 16,
  plantHandshakeMs: 10_000,
  /** All headers of one request, with its first line. */
  plantHeaderBytesMax: 8_192,
  plantHeadersMax: 64,
  plantHeadersMs: 10_000,
  /** A whole request, body included. */
  plantRequestMs: 60_000,
  plantIdleMs: 5_000,
  /** One file of rows. */
  plantBodyBytesMax: 8 * MIB,
  plantRowsMax: 50_000,
  plantKeyLengthMax: 256,
  /** Requests that are read or worked on at a time, of one token and in all. */
  plantRequestsOfOneMax: 2,
  plantRequestsMax: 8,
  /** What is still read of a body that is refused already, so that the answer is heard. */
  plantUnwantedBytesMax: MIB,
  /** Wrong tokens of one address, after which it is not listened to for a while. */
  plantWrongTokensMax: 10,
  plantWrongTokensMs: 60_000,
  /** Addresses whose wrong tokens are remembered. */
  plantAddressesMax: 4_096,
  /** How often it is noted on the disk that a token was used. */
  plantUsedMs: 60_000,
});
