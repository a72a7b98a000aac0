// The running hash over everything that is delivered and everything that leaves a member: who, what kind,
// when, and what it says in a few numbers (see messageMark). Of an effect its kind counts here; what it asks
// for shows in what then leaves or is delivered.
import type { Effect, Message, Timeout } from "../src/index.ts";

/** Kinds of things in the trace. */
export const traceCodes = Object.freeze({
  timeout: 1,
  packet: 2,
  effect: 3,
  leaving: 4,
  signed: 5,
  applied: 6,
  built: 7,
});

/** A number for each kind of effect. */
export const effectMarks: { readonly [Type in Effect["type"]]: number } = Object.freeze({
  persist: 1,
  sign: 2,
  broadcast: 3,
  sendTo: 4,
  schedule: 5,
  build: 6,
  validate: 7,
  fetchBlock: 8,
  decide: 9,
  extend: 10,
  evidence: 11,
  announce: 12,
});

function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193) ^ (hash >>> 15);
}

/** A number for a block id or any other text of hex; its last characters tell blocks apart. */
export function textMark(text: string | null): number {
  if (text === null) return 0;
  const { length } = text;
  return (
    (text.charCodeAt(length - 1) << 24) ^
    (text.charCodeAt(length - 2) << 16) ^
    (text.charCodeAt(length - 3) << 8) ^
    text.charCodeAt(length - 4)
  );
}

function bytesMark(bytes: Uint8Array): number {
  let mark = bytes.length;
  for (const byte of bytes) mark = Math.imul(mark ^ byte, 0x01000193);
  return mark;
}

/**
 * A number for what a message says: kind, place, author, value, whose votes a certificate holds. Not in it: the
 * bytes of signatures, the polka that a proposal brings, the step of a status but for precommit.
 */
export function messageMark(message: Message): number {
  switch (message.kind) {
    case "vote": {
      const { height, round, blockId, voter, type } = message.vote;
      const place = (height << 20) ^ (round << 8) ^ (voter << 1) ^ (type === "prevote" ? 0 : 1);
      return mixed(mixed(1, place), textMark(blockId));
    }
    case "proposal": {
      const { height, round, blockId, validRound, proposer } = message.proposal;
      const place = (height << 20) ^ (round << 8) ^ proposer;
      return mixed(mixed(mixed(2, place), textMark(blockId)), validRound);
    }
    case "commit":
    case "polka": {
      const { height, round, blockId, signatures } = message.certificate;
      let mark = mixed(message.kind === "commit" ? 3 : 4, (height << 20) ^ round);
      for (const [voter] of signatures) mark = mixed(mark, voter);
      return mixed(mark, textMark(blockId));
    }
    case "round": {
      const { height, round, votes, reason } = message.certificate;
      let mark = mixed(reason === "skip" ? 5 : 6, (height << 20) ^ round);
      for (const [voter, type, blockId] of votes) {
        mark = mixed(mixed(mark, (voter << 1) ^ (type === "prevote" ? 0 : 1)), textMark(blockId));
      }
      return mark;
    }
    case "status": {
      const { height, round, step, proposal, prevotes, precommits } = message.status;
      const place = (height << 20) ^ (round << 8) ^ (step.length << 1) ^ (proposal ? 1 : 0);
      return mixed(mixed(mixed(7, place), bytesMark(prevotes)), bytesMark(precommits));
    }
    case "question":
      return mixed(8, (message.question.height << 8) ^ message.question.voter);
    case "answer": {
      const { height, voter, proposals, votes } = message.answer;
      let mark = mixed(mixed(9, height), voter);
      for (const { round, blockId } of [...proposals, ...votes]) {
        mark = mixed(mixed(mark, round), textMark(blockId));
      }
      return mark;
    }
  }
}

const timeoutKinds = ["propose", "prevote", "precommit", "resend", "gap"];

/** A number that differs wherever two waits do. */
export function timeoutMark(timeout: Timeout): number {
  const kind = timeoutKinds.indexOf(timeout.kind);
  if (timeout.kind === "gap") return mixed(kind, textMark(timeout.peer));
  return mixed(mixed(kind, timeout.height), timeout.round);
}

/** Two hashes of 32 bits over the same things. */
export class Trace {
  #one = 0x811c9dc5;
  #other = 0x1b873593;

  add(member: number, code: number, value: number, more: number, timeMs: number): void {
    const place = (member << 8) ^ code;
    const time = Math.floor(timeMs * 1_000) | 0;
    this.#one = mixed(mixed(mixed(mixed(this.#one, place), value), more), time);
    this.#other = mixed(mixed(mixed(this.#other, value ^ place), time), more ^ this.#one);
  }

  get hash(): string {
    return [this.#other, this.#one]
      .map((half) => (half >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}
