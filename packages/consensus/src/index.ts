export * from "./certificate.ts";
export { logRecordsMax } from "./chapter.ts";
export {
  type ConsensusState,
  initialState,
  type LastHeight,
  mayVote,
  replay,
  type Step,
  step,
  stepWithin,
} from "./consensus.ts";
export * from "./context.ts";
export * from "./door.ts";
export * from "./effects.ts";
export * from "./errors.ts";
export { wordsOf } from "./gossip.ts";
export * from "./guard.ts";
export type { HeightState } from "./height.ts";
export * from "./inputs.ts";
export * from "./lag.ts";
export * from "./messages.ts";
export type { Lock } from "./round.ts";
export * from "./sign-bytes.ts";
export * from "./timeouts.ts";
export * from "./validator-set.ts";
export type { Voice } from "./voice.ts";
export * from "./waiting-room.ts";
export * from "./wal.ts";
export type { Chapter, WalRecord } from "./wal-record.ts";
export * from "./wanted.ts";
export * from "./wire.ts";
