import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type CommitCertificate,
  decodeMessage,
  encodeMessage,
  guardAllows,
  proposerOf,
  quorumOf,
  type Vote,
  voteSignBytes,
  withSignature,
} from "@tegata/consensus";
import {
  budgetFor,
  buildBlock,
  checkpointFor,
  eligibleOf,
  isCheckpoint,
  type Roster,
  readRoster,
} from "@tegata/ledger/chain";
import type { Signer } from "@tegata/ledger/primitives";
import { type ChainStore, openChainStore, writeSnapshot } from "@tegata/ledger/storage";
import { nodePaths } from "../../src/config.ts";
import { openChain } from "../../src/home.ts";
import { GuardFile } from "../../src/host/guard-file.ts";
import { createLog } from "../../src/log.ts";
import type { Consortium } from "./consortium.ts";
import type { Written } from "./writer.ts";

/** What a chain is grown by, without anybody running. */
export interface Growth {
  readonly heightLast: number;
  /** What a block of this height carries. */
  readonly written: (height: number) => readonly Written[];
  /** Checkpoints whose snapshots are written beside it. */
  readonly snapshots: readonly number[];
}

function signersOf(network: Consortium): ReadonlyMap<string, Signer> {
  return new Map(network.members.map(({ consensusKey }) => [consensusKey.publicKey, consensusKey]));
}

/** A certificate of another quorum at each height, so that nobody is missed for long. */
export function certify(
  network: Consortium,
  { validators }: Pick<Roster, "validators">,
  { height, blockId }: Pick<CommitCertificate, "height" | "blockId">,
  signers = signersOf(network),
): CommitCertificate {
  const count = validators.length;
  const voters = Array.from({ length: quorumOf(count) }, (_, at) => (height + at) % count);
  const signatures = voters
    .sort((one, other) => one - other)
    .map((voter) => {
      const signer = signers.get(validators[voter]?.key ?? "");
      if (signer === undefined) throw new Error("every validator is a member");
      const vote = { type: "precommit", height, round: 0, voter, blockId } as const;
      return [voter, signer.sign(voteSignBytes(vote, network.genesis.networkId, 0))] as const;
    });
  return { type: "precommit", height, round: 0, blockId, signatures };
}

async function growBy(
  network: Consortium,
  store: ChainStore,
  signers: ReadonlyMap<string, Signer>,
  written: readonly Written[],
): Promise<void> {
  const reader = store.reader();
  const head = store.head();
  const height = head.height + 1;
  const roster = readRoster(reader);
  const { validators } = roster;
  const proposer = validators[proposerOf(eligibleOf(roster), height, 0)]?.member;
  const stateRoot = store.stateRoot(checkpointFor(height));
  if (proposer === undefined || stateRoot === null) throw new Error("a chain can go on");
  const previous = store.certificate(head.height);
  const last = readRoster(reader).last.validators;
  const before = previous === null ? null : certificateVoters(previous, last);
  const built = buildBlock({
    ...{ reader, head, proposer, stateRoot, evidence: [] },
    candidates: written.map(({ decoded }) => decoded),
    budget: budgetFor(0),
    timeMs: head.timeMs + 1,
    previousCertificate: previous ?? new Uint8Array(0),
    certified: before,
    offence: () => null,
  });
  if (built.skipped.length > 0) throw new Error(built.skipped[0]?.refusal.code);
  const payloads = written.flatMap(({ decoded, payloads: parts }) =>
    parts.map((bytes, part) => ({ transactionId: decoded.id, part, bytes })),
  );
  if (payloads.length > 0) await store.putPayloads(height, payloads);
  const certificate = certify(network, roster, { height, blockId: built.block.id }, signers);
  const bytes = encodeMessage({ kind: "commit", certificate });
  await store.commit({ block: built.block, certificate: bytes, changes: built.changes });
}

function certificateVoters(bytes: Uint8Array, validators: Roster["validators"]) {
  const message = decodeMessage("commit", bytes);
  if (message.kind !== "commit") throw new Error("a certificate is one");
  const { round, signatures } = message.certificate;
  return { round, voters: signatures.flatMap(([voter]) => validators[voter]?.member ?? []) };
}

/** Grows the chain in a member's home, as if the network had decided it. */
export async function growChain(network: Consortium, index: number, growth: Growth): Promise<void> {
  const { config } = network.member(index);
  const { data } = nodePaths(config.home);
  const { store } = await openChain(config.home, network.genesis, createLog("error", null));
  const signers = signersOf(network);
  try {
    while (store.head().height < growth.heightLast) {
      const height = store.head().height + 1;
      await growBy(network, store, signers, growth.written(height));
      if (!isCheckpoint(height) || !growth.snapshots.includes(height)) continue;
      const frozen = store.freeze();
      const place = join(data, "snapshots");
      await writeSnapshot(place, network.genesis.networkId, frozen, async () => undefined);
      await frozen.close();
    }
  } finally {
    await store.close();
  }
}

/** The last precommit of each validator in a chain. */
function lastPrecommits(store: ChainStore, count: number): readonly Vote[] {
  const last = new Map<number, Vote>();
  for (let height = store.head().height; height > 0 && last.size < count; height -= 1) {
    const message = decodeMessage("commit", store.certificate(height) ?? new Uint8Array(0));
    if (message.kind !== "commit") throw new Error("a certificate is one");
    const { round, blockId, signatures } = message.certificate;
    for (const [voter, signature] of signatures) {
      if (last.has(voter)) continue;
      last.set(voter, { type: "precommit", height, round, blockId, voter, signature });
    }
  }
  return [...last.values()];
}

/**
 * Lets the guards know what their keys signed in the chain of a member, as had the nodes signed it. To a
 * node whose guard does not know it, it is one that was restored: it is silent for a while, and where too
 * many are silent at once nothing is decided any more.
 */
export async function rememberSigned(network: Consortium, index: number): Promise<void> {
  const store = await openGrown(network, index);
  try {
    const { validators } = readRoster(store.reader());
    for (const vote of lastPrecommits(store, validators.length)) {
      const voter = validators[vote.voter]?.member;
      const member = network.members.find(({ memberId }) => memberId === voter);
      if (member === undefined) throw new Error("every validator is a member");
      const place = {
        folder: nodePaths(member.config.home).guard,
        consensusKey: member.consensusKey.publicKey,
      };
      const guard = await GuardFile.open(place);
      if (guard === null) throw new Error("every member has a guard");
      const { networkId } = network.genesis;
      const allowed = guardAllows(guard.state(), { kind: "vote", vote }, networkId, 0);
      if (!allowed.ok || !("state" in allowed)) throw new Error("the guard knows more");
      await guard.save(withSignature(allowed.state, vote.signature));
      await guard.close();
    }
  } finally {
    await store.close();
  }
}

/** Gives members the chain of another one, snapshots and all. */
export async function copyChain(
  network: Consortium,
  from: number,
  ...to: readonly number[]
): Promise<void> {
  const source = nodePaths(network.member(from).config.home).data;
  for (const index of to) {
    const { data } = nodePaths(network.member(index).config.home);
    await rm(data, { recursive: true, force: true });
    await cp(source, data, { recursive: true });
    await rm(join(data, "lock"), { recursive: true, force: true });
  }
}

/** The chain of a member that does not run. */
export function openGrown(network: Consortium, index: number): Promise<ChainStore> {
  const folder = nodePaths(network.member(index).config.home).data;
  return openChainStore({ folder, networkId: network.genesis.networkId, mode: "open" });
}

/** The last checkpoint that a header of a chain of this length names. */
export function snapshotBelow(heightLast: number): number {
  return checkpointFor(heightLast);
}
