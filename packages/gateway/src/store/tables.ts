/** First bytes of the keys of the outbox. */
export const outboxTable = Object.freeze({
  meta: 0,
  entry: 1,
  parcel: 2,
  submission: 3,
  idempotency: 4,
  settled: 5,
  claim: 6,
  control: 7,
  refused: 8,
  token: 9,
} as const);

/** First bytes of the keys of the index. */
export const indexTable = Object.freeze({
  meta: 0,
  stream: 1,
  ownStream: 2,
  root: 3,
  grant: 4,
  opened: 5,
  schema: 6,
  batch: 7,
  log: 8,
  lane: 9,
  seed: 10,
  membership: 11,
  deleted: 12,
} as const);
