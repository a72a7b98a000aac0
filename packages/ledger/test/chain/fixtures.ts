import type { memoryState } from "../../src/chain/index.ts";
import {
  type Block,
  type BlockContext,
  type BlockPlan,
  bucketRootsOf,
  budgetFor,
  buildBlock,
  buildGenesis,
  type CertifiedHeight,
  CONTROL_LANE,
  type ContentOf,
  checkBlock,
  checkTransaction,
  memoryState as createMemoryState,
  decodeCard,
  defaultParameters,
  type Genesis,
  type GrantCover,
  genesisHead,
  type Head,
  initialState,
  type Kind,
  type Lane,
  type MemberCard,
  type MemberCardBody,
  type NetworkParameters,
  readLane,
  readValidators,
  readWriter,
  type StateReader,
  type StateView,
  signCard,
  signTransaction,
  stateRootOf,
  streamIdOf,
  type Transaction,
  type TransactionFrame,
  type TransactionOf,
  type TransactionRefusalCode,
  verifyTransaction,
} from "../../src/chain/index.ts";
import {
  createSigner,
  type EntryId,
  type Hash,
  hashId,
  type MemberId,
  type Signer,
  type StreamId,
  sha256,
  toHex,
} from "../../src/primitives/index.ts";
import { createXwingKeyPair } from "../../src/vault/xwing.ts";

/** 32 bytes that stand for a word: known, and different for different words. */
export function bytesOf(word: string): Uint8Array {
  return sha256(new TextEncoder().encode(`tegata test ${word}`));
}

/** Known bytes of any length. */
export function filler(word: string, length: number): Uint8Array {
  const block = bytesOf(word);
  return Uint8Array.from({ length }, (_, index) => (block[index % 32] as number) ^ (index >>> 5));
}

export function hashOf(word: string): Hash {
  return hashId(bytesOf(word));
}

/** A stream id of a founder, the first unless told. */
export function streamOf(word: string, owner: Founder = founderOf(0)): StreamId {
  return streamIdOf(owner.id, bytesOf(`stream ${word}`).subarray(0, 8));
}

export function entryOf(word: string): EntryId {
  return toHex(bytesOf(`entry ${word}`).subarray(0, 16)) as EntryId;
}

export const networkName = "Kansai Motors";
/** 2026-11-20 00:00 UTC. */
export const genesisTimeMs = 1_795_132_800_000;

export interface Founder {
  readonly card: MemberCard;
  readonly body: MemberCardBody;
  readonly id: MemberId;
  readonly signers: {
    readonly root: Signer;
    readonly network: Signer;
    readonly consensus: Signer;
    readonly transaction: Signer;
  };
}

const names = ["Asahi Seiki", "Birch Motor Works", "Chubu Drives", "Daiwa Winding", "Eiko Rotors"];
const founders = new Map<number, Founder>();

/** The n-th founder, always with the same keys. */
export function founderOf(index: number): Founder {
  const known = founders.get(index);
  if (known !== undefined) return known;
  const signers = {
    root: createSigner(bytesOf(`root ${index}`)),
    network: createSigner(bytesOf(`network ${index}`)),
    consensus: createSigner(bytesOf(`consensus ${index}`)),
    transaction: createSigner(bytesOf(`transaction ${index}`)),
  };
  const body: MemberCardBody = {
    networkName,
    name: names[index] ?? `Company ${index}`,
    handle: `company-${"abcdefghjk"[index] ?? index}`,
    rootKey: signers.root.publicKey,
    recoveryKey: createXwingKeyPair(bytesOf(`recovery ${index}`)).publicKey.bytes,
    networkKey: signers.network.publicKey,
    consensusKey: signers.consensus.publicKey,
    transactionKey: signers.transaction.publicKey,
    encryptionKey: createXwingKeyPair(bytesOf(`encryption ${index}`)).publicKey.bytes,
    encryptionSeedSeal: filler(`seed seal ${index}`, 1_168),
    addresses: [`/ip4/192.0.2.${index + 1}/tcp/4100`],
    expiresMs: genesisTimeMs + 30 * 86_400_000,
  };
  const card = signCard(body, signers);
  const founder = { card, body, id: card.memberId, signers };
  founders.set(index, founder);
  return founder;
}

/** A card of the n-th founder with some of its body changed, signed by its own keys. */
export function cardWith(index: number, changed: Partial<MemberCardBody>): MemberCard {
  const { body, signers } = founderOf(index);
  return decodeCard(signCard({ ...body, ...changed }, signers).bytes);
}

export interface Ledger {
  readonly genesis: Genesis;
  readonly founders: readonly Founder[];
  readonly state: ReturnType<typeof memoryState>;
  readonly stateRoot: Hash;
  head: Head;
}

const geneses = new Map<string, Genesis>();

/** A ledger at height 0, its state in memory. */
export function newLedger(count = 3, changed: Partial<NetworkParameters> = {}): Ledger {
  const members = Array.from({ length: count }, (_, index) => founderOf(index));
  const name = JSON.stringify([count, changed]);
  const genesis =
    geneses.get(name) ??
    buildGenesis(
      members.map(({ card }) => card),
      { ...defaultParameters, ...changed },
      genesisTimeMs,
    );
  geneses.set(name, genesis);
  const state = createMemoryState(initialState(genesis));
  const entries = state.entries();
  return {
    genesis,
    founders: members,
    state,
    stateRoot: stateRootOf(bucketRootsOf(entries), entries.length),
    head: genesisHead(genesis),
  };
}

/** A founder of the ledger. */
export function member(ledger: Ledger, index: number): Founder {
  const founder = ledger.founders[index];
  if (founder === undefined) throw new Error(`the ledger has no founder ${index}`);
  return founder;
}

/** What a block at the next height would be checked with. */
export function nextContext(ledger: Ledger, laterMs = 1_000): BlockContext {
  return {
    height: ledger.head.height + 1,
    timeMs: ledger.head.timeMs + laterMs,
    startOfBlock: ledger.state,
  };
}

let entries = 0;

/** The frame that fits the state: next sequence, current writer, expiry where the lane wants one. */
export function frame(
  ledger: Ledger,
  reader: StateReader | StateView,
  founder: Founder,
  lane: Lane,
): TransactionFrame {
  entries += 1;
  return {
    memberId: founder.id,
    keyVersion: 1,
    lane,
    sequence: (readLane(reader, founder.id, lane)?.sequence ?? 0) + 1,
    writer: readWriter(reader, founder.id),
    entryId: entryOf(`${entries}`),
    expiresMs: lane === CONTROL_LANE ? ledger.head.timeMs + 60_000 : null,
    payloads: [],
  };
}

/** Signs a content for the ledger's network. */
export function sign<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  content: ContentOf<K>,
): TransactionOf<K> {
  return signTransaction(content, founder.signers.transaction, ledger.genesis.networkId, 0);
}

export function payload(word: string, size = 272): { hash: Hash; size: number } {
  return { hash: hashId(sha256(filler(word, size))), size };
}

export const schemaWord = hashOf("schema");

/** A `stream-create` with two facets, rows and fields. */
export function streamCreate(
  ledger: Ledger,
  founder: Founder,
  stream: StreamId,
  reader: StateReader = ledger.state,
): ContentOf<"stream-create"> {
  return {
    ...frame(ledger, reader, founder, stream),
    kind: "stream-create",
    payloads: [payload("meta")],
    body: {
      suite: 1,
      category: "equipment-status",
      epochLength: "1h",
      facets: ["row", "field"],
      schemaHash: schemaWord,
      metaCommitment: bytesOf("meta commitment"),
      recoverySeal: filler("recovery seal", 1_200),
    },
  };
}

export function records(
  ledger: Ledger,
  founder: Founder,
  stream: StreamId,
  reader: StateReader = ledger.state,
): ContentOf<"records"> {
  return {
    ...frame(ledger, reader, founder, stream),
    kind: "records",
    payloads: [payload("part 0"), payload("part 1", 528)],
    body: {
      suite: 1,
      generation: 1,
      epoch: Math.floor(ledger.head.timeMs / 3_600_000),
      backfill: false,
      schemaHash: schemaWord,
      rnd: bytesOf("rnd"),
      facets: [
        { root: bytesOf("root 0"), commitment: bytesOf("commitment 0") },
        { root: bytesOf("root 1"), commitment: bytesOf("commitment 1") },
      ],
    },
  };
}

export function streamRoll(
  ledger: Ledger,
  founder: Founder,
  stream: StreamId,
  reader: StateReader = ledger.state,
): ContentOf<"stream-roll"> {
  return {
    ...frame(ledger, reader, founder, stream),
    kind: "stream-roll",
    body: { generation: 2, recoverySeal: filler("second seal", 1_200), endedGrants: [] },
  };
}

export function purge(
  ledger: Ledger,
  founder: Founder,
  stream: StreamId,
  [sequenceFirst, sequenceLast]: readonly [number, number],
  reader: StateReader = ledger.state,
): ContentOf<"purge"> {
  const body = { sequenceFirst, sequenceLast };
  return { ...frame(ledger, reader, founder, stream), kind: "purge", body };
}

export function coverFor(grantee: MemberId): GrantCover {
  const epoch = Math.floor(genesisTimeMs / 3_600_000);
  return {
    grantee,
    keyVersion: 1,
    generation: 1,
    facets: [0, 1],
    epochFirst: epoch,
    epochLast: epoch + 24,
    sealed: filler("grant seal", 1_300),
  };
}

export function grant(
  ledger: Ledger,
  founder: Founder,
  stream: StreamId,
  covers: readonly GrantCover[],
  reader: StateReader = ledger.state,
): ContentOf<"grant"> {
  return { ...frame(ledger, reader, founder, stream), kind: "grant", body: covers };
}

export function claimWriter(
  ledger: Ledger,
  founder: Founder,
  reader: StateReader = ledger.state,
): ContentOf<"claim-writer"> {
  const base = frame(ledger, reader, founder, CONTROL_LANE);
  const writer = base.writer + 1;
  return { ...base, writer, kind: "claim-writer", body: { writer } };
}

export function voidEntry(
  ledger: Ledger,
  founder: Founder,
  lane: Lane,
  reader: StateReader = ledger.state,
): ContentOf<"void"> {
  return { ...frame(ledger, reader, founder, lane), kind: "void", body: {} };
}

/** Stands for a commit certificate of the head, empty at height 0. */
export function certificateOf(head: Head): Uint8Array {
  return head.height === 0 ? new Uint8Array(0) : filler(`certificate ${head.blockId}`, 300);
}

/** What a certificate of the head proves: everybody voted in round 0. */
export function certifiedOf(ledger: Ledger, head: Head): CertifiedHeight | null {
  if (head.height === 0) return null;
  return { round: 0, voters: ledger.founders.map(({ id }) => id) };
}

/** The first founder, or who is left to propose once it may not. */
function proposerFor(ledger: Ledger): MemberId {
  const able = readValidators(ledger.state).flatMap(({ member: id, suspended }) =>
    suspended ? [] : id,
  );
  const first = member(ledger, 0).id;
  return able.includes(first) ? first : (able[0] as MemberId);
}

export function plan(
  ledger: Ledger,
  candidates: readonly Transaction[],
  laterMs = 1_000,
): BlockPlan {
  return {
    reader: ledger.state,
    head: ledger.head,
    candidates,
    budget: budgetFor(0),
    timeMs: ledger.head.timeMs + laterMs,
    proposer: proposerFor(ledger),
    stateRoot: ledger.stateRoot,
    previousCertificate: certificateOf(ledger.head),
    certified: certifiedOf(ledger, ledger.head),
    evidence: [],
    offence: () => null,
  };
}

/** What a validator of this ledger answers; certificates are those of {@link certificateOf}. */
export function checksOf(ledger: Ledger): Parameters<typeof checkBlock>[3] {
  return {
    stateRoot: ledger.stateRoot,
    isSigned: (transaction, key) =>
      verifyTransaction(transaction, key, ledger.genesis.networkId, 0),
    certified: (certificate) =>
      toHex(certificate) === toHex(certificateOf(ledger.head))
        ? certifiedOf(ledger, ledger.head)
        : null,
    offence: () => null,
  };
}

/** Builds, checks and applies the next block; throws unless it holds exactly these transactions. */
export function commit(
  ledger: Ledger,
  transactions: readonly Transaction[],
  laterMs = 1_000,
): Block {
  const { block, changes, skipped } = buildBlock(plan(ledger, transactions, laterMs));
  const reasons = skipped.map(({ refusal }) => refusal.code);
  if (block.transactions.length !== transactions.length) {
    throw new Error(`the block leaves out a transaction: ${reasons.join()}`);
  }
  const verdict = checkBlock(ledger.state, ledger.head, block, checksOf(ledger));
  if (!verdict.ok) throw new Error(`the block is refused: ${verdict.code}`);
  ledger.state.write(changes);
  ledger.head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
  return block;
}

/** Has founders create streams, all in the next block. */
export function openStreams(
  ledger: Ledger,
  ...lanes: readonly { readonly founder: Founder; readonly stream: StreamId }[]
): void {
  commit(
    ledger,
    lanes.map(({ founder, stream }) =>
      sign(ledger, founder, streamCreate(ledger, founder, stream)),
    ),
  );
}

/** Code with which the next block refuses a transaction, or null; `reader` is the state in place of the head's. */
export function refusalOf(
  ledger: Ledger,
  transaction: Transaction,
  changed: Partial<BlockContext> = {},
  reader: StateReader = ledger.state,
): TransactionRefusalCode | null {
  const verdict = checkTransaction(reader, transaction, { ...nextContext(ledger), ...changed });
  return verdict.ok ? null : verdict.code;
}

/** A ledger on which the first founder has a stream. */
export function ledgerWithStream(changed: Partial<NetworkParameters> = {}): {
  readonly ledger: Ledger;
  readonly owner: Founder;
  readonly stream: StreamId;
} {
  const ledger = newLedger(3, changed);
  const owner = member(ledger, 0);
  const stream = streamOf("first");
  openStreams(ledger, { founder: owner, stream });
  return { ledger, owner, stream };
}
