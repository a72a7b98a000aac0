import { type CommitCertificate, encodeMessage, voteSignBytes } from "@tegata/consensus";
import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import { afterEach, expect, test } from "vitest";
import { NodeError } from "../src/errors.ts";
import { readCertificate } from "../src/host/ledger.ts";
import { frameTypes } from "../src/network/limits.ts";
import type { Network } from "../src/network/network.ts";
import { Consortium } from "./helpers/consortium.ts";
import { startRogue } from "./helpers/rogue.ts";
import { until } from "./helpers/waiting.ts";

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

/** The certificate of the first block, and one for another block, signed by some members. */
async function twoDecisions(network: Consortium, colluding: readonly number[]) {
  const { blocks } = await network.client(0).blocks(1, { waitMs: 5_000, blocksMax: 1 });
  const own = readCertificate(blocks[0]?.certificate ?? new Uint8Array(0));
  if (own === null) throw new Error("the first block has a certificate");
  const { height, round } = own;
  const keys = network.members.map(({ consensusKey }) => consensusKey.publicKey).sort();
  const signatures = colluding
    .map((index) => {
      const { consensusKey } = network.member(index);
      const voter = keys.indexOf(consensusKey.publicKey);
      const vote = { type: "precommit" as const, height, round, blockId: theirs, voter };
      const message = voteSignBytes(vote, network.genesis.networkId, 0);
      return [voter, consensusKey.sign(message)] as const;
    })
    .sort(([one], [other]) => one - other);
  const other: CommitCertificate = {
    ...{ type: "precommit", height, round, blockId: theirs, signatures },
  };
  return { own, other };
}

async function metric(network: Consortium, at: number, line: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${network.node(at).operationsPort}/metrics`);
  const found = (await answer.text()).split("\n").find((text) => text.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

test("a second decision of the last height stops a node, and the others hear who signed both", {
  timeout: 60_000,
}, async () => {
  consortium = await Consortium.found(4);
  const network = consortium;
  await network.start(...honest);
  await network.ready(...honest);
  expect((await network.client(0).submit(network.writer(0).void())).ok).toBe(true);
  await network.height(1, ...honest);
  const { secrets, config } = network.member(3);
  const { own, other } = await twoDecisions(network, [1, 2, 3]);
  rogue = await startRogue(network, {
    seed: secrets.networkSeed,
    listen: config.p2pListen,
    head: { height: 1, blockId: own.blockId },
    onRequest: async () => ({ refuse: "no" }),
  });
  const told = rogue;
  const reach = (member: MemberId) =>
    until("the rogue is there", () => told.connected().includes(member));
  const [first, second] = [network.member(0).memberId, network.member(1).memberId];
  const { failed } = network.node(0);
  await reach(first);
  await reach(second);

  // One signature less is no decision: the connection is closed, the node goes on.
  const short = { ...other, signatures: other.signatures.slice(1) };
  const body = (certificate: CommitCertificate) => encodeMessage({ kind: "commit", certificate });
  told.send(second, frameTypes.commitCertificate, body(short));
  const refused = 'tegata_consensus_messages_rejected_total{code="CONSENSUS_NO_QUORUM"';
  await until("it is refused", async () => (await metric(network, 1, refused)) === 1);
  expect(network.status(1).state).toBe("ready");

  told.send(first, frameTypes.commitCertificate, body(other));
  const error = await failed;
  if (!(error instanceof NodeError)) throw new Error("a failure of the node");
  expect(error.code).toBe("NODE_TWO_DECISIONS");
  expect(error.detail).toEqual({ height: 1, ours: own.blockId, theirs });
  const pending = "tegata_consensus_evidence_pending";
  await until("both that signed both are accused", async () => {
    return (await metric(network, 1, pending)) === 2 && (await metric(network, 2, pending)) === 2;
  });
});
