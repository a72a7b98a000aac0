import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONTROL_LANE,
  type ContentOf,
  decodeTransaction,
  encodeContent,
  KIND,
  limits,
  payloadBytes,
  signTransaction,
  type Transaction,
  transactionKey,
  verifyTransaction,
} from "../../src/chain/index.ts";
import {
  createSigner,
  decode,
  encode,
  LedgerError,
  type LedgerErrorCode,
  type MemberId,
  networkId,
  publicKey,
  taggedHash,
  toHex,
  type Value,
} from "../../src/primitives/index.ts";
import {
  bytesOf,
  claimWriter,
  coverFor,
  filler,
  founderOf,
  grant,
  ledgerWithStream,
  member,
  newLedger,
  payload,
  purge,
  records,
  sign,
  streamCreate,
  streamOf,
  streamRoll,
  voidEntry,
} from "./fixtures.ts";
import { membershipSamples } from "./membership-fixtures.ts";
import { accepted, mutate, mutation } from "./mutation.ts";

const { ledger, owner, stream } = ledgerWithStream();
const other = member(ledger, 1);

/** One transaction of each kind. */
const samples: readonly Transaction[] = [
  sign(ledger, owner, claimWriter(ledger, owner)),
  sign(ledger, owner, voidEntry(ledger, owner, stream)),
  ...membershipSamples(ledger, owner),
  sign(ledger, owner, streamCreate(ledger, owner, streamOf("sample"))),
  sign(ledger, owner, streamRoll(ledger, owner, stream)),
  sign(ledger, owner, purge(ledger, owner, stream, [2, 9])),
  sign(ledger, owner, records(ledger, owner, stream)),
  sign(ledger, owner, grant(ledger, owner, stream, [coverFor(other.id)])),
];

function codeOf(action: () => unknown): LedgerErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

/** Where a value has the wrong shape. */
function pathOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LedgerError && "path" in (error.detail ?? {})) {
      return (error.detail as { readonly path: string }).path;
    }
  }
  return "";
}

/** The content of a transaction with one of its items replaced, signed anew. */
function withItem(transaction: Transaction, index: number, item: Value): Uint8Array {
  const items = [...(decode(transaction.contentBytes) as Value[])];
  items[index] = item;
  return encode([encode(items), transaction.signature]);
}

describe("a transaction", () => {
  test.each(samples.map((sample) => [sample.kind, sample] as const))(
    "%s comes back from its bytes as it was",
    (_kind, sample) => {
      expect(decodeTransaction(sample.bytes)).toStrictEqual(sample);
      expect(encodeContent(sample)).toStrictEqual(sample.contentBytes);
    },
  );

  test("every kind has a sample and its number on the wire", () => {
    expect(samples.map(({ kind }) => kind)).toEqual(Object.keys(KIND));
    for (const sample of samples) {
      expect((decode(sample.contentBytes) as Value[])[7]).toBe(KIND[sample.kind]);
    }
  });

  test("its id covers the signature, its hash the content alone", () => {
    const [sample] = samples as [Transaction];
    expect(sample.id).toBe(toHex(taggedHash("transaction-id", sample.bytes)));
    expect(sample.hash).toBe(toHex(taggedHash("transaction", sample.contentBytes)));
    const resigned = decodeTransaction(encode([sample.contentBytes, filler("signature", 64)]));
    expect(resigned.hash).toBe(sample.hash);
    expect(resigned.id).not.toBe(sample.id);
  });

  test("a signature serves one key, one network and one era", () => {
    const [sample] = samples as [Transaction];
    const key = owner.signers.transaction.publicKey;
    const network = ledger.genesis.networkId;
    expect(verifyTransaction(sample, key, network, 0)).toBe(true);
    expect(verifyTransaction(sample, key, network, 1)).toBe(false);
    expect(verifyTransaction(sample, key, networkId(bytesOf("elsewhere")), 0)).toBe(false);
    expect(verifyTransaction(sample, owner.signers.network.publicKey, network, 0)).toBe(false);
    expect(verifyTransaction(sample, publicKey(new Uint8Array(32)), network, 0)).toBe(false);
  });

  test("the key of a sender is the one in the state, a stranger has none", () => {
    const keyOf = (memberId: MemberId, keyVersion: number) =>
      transactionKey(ledger.state, { memberId, keyVersion });
    expect(keyOf(owner.id, 1)).toBe(owner.signers.transaction.publicKey);
    expect(keyOf(owner.id, 2)).toBeNull();
    expect(keyOf(founderOf(4).id, 1)).toBeNull();
  });

  test("a content signed by an impostor does not pass under the key of its member", () => {
    const network = ledger.genesis.networkId;
    const impostor = createSigner(bytesOf("impostor"));
    const forged = signTransaction(claimWriter(ledger, owner), impostor, network, 0);
    const key = transactionKey(ledger.state, forged);
    expect(key !== null && verifyTransaction(forged, key, network, 0)).toBe(false);
  });

  test("payload bytes are those of all payloads", () => {
    expect(payloadBytes(samples.find(({ kind }) => kind === "records") as Transaction)).toBe(
      272 + 528,
    );
    expect(payloadBytes(samples[0] as Transaction)).toBe(0);
  });
});

describe("strict decoding of a transaction", () => {
  test.each(samples.map((sample) => [sample.kind, sample] as const))(
    "no change of a %s is taken for it, and nothing but a refusal comes of it",
    (_kind, sample) => {
      fc.assert(
        fc.property(mutation, (change) => {
          const decoded = accepted(decodeTransaction, mutate(sample.bytes, change));
          return decoded === null || decoded.id !== sample.id;
        }),
        { numRuns: 400 },
      );
    },
  );

  test("random bytes are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(accepted(decodeTransaction, bytes)).toBeNull();
      }),
    );
  });

  test("unknown kinds, formats and bodies of another kind are refused", () => {
    const [claim] = samples as [Transaction];
    expect(codeOf(() => decodeTransaction(withItem(claim, 7, 99)))).toBe("LEDGER_BAD_SHAPE");
    expect(codeOf(() => decodeTransaction(withItem(claim, 7, KIND.records)))).toBe(
      "LEDGER_BAD_SHAPE",
    );
    expect(codeOf(() => decodeTransaction(withItem(claim, 0, 2)))).toBe("LEDGER_BAD_SHAPE");
    expect(codeOf(() => decodeTransaction(withItem(claim, 7, KIND["claim-writer"])))).toBeNull();
  });

  test.each([
    ["sequence 0", "sequence", 4, 0],
    ["key version 0", "keyVersion", 2, 0],
    ["a lane of 15 bytes", "lane", 3, new Uint8Array(15)],
    ["a payload of no bytes", "payloads", 10, [[bytesOf("x"), 0]]],
    ["a payload beyond the limit", "payloads", 10, [[bytesOf("x"), limits.payloadBytesMax + 1]]],
    ["17 payloads", "payloads", 10, Array.from({ length: 17 }, () => [bytesOf("x"), 1])],
    ["a negative expiry", "expiresMs", 9, -1],
  ] as const)("%s is refused", (_what, field, index, item) => {
    const received = withItem(samples[0] as Transaction, index, item as Value);
    expect(pathOf(() => decodeTransaction(received))).toContain(`content.${field}`);
  });

  test("the limits of a content and of a grant's body hold on both sides", () => {
    const cover = coverFor(other.id);
    const covers = (count: number, size: number): ContentOf<"grant"> =>
      grant(
        ledger,
        owner,
        stream,
        Array.from({ length: count }, () => ({ ...cover, sealed: filler("seal", size) })),
      );
    expect(codeOf(() => encodeContent(covers(12, 1_280)))).toBeNull();
    expect(codeOf(() => encodeContent(covers(13, 1_280)))).toBe("LEDGER_TOO_LARGE");
    expect(codeOf(() => encodeContent(covers(1, 1_136)))).toBe("LEDGER_BAD_SHAPE");
    expect(codeOf(() => encodeContent(covers(0, 1_280)))).toBe("LEDGER_BAD_SHAPE");
    const grantItem = decode(encodeContent(covers(12, 1_280))) as Value[];
    const body = grantItem[8] as Value[];
    grantItem[8] = [...body, body[0] as Value];
    const oversized = encode([encode(grantItem), new Uint8Array(64)]);
    expect(codeOf(() => decodeTransaction(oversized))).toBe("LEDGER_TOO_LARGE");
    const huge = new Uint8Array(limits.transactionBytesMax + 1);
    expect(codeOf(() => decodeTransaction(huge))).toBe("LEDGER_TOO_LARGE");
  });

  test("facets of a cover stand in order and once", () => {
    const withFacets = (facets: readonly number[]): ContentOf<"grant"> =>
      grant(ledger, owner, stream, [{ ...coverFor(other.id), facets }]);
    expect(codeOf(() => encodeContent(withFacets([0, 1, 7])))).toBeNull();
    for (const facets of [[], [1, 0], [0, 0], [16]]) {
      expect(codeOf(() => encodeContent(withFacets(facets)))).toBe("LEDGER_BAD_SHAPE");
    }
  });

  test("the largest transaction that can be signed is one that others accept", () => {
    const create = streamCreate(ledger, owner, streamOf("large"));
    const roll = streamRoll(ledger, owner, stream);
    const ended = Array.from({ length: 256 }, (_, index) =>
      toHex(bytesOf(`grant ${index}`).subarray(0, 16)),
    ) as unknown as (typeof roll.body)["endedGrants"];
    const largest = sign(ledger, owner, { ...roll, body: { ...roll.body, endedGrants: ended } });
    expect(decodeTransaction(largest.bytes).id).toBe(largest.id);
    const wide = { ...create, payloads: Array.from({ length: 16 }, () => payload("p")) };
    expect(decodeTransaction(sign(ledger, owner, wide).bytes).payloads).toHaveLength(16);
  });

  test("the control lane is sixteen zero bytes", () => {
    expect(CONTROL_LANE).toBe("0".repeat(32));
    expect(newLedger().head.height).toBe(0);
  });
});
