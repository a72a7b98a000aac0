// The front door: one function, one state, one queue.
import { type MemberId, unreachable } from "@tegata/ledger/primitives";
import { chapterOf, heightOf as heightOfChapter, logRecordsMax } from "./chapter.ts";
import type { HeightContext } from "./context.ts";
import type { Effect } from "./effects.ts";
import {
  missing,
  type Peers,
  peerIn,
  resent,
  statusMark,
  statusOf,
  withoutPeer,
  withPeer,
  wordsOf,
} from "./gossip.ts";
import { beginHeight, type HeightState, type Turn } from "./height.ts";
import type { Input, StartHeight, Timeout } from "./inputs.ts";
import {
  onBuilt,
  onCertificate,
  onProposable,
  onProposal,
  onSigned,
  onTimeout,
  onVerdict,
  onVote,
} from "./intake.ts";
import type { CommitCertificate, Question, Status, Vote } from "./messages.ts";
import { isGuardBehind, resumeHeight } from "./resume.ts";
import { settle } from "./settle.ts";
import { gapMs, resendDelayMs } from "./timeouts.ts";
import { atHeight, unasked, type Voice, withAnswer, withSilence } from "./voice.ts";
import { extendCommit } from "./votes.ts";
import type { Chapter, WalRecord } from "./wal-record.ts";

/** The height before, for those who are still at it. */
export interface LastHeight {
  readonly context: HeightContext;
  /** The own copy, with the precommits that came late. */
  readonly certificate: CommitCertificate;
}

/** The whole state of consensus of one node. `height` alone is logged and fed back. */
export interface ConsensusState {
  /** Null before the first height starts. */
  readonly height: HeightState | null;
  readonly last: LastHeight | null;
  readonly voice: Voice;
  /** Others are known to be further. */
  readonly isBehind: boolean;
  readonly peers: Peers;
  /** What the last announced status said. */
  readonly announced: { readonly height: number; readonly mark: number } | null;
  /** The running count of sendings without progress. */
  readonly resends: {
    readonly height: number;
    readonly round: number;
    readonly times: number;
  } | null;
}

/** What a step gives: the next state and what is to be done, in order. */
export type Step = readonly [ConsensusState, readonly Effect[]];

/** A node that has just started and has asked nobody yet. */
export const initialState: ConsensusState = Object.freeze({
  height: null,
  last: null,
  voice: unasked,
  isBehind: false,
  peers: [],
  announced: null,
  resends: null,
});

/** Whether signatures may be asked for at this moment. */
export function mayVote(state: ConsensusState): boolean {
  return state.voice.type === "free" && !state.isBehind;
}

/** What is logged and was not made of the log itself. */
type LoggedInput = Exclude<WalRecord, Chapter>;

/** Records an input of the height in force and lets the rules follow. */
function advance(height: HeightState, input: LoggedInput): Turn {
  const turn: Turn = { height, effects: [] };
  switch (input.type) {
    case "startHeight":
      return beginHeight(input);
    case "proposal":
      onProposal(turn, input.proposal);
      break;
    case "vote":
      onVote(turn, input.vote);
      break;
    case "certificate":
      onCertificate(turn, input.certificate);
      break;
    case "timeout":
      onTimeout(turn, input.timeout);
      break;
    case "built":
      onBuilt(turn, input);
      break;
    case "verdict":
      onVerdict(turn, input);
      break;
    case "signed":
      onSigned(turn, input.message);
      break;
    case "proposable":
      onProposable(turn, input.height);
      break;
    case "resume":
      resumeHeight(turn, input);
      break;
    default:
      return unreachable(input);
  }
  return turn;
}

/** A logged input: the log first, then whatever follows from it. */
function onLogged(state: ConsensusState, input: LoggedInput): Step {
  if (state.height === null) return [state, []];
  const turn = advance(state.height, input);
  if (turn.height === state.height) return [state, turn.effects];
  settle(turn);
  const effects: Effect[] = [{ type: "persist", record: input }];
  for (const effect of turn.effects) {
    if (effect.type !== "sign" || mayVote(state)) effects.push(effect);
  }
  const logged = turn.height.logged + 1;
  return [{ ...state, height: { ...turn.height, logged } }, effects];
}

/** A precommit for the height before, after this one began. */
function onLateVote(state: ConsensusState, vote: Vote): Step {
  if (state.last === null) return [state, []];
  const certificate = extendCommit(state.last.certificate, vote);
  if (certificate === null) return [state, []];
  return [{ ...state, last: { ...state.last, certificate } }, [{ type: "extend", certificate }]];
}

/** The question this node asks before its first signature. */
function ask(state: ConsensusState): readonly Effect[] {
  const self = state.height?.start.self ?? null;
  if (state.height === null || self === null || state.voice.type !== "asking") return [];
  const question: Question = { height: state.height.start.height, voter: self };
  return [{ type: "broadcast", message: { kind: "question", question } }];
}

/** Begins to ask, counting oneself; a lone validator has its answer at once. */
function askFirst(state: ConsensusState): Step {
  const { height, voice } = state;
  if (height === null || height.start.self === null) return [state, []];
  const { self, height: number, validators } = height.start;
  const next = { ...state, voice: withAnswer(voice, number, self, false, validators.length) };
  return [next, ask(next)];
}

function onStartHeight(state: ConsensusState, start: StartHeight): Step {
  const before = state.height;
  const isNext = before !== null && before.start.height + 1 === start.height;
  const last: LastHeight | null =
    isNext && before.decision !== null
      ? { context: before.start, certificate: before.decision }
      : null;
  const turn = beginHeight(start);
  settle(turn);
  const voice = atHeight(state.voice, start.height);
  const [asked, question] = askFirst({ ...state, height: turn.height, last, voice });
  const effects = turn.effects.filter(({ type }) => type !== "sign" || mayVote(state));
  return [asked, [{ type: "persist", record: start }, ...effects, ...question]];
}

/** Signatures are allowed from now on: asks for those that waited. */
function speakUp(before: ConsensusState, [state, effects]: Step): Step {
  if (mayVote(before) || !mayVote(state) || state.height === null) return [state, effects];
  const { drafts } = state.height;
  return [state, [...effects, ...drafts.map((draft) => ({ type: "sign" as const, draft }))]];
}

/** Whether a member seems to lack something this node has. */
function lacks({ height, last }: ConsensusState, status: Status): boolean {
  if (height === null || status.step === "decided") return false;
  return missing(height, last?.certificate ?? null, status).next().done === false;
}

function watch(peer: MemberId): Effect {
  return { type: "schedule", timeout: { kind: "gap", peer }, delayMs: gapMs };
}

/** A validator that is heard and has not answered yet is asked itself, at once. */
function askAlone({ height, voice }: ConsensusState, peer: MemberId): readonly Effect[] {
  if (height === null || voice.type !== "asking" || height.start.self === null) return [];
  const { height: number, self, validators } = height.start;
  const index = validators.findIndex(({ member }) => member === peer);
  if (index === -1 || voice.answered.includes(index)) return [];
  const question: Question = { height: number, voter: self };
  return [{ type: "sendTo", peer, message: { kind: "question", question } }];
}

function onStatus(state: ConsensusState, peer: MemberId, status: Status): Step {
  const wasWatched = peerIn(state.peers, peer)?.isWatched ?? false;
  const isWatched = wasWatched || lacks(state, status);
  const peers = withPeer(state.peers, { peer, status, isWatched });
  const begins = isWatched && !wasWatched && peerIn(peers, peer) !== null;
  const question = status.height === state.height?.start.height ? askAlone(state, peer) : [];
  return [{ ...state, peers }, begins ? [...question, watch(peer)] : question];
}

/** The gap lasted: whatever is still missing goes out, whoever said it. */
function onGap(state: ConsensusState, peer: MemberId): Step {
  const { height, last, peers } = state;
  const record = peerIn(peers, peer);
  if (record === null || height === null) return [state, []];
  const next = { ...state, peers: withPeer(peers, { ...record, isWatched: false }) };
  const messages = [...missing(height, last?.certificate ?? null, record.status)];
  return [next, messages.map((message) => ({ type: "sendTo", peer, message }))];
}

function onResend(state: ConsensusState, timeout: Extract<Timeout, { kind: "resend" }>): Step {
  const { height, resends } = state;
  const isCurrent =
    resends !== null &&
    timeout.height === resends.height &&
    timeout.round === resends.round &&
    timeout.times === resends.times;
  if (height === null || !isCurrent) return [state, []];
  const times = resends.times + 1;
  const messages: readonly Effect[] = resent(height).map((message) => ({
    type: "broadcast",
    message,
  }));
  const again: Effect = {
    type: "schedule",
    timeout: { ...timeout, times },
    delayMs: resendDelayMs(height.start.timeouts, times),
  };
  return [{ ...state, resends: { ...resends, times } }, [...ask(state), ...messages, again]];
}

/** Only the asker learns what is held of its words. */
function onQuestion(state: ConsensusState, peer: MemberId, question: Question): Step {
  const { height } = state;
  if (height === null || height.start.height !== question.height) return [state, []];
  const { voter } = question;
  if (height.start.validators[voter]?.member !== peer) return [state, []];
  const answer = { height: question.height, voter, ...wordsOf(height, voter) };
  return [state, [{ type: "sendTo", peer, message: { kind: "answer", answer } }]];
}

function onAnswer(state: ConsensusState, input: Extract<Input, { type: "answer" }>): Step {
  const { height, voice } = state;
  if (height === null || height.start.height !== input.height) return [state, []];
  const { validators } = height.start;
  const validator = validators[input.validator];
  if (validator === undefined || validator.suspended) return [state, []];
  const { validator: index, beyondGuard } = input;
  const next = withAnswer(voice, input.height, index, beyondGuard, validators.length);
  return [{ ...state, voice: next }, []];
}

function onDeparted(state: ConsensusState, peer: MemberId): Step {
  const peers = withoutPeer(state.peers, peer);
  return peers === state.peers ? [state, []] : [{ ...state, peers }, []];
}

function onResume(state: ConsensusState, input: Extract<Input, { type: "resume" }>): Step {
  const { height } = state;
  const isUnsafe = height !== null && isGuardBehind(height, input.said);
  const voice = isUnsafe ? withSilence(state.voice, height.start.height) : state.voice;
  const [resumed, effects] = onLogged({ ...state, voice, resends: null }, input);
  const [asked, question] = askFirst(resumed);
  return [asked, [...effects, ...question]];
}

function route(state: ConsensusState, input: Input): Step {
  switch (input.type) {
    case "startHeight":
      return onStartHeight(state, input);
    case "vote": {
      const isLate = input.vote.height === state.last?.context.height;
      return isLate ? onLateVote(state, input.vote) : onLogged(state, input);
    }
    case "timeout": {
      const { timeout } = input;
      if (timeout.kind === "gap") return onGap(state, timeout.peer);
      if (timeout.kind === "resend") return onResend(state, timeout);
      return onLogged(state, { type: "timeout", timeout });
    }
    case "status":
      return onStatus(state, input.peer, input.status);
    case "departed":
      return onDeparted(state, input.peer);
    case "question":
      return onQuestion(state, input.peer, input.question);
    case "answer":
      return onAnswer(state, input);
    case "behind":
      return [{ ...state, isBehind: input.behind }, []];
    case "observe":
      return [{ ...state, voice: withSilence(state.voice, input.height) }, []];
    case "resume":
      return onResume(state, input);
    default:
      return onLogged(state, input);
  }
}

/** A log that became long begins anew. */
function beginChapter(state: ConsensusState, recordsMax: number): Step {
  const { height } = state;
  const isLong = height !== null && height.logged >= recordsMax && height.decision === null;
  if (!isLong) return [state, []];
  const record = chapterOf(height);
  return [{ ...state, height: heightOfChapter(record) }, [{ type: "persist", record }]];
}

/** A new round begins a new row of sendings. */
function restartResends(state: ConsensusState): Step {
  const { height, resends } = state;
  if (height === null) return [state, []];
  const { start, rules } = height;
  const isSame = resends?.height === start.height && resends.round === rules.round;
  if (isSame) return [state, []];
  const row = { height: start.height, round: rules.round, times: 0 };
  const timeout: Timeout = { kind: "resend", ...row };
  const delayMs = resendDelayMs(start.timeouts, 0);
  return [{ ...state, resends: row }, [{ type: "schedule", timeout, delayMs }]];
}

/** Tells the others what changed, and looks again at what they lack. */
function announce(state: ConsensusState): Step {
  const { height, announced } = state;
  if (height === null) return [state, []];
  const mark = statusMark(height);
  const { height: number } = height.start;
  if (announced?.height === number && announced.mark === mark) return [state, []];
  const effects: Effect[] = [{ type: "announce", status: statusOf(height) }];
  const peers = state.peers.map((record) => {
    if (record.isWatched || !lacks(state, record.status)) return record;
    effects.push(watch(record.peer));
    return { ...record, isWatched: true };
  });
  return [{ ...state, peers, announced: { height: number, mark } }, effects];
}

/**
 * Consensus: takes one input, gives the next state and the effects in the order in which the host must
 * carry them out (see effects.ts). Synchronous, total and deterministic; a message must have passed the
 * door for the height in force. Source: arXiv 1807.04938; docs/protocol-consensus.md.
 */
export function step(state: ConsensusState, input: Input): Step {
  return stepWithin(state, input, logRecordsMax);
}

/** A step that begins the log anew after this many records. */
export function stepWithin(state: ConsensusState, input: Input, recordsMax: number): Step {
  const [routed, effects] = speakUp(state, route(state, input));
  if (routed.height === state.height) return [routed, effects];
  const [begun, chapter] = beginChapter(routed, recordsMax);
  const [row, resends] = restartResends(begun);
  const [told, status] = announce(row);
  return [told, [...effects, ...chapter, ...resends, ...status]];
}

/**
 * Feeds a log back without carrying anything out: the height as it was when the last record was logged.
 * The first record starts the height. The host goes on with `resume`.
 */
export function replay(records: readonly WalRecord[]): ConsensusState {
  let state = initialState;
  for (const record of records) state = replayed(state, record);
  return state;
}

/** Feeds one record of the log back; its effects were carried out before, or will be asked for again. */
function replayed(state: ConsensusState, record: WalRecord): ConsensusState {
  if (record.type === "startHeight") {
    const turn = beginHeight(record);
    settle(turn);
    return { ...state, height: turn.height };
  }
  if (record.type === "chapter") return { ...state, height: heightOfChapter(record) };
  const [next] = onLogged(state, record);
  return next;
}
