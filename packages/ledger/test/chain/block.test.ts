import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assembleBlock,
  type Block,
  type BlockHeader,
  type BlockParts,
  type BlockRefusalCode,
  buildBlock,
  checkBlock,
  checkBody,
  decodeBlock,
  decodeCompactBlock,
  encodeCompactBlock,
  encodeHeader,
  evidenceRootOf,
  grantId,
  limits,
  readValidators,
  StateView,
  tables,
  transactionsRootOf,
  validatorsHashOf,
  validatorsKey,
} from "../../src/chain/index.ts";
import { type BlockId, LedgerError } from "../../src/primitives/index.ts";
import {
  checksOf,
  claimWriter,
  filler,
  founderOf,
  hashOf,
  ledgerWithStream,
  member,
  newLedger,
  plan,
  records,
  sign,
  streamRoll,
} from "./fixtures.ts";
import { accepted, mutate, mutation } from "./mutation.ts";

const { ledger, owner, stream } = ledgerWithStream();
const built = buildBlock(
  plan(ledger, [
    sign(ledger, owner, records(ledger, owner, stream)),
    sign(ledger, member(ledger, 1), claimWriter(ledger, member(ledger, 1))),
  ]),
);
const valid = built.block;

/** The valid block with some of its header and body changed. */
function changed(header: Partial<BlockHeader>, body: Partial<BlockParts> = {}): Block {
  const headerBytes = encodeHeader({ ...valid.header, ...header });
  return assembleBlock({ ...valid, ...body, headerBytes });
}

const elsewhere = hashOf("elsewhere");

/** Every reason why a block is invalid, by a block that has no other. */
const invalid: Readonly<Record<BlockRefusalCode, () => Block>> = {
  LEDGER_BLOCK_TRANSACTIONS_ROOT: () => changed({}, { transactions: valid.transactions.slice(1) }),
  LEDGER_BLOCK_CERTIFICATE_HASH: () => changed({}, { previousCertificate: filler("other", 300) }),
  LEDGER_BLOCK_EVIDENCE_ROOT: () => changed({}, { evidence: [filler("evidence", 10)] }),
  LEDGER_BLOCK_EVIDENCE: () => {
    const evidence = [filler("evidence", 10)];
    return changed({ evidenceRoot: evidenceRootOf(evidence) }, { evidence });
  },
  LEDGER_BLOCK_HEIGHT: () => changed({ height: valid.header.height + 1 }),
  LEDGER_BLOCK_PREVIOUS: () => changed({ previousBlockId: elsewhere as string as BlockId }),
  LEDGER_BLOCK_TIME: () => changed({ timeMs: ledger.head.timeMs }),
  LEDGER_BLOCK_PROPOSER: () => changed({ proposer: founderOf(4).id }),
  LEDGER_BLOCK_STATE_ROOT: () => changed({ stateRoot: elsewhere }),
  LEDGER_BLOCK_VALIDATORS: () => changed({ validatorsHash: elsewhere }),
  LEDGER_BLOCK_CERTIFICATE: () => {
    const previousCertificate = filler("forged", 300);
    return buildBlock({ ...plan(ledger, []), previousCertificate }).block;
  },
  LEDGER_BLOCK_TRANSACTION: () => {
    const transactions = [...valid.transactions, ...valid.transactions];
    const transactionsRoot = transactionsRootOf(transactions.map(({ id }) => id));
    return changed({ transactionsRoot }, { transactions });
  },
  LEDGER_BLOCK_SIGNATURE: () => {
    const impostor = { ...owner, signers: founderOf(4).signers };
    return buildBlock(plan(ledger, [sign(ledger, impostor, records(ledger, owner, stream))])).block;
  },
  LEDGER_BLOCK_CHANGES_ROOT: () => changed({ changesRoot: elsewhere }),
  LEDGER_BLOCK_NEXT_VALIDATORS: () => changed({ nextValidatorsHash: elsewhere }),
};

describe("checking a block", () => {
  test("a built block is accepted, with the changes of its builder", () => {
    const verdict = checkBlock(ledger.state, ledger.head, valid, checksOf(ledger));
    expect(verdict).toMatchObject({ ok: true, changesRoot: built.changesRoot });
    expect(verdict.ok && verdict.changes).toEqual(built.changes);
  });

  test.each(Object.keys(invalid) as BlockRefusalCode[])("%s is reached", (code) => {
    const block = decodeBlock(invalid[code]().bytes);
    const verdict = checkBlock(ledger.state, ledger.head, block, checksOf(ledger));
    expect(verdict).toMatchObject({ ok: false, code });
  });

  test("a refused transaction is named with its own refusal", () => {
    const block = invalid.LEDGER_BLOCK_TRANSACTION();
    const verdict = checkBlock(ledger.state, ledger.head, block, checksOf(ledger));
    expect(verdict).toMatchObject({
      detail: { index: 2, reason: "LEDGER_TX_SEQUENCE_USED" },
      refusal: { code: "LEDGER_TX_SEQUENCE_USED", cure: "renumber" },
    });
  });

  test("a suspended validator does not propose", () => {
    const view = new StateView(ledger.state);
    const suspended = readValidators(view).map((validator) => ({
      ...validator,
      suspended: validator.member === valid.header.proposer,
    }));
    tables.validators.write(view, validatorsKey, suspended);
    const validatorsHash = validatorsHashOf(suspended);
    const block = changed({ validatorsHash, nextValidatorsHash: validatorsHash });
    const verdict = checkBlock(view, ledger.head, block, checksOf(ledger));
    expect(verdict).toMatchObject({ ok: false, code: "LEDGER_BLOCK_PROPOSER" });
  });

  test("block 1 carries no certificate, and nobody is asked about one", () => {
    const fresh = newLedger();
    const checks = { ...checksOf(fresh), certified: () => ({ round: 0, voters: [] }) };
    const codeWith = (previousCertificate: Uint8Array): string | null => {
      const { block } = buildBlock({ ...plan(fresh, []), previousCertificate });
      const verdict = checkBlock(fresh.state, fresh.head, block, checks);
      return verdict.ok ? null : verdict.code;
    };
    expect(codeWith(new Uint8Array(0))).toBeNull();
    expect(codeWith(filler("certificate", 300))).toBe("LEDGER_BLOCK_CERTIFICATE");
  });

  test("checking changes nothing: the second answer is the first", () => {
    const before = ledger.state.entries();
    const answers = [1, 2].map(() =>
      checkBlock(ledger.state, ledger.head, valid, checksOf(ledger)),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(ledger.state.entries()).toEqual(before);
  });
});

describe("the bytes of a block", () => {
  test("come back as they were", () => {
    expect(decodeBlock(valid.bytes)).toStrictEqual(valid);
  });

  test("compact, it names its transactions and can be completed", () => {
    const compact = decodeCompactBlock(encodeCompactBlock(valid));
    expect(compact.id).toBe(valid.id);
    expect(compact.transactionIds).toEqual(valid.transactions.map(({ id }) => id));
    const byId = new Map(valid.transactions.map((transaction) => [transaction.id, transaction]));
    const transactions = compact.transactionIds.map((id) => {
      const found = byId.get(id);
      if (found === undefined) throw new Error("the transaction is held");
      return found;
    });
    expect(assembleBlock({ ...compact, transactions }).bytes).toStrictEqual(valid.bytes);
  });

  test("no change of them is taken for the block, and nothing but a refusal comes of it", () => {
    fc.assert(
      fc.property(mutation, (change) => {
        const block = accepted(decodeBlock, mutate(valid.bytes, change));
        if (block === null || block.id !== valid.id) return true;
        return !checkBody(block).ok;
      }),
      { numRuns: 600 },
    );
  });

  test("changed compact bytes are refused or name another block", () => {
    const bytes = encodeCompactBlock(valid);
    fc.assert(
      fc.property(mutation, (change) => {
        const compact = accepted(decodeCompactBlock, mutate(bytes, change));
        if (compact === null || compact.id !== valid.id) return true;
        // The header is whole, so its roots tell what else was changed.
        const { header } = compact;
        const root = transactionsRootOf(compact.transactionIds);
        const sameEvidence = header.evidenceRoot === evidenceRootOf(compact.evidence);
        const sameCertificate =
          compact.previousCertificate.length === valid.previousCertificate.length &&
          compact.previousCertificate.every((byte, at) => byte === valid.previousCertificate[at]);
        return root !== header.transactionsRoot || !sameEvidence || !sameCertificate;
      }),
      { numRuns: 300 },
    );
  });

  test("a block beyond the limits is refused before it is read", () => {
    expect(() => decodeBlock(new Uint8Array(limits.blockBytesMax + 1))).toThrow(LedgerError);
    const compact = new Uint8Array(limits.compactBlockBytesMax + 1);
    expect(() => decodeCompactBlock(compact)).toThrow(LedgerError);
  });

  test("a block whose payloads are too large together is refused", () => {
    const content = records(ledger, owner, stream);
    const size = limits.payloadBytesMax;
    const payloads = [0, 1].map((index) => ({ hash: hashOf(`payload ${index}`), size }));
    const transactions = Array.from({ length: 5 }, (_, index) =>
      sign(ledger, owner, { ...content, sequence: 2 + index, payloads }),
    );
    const tooMuch = (count: number) => () =>
      assembleBlock({ ...valid, transactions: transactions.slice(0, count) });
    expect(tooMuch(3)).not.toThrow();
    expect(tooMuch(4)).toThrow(LedgerError);
  });

  test("a block that ends too many grants is refused, for each is a write of the state", () => {
    const content = streamRoll(ledger, owner, stream);
    const ended = Array.from({ length: limits.endedGrantsMax }, (_, index) =>
      grantId(stream, index + 1, 0),
    );
    const body = { ...content.body, endedGrants: ended };
    const count = limits.blockEndedGrantsMax / limits.endedGrantsMax + 1;
    const transactions = Array.from({ length: count }, (_, index) =>
      sign(ledger, owner, { ...content, sequence: 2 + index, body }),
    );
    expect(() => assembleBlock({ ...valid, transactions: transactions.slice(1) })).not.toThrow();
    expect(() => assembleBlock({ ...valid, transactions })).toThrow(LedgerError);
  });
});
