import {
  ConsensusError,
  decodeGuard,
  decodeMessage,
  decodeWal,
  encodeMessage,
  guardSlotBytes,
  type Message,
  proposalSignBytes,
  validatorSet,
  verifyMessage,
  voteSignBytes,
} from "@tegata/consensus";
import { createSigner, LedgerError, taggedHash, verifySignature } from "@tegata/ledger/primitives";
import { a, contextOf, network } from "../../../packages/consensus/test/helpers/script.ts";
import { decodeEvidence } from "../../../packages/node/src/evidence/evidence-pool.ts";
import { decodePresence } from "../../../packages/node/src/host/presence.ts";
import { accepted, type Door, refusalIn, refused, type Verdict, verdictOf } from "../door.ts";
import { golden, goldenBytes } from "../golden.ts";
import { canonicalDoor, isCanonical } from "./canonical.ts";

/** In the order of their keys, which is the order of the set. */
const signers = [0, 1, 2, 3]
  .map((index) => createSigner(new Uint8Array(32).fill(index + 1)))
  .sort((one, other) => (one.publicKey < other.publicKey ? -1 : 1));
const plain = contextOf(4);
const context = {
  ...plain,
  validators: validatorSet(
    plain.validators.map((validator, index) => {
      return { ...validator, key: signers[index]?.publicKey ?? validator.key };
    }),
  ),
};

/** A vote as its voter signs it. */
function vote(voter: number, type: "prevote" | "precommit", blockId: typeof a | null) {
  const body = { type, height: 1, round: 0, blockId, voter } as const;
  const signature = signers[voter]?.sign(voteSignBytes(body, network, 0)) ?? new Uint8Array(64);
  return { ...body, signature };
}

function certificate<Type extends "prevote" | "precommit">(type: Type) {
  const votes = [0, 1, 2].map((voter) => vote(voter, type, a));
  const signatures = votes.map(({ voter, signature }) => [voter, signature] as const);
  return { type, height: 1, round: 0, blockId: a, signatures };
}

/** A proposal of round 1, with the polka of round 0, by each validator: one of them is its proposer. */
function proposals(): readonly Message[] {
  return signers.map((signer, proposer): Message => {
    const polka = certificate("prevote");
    const body = { height: 1, round: 1, blockId: a, validRound: 0, proposer, polka };
    const signature = signer.sign(proposalSignBytes(body, network, 0));
    return { kind: "proposal", proposal: { ...body, signature } };
  });
}

/** Precommits of a quorum in round 0: reason enough to leave it. */
function roundCertificate(): Message {
  const votes = [0, 1, 2].map((voter) => {
    const { type, blockId, signature } = vote(voter, "precommit", a);
    return [voter, type, blockId, signature] as const;
  });
  const certified = { type: "round", reason: "precommits", height: 1, round: 0, votes } as const;
  return { kind: "round", certificate: certified };
}

const signedMessages: readonly Message[] = [
  roundCertificate(),
  {
    kind: "answer",
    answer: { height: 1, voter: 2, proposals: [], votes: [vote(2, "prevote", a)] },
  },
  ...proposals(),
  { kind: "vote", vote: vote(0, "prevote", a) },
  { kind: "vote", vote: vote(3, "precommit", null) },
  { kind: "commit", certificate: certificate("precommit") },
  { kind: "polka", certificate: certificate("prevote") },
];

const kinds = [
  ["proposal", [0, 1], 10],
  ["vote", [2, 3], 11],
  ["commit", [4], 12],
  ["polka", [5], 13],
  ["round", [6], 14],
  ["status", [7], 15],
  ["question", [8], 17],
  ["answer", [9], 18],
] as const;

/** Reads a frame of this kind and judges it as the members of a height do, signatures last. */
function judge(kind: Message["kind"], bytes: Uint8Array): Verdict {
  try {
    const verdict = verifyMessage(decodeMessage(kind, bytes), context, verifySignature);
    return verdict.ok ? accepted : refused(verdict.code);
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

function samplesOf(kind: Message["kind"], numbers: readonly number[], frame: number) {
  const named = numbers.map((number) => {
    return goldenBytes("consensus/formats", `message ${number} ${kind} ${frame}`);
  });
  const signed = signedMessages.filter((message) => message.kind === kind).map(encodeMessage);
  return [...signed, ...signed, ...named];
}

const messageDoors = kinds.map(
  ([kind, numbers, frame]): Door => ({
    name: `agreement.${kind}`,
    what: `frames ${frame} of validators: ${kind}`,
    limit: "the size of its frame, before it is read",
    form: "canonical",
    samples: samplesOf(kind, numbers, frame),
    isOuter: isCanonical,
    read: (bytes) => judge(kind, bytes),
  }),
);

const formats = golden("consensus/formats");

/** The frames of a log, one for each kind of record. */
function logFrames(): readonly Uint8Array[] {
  const names = Object.keys(formats).filter((name) => name.startsWith("log "));
  return names.map((name) => goldenBytes("consensus/formats", name));
}

const logHeadBytes = 24;

/** A log of one record, framed as it should be, whatever the record says. */
function framed(record: Uint8Array): Uint8Array {
  const head = Buffer.alloc(logHeadBytes);
  head.writeUInt32BE(record.length);
  head.writeBigUInt64BE(8n, 8);
  head.set(taggedHash("wal", head.subarray(0, 16), record).subarray(0, 8), 16);
  return new Uint8Array(Buffer.concat([head, record]));
}

/** A file of the guard with one slot written, whatever it says. */
function guardFile(state: Uint8Array): Uint8Array {
  const slots = Buffer.alloc(2 * guardSlotBytes);
  slots.writeUInt32BE(state.length);
  slots.set(taggedHash("guard", state), 4);
  slots.set(state.subarray(0, guardSlotBytes - 36), 36);
  return new Uint8Array(slots);
}

/** What the slot of the vectors says. */
function guardState(): Uint8Array {
  const slot = goldenBytes("consensus/formats", "guard slot, first 320 bytes");
  return slot.slice(36, 36 + Buffer.from(slot).readUInt32BE());
}

/** What validators tell each other, and what each keeps of its own words. */
export const agreementDoors: readonly Door[] = [
  ...messageDoors,
  canonicalDoor({
    name: "agreement.evidence",
    what: "frames 16, and evidence in blocks: two words of one validator that exclude each other",
    limit: "4 KiB a piece",
    samples: ["evidence votes", "evidence proposals"].map((name) =>
      goldenBytes("consensus/formats", name),
    ),
    read: decodeEvidence,
  }),
  canonicalDoor({
    name: "agreement.presence",
    what: "frames 19: that a key is in use",
    limit: "256 bytes",
    samples: ["call", "twin"].map((name) => goldenBytes("node/wire", name)),
    read: decodePresence,
  }),
  {
    name: "disk.log",
    what: "the log of the height, after a crash or from a damaged disk",
    limit: "the length of the file",
    form: "bytes",
    samples: [new Uint8Array(Buffer.concat(logFrames()))],
    isOuter: (bytes) => bytes.length >= logHeadBytes,
    read: (bytes) => verdictOf(() => decodeWal(bytes), [ConsensusError]),
  },
  canonicalDoor({
    name: "disk.log-record",
    what: "records of that log whose checksum is right",
    limit: "1 MiB a record",
    samples: logFrames().map((frame) => frame.slice(logHeadBytes)),
    read: (record) => decodeWal(framed(record)),
    errors: [ConsensusError],
  }),
  {
    name: "disk.guard",
    what: "the guard against signing twice, after a crash or from a damaged disk",
    limit: "two slots of a fixed size",
    form: "bytes",
    samples: [guardFile(guardState())],
    isOuter: (bytes) => bytes.length >= guardSlotBytes,
    read: (bytes) => verdictOf(() => decodeGuard(bytes), [ConsensusError]),
  },
  canonicalDoor({
    name: "disk.guard-state",
    what: "what a slot of the guard says whose checksum is right",
    limit: "one slot",
    samples: [guardState()],
    read: (state) => decodeGuard(guardFile(state)),
    errors: [ConsensusError],
  }),
];
