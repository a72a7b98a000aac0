// What is logged of a height: every input that changed the state, in order. `step` is deterministic, so
// feeding them back gives the same state; what was asked for and not done is asked for again by `resume`.
import {
  type BlockId,
  flag,
  hexOf,
  type Infer,
  list,
  type MemberId,
  type NetworkId,
  nullable,
  type PublicKey,
  record,
  type Shape,
  uint,
  union,
} from "@tegata/ledger/primitives";
import type { Input, RoundTimeout } from "./inputs.ts";
import {
  commitShape,
  oneOf,
  polkaShape,
  proposalShape,
  roundCertificateShape,
  roundMax,
  unsignedProposalShape,
  unsignedVoteShape,
  voteShape,
} from "./messages.ts";
import { validatorsMax } from "./validator-set.ts";

/** A logged input. Statuses, questions and the like only steer gossip and are not logged. */
export type WalRecord =
  | Extract<
      Input,
      {
        type:
          | "startHeight"
          | "proposal"
          | "vote"
          | "certificate"
          | "built"
          | "verdict"
          | "signed"
          | "proposable"
          | "resume";
      }
    >
  | { readonly type: "timeout"; readonly timeout: RoundTimeout }
  | Chapter;

const height = uint();
const round = uint(roundMax);
const index = uint(validatorsMax - 1);
const blockId = hexOf<BlockId>(32);
const delayMs = uint();
const step = oneOf("propose", "prevote", "precommit");
const lock = record({ round, blockId });

const startHeight = record({
  network: hexOf<NetworkId>(32),
  era: uint(0xffff_ffff),
  height,
  validators: list(
    record({ member: hexOf<MemberId>(32), key: hexOf<PublicKey>(32), suspended: flag }),
    validatorsMax,
  ),
  eligible: list(index, validatorsMax),
  self: nullable(index),
  timeouts: record({ proposeMs: delayMs, voteMs: delayMs, stepMs: delayMs, capMs: delayMs }),
});

const signedShape = union("kind", {
  proposal: [0, record({ proposal: proposalShape })],
  vote: [1, record({ vote: voteShape })],
});

/** Own messages one resumption may bring; the guard remembers fewer. */
const saidMax = 16;

const draft = union("kind", {
  proposal: [0, record({ proposal: unsignedProposalShape })],
  vote: [1, record({ vote: unsignedVoteShape })],
});

/** Blocks of the rounds that are kept, with room to spare. */
const blocksMax = 1_024;

const chapter = record({
  start: startHeight,
  rules: record({
    round,
    step,
    locked: nullable(lock),
    valid: nullable(lock),
    waiting: list(step, 3),
  }),
  /** The current round: its proposal, its votes, and the polka that was received whole. */
  proposal: nullable(proposalShape),
  isDoubled: flag,
  opinion: oneOf("open", "asked", "acceptable", "refused"),
  isFetching: flag,
  votes: list(voteShape, 4 * validatorsMax),
  roundPolka: nullable(polkaShape),
  /** Last votes and last locks of all other rounds. */
  words: list(voteShape, 2 * validatorsMax),
  polka: nullable(polkaShape),
  lockPolka: nullable(polkaShape),
  entered: nullable(roundCertificateShape),
  blocks: list(record({ blockId, validity: oneOf("asked", "valid", "invalid") }), blocksMax),
  drafts: list(draft, 3),
  isProposable: flag,
});

/** All that is left of a height whose log became long; the log begins anew with it. */
export type Chapter = { readonly type: "chapter" } & Infer<typeof chapter>;

/** Numbers are never given to another record. */
export const recordShape: Shape<WalRecord> = union("type", {
  startHeight: [0, startHeight],
  proposal: [1, record({ proposal: proposalShape })],
  vote: [2, record({ vote: voteShape })],
  certificate: [
    3,
    record({
      certificate: union("type", {
        precommit: [0, commitShape],
        prevote: [1, polkaShape],
        round: [2, roundCertificateShape],
      }),
    }),
  ],
  timeout: [
    4,
    record({
      timeout: record({ kind: step, height, round }),
    }),
  ],
  built: [5, record({ height, round, blockId })],
  verdict: [6, record({ height, round, blockId, valid: flag, timely: flag, due: flag })],
  signed: [7, record({ message: signedShape })],
  proposable: [8, record({ height })],
  resume: [9, record({ said: list(signedShape, saidMax), lock: nullable(lock) })],
  chapter: [10, chapter],
});
