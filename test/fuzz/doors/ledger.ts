import {
  buildBlock,
  cardFromText,
  cardToText,
  checkBlock,
  checkTransaction,
  decodeApplication,
  decodeBlock,
  decodeCard,
  decodeCompactBlock,
  decodeGenesis,
  decodeHeader,
  decodeTransaction,
  executeBlock,
  limits,
  signApplication,
  verifyApplication,
} from "@tegata/ledger/chain";
import {
  createSigner,
  encode,
  LedgerError,
  signBytes,
  taggedHash,
} from "@tegata/ledger/primitives";
import {
  bytesOf,
  checksOf,
  claimWriter,
  commit,
  coverFor,
  type Founder,
  founderOf,
  grant,
  type Ledger,
  ledgerWithStream,
  member,
  nextContext,
  plan,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
  streamRoll,
  voidEntry,
} from "../../../packages/ledger/test/chain/fixtures.ts";
import { accepted, type Door, refusalIn, refused, type Verdict, verdictOf } from "../door.ts";
import { goldenBytes, goldenList, textBytes, textOf } from "../golden.ts";
import { canonicalDoor, isCanonical, lineCoder } from "./canonical.ts";

const block = goldenBytes("ledger/block", "bytes");
const transactions = goldenList("ledger/transactions", "transactions", "bytes");
const memberChanges = goldenList("ledger/membership", "cases", "transaction");

/** A ledger on which `owner` has a stream with a batch in it. */
export const { ledger, owner, stream }: ReturnType<typeof ledgerWithStream> = ledgerWithStream();
commit(ledger, [sign(ledger, owner, records(ledger, owner, stream))]);

/** Transactions that the next block of a ledger with one stream would take. */
export function contents(): readonly Uint8Array[] {
  const covers = [coverFor(member(ledger, 1).id)];
  return [
    sign(ledger, owner, records(ledger, owner, stream)),
    sign(ledger, owner, grant(ledger, owner, stream, covers)),
    sign(ledger, owner, streamRoll(ledger, owner, stream)),
    sign(ledger, owner, purge(ledger, owner, stream, [2, 2])),
    sign(ledger, owner, streamCreate(ledger, owner, streamOf("second"))),
    sign(ledger, owner, claimWriter(ledger, owner)),
    sign(ledger, owner, voidEntry(ledger, owner, stream)),
  ].map(({ contentBytes }) => contentBytes);
}

/** A transaction of these bytes, whatever they are, with the signature of a member. */
export function signed(content: Uint8Array, by: Founder, on: Ledger): Uint8Array {
  const hash = taggedHash("transaction", content);
  const message = signBytes("transaction", on.genesis.networkId, 0, hash);
  return encode([content, by.signers.transaction.sign(message)]);
}

/** Whatever a member can get a signature under, judged and carried out as a block would. */
function judge(content: Uint8Array): Verdict {
  try {
    const transaction = decodeTransaction(signed(content, owner, ledger));
    const context = nextContext(ledger);
    const verdict = checkTransaction(ledger.state, transaction, context);
    const { isSigned } = checksOf(ledger);
    const { height, timeMs } = context;
    const { proposer, head, certified } = plan(ledger, []);
    const place = { height, timeMs, proposer, previousBlockId: head.blockId, certified };
    const rest = { ...place, isSigned, evidence: [], offence: () => null };
    const effect = executeBlock(ledger.state, { ...rest, transactions: [transaction] });
    const agree = verdict.ok ? effect.ok || effect.code === "LEDGER_BLOCK_SIGNATURE" : !effect.ok;
    if (!agree) throw new Error("the check of a transaction and its execution differ");
    if (!verdict.ok) return refused(verdict.code);
    return effect.ok ? accepted : refused(effect.code);
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

function judgeBlock(bytes: Uint8Array): Verdict {
  try {
    const verdict = checkBlock(ledger.state, ledger.head, decodeBlock(bytes), checksOf(ledger));
    return verdict.ok ? accepted : refused(verdict.code);
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

/** The next block of the ledger, with a transaction in it. */
function nextBlock(): Uint8Array {
  const next = sign(ledger, owner, records(ledger, owner, stream));
  return buildBlock(plan(ledger, [next])).block.bytes;
}

function application(): Uint8Array {
  const { card, signers } = founderOf(3);
  const invitation = createSigner(bytesOf("invitation"));
  return signApplication(ledger.genesis.networkId, card, { ...signers, invitation }).bytes;
}

const megabytes = (bytes: number): string => `${bytes / 1_048_576} MiB`;

/** What every member may bring to the chain. */
export const ledgerDoors: readonly Door[] = [
  canonicalDoor({
    name: "chain.transaction",
    what: "transactions of members, from peers, from the own gateway and in blocks",
    limit: `${limits.transactionBytesMax} bytes`,
    samples: [...transactions, ...memberChanges],
    read: decodeTransaction,
  }),
  {
    name: "chain.rules",
    what: "transactions that their member has signed, judged and carried out",
    limit: `${limits.transactionBytesMax} bytes`,
    form: "canonical",
    samples: contents(),
    isOuter: isCanonical,
    read: judge,
  },
  canonicalDoor({
    name: "chain.header",
    what: "headers of blocks",
    limit: `${limits.headerBytesMax} bytes`,
    samples: [goldenBytes("ledger/block", "bytes")].map((bytes) => decodeBlock(bytes).headerBytes),
    read: decodeHeader,
  }),
  {
    ...canonicalDoor({
      name: "chain.block",
      what: "blocks, from peers and from the disk, judged against the state",
      limit: megabytes(limits.blockBytesMax),
      samples: [
        nextBlock(),
        block,
        ...goldenList("ledger/membership", "blocks", "block").slice(0, 8),
      ],
      read: decodeBlock,
    }),
    read: judgeBlock,
  },
  canonicalDoor({
    name: "chain.compact-block",
    what: "proposed blocks, by the ids of their transactions",
    limit: `${limits.compactBlockBytesMax} bytes`,
    samples: [goldenBytes("ledger/block", "compact")],
    read: decodeCompactBlock,
  }),
  canonicalDoor({
    name: "chain.application",
    what: "applications of companies that were invited",
    limit: `${limits.applicationBytesMax} bytes`,
    samples: [application()],
    read: (bytes) => verifyApplication(decodeApplication(bytes)),
    nullCode: "LEDGER_TX_APPLICATION",
  }),
  canonicalDoor({
    name: "chain.card",
    what: "member cards inside a genesis and an application",
    limit: `${limits.cardBytesMax} bytes`,
    samples: [founderOf(0).card.bytes, goldenBytes("ledger/card", "bytes")],
    read: decodeCard,
  }),
  {
    name: "chain.card-text",
    what: "files and mails with a member card",
    limit: `${limits.cardBytesMax} bytes, as text`,
    form: lineCoder("tgc1"),
    samples: [textBytes(cardToText(founderOf(0).card))],
    isOuter: (bytes) => /^tgc1[\w-]+$/.test(textOf(bytes).trim()),
    read: (bytes) => verdictOf(() => cardFromText(textOf(bytes)), [LedgerError]),
  },
  canonicalDoor({
    name: "chain.genesis",
    what: "the genesis, from a file and from the listener of an invitation",
    limit: `${limits.genesisBytesMax} bytes`,
    samples: [goldenBytes("ledger/genesis", "bytes")],
    read: decodeGenesis,
  }),
];
