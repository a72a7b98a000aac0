import {
  buildBlock,
  type Change,
  CONTROL_LANE,
  cardToText,
  encodeCompactBlock,
  genesisToText,
  initialState,
  KIND,
  readRoster,
  type Transaction,
} from "../../src/chain/index.ts";
import { type PublicKey, toHex } from "../../src/primitives/index.ts";
import {
  claimWriter,
  commit,
  coverFor,
  entryOf,
  type Founder,
  grant,
  type Ledger,
  member,
  newLedger,
  plan,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
  streamRoll,
  voidEntry,
} from "./fixtures.ts";
import { goldenCodec } from "./golden-codec.ts";
import { goldenMembership } from "./golden-membership.ts";
import { confusableTables, goldenNames } from "./golden-names.ts";
import { goldenRoster } from "./golden-roster.ts";
import { goldenVerdicts } from "./golden-verdicts.ts";
import { membershipSamples } from "./membership-fixtures.ts";
import { commitBytes } from "./vote-fixtures.ts";

/** A file of golden vectors: all of it is JSON, byte strings are hex. */
export interface GoldenFile {
  /** Path from the folder of the vectors. */
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** One transaction of each kind: what is fixed is signed with a fixed key. */
function transactionsOf(ledger: Ledger, owner: Founder): readonly Transaction[] {
  const stream = streamOf("golden");
  const covers = [coverFor(member(ledger, 1).id)];
  const fixed = (kind: string, sequence: number) => ({ entryId: entryOf(kind), sequence });
  return [
    sign(ledger, owner, { ...claimWriter(ledger, owner), ...fixed("claim", 1) }),
    sign(ledger, owner, { ...voidEntry(ledger, owner, CONTROL_LANE), ...fixed("void", 2) }),
    ...membershipSamples(ledger, owner, (kind) => fixed(kind, KIND[kind] - KIND.invite + 3)),
    sign(ledger, owner, { ...streamCreate(ledger, owner, stream), ...fixed("create", 1) }),
    sign(ledger, owner, { ...records(ledger, owner, stream), ...fixed("records", 2) }),
    sign(ledger, owner, { ...grant(ledger, owner, stream, covers), ...fixed("grant", 3) }),
    sign(ledger, owner, { ...streamRoll(ledger, owner, stream), ...fixed("roll", 4) }),
    sign(ledger, owner, { ...purge(ledger, owner, stream, [2, 4]), ...fixed("purge", 5) }),
  ];
}

function written(changes: readonly Change[]): readonly Readonly<Record<string, string | null>>[] {
  return changes.map(([key, value]) => ({
    key: toHex(key),
    value: value === null ? null : toHex(value),
  }));
}

/** The precommits of all founders for the head. */
function decided({ genesis, founders, head, state }: Ledger): Uint8Array {
  const signers = founders.map(({ signers }) => signers.consensus);
  const signerOf = (key: PublicKey) => signers.find(({ publicKey }) => publicKey === key) ?? null;
  return commitBytes(head, genesis.networkId, 0, readRoster(state).validators, signerOf);
}

/** A batch of the second generation, behind the purge of the first one. */
function laterRecords(ledger: Ledger, owner: Founder): Transaction {
  const content = records(ledger, owner, streamOf("golden"));
  const body = { ...content.body, generation: 2 };
  return sign(ledger, owner, { ...content, body, entryId: entryOf("later records"), sequence: 6 });
}

/** Two blocks and their certificates: an empty one, and one with a stream's first transactions. */
function blockFile(transactions: readonly Transaction[]): GoldenFile {
  const ledger = newLedger(3);
  const inStream = transactions.filter(({ lane }) => lane !== CONTROL_LANE);
  const candidates = [...inStream, laterRecords(ledger, member(ledger, 0))];
  const previous = commit(ledger, []);
  const previousCertificate = decided(ledger);
  const stateBefore = written(ledger.state.entries());
  const { block, changes } = buildBlock({
    ...plan(ledger, candidates),
    previousCertificate,
  });
  const { height, timeMs } = block.header;
  ledger.head = { height, blockId: block.id, timeMs };
  const content = {
    previous: toHex(previous.bytes),
    previousCertificate: toHex(previousCertificate),
    stateBefore,
    bytes: toHex(block.bytes),
    certificate: toHex(decided(ledger)),
    compact: toHex(encodeCompactBlock(block)),
    id: block.id,
    header: block.header,
    transactionIds: block.transactions.map(({ id }) => id),
    changes: written(changes),
  };
  return { name: "block.json", content };
}

/** Golden vectors of the ledger's formats, as the code computes them. */
export function goldenFiles(): readonly GoldenFile[] {
  const ledger = newLedger(3);
  const { genesis, stateRoot } = ledger;
  const owner = member(ledger, 0);
  const { card } = owner;
  const transactions = transactionsOf(ledger, owner);
  const state = written(initialState(genesis));
  const signed = transactions.map(({ kind, bytes, id, hash }) => ({
    kind,
    bytes: toHex(bytes),
    id,
    hash,
  }));
  return [
    {
      name: "card.json",
      content: {
        bytes: toHex(card.bytes),
        memberId: card.memberId,
        hash: card.hash,
        text: cardToText(card),
      },
    },
    {
      name: "genesis.json",
      content: {
        bytes: toHex(genesis.bytes),
        networkId: genesis.networkId,
        text: genesisToText(genesis),
        state,
        stateRoot,
      },
    },
    { name: "transactions.json", content: { transactions: signed } },
    blockFile(transactions),
    { name: "roster.json", content: goldenRoster() },
    { name: "membership.json", content: goldenMembership() },
    { name: "verdicts.json", content: goldenVerdicts() },
    { name: "codec.json", content: goldenCodec() },
    { name: "names.json", content: goldenNames() },
    { name: "../../../../docs/spec/confusables.json", content: confusableTables() },
  ];
}
