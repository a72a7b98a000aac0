/** A mebibyte. */
const MIB = 1_048_576;
const HOUR_MS = 3_600_000;

/**
 * Every bound of the protocol in one table; validity depends on them, so changing one is a new version
 * of the protocol. Bytes, counts and milliseconds, as the names say.
 * Source: docs/PROTOCOL.md, sections 4, 5 and 7.
 */
export const limits = Object.freeze({
  /** Founders of a network, and members of it. */
  membersMax: 300,
  /** Names of networks, members, streams, facets and fields. */
  nameCodePointsMax: 64,
  addressesMax: 4,
  addressBytesMax: 128,
  cardBytesMax: 8_192,
  genesisBytesMax: 4 * MIB,

  /** A card, its network, the invitation's key and five signatures. */
  applicationBytesMax: 8_192 + 512,
  /** Open invitations of a member. */
  invitationsMax: 8,
  invitationMsMax: 30 * 24 * HOUR_MS,
  /** Undecided requests that a member has opened. */
  requestsMax: 16,
  /** A request that is not decided by then never is. */
  requestMsMax: 14 * 24 * HOUR_MS,
  /** The word that goes with a vote. */
  reasonCodePointsMax: 200,
  /** Versions of a role's key that the state remembers, the current one among them. */
  keyVersionsMax: 16,
  /** How long the old key serves beside the new one, unless it is compromised. */
  keyOverlapMs: HOUR_MS,
  /** Network or consensus keys that a member's root may declare compromised in a day. */
  rootDeclarationsMax: 8,
  /** The state names a block of every so many heights, for `ready`. */
  milestoneHeights: 16,
  /** A milestone is kept for so many heights, and for so long if that is longer. */
  milestoneAgeHeights: 100,
  milestoneAgeMs: 300_000,
  /** Milestones that one block may drop. */
  milestoneDropsMax: 4,
  /** A version of the protocol is decided on at least so many heights before it is in force. */
  protocolNoticeHeights: 1_000,
  /** And on no more than so many. */
  protocolNoticeHeightsMax: 10_000_000,
  protocolVersionsMax: 256,
  /** Times that members may vote for: rounds that never grow long enough, or last too long, decide nothing again. */
  votedTimeoutCapMsMin: 1_000,
  votedTimeoutCapMsMax: 60_000,
  votedTimeoutStepMsMin: 10,

  contentBytesMax: 32_768,
  /** The content, the signature and what frames them. */
  transactionBytesMax: 32_768 + 70,
  payloadsMax: 16,
  /** A part of 1 MiB and its tag. */
  payloadBytesMax: MIB + 16,
  sidecarBytesMax: 8 * MIB + 65_536,
  /** How far ahead of block time a transaction of the control lane may expire. */
  expiryMsMax: 24 * HOUR_MS,

  facetsMax: 16,
  fieldsMax: 256,
  schemaBytesMax: 262_144,
  zoneBytesMax: 64,
  endedGrantsMax: 256,
  coversMax: 32,
  grantBodyBytesMax: 16_384,
  /** Epochs are numbered from 0 to 2^20 - 1, the leaves of a key tree. */
  epochMax: 2 ** 20 - 1,
  /** How far the epoch of a batch may begin ahead of block time. */
  epochAheadMsMax: 5 * 60_000,
  /** How far back a batch may reach without saying that it fills a gap. */
  epochBehindMsMax: 168 * HOUR_MS,
  rowsMax: 4_096,
  decimalBytesMax: 128,

  blockTransactionsMax: 10_000,
  blockTransactionBytesMax: 4 * MIB,
  blockPayloadBytesMax: 8 * MIB,
  /** Ending a grant takes 17 bytes of a block, and a read and a write of the state. */
  blockEndedGrantsMax: 4_096,
  /** Sequences that a purge, and all purges of a block, name: a row of the state is about 16 of them. */
  purgedSequencesMax: 65_536,
  /** Transactions, certificate, evidence and what frames them. */
  blockBytesMax: 6 * MIB,
  blockItemsMax: 1_048_576,
  compactBlockBytesMax: 512 * 1_024,
  headerBytesMax: 1_024,
  certificateBytesMax: 65_536,
  evidenceMax: 16,
  evidenceBytesMax: 4_096,

  /** Evidence counts for offences within so many heights of the block that carries it. */
  evidenceHeightsMax: 200_000,

  /** The first term for which a member that failed to propose is passed over. */
  sidelinedHeightsMin: 256,
  /** The longest term; one that ended fewer heights ago than this doubles the next. */
  sidelinedHeightsMax: 8_192,
  /** A term ends after so many heights even without a sign of life. */
  sidelinedReleaseHeights: 16_384,
  /** Ended terms that the state remembers. */
  sidelinedRecordsMax: 65_536,
  /** Changes of the validator set that wait: each member's five kinds. */
  validatorChangesMax: 1_500,

  checkpointHeights: 256,
  /** A header names a checkpoint that is at least this many heights old. */
  checkpointLagHeights: 16,
  buckets: 4_096,

  /** A fresh proposal may be this old in round 0; twice that in every further round. */
  timelyDelayMs: 2_000,
  /** A fresh proposal may be this far ahead in round 0; twice that in every further round, to the cap. */
  timelySkewMs: 500,
  timelySkewMsMax: 60_000,

  /** Changes of the validator set that a proof leads through. */
  proofStepsMax: 4_096,
  /** Bounds the JSON of a proof: so many steps of a hundred validators, some 1,300 of three hundred. */
  proofBytesMax: 64 * MIB,
} as const);
