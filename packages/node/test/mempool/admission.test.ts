import type { TransactionVerdict } from "@tegata/ledger/chain";
import { verifyTransaction } from "@tegata/ledger/chain";
import { createSigner, type MemberId, type NetworkId } from "@tegata/ledger/primitives";
import { describe, expect, test } from "vitest";
import { AdmissionDoor } from "../../src/mempool/admission.ts";
import { Mempool } from "../../src/mempool/mempool.ts";
import { Writer } from "../helpers/writer.ts";

const network = "11".repeat(32) as NetworkId;
const self = "aa".repeat(32) as MemberId;
const other = "bb".repeat(32) as MemberId;
const key = createSigner(new Uint8Array(32).fill(7));

interface Setting {
  verdict: TransactionVerdict;
  committed: boolean;
  verifications: number;
  onCheck: () => void;
}

function newDoor(): { door: AdmissionDoor; pool: Mempool; setting: Setting; writer: Writer } {
  const setting: Setting = {
    verdict: { ok: true },
    committed: false,
    verifications: 0,
    onCheck: () => {},
  };
  const check = (): TransactionVerdict => {
    setting.onCheck();
    return setting.verdict;
  };
  const pool = new Mempool({ nextSequence: () => 1, check, memberCount: () => 4 });
  const door = new AdmissionDoor(pool, {
    steadyMs: () => 0,
    isCommitted: () => setting.committed,
    transactionKey: () => key.publicKey,
    isSigned: (transaction, publicKey) => {
      setting.verifications += 1;
      return verifyTransaction(transaction, publicKey, network, 0);
    },
    check,
  });
  return { door, pool, setting, writer: new Writer(self, key, network) };
}

describe("the door of the mempool", () => {
  test("verifies a signature once, however often a transaction comes, and learns who holds it", () => {
    const { door, pool, setting, writer } = newDoor();
    const written = writer.void();
    expect(door.admit(written, null)).toMatchObject({ ok: true, news: "added" });
    expect(door.admit(written, other)).toMatchObject({ ok: true, news: "known" });
    expect(door.admit(written, other)).toMatchObject({ ok: true, news: "known" });
    expect(setting.verifications).toBe(1);
    expect([...(pool.get(written.decoded.id)?.holders ?? [])]).toEqual([other]);
  });

  test("turns away what is no transaction, wrongly signed, or without its payloads", () => {
    const { door, pool, writer } = newDoor();
    const junk = { transaction: new Uint8Array(40), payloads: [] };
    expect(door.admit(junk, other)).toMatchObject({ code: "NODE_TX_MALFORMED", cure: "never" });
    const forger = new Writer(self, createSigner(new Uint8Array(32).fill(8)), network);
    expect(door.admit(forger.void(), other)).toMatchObject({ code: "NODE_TX_SIGNATURE" });
    const stream = writer.createStream();
    const altered = stream.payloads.map((payload) => payload.with(0, (payload[0] as number) ^ 1));
    const { transaction } = stream;
    for (const payloads of [[], altered, [...stream.payloads, new Uint8Array(1)]]) {
      expect(door.admit({ transaction, payloads }, other)).toMatchObject({
        code: "NODE_TX_PAYLOADS",
      });
    }
    expect(pool.transactions).toBe(0);
  });

  test("refuses by the ledger's rules before it spends a verification", () => {
    const { door, setting, writer } = newDoor();
    setting.verdict = { ok: false, code: "LEDGER_TX_QUOTA_DAY", cure: "wait" };
    expect(door.admit(writer.void(), other)).toMatchObject({ code: "LEDGER_TX_QUOTA_DAY" });
    expect(setting.verifications).toBe(0);
  });

  test("verifies a signature before rules that verify others themselves", () => {
    const { door, setting } = newDoor();
    let asked = 0;
    setting.onCheck = () => {
      asked += 1;
    };
    const forger = new Writer(self, createSigner(new Uint8Array(32).fill(8)), network);
    const forged = forger.control("apply", { application: new Uint8Array(500) });
    expect(door.admit(forged, other)).toMatchObject({ code: "NODE_TX_SIGNATURE" });
    expect(asked).toBe(0);
    const honest = new Writer(self, key, network);
    door.admit(honest.control("apply", { application: new Uint8Array(500) }), other);
    expect(asked).toBeGreaterThan(0);
    expect(setting.verifications).toBe(2);
  });

  test("parks what waits for the one before it", () => {
    const { door, pool, setting, writer } = newDoor();
    setting.verdict = { ok: false, code: "LEDGER_TX_SEQUENCE_GAP", cure: "wait" };
    expect(door.admit(writer.voidAt(3), other)).toMatchObject({ ok: true, news: "added" });
    expect([pool.transactions, pool.hasReady]).toEqual([1, false]);
  });

  test("says yes to what is committed already", () => {
    const { door, setting, writer } = newDoor();
    const written = writer.void();
    setting.verdict = { ok: false, code: "LEDGER_TX_SEQUENCE_USED", cure: "renumber" };
    expect(door.admit(written, null)).toMatchObject({ code: "LEDGER_TX_SEQUENCE_USED" });
    setting.committed = true;
    expect(door.admit(written, null)).toMatchObject({ ok: true, news: "committed" });
    setting.committed = false;
    door.commit([written.decoded]);
    expect(door.admit(written, null)).toMatchObject({ ok: true, news: "committed" });
    expect(door.wasCommitted(written.decoded.id)).toBe(true);
  });
});
