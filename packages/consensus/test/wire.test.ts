import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  encode,
  fromBytes,
  idBytes,
  LedgerError,
  type PublicKey,
  toBytes,
} from "@tegata/ledger/primitives";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memberOf } from "../sim/world.ts";
import {
  decodeMessage,
  defaultTimeouts,
  encodeGuardSlot,
  encodeMessage,
  encodeWalRecord,
  evidenceShape,
  frameTypes,
  guardAllows,
  type HeightContext,
  type Message,
  newGuard,
  proposalSignBytes,
  validatorSet,
  validatorsHash,
  voteSignBytes,
  type WalRecord,
  withSignature,
} from "../src/index.ts";
import { a, b, contextOf, network, Script, signatureOf } from "./helpers/script.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A set with keys that no change of the simulation changes. */
function goldenContext(members: number, height = 1): HeightContext {
  const context = contextOf(members, height);
  const keys = context.validators.map((_, index) => index.toString(16).padStart(64, "0"));
  const validators = context.validators.map((each, index) => ({
    ...each,
    key: keys[index] as PublicKey,
  }));
  return { ...context, validators: validatorSet(validators) };
}

const script = new Script();
const vote = script.voteOf("precommit", 3, a, 2);
const polka = script.polka(1, a, [0, 2, 3]);
const messages: readonly Message[] = [
  { kind: "proposal", proposal: script.proposal(2, a) },
  { kind: "proposal", proposal: { ...script.proposal(2, a, 1), polka } },
  { kind: "vote", vote },
  { kind: "vote", vote: { ...vote, type: "prevote", blockId: null } },
  { kind: "commit", certificate: script.commit(0, b, [1, 2, 3]) },
  { kind: "polka", certificate: polka },
  {
    kind: "round",
    certificate: {
      type: "round",
      reason: "skip",
      height: 1,
      round: 7,
      votes: [
        [0, "prevote", null, signatureOf(0)],
        [3, "precommit", b, signatureOf(3)],
      ],
    },
  },
  {
    kind: "status",
    status: {
      height: 9,
      round: 2,
      step: "decided",
      proposal: true,
      prevotes: Uint8Array.of(5),
      precommits: Uint8Array.of(0),
    },
  },
  { kind: "question", question: { height: 4, voter: 1 } },
  { kind: "answer", answer: { height: 1, voter: 2, proposals: [], votes: [vote] } },
];

const chapter: WalRecord = {
  type: "chapter",
  start: { ...goldenContext(2, 8), self: 1, timeouts: defaultTimeouts },
  rules: {
    round: 3,
    step: "prevote",
    locked: null,
    valid: { round: 1, blockId: a },
    waiting: ["propose", "prevote"],
  },
  proposal: script.proposal(3, b),
  isDoubled: false,
  opinion: "acceptable",
  isFetching: true,
  votes: [vote],
  roundPolka: null,
  words: [script.voteOf("prevote", 2, null, 1)],
  polka,
  lockPolka: null,
  entered: null,
  blocks: [{ blockId: a, validity: "valid" }],
  drafts: [{ kind: "vote", vote: { type: "prevote", height: 8, round: 3, blockId: b, voter: 1 } }],
  isProposable: true,
};

/** A proposer that has not signed yet: the block it is locked on, with its polka. */
const chapterOfProposer: WalRecord = {
  ...chapter,
  rules: {
    round: 3,
    step: "propose",
    locked: { round: 1, blockId: a },
    valid: { round: 1, blockId: a },
    waiting: ["propose"],
  },
  proposal: null,
  opinion: "open",
  isFetching: false,
  votes: [],
  lockPolka: polka,
  drafts: [
    {
      kind: "proposal",
      proposal: { height: 8, round: 3, blockId: a, validRound: 1, proposer: 1, polka },
    },
  ],
};

const records: readonly WalRecord[] = [
  { type: "startHeight", ...goldenContext(2, 8), self: 1, timeouts: defaultTimeouts },
  { type: "proposal", proposal: script.proposal(0, a) },
  { type: "vote", vote },
  { type: "certificate", certificate: polka },
  { type: "timeout", timeout: { kind: "prevote", height: 8, round: 1 } },
  { type: "built", height: 8, round: 0, blockId: a },
  {
    type: "verdict",
    height: 8,
    round: 0,
    blockId: a,
    valid: true,
    timely: false,
    due: true,
  },
  { type: "signed", message: { kind: "vote", vote } },
  { type: "proposable", height: 8 },
  { type: "resume", said: [{ kind: "vote", vote }], lock: { round: 3, blockId: a } },
  chapter,
];

/** A set as its hash takes it. */
function rows({ validators }: HeightContext) {
  return validators.map(({ member, key, suspended }) => [idBytes(member), idBytes(key), suspended]);
}

function guardSlot(): Uint8Array {
  const draft = { kind: "vote", vote } as const;
  const answer = guardAllows(newGuard(network), draft, network, 0);
  if (!answer.ok || !("state" in answer)) throw new Error("a new guard allows a first message");
  return encodeGuardSlot(withSignature(answer.state, signatureOf(2))).slice(0, 320);
}

/** Everything that is signed, sent or stored, by name. */
function formats(): Readonly<Record<string, string>> {
  const { votes, proposals } = {
    votes: {
      type: "votes",
      key: goldenContext(4).validators[2]?.key as never,
      first: { ...vote, blockId: null },
      second: vote,
    } as const,
    proposals: {
      type: "proposals",
      key: goldenContext(4).validators[1]?.key as never,
      first: script.proposal(0, a),
      second: script.proposal(0, b),
    } as const,
  };
  return {
    "vote sign bytes": hex(voteSignBytes(vote, network, 7)),
    "proposal sign bytes": hex(proposalSignBytes(script.proposal(2, a, 1), network, 7)),
    validators: hex(encode(rows(goldenContext(4)))),
    "validators hash": validatorsHash(goldenContext(4).validators),
    ...Object.fromEntries(
      messages.map((message, index) => [
        `message ${index} ${message.kind} ${frameTypes[message.kind]}`,
        hex(encodeMessage(message)),
      ]),
    ),
    "evidence votes": hex(toBytes(evidenceShape, votes)),
    "evidence proposals": hex(toBytes(evidenceShape, proposals)),
    ...Object.fromEntries(
      records.map((record, index) => [
        `log ${record.type}`,
        hex(encodeWalRecord(record, 8, index)),
      ]),
    ),
    "log chapter with a draft proposal": hex(encodeWalRecord(chapterOfProposer, 8, 10)),
    "guard slot, first 320 bytes": hex(guardSlot()),
  };
}

describe("formats", () => {
  test("what is signed, sent and stored has the bytes of the golden vectors", () => {
    const path = join(import.meta.dirname, "golden", "formats.json");
    expect(formats()).toEqual(JSON.parse(readFileSync(path, "utf8")));
  });

  test.each(messages.map((message) => [message.kind, message] as const))(
    "decoding gives back an encoded %s",
    (kind, message) => {
      expect(decodeMessage(kind, encodeMessage(message))).toEqual(message);
    },
  );

  test("S15: each field of a message changes its bytes", () => {
    const bytes = messages.map((message) => hex(encodeMessage(message)));
    expect(new Set(bytes).size).toBe(messages.length);
  });
});

describe("strange bytes", () => {
  const kinds = messages.map(({ kind }) => kind);

  test("D2: whatever bytes come, decoding gives a message or a LedgerError, nothing else", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
        try {
          decodeMessage(kind, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("D2: a changed byte gives another message or a LedgerError, never the same message", () => {
    for (const message of messages) {
      const bytes = encodeMessage(message);
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = bytes.with(at, (bytes[at] ?? 0) ^ 0x01);
        try {
          const decoded = decodeMessage(message.kind, changed);
          expect(hex(encodeMessage(decoded))).toBe(hex(changed));
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError);
        }
      }
    }
  });

  test.each<[string, Message]>([
    ["a round beyond the last", { kind: "vote", vote: { ...vote, round: 0x8000_0000 } }],
    ["a negative round", { kind: "vote", vote: { ...vote, round: -1 } }],
    ["an index beyond the largest network", { kind: "vote", vote: { ...vote, voter: 300 } }],
    ["a short signature", { kind: "vote", vote: { ...vote, signature: new Uint8Array(63) } }],
    [
      "a valid round of -2",
      { kind: "proposal", proposal: { ...script.proposal(2, a), validRound: -2 } },
    ],
    [
      "a bitmap longer than the largest network",
      {
        kind: "status",
        status: {
          height: 1,
          round: 0,
          step: "propose",
          proposal: false,
          prevotes: new Uint8Array(39),
          precommits: new Uint8Array(0),
        },
      },
    ],
    [
      "more votes than an answer may hold",
      {
        kind: "answer",
        answer: { height: 1, voter: 0, proposals: [], votes: new Array(129).fill(vote) },
      },
    ],
  ])("%s is neither written nor read", (_, message) => {
    expect(() => encodeMessage(message)).toThrow(LedgerError);
  });

  test("evidence of another kind is refused", () => {
    expect(() => fromBytes(evidenceShape, Uint8Array.of(0x82, 0x05, 0x80))).toThrow(LedgerError);
  });
});

test("members of the simulation have names that are told apart", () => {
  expect(new Set(Array.from({ length: 300 }, (_, index) => memberOf(index))).size).toBe(300);
});
