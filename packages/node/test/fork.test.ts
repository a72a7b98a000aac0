import {
  type CommitCertificate,
  encodeMessage,
  proposalSignBytes,
  voteSignBytes,
} from "@tegata/consensus";
import {
  assembleBlock,
  certificateHashOf,
  encodeCompactBlock,
  encodeHeader,
  evidenceRootOf,
  transactionsRootOf,
} from "@tegata/ledger/chain";
import type { BlockId, Hash } from "@tegata/ledger/primitives";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { NodeError } from "../src/errors.ts";
import { readCertificate } from "../src/host/certificates.ts";
import { frameTypes } from "../src/network/limits.ts";
import type { Network } from "../src/network/network.ts";
import { Consortium } from "./helpers/consortium.ts";
import { startRogue } from "./helpers/rogue.ts";

let consortium: Consortium | null = null;
let rogue: Network | null = null;

afterEach(async () => {
  await rogue?.stop();
  rogue = null;
  await consortium?.end();
  consortium = null;
});

const honest = [0, 1, 2];
const theirs = "5e".repeat(32) as BlockId;

/** Consensus keys as messages number them. */
function keysOf(network: Consortium): readonly string[] {
  return network.members.map(({ consensusKey }) => consensusKey.publicKey).sort();
}

/** A certificate for a block, signed by these members. */
function certificateOf(
  network: Consortium,
  place: Pick<CommitCertificate, "height" | "round" | "blockId">,
  colluding: readonly number[],
): CommitCertificate {
  const keys = keysOf(network);
  const signatures = colluding
    .map((index) => {
      const { consensusKey } = network.member(index);
      const voter = keys.indexOf(consensusKey.publicKey);
      const vote = { type: "precommit" as const, ...place, voter };
      const message = voteSignBytes(vote, network.genesis.networkId, 0);
      return [voter, consensusKey.sign(message)] as const;
    })
    .sort(([one], [other]) => one - other);
  return { type: "precommit", ...place, signatures };
}

/** The certificate of the first block, and one for another block, signed by some members. */
async function twoDecisions(network: Consortium, colluding: readonly number[]) {
  const { blocks } = await network.client(0).blocks(1, { waitMs: 5_000, blocksMax: 1 });
  const own = readCertificate(blocks[0]?.certificate ?? new Uint8Array(0));
  if (own === null) throw new Error("the first block has a certificate");
  const { height, round } = own;
  return { own, other: certificateOf(network, { height, round, blockId: theirs }, colluding) };
}

async function metric(network: Consortium, at: number, line: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${network.node(at).operationsPort}/metrics`);
  const found = (await answer.text()).split("\n").find((text) => text.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

/** Three members that run, and the fourth, which runs another program and reaches all of them. */
async function founded(): Promise<{ network: Consortium; told: Network }> {
  consortium = await Consortium.found(4);
  const network = consortium;
  await network.start(...honest);
  await network.ready(...honest);
  const { secrets, config } = network.member(3);
  const { networkId } = network.genesis;
  rogue = await startRogue(network, {
    seed: secrets.networkSeed,
    listen: config.p2pListen,
    head: { height: 0, blockId: networkId as string as BlockId },
    onRequest: async () => ({ refuse: "no" }),
  });
  const told = rogue;
  await until("the rogue is there", () => told.connected().length === honest.length);
  return { network, told };
}

async function commitFirst(network: Consortium): Promise<void> {
  expect((await network.client(0).submit(network.writer(0).void())).ok).toBe(true);
  await network.height(1, ...honest);
}

/** What a stopped node ended with, once the others hold evidence against all that signed twice. */
async function ended(
  network: Consortium,
  failed: Promise<unknown>,
  others: readonly number[],
  liars = 2,
) {
  const error = await failed;
  if (!(error instanceof NodeError)) throw new Error("a failure of the node");
  const pending = "tegata_consensus_evidence_pending";
  await until("all that signed both are accused", async () => {
    const held = await Promise.all(others.map((index) => metric(network, index, pending)));
    return held.every((count) => count === liars);
  });
  return { code: error.code, detail: error.detail };
}

describe("a second decision of the last height", { timeout: 60_000 }, () => {
  test("stops the node that it is sent to, and the others hear who signed both", async () => {
    const { network, told } = await founded();
    await commitFirst(network);
    const { own, other } = await twoDecisions(network, [1, 2, 3]);
    const body = (certificate: CommitCertificate) => encodeMessage({ kind: "commit", certificate });
    // One signature less is no decision: the connection is closed, the node goes on.
    const short = { ...other, signatures: other.signatures.slice(1) };
    told.send(network.member(1).memberId, frameTypes.commitCertificate, body(short));
    const refused = 'tegata_consensus_messages_rejected_total{code="CONSENSUS_NO_QUORUM"';
    await until("it is refused", async () => (await metric(network, 1, refused)) === 1);
    expect(network.status(1).state).toBe("ready");

    const { failed } = network.node(0);
    told.send(network.member(0).memberId, frameTypes.commitCertificate, body(other));
    expect(await ended(network, failed, [1, 2])).toEqual({
      code: "NODE_TWO_DECISIONS",
      detail: { height: 1, ours: own.blockId, theirs },
    });
  });

  test("stops also the node that hears of it by a block on top of it alone", async () => {
    const { network, told } = await founded();
    await commitFirst(network);
    const keys = keysOf(network);
    const [proposer, at] = [2 % keys.length, 2];
    const proposing = network.members.find(
      ({ consensusKey }) => consensusKey.publicKey === keys[proposer],
    );
    const target = honest.find((index) => network.member(index) !== proposing);
    if (proposing === undefined || target === undefined) throw new Error("somebody proposes");
    const others = honest.filter((index) => index !== target);
    const { own, other } = await twoDecisions(network, [...others, 3]);
    const root = "33".repeat(32) as Hash;
    const previousCertificate = encodeMessage({ kind: "commit", certificate: other });
    const block = assembleBlock({
      headerBytes: encodeHeader({
        ...{ height: at, timeMs: Date.now(), proposer: proposing.memberId },
        ...{ previousBlockId: theirs, changesRoot: root, stateRoot: root },
        ...{ validatorsHash: root, nextValidatorsHash: root },
        transactionsRoot: transactionsRootOf([]),
        previousCertificateHash: certificateHashOf(previousCertificate),
        evidenceRoot: evidenceRootOf([]),
      }),
      ...{ transactions: [], previousCertificate, evidence: [] },
    });
    const place = { height: at, round: 0, validRound: -1, proposer };
    const fields = { ...place, blockId: block.id, polka: null };
    const message = proposalSignBytes(fields, network.genesis.networkId, 0);
    const signature = proposing.consensusKey.sign(message);
    const proposal = { ...fields, signature };
    const { failed } = network.node(target);
    const { memberId } = network.member(target);
    told.send(memberId, frameTypes.compactBlock, encodeCompactBlock(block));
    told.send(memberId, frameTypes.proposal, encodeMessage({ kind: "proposal", proposal }));
    expect(await ended(network, failed, others)).toEqual({
      code: "NODE_TWO_DECISIONS",
      detail: { height: 1, ours: own.blockId, theirs },
    });
  });
  test("stops the node where both came too early and waited for their height", async () => {
    const { network, told } = await founded();
    const { failed } = network.node(0);
    const { memberId } = network.member(0);
    const ours = "1c".repeat(32) as BlockId;
    for (const blockId of [ours, theirs]) {
      const certificate = certificateOf(network, { height: 2, round: 0, blockId }, [1, 2, 3]);
      const body = encodeMessage({ kind: "commit", certificate });
      told.send(memberId, frameTypes.commitCertificate, body);
    }
    expect((await network.client(1).submit(network.writer(1).void())).ok).toBe(true);
    expect(await ended(network, failed, [1, 2], 3)).toEqual({
      code: "NODE_TWO_DECISIONS",
      detail: { height: 2, ours, theirs },
    });
  });
});
