import { describe, expect, test } from "vitest";
import {
  type BlockContext,
  CONTROL_LANE,
  checkTransaction,
  grantId,
  limits,
  type MemberState,
  readMember,
  readStream,
  type StateReader,
  StateView,
  type StreamState,
  type Transaction,
  type TransactionRefusalCode,
  transactionCures,
  writeMember,
  writeStream,
} from "../../src/chain/index.ts";
import type { MemberId, StreamId } from "../../src/primitives/index.ts";
import {
  claimWriter,
  commit,
  coverFor,
  type Founder,
  founderOf,
  grant,
  hashOf,
  type Ledger,
  ledgerWithStream,
  member,
  nextContext,
  payload,
  purge,
  records,
  refusalOf,
  sign,
  streamCreate,
  streamOf,
  streamRoll,
  voidEntry,
} from "./fixtures.ts";

/** A ledger with a stream, and a transaction on it that one rule refuses. */
interface Arrangement {
  readonly transaction: Transaction;
  readonly reader?: StateReader;
  readonly context?: Partial<BlockContext>;
}

interface World {
  readonly ledger: Ledger;
  readonly owner: Founder;
  readonly other: Founder;
  readonly stream: StreamId;
}

function world(changed: Parameters<typeof ledgerWithStream>[0] = {}): World {
  const { ledger, owner, stream } = ledgerWithStream(changed);
  return { ledger, owner, other: member(ledger, 1), stream };
}

const hourMs = 3_600_000;

function signedRecords({ ledger, owner, stream }: World, changed: object, body: object = {}) {
  const content = records(ledger, owner, stream);
  return sign(ledger, owner, { ...content, ...changed, body: { ...content.body, ...body } });
}

function signedGrant({ ledger, owner, other, stream }: World, changed: object) {
  return sign(ledger, owner, grant(ledger, owner, stream, [{ ...coverFor(other.id), ...changed }]));
}

/** The state as it is once a member has left. */
function left({ state }: Ledger, id: MemberId): StateView {
  const view = new StateView(state);
  writeMember(view, id, { ...(readMember(view, id) as MemberState), leftHeight: 1 });
  return view;
}

/** What all kinds and those of streams are refused for; membership has a test of its own. */
type GeneralCode = Extract<TransactionRefusalCode, `LEDGER_TX_${string}`>;

/** Every refusal of a transaction, by the rule that makes it. */
const arrangements: Readonly<Record<GeneralCode, (world: World) => Arrangement>> = {
  LEDGER_TX_MEMBER_UNKNOWN: ({ ledger, stream }) => {
    const stranger = founderOf(4);
    return { transaction: sign(ledger, stranger, streamCreate(ledger, stranger, stream)) };
  },
  LEDGER_TX_MEMBER_LEFT: (place) => {
    const { ledger, owner } = place;
    return { transaction: signedRecords(place, {}), reader: left(ledger, owner.id) };
  },
  LEDGER_TX_KEY_VERSION: (place) => ({ transaction: signedRecords(place, { keyVersion: 2 }) }),
  LEDGER_TX_LANE: ({ ledger, owner, stream }) => {
    const content = claimWriter(ledger, owner);
    return { transaction: sign(ledger, owner, { ...content, lane: stream, expiresMs: null }) };
  },
  LEDGER_TX_SEQUENCE_GAP: (place) => ({ transaction: signedRecords(place, { sequence: 3 }) }),
  LEDGER_TX_SEQUENCE_USED: (place) => ({ transaction: signedRecords(place, { sequence: 1 }) }),
  LEDGER_TX_WRITER_AHEAD: (place) => ({ transaction: signedRecords(place, { writer: 1 }) }),
  LEDGER_TX_WRITER_OVERTAKEN: (place) => {
    const { ledger, owner } = place;
    const late = signedRecords(place, {});
    commit(ledger, [sign(ledger, owner, claimWriter(ledger, owner))]);
    return { transaction: late };
  },
  LEDGER_TX_EXPIRY: ({ ledger, owner }) => ({
    transaction: sign(ledger, owner, { ...claimWriter(ledger, owner), expiresMs: null }),
  }),
  LEDGER_TX_EXPIRED: ({ ledger, owner }) => {
    const content = { ...claimWriter(ledger, owner), expiresMs: ledger.head.timeMs + 999 };
    return { transaction: sign(ledger, owner, content) };
  },
  LEDGER_TX_EXPIRY_TOO_FAR: ({ ledger, owner }) => {
    const expiresMs = ledger.head.timeMs + 1_001 + limits.expiryMsMax;
    return { transaction: sign(ledger, owner, { ...claimWriter(ledger, owner), expiresMs }) };
  },
  LEDGER_TX_PAYLOAD_COUNT: (place) => ({
    transaction: signedRecords(place, { payloads: [payload("part 0")] }),
  }),
  LEDGER_TX_PAYLOAD_BYTES: ({ ledger, owner }) => {
    const stream = streamOf("wide");
    const wide = streamCreate(ledger, owner, stream);
    const facets = Array.from({ length: 9 }, () => "row" as const);
    commit(ledger, [sign(ledger, owner, { ...wide, body: { ...wide.body, facets } })]);
    const content = records(ledger, owner, stream);
    const full = { hash: hashOf("full"), size: limits.payloadBytesMax };
    const body = {
      ...content.body,
      facets: facets.map(() => content.body.facets[0] as (typeof content.body.facets)[0]),
    };
    const payloads = facets.map(() => full);
    return { transaction: sign(ledger, owner, { ...content, payloads, body }) };
  },
  LEDGER_TX_QUOTA_DAY: () => {
    const place = world({ memberDayPayloadBytesMax: 272 + 799 });
    return { transaction: signedRecords(place, {}), ...reading(place) };
  },
  LEDGER_TX_QUOTA_RETAINED: () => {
    const place = world({ memberRetainedPayloadBytesMax: 272 + 799 });
    return { transaction: signedRecords(place, {}), ...reading(place) };
  },
  LEDGER_TX_CLAIM: ({ ledger, owner }) => ({
    transaction: sign(ledger, owner, { ...claimWriter(ledger, owner), body: { writer: 2 } }),
  }),
  LEDGER_TX_STREAM_UNKNOWN: ({ ledger, owner }) => ({
    transaction: sign(ledger, owner, records(ledger, owner, streamOf("none"))),
  }),
  LEDGER_TX_STREAM_EXISTS: ({ ledger, owner, stream }) => {
    // As a member has left it whose id begins like the owner's.
    const taken = streamOf("taken", owner);
    const reader = new StateView(ledger.state);
    writeStream(reader, taken, readStream(ledger.state, stream) as StreamState);
    return { transaction: sign(ledger, owner, streamCreate(ledger, owner, taken)), reader };
  },
  LEDGER_TX_STREAM_NOT_FIRST: ({ ledger, owner, stream }) => ({
    transaction: sign(ledger, owner, streamCreate(ledger, owner, stream)),
  }),
  LEDGER_TX_NOT_OWNER: ({ ledger, other, stream }) => ({
    transaction: sign(ledger, other, records(ledger, other, stream)),
  }),
  LEDGER_TX_GENERATION: (place) => ({ transaction: signedRecords(place, {}, { generation: 2 }) }),
  LEDGER_TX_GRANT_NOT_LIVE: ({ ledger, owner, stream }) => {
    const roll = streamRoll(ledger, owner, stream);
    const body = { ...roll.body, endedGrants: [grantId(stream, 2, 0)] };
    return { transaction: sign(ledger, owner, { ...roll, body }) };
  },
  LEDGER_TX_SCHEMA: (place) => ({
    transaction: signedRecords(place, {}, { schemaHash: hashOf("another") }),
  }),
  LEDGER_TX_FACETS: (place) => {
    const { facets } = records(place.ledger, place.owner, place.stream).body;
    const payloads = [payload("part 0")];
    return { transaction: signedRecords(place, { payloads }, { facets: facets.slice(0, 1) }) };
  },
  LEDGER_TX_EPOCH_AHEAD: (place) => {
    const epoch = Math.floor(place.ledger.head.timeMs / hourMs) + 1;
    return { transaction: signedRecords(place, {}, { epoch }) };
  },
  LEDGER_TX_EPOCH_BEHIND: (place) => {
    const epoch = Math.floor(place.ledger.head.timeMs / hourMs) - 169;
    return { transaction: signedRecords(place, {}, { epoch }) };
  },
  LEDGER_TX_GRANTEE: (place) => ({
    transaction: signedGrant(place, { grantee: place.owner.id }),
  }),
  LEDGER_TX_GRANTEE_LEFT: (place) => {
    const reader = left(place.ledger, place.other.id);
    return { transaction: signedGrant(place, {}), context: { startOfBlock: reader } };
  },
  LEDGER_TX_GRANTEE_KEY: (place) => ({ transaction: signedGrant(place, { keyVersion: 2 }) }),
  LEDGER_TX_SPAN: (place) => ({
    transaction: signedGrant(place, { epochFirst: 8, epochLast: 7 }),
  }),
  LEDGER_TX_PURGE_RANGE: ({ ledger, owner, stream }) => ({
    transaction: sign(ledger, owner, purge(ledger, owner, stream, [2, 2])),
  }),
};

function reading({ ledger }: World): Pick<Arrangement, "reader" | "context"> {
  return { reader: ledger.state, context: nextContext(ledger) };
}

describe("what the ledger refuses", () => {
  const codes = (Object.keys(transactionCures) as TransactionRefusalCode[]).filter(
    (code): code is GeneralCode => code.startsWith("LEDGER_TX_"),
  );

  test.each(codes)("%s is reached, with its cure", (code) => {
    const place = world();
    const arranged = arrangements[code](place);
    const context = { ...nextContext(place.ledger), ...arranged.context };
    const reader = arranged.reader ?? place.ledger.state;
    const verdict = checkTransaction(reader, arranged.transaction, context);
    expect(verdict).toMatchObject({ ok: false, code, cure: transactionCures[code] });
  });

  test("what the arrangements start from is accepted", () => {
    const place = world();
    const { ledger, owner, other, stream } = place;
    const context = nextContext(ledger);
    const good = [
      signedRecords(place, {}),
      signedGrant(place, {}),
      sign(ledger, owner, streamRoll(ledger, owner, stream)),
      sign(ledger, owner, claimWriter(ledger, owner)),
      sign(ledger, owner, voidEntry(ledger, owner, stream)),
      sign(ledger, owner, voidEntry(ledger, owner, CONTROL_LANE)),
      sign(ledger, other, streamCreate(ledger, other, streamOf("second", other))),
    ];
    for (const transaction of good) {
      expect(checkTransaction(ledger.state, transaction, context)).toEqual({ ok: true });
    }
  });
});

describe("the edges of the rules", () => {
  test("a claim expires after its last millisecond and not before", () => {
    const { ledger, owner } = world();
    const { timeMs } = nextContext(ledger);
    const claim = (expiresMs: number): Transaction =>
      sign(ledger, owner, { ...claimWriter(ledger, owner), expiresMs });
    const codeOf = (expiresMs: number) => refusalOf(ledger, claim(expiresMs));
    expect(codeOf(timeMs - 1)).toBe("LEDGER_TX_EXPIRED");
    expect(codeOf(timeMs)).toBeNull();
    expect(codeOf(timeMs + limits.expiryMsMax)).toBeNull();
    expect(codeOf(timeMs + limits.expiryMsMax + 1)).toBe("LEDGER_TX_EXPIRY_TOO_FAR");
  });

  test("records may be five minutes ahead, a week behind, and older when they say so", () => {
    const place = world();
    const { ledger } = place;
    const atHour = Math.floor(ledger.head.timeMs / hourMs) + 1;
    const codeAt = (timeMs: number, epoch: number, backfill = false): string | null => {
      return refusalOf(ledger, signedRecords(place, {}, { epoch, backfill }), { timeMs });
    };
    const next = atHour * hourMs;
    expect(codeAt(next - limits.epochAheadMsMax - 1, atHour)).toBe("LEDGER_TX_EPOCH_AHEAD");
    expect(codeAt(next - limits.epochAheadMsMax, atHour)).toBeNull();
    expect(codeAt(next, atHour - 168)).toBeNull();
    expect(codeAt(next, atHour - 169)).toBe("LEDGER_TX_EPOCH_BEHIND");
    expect(codeAt(next, atHour - 169, true)).toBeNull();
    expect(codeAt(next, 0, true)).toBeNull();
  });

  test("payload bytes of a day are forgotten the next day, retained ones are not", () => {
    const oneBatch = 272 + 800;
    for (const [changed, code] of [
      [{ memberDayPayloadBytesMax: oneBatch }, null],
      [{ memberRetainedPayloadBytesMax: oneBatch }, "LEDGER_TX_QUOTA_RETAINED"],
    ] as const) {
      const place = world(changed);
      const { ledger } = place;
      commit(ledger, [signedRecords(place, {})]);
      const again = signedRecords(place, {});
      expect(refusalOf(ledger, again)).not.toBeNull();
      expect(refusalOf(ledger, again, nextContext(ledger, 86_400_000))).toBe(code);
    }
  });

  test("a member's quota is its own", () => {
    const place = world({ memberDayPayloadBytesMax: 272 + 800 });
    const { ledger, other } = place;
    commit(ledger, [signedRecords(place, {})]);
    const stream = streamOf("theirs", other);
    const create = sign(ledger, other, streamCreate(ledger, other, stream));
    expect(refusalOf(ledger, create)).toBeNull();
  });

  test("a grant that has ended, or is named twice, cannot end again", () => {
    const place = world();
    const { ledger, owner, stream } = place;
    commit(ledger, [signedGrant(place, {})]);
    const id = grantId(stream, 2, 0);
    const roll = (endedGrants: readonly (typeof id)[], generation: number): Transaction => {
      const content = streamRoll(ledger, owner, stream);
      const body = { ...content.body, generation, endedGrants };
      return sign(ledger, owner, { ...content, body });
    };
    expect(refusalOf(ledger, roll([id, id], 2))).toBe("LEDGER_TX_GRANT_NOT_LIVE");
    commit(ledger, [roll([id], 2)]);
    expect(refusalOf(ledger, roll([id], 3))).toBe("LEDGER_TX_GRANT_NOT_LIVE");
    expect(refusalOf(ledger, roll([], 3))).toBeNull();
  });

  test("records of an ended generation and grants of a future one are refused", () => {
    const place = world();
    const { ledger, owner, stream } = place;
    commit(ledger, [sign(ledger, owner, streamRoll(ledger, owner, stream))]);
    for (const transaction of [
      signedRecords(place, {}, { generation: 1 }),
      signedGrant(place, { generation: 3 }),
      sign(ledger, owner, streamRoll(ledger, owner, stream)),
    ]) {
      expect(refusalOf(ledger, transaction)).toBe("LEDGER_TX_GENERATION");
    }
    expect(refusalOf(ledger, signedGrant(place, { generation: 1 }))).toBeNull();
  });

  test("a grant names existing facets and a member that exists", () => {
    const place = world();
    const { ledger } = place;
    const codeOf = (changed: object) => refusalOf(ledger, signedGrant(place, changed));
    expect(codeOf({ facets: [1] })).toBeNull();
    expect(codeOf({ facets: [2] })).toBe("LEDGER_TX_FACETS");
    expect(codeOf({ grantee: founderOf(4).id as MemberId })).toBe("LEDGER_TX_GRANTEE");
  });

  test("a grantee's key counts as of the start of the block", () => {
    const place = world();
    const { ledger, other } = place;
    const view = new StateView(ledger.state);
    const state = readMember(view, other.id);
    if (state === null) throw new Error("the member exists");
    const [key] = state.keys.filter(({ role }) => role === "encryption");
    if (key === undefined) throw new Error("the member has an encryption key");
    writeMember(view, other.id, { ...state, keys: [...state.keys, { ...key, version: 2 }] });
    const old = signedGrant(place, { keyVersion: 1 });
    const fresh = signedGrant(place, { keyVersion: 2 });
    const within = nextContext(ledger);
    expect(checkTransaction(view, old, within).ok).toBe(true);
    expect(checkTransaction(view, fresh, within)).toMatchObject({ code: "LEDGER_TX_GRANTEE_KEY" });
    const later = { ...within, startOfBlock: view };
    expect(checkTransaction(view, fresh, later).ok).toBe(true);
  });

  test("a void keeps the control lane's expiry and a stream's lack of one", () => {
    const { ledger, owner, stream } = world();
    const control = { ...voidEntry(ledger, owner, CONTROL_LANE), expiresMs: null };
    const inStream = { ...voidEntry(ledger, owner, stream), expiresMs: ledger.head.timeMs + 5_000 };
    for (const content of [control, inStream]) {
      expect(refusalOf(ledger, sign(ledger, owner, content))).toBe("LEDGER_TX_EXPIRY");
    }
  });
});
