// S15: what was signed for one purpose, network, era or place proves nothing anywhere else.
import {
  createSigner,
  type NetworkId,
  signBytes,
  verifySignature,
} from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { proposalSignBytes, type Vote, type VoteType, voteSignBytes } from "../src/index.ts";
import { a, b, network } from "./helpers/script.ts";

const signer = createSigner(new Uint8Array(32).fill(3));
const other = "77".repeat(32) as NetworkId;
const hash = new Uint8Array(32).fill(7);

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Everything a consensus key could sign around one place, each field changed once. */
function consensusCases(): readonly Case[] {
  const types: readonly VoteType[] = ["prevote", "precommit"];
  const vote = (changes: Partial<Vote>): Omit<Vote, "signature"> => ({
    type: "prevote",
    height: 5,
    round: 2,
    blockId: a,
    voter: 1,
    ...changes,
  });
  const votes = types.flatMap((type) =>
    [{}, { height: 6 }, { round: 3 }, { blockId: b }, { blockId: null }, { voter: 2 }].map(
      (changes) => vote({ type, ...changes }),
    ),
  );
  const proposals = [
    {},
    { height: 6 },
    { round: 3 },
    { blockId: b },
    { validRound: -1 },
    { proposer: 2 },
  ].map((changes) => ({
    ...{ height: 5, round: 2, blockId: a, validRound: 1, proposer: 1, polka: null },
    ...changes,
  }));
  const worlds: readonly (readonly [string, NetworkId, number])[] = [
    ["here", network, 0],
    ["in another network", other, 0],
    ["in another era", network, 1],
  ];
  return worlds.flatMap(([where, id, era]) => [
    ...votes.map((one) => ({
      name: `${JSON.stringify(one)} ${where}`,
      bytes: voteSignBytes(one, id, era),
    })),
    ...proposals.map((one) => ({
      name: `${JSON.stringify(one)} ${where}`,
      bytes: proposalSignBytes(one, id, era),
    })),
  ]);
}

const tags = ["vote", "proposal", "transaction"].concat(
  ["root", "network", "consensus", "transaction", "encryption"].map((role) => `card-${role}`),
);

/** One hash under every tag there is, in every network and era. */
const tagCases: readonly Case[] = tags.flatMap((tag) =>
  [
    ["here", network, 0],
    ["in another network", other, 0],
    ["in another era", network, 1],
  ].map(([where, id, era]) => ({
    name: `${tag} ${where}`,
    bytes: signBytes(tag, id as NetworkId, era as number, hash),
  })),
);

describe.each([
  ["a vote or a proposal", consensusCases()],
  ["one hash under another tag", tagCases],
] as const)("a signature over %s", (_, cases) => {
  test("S15: serves for itself and for nothing else", () => {
    const signatures = cases.map(({ bytes }) => signer.sign(bytes));
    for (const [made, signature] of signatures.entries()) {
      const served = cases.filter(({ bytes }) =>
        verifySignature(signer.publicKey, bytes, signature),
      );
      expect(served.map(({ name }) => name)).toEqual([cases[made]?.name]);
    }
  });
});

test("S15: sign bytes of different tags differ in their first bytes, whatever follows", () => {
  for (const one of tags) {
    for (const another of tags) {
      const [short, long] = [one, another].map((tag) => signBytes(tag, network, 0, hash));
      const isPrefix = short?.every((byte, at) => byte === long?.[at]);
      expect(isPrefix, `${one} ${another}`).toBe(one === another);
    }
  }
});
