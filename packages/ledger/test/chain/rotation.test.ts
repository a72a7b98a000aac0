import { describe, expect, test } from "vitest";
import {
  type Action,
  applyTransaction,
  type ContentOf,
  checkTransaction,
  currentKey,
  executeBlock,
  type KeyRotation,
  type Kind,
  keyOfVersion,
  limits,
  type MemberState,
  readMember,
  readRoster,
  readValidators,
  replacementSignBytes,
  requestChange,
  StateView,
  type Transaction,
  transactionKey,
} from "../../src/chain/index.ts";
import { createSigner, idBytes, type Signer } from "../../src/primitives/index.ts";
import { createXwingKeyPair } from "../../src/vault/xwing.ts";
import {
  bytesOf,
  checksOf,
  commit,
  coverFor,
  type Founder,
  filler,
  founderOf,
  grant,
  type Ledger,
  member,
  newLedger,
  nextContext,
  sign,
  streamCreate,
  streamOf,
  voidEntry,
} from "./fixtures.ts";
import {
  admitNewcomer,
  agree,
  lastRequest,
  laterSigner,
  membership,
  pass,
  rotation,
  say,
  vote,
} from "./membership-fixtures.ts";

const hourMs = limits.keyOverlapMs;

function stateOf({ state }: Ledger, { id }: Founder): MemberState {
  return readMember(state, id) as MemberState;
}

function rotate(ledger: Ledger, by: Founder, body: KeyRotation): void {
  say(ledger, by, membership(ledger, by, "rotate-key", body));
}

function refusalOf<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  content: ContentOf<K>,
  laterMs = 1_000,
): string | null {
  const transaction = sign(ledger, founder, content) as Transaction;
  const verdict = checkTransaction(ledger.state, transaction, nextContext(ledger, laterMs));
  return verdict.ok ? null : verdict.code;
}

/** The founder with another transaction key. */
function withKey(founder: Founder, transaction: Signer): Founder {
  return { ...founder, signers: { ...founder.signers, transaction } };
}

function encryptionRotation(
  ledger: Ledger,
  founder: Founder,
  changed: Partial<KeyRotation> = {},
): KeyRotation {
  const version = changed.version ?? 2;
  const key = createXwingKeyPair(bytesOf(`encryption of ${founder.id}, ${version}`)).publicKey
    .bytes;
  const seal = filler("seed seal", 1_168);
  const content = { role: "encryption" as const, key, seal, ...changed, version };
  return rotation(ledger, founder, content, { key: null });
}

describe("a new transaction key", () => {
  const setUp = () => {
    const ledger = newLedger(4);
    const [a, b] = [member(ledger, 0), member(ledger, 1)];
    return { ledger, a, b, later: withKey(a, laterSigner(a, "transaction", 2)) };
  };
  const entry = (ledger: Ledger, a: Founder, keyVersion: number) => ({
    ...voidEntry(ledger, a, streamOf("any")),
    keyVersion,
  });

  test("signs at once, and the old one for an hour of block time", () => {
    const { ledger, a, later } = setUp();
    rotate(ledger, a, rotation(ledger, a, { role: "transaction" }));
    expect(refusalOf(ledger, later, entry(ledger, a, 2))).toBeNull();
    expect(refusalOf(ledger, a, entry(ledger, a, 1), hourMs - 1)).toBeNull();
    expect(refusalOf(ledger, a, entry(ledger, a, 1), hourMs)).toBe("LEDGER_TX_KEY_VERSION");
    expect(refusalOf(ledger, later, entry(ledger, a, 2), hourMs)).toBeNull();
    expect(refusalOf(ledger, later, entry(ledger, a, 3))).toBe("LEDGER_TX_KEY_VERSION");
  });

  test("is what a transaction of its version is verified with, before and after in one block", () => {
    const { ledger, a, later } = setUp();
    const first = sign(ledger, a, entry(ledger, a, 1)) as Transaction;
    const body = rotation(ledger, a, { role: "transaction" });
    const turn = sign(ledger, a, membership(ledger, a, "rotate-key", body)) as Transaction;
    const second = { ...entry(ledger, a, 1), sequence: 2 };
    const third = { ...entry(ledger, a, 2), sequence: 3 };
    const old = sign(ledger, a, second) as Transaction;
    const fresh = sign(ledger, later, third) as Transaction;
    const run = (transactions: readonly Transaction[]) =>
      executeBlock(ledger.state, {
        ...{ height: 1, timeMs: ledger.head.timeMs + 1_000, proposer: a.id, certified: null },
        ...{ previousBlockId: ledger.head.blockId, evidence: [], offence: () => null },
        ...{ isSigned: checksOf(ledger).isSigned, transactions },
      });
    expect(run([first, turn, old, fresh])).toMatchObject({ ok: true });
    expect(run([first, old, fresh])).toMatchObject({ code: "LEDGER_BLOCK_TRANSACTION", index: 2 });
    const forged = sign(ledger, a, third) as Transaction;
    expect(run([first, turn, old, forged])).toMatchObject({
      code: "LEDGER_BLOCK_SIGNATURE",
      index: 3,
    });
  });

  test("ends a compromised one with its own block, also one still in its hour", () => {
    const { ledger, a } = setUp();
    rotate(ledger, a, rotation(ledger, a, { role: "transaction" }));
    const third = { role: "transaction", version: 3, isCompromised: true } as const;
    const body = rotation(ledger, a, third);
    const turn = sign(ledger, a, membership(ledger, a, "rotate-key", body)) as Transaction;
    const before = sign(ledger, a, entry(ledger, a, 1)) as Transaction;
    expect(() => commit(ledger, [turn, before])).toThrow("LEDGER_TX_KEY_VERSION");
    commit(ledger, [turn]);
    const { timeMs } = ledger.head;
    for (const version of [1, 2]) {
      const old = keyOfVersion(stateOf(ledger, a), "transaction", version);
      expect(old).toMatchObject({ endMs: timeMs, isCompromised: true });
      const key = transactionKey(ledger.state, { memberId: a.id, keyVersion: version });
      expect(key).not.toBeNull();
      expect(refusalOf(ledger, a, entry(ledger, a, version))).toBe("LEDGER_TX_KEY_VERSION");
    }
  });

  test("is certified by the root, whoever carries it", () => {
    const { ledger, a, b } = setUp();
    const carried = (body: KeyRotation) => membership(ledger, b, "rotate-key", body);
    const own = (body: KeyRotation) => membership(ledger, a, "rotate-key", body);
    const unsigned = rotation(ledger, a, { role: "transaction" }, { root: null });
    expect(refusalOf(ledger, a, own(unsigned))).toBe("LEDGER_KEY_SIGNATURE");
    const network = rotation(ledger, a, {}, { root: null });
    expect(refusalOf(ledger, a, own(network))).toBeNull();
    expect(refusalOf(ledger, b, carried(network))).toBe("LEDGER_KEY_SIGNATURE");
    expect(refusalOf(ledger, b, carried(rotation(ledger, a)))).toBeNull();
    rotate(ledger, b, rotation(ledger, a, { role: "transaction" }));
    expect(currentKey(stateOf(ledger, a), "transaction").version).toBe(2);
  });

  test("has to prove that somebody has it, for this member, role, version and network", () => {
    const { ledger, a, b } = setUp();
    const good = rotation(ledger, a);
    const others: readonly Partial<KeyRotation>[] = [
      { possession: rotation(newLedger(3), a).possession },
      { possession: rotation(ledger, b).possession },
      { possession: rotation(ledger, a, { role: "consensus" }).possession },
      { possession: rotation(ledger, a, { isCompromised: true }).possession },
      { rootSignature: rotation(ledger, b).rootSignature },
      { key: idBytes(createSigner(bytesOf("somebody else")).publicKey) },
    ];
    expect(refusalOf(ledger, a, membership(ledger, a, "rotate-key", good))).toBeNull();
    for (const changed of others) {
      const content = membership(ledger, a, "rotate-key", { ...good, ...changed });
      expect(refusalOf(ledger, a, content)).toBe("LEDGER_KEY_SIGNATURE");
    }
  });
});

describe("a new encryption key", () => {
  test("is granted to at once, its predecessor within the hour, both as of block start", () => {
    const ledger = newLedger(4);
    const [a, b] = [member(ledger, 0), member(ledger, 1)];
    const stream = streamOf("ours");
    commit(ledger, [sign(ledger, a, streamCreate(ledger, a, stream))]);
    const opened = (keyVersion: number) =>
      grant(ledger, a, stream, [{ ...coverFor(b.id), keyVersion }]);
    const rotated = membership(ledger, b, "rotate-key", encryptionRotation(ledger, b));
    const early = sign(ledger, a, opened(2)) as Transaction;
    expect(() => commit(ledger, [sign(ledger, b, rotated) as Transaction, early])).toThrow(
      "LEDGER_TX_GRANTEE_KEY",
    );
    say(ledger, b, rotated);
    expect(refusalOf(ledger, a, opened(2))).toBeNull();
    expect(refusalOf(ledger, a, opened(1), hourMs - 1)).toBeNull();
    expect(refusalOf(ledger, a, opened(1), hourMs)).toBe("LEDGER_TX_GRANTEE_KEY");
    const gone = encryptionRotation(ledger, b, { version: 3, isCompromised: true });
    rotate(ledger, b, gone);
    expect(refusalOf(ledger, a, opened(2))).toBe("LEDGER_TX_GRANTEE_KEY");
    expect(refusalOf(ledger, a, opened(3))).toBeNull();
  });

  test("comes with its seed sealed and without a signature, which it cannot make", () => {
    const ledger = newLedger(4);
    const b = member(ledger, 1);
    const good = encryptionRotation(ledger, b);
    const refused: readonly Partial<KeyRotation>[] = [
      { seal: new Uint8Array(0) },
      { seal: filler("seal", 1_167) },
      { possession: filler("signature", 64) },
      { key: good.key.subarray(1) },
    ];
    for (const changed of refused) {
      const body = rotation(ledger, b, { ...good, ...changed }, { key: null });
      const content = membership(ledger, b, "rotate-key", { ...body, ...changed });
      expect(refusalOf(ledger, b, content)).toBe("LEDGER_KEY_REFUSED");
    }
  });
});

describe("a new consensus key", () => {
  const consensusKeys = ({ state }: Ledger) => readValidators(state).map(({ key }) => key);

  test("votes in place of the old one", () => {
    const ledger = newLedger(4);
    const a = member(ledger, 0);
    rotate(ledger, a, rotation(ledger, a, { role: "consensus" }, { root: null }));
    expect(consensusKeys(ledger)).toContain(laterSigner(a, "consensus", 2).publicKey);
    expect(consensusKeys(ledger)).not.toContain(a.card.consensusKey);
  });

  test("of a suspended member stays suspended", () => {
    const ledger = newLedger(4);
    const [a, b, c, d] = ledger.founders as [Founder, Founder, Founder, Founder];
    agree(ledger, [a, b, c], { type: "suspend", member: d.id });
    rotate(ledger, d, rotation(ledger, d, { role: "consensus" }, { root: null }));
    const key = laterSigner(d, "consensus", 2).publicKey;
    expect(readValidators(ledger.state)).toContainEqual({ member: d.id, key, suspended: true });
  });

  test("takes the place of the one that a member waits to enter with", () => {
    const ledger = newLedger(4);
    const newcomer = founderOf(4);
    pass(ledger, 1);
    admitNewcomer(ledger, newcomer);
    const { card } = newcomer;
    const body = rotation(ledger, newcomer, { role: "consensus" }, { root: null });
    const content = membership(ledger, newcomer, "rotate-key", body);
    const seat = { type: "add", member: newcomer.id } as const;
    const view = new StateView(ledger.state);
    requestChange(view, { ...seat, key: card.consensusKey });
    const context = nextContext(ledger);
    const transaction = sign(ledger, newcomer, content);
    expect(checkTransaction(view, transaction, context)).toEqual({ ok: true });
    applyTransaction(view, transaction, context);
    const key = laterSigner(newcomer, "consensus", 2).publicKey;
    expect(readRoster(view).changes).toEqual([{ ...seat, key }]);
    rotate(ledger, newcomer, body);
    expect(readRoster(ledger.state).changes).toEqual([]);
  });
});

describe("keys over time", () => {
  test("the last sixteen of a role are remembered, two of them serve at most", () => {
    const ledger = newLedger(4);
    const a = member(ledger, 0);
    for (let version = 2; version <= 20; version += 1) {
      rotate(ledger, a, rotation(ledger, a, { version }, { root: null }));
      const { keys } = stateOf(ledger, a);
      const serving = keys.filter(
        ({ role, endMs }) => role === "network" && (endMs === null || endMs > ledger.head.timeMs),
      );
      expect(serving.length).toBeLessThanOrEqual(2);
      pass(ledger, 1, hourMs);
    }
    const { keys } = stateOf(ledger, a);
    const versions = keys.flatMap(({ role, version }) => (role === "network" ? version : []));
    expect(versions).toEqual(Array.from({ length: 16 }, (_, index) => index + 5));
    expect(keys).toHaveLength(16 + 3);
  });

  test("the root may declare again what a stolen transaction key has declared today", () => {
    const ledger = newLedger(4);
    const a = member(ledger, 0);
    const declared = (version: number, root: Signer | null) =>
      rotation(ledger, a, { version, isCompromised: true }, { root });
    rotate(ledger, a, declared(2, null));
    const again = (body: KeyRotation) =>
      refusalOf(ledger, a, membership(ledger, a, "rotate-key", body));
    expect(again(declared(3, null))).toBe("LEDGER_KEY_COMPROMISED_AGAIN");
    expect(again(declared(3, a.signers.root))).toBeNull();
    for (let version = 3; version < 10; version += 1) {
      rotate(ledger, a, declared(version, a.signers.root));
    }
    expect(again(declared(10, a.signers.root))).toBe("LEDGER_KEY_COMPROMISED_AGAIN");
  });
});

describe("a new root", () => {
  const replacement = (ledger: Ledger, { id }: Founder): Action & { type: "replace-root" } => {
    const root = createSigner(bytesOf("second root"));
    const recoveryKey = createXwingKeyPair(bytesOf("second recovery")).publicKey.bytes;
    const said = { member: id, rootKey: root.publicKey, recoveryKey };
    const possession = root.sign(replacementSignBytes(ledger.genesis.networkId, said));
    return { type: "replace-root", ...said, possession };
  };

  test("is asked for by the member itself too, which has no say in it", () => {
    const ledger = newLedger(4);
    const d = member(ledger, 3);
    const action = replacement(ledger, d);
    say(ledger, d, membership(ledger, d, "propose", { action }));
    const { number, hash } = lastRequest(ledger);
    expect(refusalOf(ledger, d, vote(ledger, d, number, hash))).toBe("LEDGER_NO_VOTE");
  });

  test("is the one that signs from then on", () => {
    const ledger = newLedger(4);
    const [a, b, c, d] = ledger.founders as [Founder, Founder, Founder, Founder];
    agree(ledger, [a, b, c], replacement(ledger, d));
    expect(stateOf(ledger, d).rootKey).toBe(createSigner(bytesOf("second root")).publicKey);
    const carried = (root: Signer) =>
      membership(ledger, a, "rotate-key", rotation(ledger, d, {}, { root }));
    expect(refusalOf(ledger, a, carried(d.signers.root))).toBe("LEDGER_KEY_SIGNATURE");
    expect(refusalOf(ledger, a, carried(createSigner(bytesOf("second root"))))).toBeNull();
    const again = membership(ledger, b, "propose", { action: replacement(ledger, d) });
    expect(refusalOf(ledger, b, again)).toBe("LEDGER_KEY_USED");
  });

  test("is somebody's, who says so for this member and network", () => {
    const ledger = newLedger(4);
    const [a, , c, d] = ledger.founders as [Founder, Founder, Founder, Founder];
    const asked = (action: Action) =>
      refusalOf(ledger, a, membership(ledger, a, "propose", { action }));
    const action = replacement(ledger, d);
    expect(asked(action)).toBeNull();
    expect(asked({ ...action, member: c.id })).toBe("LEDGER_KEY_SIGNATURE");
    expect(asked(replacement(newLedger(3), d))).toBe("LEDGER_KEY_SIGNATURE");
    expect(asked({ ...action, rootKey: c.card.rootKey })).toBe("LEDGER_KEY_USED");
  });
});
