import {
  checkTransaction,
  decodeTransaction,
  limits,
  type Transaction,
} from "../../src/chain/index.ts";
import {
  decode,
  encode,
  idBytes,
  LedgerError,
  signBytes,
  taggedHash,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import {
  claimWriter,
  commit,
  coverFor,
  entryOf,
  type Founder,
  filler,
  grant,
  type Ledger,
  member,
  newLedger,
  payload,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
  voidEntry,
} from "./fixtures.ts";

const dayMs = 86_400_000;
/** What the create and one batch of records carry. */
const quotaBytes = 272 + 272 + 528;

/** A transaction, and how it is called in the file. */
interface Case {
  readonly what: string;
  readonly bytes: Uint8Array;
  /** Block time after that of the head. */
  readonly laterMs: number;
}

/** The transaction with another body, signed again: also bodies that the code would not write. */
function withBody(
  ledger: Ledger,
  founder: Founder,
  { contentBytes }: Transaction,
  change: (body: readonly Value[]) => Value,
): Uint8Array {
  const content = decode(contentBytes) as readonly Value[];
  const changed = encode(content.map((v, at) => (at === 8 ? change(v as readonly Value[]) : v)));
  const hash = taggedHash("transaction", changed);
  const message = signBytes("transaction", ledger.genesis.networkId, 0, hash);
  return encode([changed, founder.signers.transaction.sign(message)]);
}

/** The same item of every cover, replaced. */
const inCover = (at: number, value: Value) => (body: readonly Value[]) =>
  body.map((cover) =>
    (cover as readonly Value[]).map((item, index) => (index === at ? value : item)),
  );

function verdictOf(ledger: Ledger, { bytes, laterMs }: Case): string | null {
  const timeMs = ledger.head.timeMs + laterMs;
  const context = { height: ledger.head.height + 1, timeMs, startOfBlock: ledger.state };
  try {
    const verdict = checkTransaction(ledger.state, decodeTransaction(bytes), context);
    return verdict.ok ? null : verdict.code;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

function laneCases(ledger: Ledger, owner: Founder, other: Founder): readonly Case[] {
  const first = streamOf("first");
  const spent = streamOf("spent");
  const make = (founder: Founder, lane: typeof first) =>
    sign(ledger, founder, { ...voidEntry(ledger, founder, lane), entryId: entryOf("void") });
  const create = (founder: Founder, lane: typeof first) =>
    sign(ledger, founder, {
      ...streamCreate(ledger, founder, lane),
      entryId: entryOf("create"),
      payloads: [payload("meta", 1)],
    });
  const foreign = records(ledger, other, first);
  const foreignRecords = sign(ledger, other, { ...foreign, entryId: entryOf("foreign") });
  const cases: readonly (readonly [string, Transaction])[] = [
    ["void, the first of an own lane without a stream", make(owner, streamOf("none"))],
    ["void, the first of a lane with another's bytes", make(other, streamOf("none"))],
    ["void in the lane of another's stream", make(other, first)],
    ["void in an own stream", make(owner, first)],
    ["stream-create as the first of its lane", create(owner, streamOf("new"))],
    ["stream-create behind a void", create(owner, spent)],
    ["stream-create in a lane with another's bytes", create(other, streamOf("new"))],
    ["records in another's stream", foreignRecords],
  ];
  return cases.map(([what, { bytes }]) => ({ what, bytes, laterMs: 1_000 }));
}

function edgeCases(ledger: Ledger, owner: Founder): readonly Case[] {
  const { timeMs } = ledger.head;
  const stream = streamOf("first");
  const expiring = (what: string, byMs: number): Case => {
    const content = { ...claimWriter(ledger, owner), entryId: entryOf("claim") };
    const signed = sign(ledger, owner, { ...content, expiresMs: timeMs + 1_000 + byMs });
    return { what: `expires ${what}`, bytes: signed.bytes, laterMs: 1_000 };
  };
  const carrying = (what: string, size: number, laterMs: number): Case => {
    const content = { ...records(ledger, owner, stream), entryId: entryOf("records") };
    const payloads = [payload("part 0"), payload("part 1", size)];
    const signed = sign(ledger, owner, { ...content, payloads });
    return { what: `payload bytes ${what}`, bytes: signed.bytes, laterMs };
  };
  const whole = 528;
  return [
    expiring("a millisecond before block time", -1),
    expiring("at block time", 0),
    expiring("24 hours after block time", limits.expiryMsMax),
    expiring("a millisecond later", limits.expiryMsMax + 1),
    carrying("that just reach the day's", whole, 1_000),
    carrying("that are one too many for the day", whole + 1, 1_000),
    carrying("that just reach the retained ones, a day later", whole, dayMs),
    carrying("that are one too many to retain, a day later", whole + 1, dayMs),
  ];
}

function purgeCases(ledger: Ledger, owner: Founder, other: Founder): readonly Case[] {
  const stream = streamOf("first");
  const purging = (what: string, founder: Founder, first: number, last: number): Case => {
    const content = purge(ledger, founder, stream, [first, last]);
    const sequence = founder === owner ? content.sequence : 1;
    const { bytes } = sign(ledger, founder, { ...content, sequence, entryId: entryOf("purge") });
    return { what: `purge ${what}`, bytes, laterMs: 1_000 };
  };
  return [
    purging("of all before it but the first", owner, 2, 4),
    purging("of one, with no records in it", owner, 3, 3),
    purging("with the first of the lane", owner, 1, 4),
    purging("with itself", owner, 2, 5),
    purging("of what is to come", owner, 6, 7),
    purging("that ends before it begins", owner, 4, 3),
    purging("in another's stream", other, 2, 4),
  ];
}

function grantCases(ledger: Ledger, owner: Founder, other: Founder): readonly Case[] {
  const stream = streamOf("first");
  const content = grant(ledger, owner, stream, [coverFor(other.id)]);
  const plain = sign(ledger, owner, { ...content, entryId: entryOf("grant") });
  const cover = (what: string, at: number, value: Value): Case => ({
    what: `grant, ${what}`,
    bytes: withBody(ledger, owner, plain, inCover(at, value)),
    laterMs: 1_000,
  });
  return [
    cover("all facets", 3, [0, 1]),
    cover("no facet", 3, []),
    cover("a facet twice", 3, [0, 0]),
    cover("facets descending", 3, [1, 0]),
    cover("a facet the stream has not", 3, [2]),
    cover("the 17th facet", 3, [16]),
    cover("generation 0", 2, 0),
    cover("a generation that is to come", 2, 2),
    cover("key version 2", 1, 2),
    cover("to its owner", 0, idBytes(owner.id)),
    cover("to a stranger", 0, filler("stranger", 32)),
    cover("a seal of 1,136 bytes", 6, filler("seal", 1_136)),
    cover("a seal of 1,137 bytes", 6, filler("seal", 1_137)),
    cover("a body of 16,384 bytes", 6, filler("seal", 16_330)),
    cover("a body of 16,385 bytes", 6, filler("seal", 16_331)),
    cover("the last epoch", 5, 2 ** 20 - 1),
    cover("an epoch after the last", 5, 2 ** 20),
  ];
}

/** Transactions at the edges of the rules, on one state: which the next block may hold, and why not. */
export function goldenVerdicts(): Readonly<Record<string, unknown>> {
  const ledger = newLedger(3, {
    memberDayPayloadBytesMax: quotaBytes,
    memberRetainedPayloadBytesMax: quotaBytes,
  });
  const [owner, other] = [member(ledger, 0), member(ledger, 1)];
  const create = { ...streamCreate(ledger, owner, streamOf("first")), entryId: entryOf("first") };
  const spend = { ...voidEntry(ledger, owner, streamOf("spent")), entryId: entryOf("spent") };
  commit(ledger, [sign(ledger, owner, create), sign(ledger, owner, spend)]);
  for (const word of ["second", "third", "fourth"]) {
    const taken = { ...voidEntry(ledger, owner, streamOf("first")), entryId: entryOf(word) };
    commit(ledger, [sign(ledger, owner, taken)]);
  }
  const cases = [
    ...laneCases(ledger, owner, other),
    ...edgeCases(ledger, owner),
    ...grantCases(ledger, owner, other),
    ...purgeCases(ledger, owner, other),
  ];
  return {
    networkId: ledger.genesis.networkId,
    height: ledger.head.height + 1,
    state: ledger.state.entries().map(([key, value]) => ({ key: toHex(key), value: toHex(value) })),
    cases: cases.map((each) => ({
      what: each.what,
      timeMs: ledger.head.timeMs + each.laterMs,
      transaction: toHex(each.bytes),
      refusal: verdictOf(ledger, each),
    })),
  };
}
