import {
  type CommitCertificate,
  type ConsensusState,
  type Evidence,
  encodeMessage,
  initialState,
  type Message,
  type StartHeight,
  step,
  type ValidatorSet,
  type Vote,
  validatorSet,
  verifyEvidence,
  voteSignBytes,
} from "@tegata/consensus";
import type { Block } from "@tegata/ledger/chain";
import {
  type BlockId,
  type MemberId,
  type Signer,
  toHex,
  verifySignature,
} from "@tegata/ledger/primitives";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { NodeError } from "../../src/errors.ts";
import { ForkWatch } from "../../src/host/fork-watch.ts";
import type { Decision } from "../../src/host/ledger.ts";
import { MessageDoor } from "../../src/host/message-door.ts";
import { hostileKey, signedFor } from "../evidence/samples.ts";

const [ours, theirs] = ["11", "22"].map((byte) => byte.repeat(32)) as [BlockId, BlockId];
const [asahi, birch] = ["aa", "bb"].map((byte) => byte.repeat(32)) as [MemberId, MemberId];
const height = 7;

const signers = new Map([1, 2, 3, 4].map((n) => [hostileKey(n).publicKey, hostileKey(n)]));
const validators: ValidatorSet = validatorSet(
  [...signers.keys()].map((key) => ({ member: key as string as MemberId, key, suspended: false })),
);
const start: StartHeight = {
  ...{ type: "startHeight", ...signedFor, height, validators, eligible: [0, 1, 2, 3], self: null },
  timeouts: { proposeMs: 500, voteMs: 250, stepMs: 250, capMs: 10_000 },
};

function signerOf(voter: number): Signer {
  const validator = validators[voter];
  const signer = validator === undefined ? undefined : signers.get(validator.key);
  if (signer === undefined) throw new Error(`no validator ${voter}`);
  return signer;
}

function precommit(blockId: BlockId, voter: number, round = 0): Vote {
  const fields = { type: "precommit" as const, height, round, blockId, voter };
  return {
    ...fields,
    signature: signerOf(voter).sign(voteSignBytes(fields, signedFor.network, 0)),
  };
}

function certificateOf(blockId: BlockId, voters: readonly number[], round = 0): CommitCertificate {
  const signatures = voters.map(
    (voter) => [voter, precommit(blockId, voter, round).signature] as const,
  );
  return { type: "precommit", height, round, blockId, signatures };
}

/** A certificate whose last signature is somebody else's. */
function forged(): CommitCertificate {
  const { signatures, ...rest } = certificateOf(theirs, [1, 2, 3]);
  const [first, second] = signatures as [(typeof signatures)[0], (typeof signatures)[0]];
  return { ...rest, signatures: [first, second, [3, second[1]]] };
}

const own = certificateOf(ours, [0, 1, 2]);

function decided(): ConsensusState {
  const [begun] = step(initialState, start);
  return step(begun, { type: "certificate", certificate: own })[0];
}

/** A door with its watch, at a height that was decided, or one above. */
function place(state: ConsensusState = decided(), headDecision: Decision | null = null) {
  const evidence: Evidence[] = [];
  const faults: NodeError[] = [];
  const lines: string[] = [];
  const refused: string[] = [];
  const forks = new ForkWatch({
    ...{ state: () => state, headDecision: () => headDecision },
    log: pino({}, { write: (line: string) => lines.push(line) }),
    onEvidence: (piece) => evidence.push(piece),
    onFork: (error) => faults.push(error),
  });
  const door = new MessageDoor({
    ...{ state: () => state, isBeyondGuard: () => false, forks, recovery: null },
    onRefused: (code) => refused.push(code),
  });
  const bring = (member: MemberId, message: Message) => door.admit(member, message, 100);
  const commit = (certificate: CommitCertificate, member = asahi) =>
    bring(member, { kind: "commit", certificate });
  return { forks, bring, commit, evidence, faults, lines, refused };
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof NodeError ? error.code : "another error";
  }
}

function keysOf(evidence: readonly Evidence[]): readonly string[] {
  return evidence.map(({ key }) => key);
}

const liars = [1, 2].map((voter) => signerOf(voter).publicKey);

describe("a second decision of a height", () => {
  test("stops the node, names in evidence all who signed both, and is logged with the own one", () => {
    const { commit, evidence, faults, lines } = place();
    const other = certificateOf(theirs, [1, 2, 3]);
    expect(commit(other)).toBeNull();
    expect(faults.map(({ code, detail }) => ({ code, detail }))).toEqual([
      { code: "NODE_TWO_DECISIONS", detail: { height, ours, theirs } },
    ]);
    expect(keysOf(evidence)).toEqual(liars);
    for (const piece of evidence) {
      expect(verifyEvidence(piece, signedFor, verifySignature).ok).toBe(true);
    }
    const logged = lines.map((line) => JSON.parse(line));
    const bytes = (certificate: CommitCertificate) =>
      toHex(encodeMessage({ kind: "commit", certificate }));
    expect(logged).toMatchObject([
      { height, members: liars, ownCertificate: bytes(own), certificate: bytes(other) },
    ]);
  });

  test("stops it also at the height before, whose certificate the ledger has after a restart", () => {
    const [next] = step(initialState, { ...start, height: height + 1 });
    const { commit, evidence, faults } = place(next, { context: start, certificate: own });
    commit(certificateOf(theirs, [1, 2, 3]));
    expect(faults.map(({ code }) => code)).toEqual(["NODE_TWO_DECISIONS"]);
    expect(keysOf(evidence)).toEqual(liars);
  });

  test("of another round stops it too and accuses nobody, because a lock can be left", () => {
    const { commit, evidence, faults } = place();
    commit(certificateOf(theirs, [1, 2, 3], 1));
    expect(faults.map(({ code }) => code)).toEqual(["NODE_TWO_DECISIONS"]);
    expect(evidence).toEqual([]);
  });

  test("that waited together with the first stops it when its turn comes", () => {
    const { forks, faults } = place();
    expect(forks.isFork(own)).toBe(false);
    expect(forks.isFork({ ...certificateOf(theirs, [1, 2, 3]), type: "prevote" })).toBe(false);
    expect(faults).toEqual([]);
    expect(forks.isFork(certificateOf(theirs, [1, 2, 3]))).toBe(true);
    expect(faults.map(({ code }) => code)).toEqual(["NODE_TWO_DECISIONS"]);
  });
});

describe("an invalid block", () => {
  /** A block is looked at for what it carries alone. */
  const carrying = (certificate: CommitCertificate | null) => {
    const previousCertificate =
      certificate === null ? new Uint8Array(0) : encodeMessage({ kind: "commit", certificate });
    return { previousCertificate } as Block;
  };

  test("that carries a second decision stops the node", () => {
    const { forks, evidence, faults } = place();
    forks.inspect(carrying(certificateOf(theirs, [1, 2, 3])));
    expect(faults.map(({ code }) => code)).toEqual(["NODE_TWO_DECISIONS"]);
    expect(keysOf(evidence)).toEqual(liars);
  });

  test("that carries the own decision, a forged one or none is invalid and no more", () => {
    const { forks, faults } = place();
    for (const certificate of [own, forged(), null]) forks.inspect(carrying(certificate));
    expect(faults).toEqual([]);
  });
});

describe("a certificate for another block that proves nothing", () => {
  test("closes the connection, whether signatures are wrong or too few", () => {
    const { commit, evidence, faults, refused } = place();
    expect(codeOf(() => commit(forged()))).toBe("NODE_PEER_FORGED");
    expect(codeOf(() => commit(certificateOf(theirs, [1, 2]), birch))).toBe("NODE_PEER_FORGED");
    expect(refused).toEqual(["CONSENSUS_BAD_SIGNATURE", "CONSENSUS_NO_QUORUM"]);
    expect([...faults, ...evidence]).toEqual([]);
  });

  test("is not verified again and again for one member, while others are heard", () => {
    const { commit, faults, refused } = place();
    expect(codeOf(() => commit(forged()))).toBe("NODE_PEER_FORGED");
    for (let time = 0; time < 3; time += 1) expect(codeOf(() => commit(forged()))).toBeNull();
    expect(refused).toHaveLength(1);
    commit(certificateOf(theirs, [1, 2, 3]), birch);
    expect(faults).toHaveLength(1);
  });

  test("is not looked at where nothing was decided here that it could contradict", () => {
    const [next] = step(initialState, { ...start, height: height + 2 });
    const { commit, faults, refused } = place(next);
    expect(codeOf(() => commit(forged()))).toBeNull();
    expect([...faults, ...refused]).toEqual([]);
  });
});

test("late precommits and larger copies of the same decision are taken as before", () => {
  const { bring, commit, faults, refused } = place();
  const vote = precommit(ours, 3);
  expect(bring(asahi, { kind: "vote", vote })).toEqual({ type: "vote", vote });
  for (const copy of [own, certificateOf(ours, [0, 1, 2, 3]), certificateOf(ours, [1, 2, 3])]) {
    expect(commit(copy)).toBeNull();
  }
  expect([...faults, ...refused]).toEqual([]);
});
