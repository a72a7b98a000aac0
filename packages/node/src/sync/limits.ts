/** Every bound of synchronising. Bytes, milliseconds and counts. */
export interface SyncLimits {
  /** An empty chain that is more blocks behind takes a snapshot; another executes every block. */
  readonly snapshotBehindBlocksMin: number;
  /** A snapshot is written at the first checkpoint of each such span of block time, and where there is none. */
  readonly snapshotPeriodMs: number;
  /** Snapshots that are kept, the newest ones; one more while somebody fetches it. */
  readonly snapshotsKept: number;
  /** One that was asked for within this time is being fetched. */
  readonly snapshotFetchedMs: number;
  /** How long an empty chain waits for somebody who is far ahead before it executes the first block. */
  readonly snapshotGraceMs: number;
  /** How long an empty chain looks for a snapshot while not everybody is connected. */
  readonly snapshotSearchMs: number;
  /** Buckets in one answer end before they are more than this, but never before the first. */
  readonly chunkBytesMax: number;
  /** Buckets that one request names. */
  readonly bucketsPerRequest: number;
  /** Requests for buckets that one member is asked at a time. */
  readonly chunksPerMember: number;
  /** Changes of the set in one answer end before they are more than this, but never before the first. */
  readonly setChangesBytesMax: number;
  /** Changes of the set that a snapshot comes with; bounds what is held of them in memory. */
  readonly setChangesMax: number;
  readonly requestTimeoutMs: number;
  /** How long a member that gave nothing is left alone, and one that gave something wrong. */
  readonly avoidMs: number;
  readonly avoidLiarMs: number;
  /** Blocks that one request of a node that catches up names. */
  readonly blocksPerRequest: number;
  /** Heights that are fetched ahead of the one that is applied, and requests for them at a time. */
  readonly aheadBlocks: number;
  readonly aheadRequests: number;
  /** Nothing more is asked for ahead while blocks that wait are more bytes than this, with what is on its way. */
  readonly aheadBytes: number;
  /** Older blocks that are asked for at a time, downwards, and bytes of them that are written together. */
  readonly historyWindowBlocks: number;
  readonly historyBatchBytes: number;
  /** Heights whose missing payloads are remembered while the disk is looked through. */
  readonly payloadHeightsMax: number;
  /** A node whose head is older asks the others before it applies anything. */
  readonly absenceMsMax: number;
  /** How often progress is told in the log. */
  readonly logPeriodMs: number;
}

/** The limits of a node in production; tests and the bench shorten times and distances. */
export const syncLimits: SyncLimits = Object.freeze({
  snapshotBehindBlocksMin: 2_000,
  snapshotPeriodMs: 10 * 60_000,
  snapshotsKept: 2,
  snapshotFetchedMs: 2 * 60_000,
  snapshotGraceMs: 2_000,
  snapshotSearchMs: 30_000,
  chunkBytesMax: 1_048_576,
  bucketsPerRequest: 64,
  chunksPerMember: 2,
  setChangesBytesMax: 1_048_576,
  setChangesMax: 16_384,
  requestTimeoutMs: 10_000,
  avoidMs: 15_000,
  avoidLiarMs: 10 * 60_000,
  blocksPerRequest: 32,
  aheadBlocks: 256,
  aheadRequests: 4,
  aheadBytes: 12 * 1_048_576,
  historyWindowBlocks: 32,
  historyBatchBytes: 4 * 1_048_576,
  payloadHeightsMax: 1_024,
  absenceMsMax: 30 * 24 * 3_600_000,
  logPeriodMs: 10_000,
});
