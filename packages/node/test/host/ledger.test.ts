import { type CommitCertificate, encodeMessage, type ValidatorSet } from "@tegata/consensus";
import {
  assembleBlock,
  type Block,
  certificateHashOf,
  encodeHeader,
  evidenceRootOf,
  readMember,
  readRoster,
  StateView,
  transactionsRootOf,
  writeMember,
  writeRoster,
} from "@tegata/ledger/chain";
import type { Hash } from "@tegata/ledger/primitives";
import { type ChainStore, openChainStore } from "@tegata/ledger/storage";
import { afterEach, describe, expect, test } from "vitest";
import { nodePaths } from "../../src/config.ts";
import { Ledger } from "../../src/host/ledger.ts";
import { Consortium } from "../helpers/consortium.ts";
import { seedChains } from "../helpers/seeded-chain.ts";

let consortium: Consortium | null = null;
let store: ChainStore | null = null;

afterEach(async () => {
  await store?.close();
  store = null;
  await consortium?.end();
  consortium = null;
});

/** The ledger of the first of four founders, who all vote; the given ones are suspended. */
async function founded(suspended: readonly number[]) {
  consortium = await Consortium.found(4);
  const network = consortium;
  const idOf = (index: number) => network.member(index).memberId;
  const validators = network.members.map(({ memberId }) => memberId);
  await seedChains(network, { validators, suspended: suspended.map(idOf), changes: [] });
  const { config, consensusKey } = network.member(0);
  const { networkId } = network.genesis;
  store = await openChainStore({
    ...{ folder: nodePaths(config.home).data, networkId, mode: "open" },
  });
  return { network, ledger: await Ledger.load(store, 0, consensusKey.publicKey) };
}

/** The block after the head, empty; what it does is told beside it. */
function nextBlock({ head, members }: Ledger): Block {
  const root = "33".repeat(32) as Hash;
  const [proposer] = members;
  if (proposer === undefined) throw new Error("a ledger has members");
  const previousCertificate = new Uint8Array(0);
  return assembleBlock({
    headerBytes: encodeHeader({
      ...{ height: head.height + 1, timeMs: head.timeMs + 1, proposer: proposer.memberId },
      ...{ previousBlockId: head.blockId, changesRoot: root, stateRoot: root },
      ...{ validatorsHash: root, nextValidatorsHash: root },
      transactionsRoot: transactionsRootOf([]),
      previousCertificateHash: certificateHashOf(previousCertificate),
      evidenceRoot: evidenceRootOf([]),
    }),
    ...{ transactions: [], previousCertificate, evidence: [] },
  });
}

describe("the height that a ledger gives to consensus", () => {
  test("has no place for the own key while it is suspended, and one for it else", async () => {
    const { network, ledger } = await founded([0]);
    expect(ledger.nextHeight().self).toBeNull();
    expect(ledger.nextHeight().validators).toHaveLength(4);
    const other = network.member(1).consensusKey.publicKey;
    if (store === null) throw new Error("the store is open");
    const { self, validators } = (await Ledger.load(store, 0, other)).nextHeight();
    expect(validators[self ?? -1]?.key).toBe(other);
  });
});

test("a commit that changes members judges by the new validators as soon as the head moved", async () => {
  const { ledger } = await founded([]);
  const before = readRoster(ledger.reader);
  const [, ...rest] = before.validators;
  const [member] = ledger.members;
  if (member === undefined) throw new Error("a ledger has members");
  const view = new StateView(ledger.reader);
  const last = { validators: before.validators, eligible: [0, 1, 2, 3] };
  writeRoster(view, 1, before, { ...before, validators: rest, last });
  const state = readMember(ledger.reader, member.memberId);
  if (state === null) throw new Error("a member has a state");
  writeMember(view, member.memberId, { ...state, name: "Renamed Motors" });
  const block = nextBlock(ledger);
  const certificate: CommitCertificate = {
    ...{ type: "precommit", height: 1, round: 0, blockId: block.id, signatures: [] },
  };
  const effect = { changes: view.changes() } as Parameters<Ledger["commit"]>[0]["effect"];

  const seen: ValidatorSet[] = [];
  let isOver = false;
  const committed = ledger.commit({ block, certificate, effect }).then(() => {
    isOver = true;
  });
  while (!isOver) {
    if (ledger.head.height === 1) seen.push(ledger.validators);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await committed;
  expect(seen.length).toBeGreaterThan(0);
  for (const validators of seen) expect(validators).toEqual(rest);
  expect(ledger.members.map(({ state }) => state.name)).toContain("Renamed Motors");
  const decision = ledger.headDecision();
  expect(decision?.context).toMatchObject({ height: 1, validators: before.validators });
  expect(decision && encodeMessage({ kind: "commit", ...decision })).toEqual(
    encodeMessage({ kind: "commit", certificate }),
  );
});
