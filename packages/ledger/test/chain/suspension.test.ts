import { describe, expect, test } from "vitest";
import {
  buildBlock,
  type ContentOf,
  checkTransaction,
  isBarred,
  type Kind,
  readRequest,
  readRoster,
  readValidators,
  type Transaction,
} from "../../src/chain/index.ts";
import type { BlockId } from "../../src/primitives/index.ts";
import {
  type Founder,
  founderOf,
  type Ledger,
  member,
  newLedger,
  nextContext,
  plan,
  sign,
} from "./fixtures.ts";
import {
  admitNewcomer,
  agree,
  decide,
  enter,
  lastRequest,
  laterSigner,
  membership,
  pass,
  propose,
  ready,
  rotation,
  say,
} from "./membership-fixtures.ts";
import { evidenceBytes, offenceIn } from "./vote-fixtures.ts";

type Four = readonly [Founder, Founder, Founder, Founder];

function setUp(count = 4): { readonly ledger: Ledger; readonly all: Four } {
  const ledger = newLedger(count);
  pass(ledger, 1);
  return { ledger, all: ledger.founders as unknown as Four };
}

function seatOf({ state }: Ledger, { id }: Founder) {
  return readValidators(state).find((each) => each.member === id) ?? null;
}

function refusalOf<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  content: ContentOf<K>,
): string | null {
  const transaction = sign(ledger, founder, content) as Transaction;
  const verdict = checkTransaction(ledger.state, transaction, nextContext(ledger));
  return verdict.ok ? null : verdict.code;
}

/** A block that carries evidence against a founder, and what else it holds. */
function accuse(ledger: Ledger, accused: Founder, height: number, holds: Transaction[] = []): void {
  const network = ledger.genesis.networkId;
  const { block, changes } = buildBlock({
    ...plan(ledger, holds),
    evidence: [evidenceBytes(accused, height, network)],
    offence: offenceIn(network),
  });
  expect(block.evidence).toHaveLength(1);
  expect(block.transactions).toHaveLength(holds.length);
  ledger.state.write(changes);
  ledger.head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
}

/** The member says that it is ready under its current consensus key. */
function readyAgain({ ledger }: { ledger: Ledger }, founder: Founder, version: number) {
  const at = { height: 0, blockId: ledger.genesis.networkId as string as BlockId };
  return ready(ledger, founder, at, 2, laterSigner(founder, "consensus", version));
}

describe("a suspension by vote", () => {
  test("takes the vote with the next height, until the others lift it", () => {
    const { ledger, all } = setUp();
    const [a, b, c, d] = all;
    agree(ledger, [a, b, c], { type: "suspend", member: d.id });
    expect(seatOf(ledger, d)?.suspended).toBe(true);
    expect(refusalOf(ledger, d, propose(ledger, d, { type: "remove", member: a.id }))).toBe(
      "LEDGER_NO_VOTE",
    );
    agree(ledger, [a, b, c], { type: "readmit", member: d.id });
    expect(seatOf(ledger, d)?.suspended).toBe(false);
    expect(isBarred(ledger.state, d.id)).toBe(false);
  });

  test("never takes more than f, and is void where evidence came before it", () => {
    const { ledger, all } = setUp();
    const [a, b, c, d] = all;
    say(ledger, a, propose(ledger, a, { type: "suspend", member: d.id }));
    const { number } = lastRequest(ledger);
    accuse(ledger, c, 1);
    expect(seatOf(ledger, c)?.suspended).toBe(true);
    decide(ledger, [a, b]);
    expect(readRequest(ledger.state, number)).toBeNull();
    expect(seatOf(ledger, d)?.suspended).toBe(false);
    expect(isBarred(ledger.state, d.id)).toBe(false);
  });

  test("of three companies is impossible: the network could not bear it", () => {
    const ledger = newLedger(3);
    const [a, , c] = ledger.founders as unknown as Four;
    expect(refusalOf(ledger, a, propose(ledger, a, { type: "suspend", member: c.id }))).toBe(
      "LEDGER_SUSPENSIONS_FULL",
    );
  });
});

describe("a member that may have signed twice", () => {
  test("does not come back by giving its suspended vote back first", () => {
    const place = setUp();
    const { ledger, all } = place;
    const [a, b, c, d] = all;
    accuse(ledger, d, 1);
    say(ledger, d, membership(ledger, d, "stand-down", {}));
    expect(seatOf(ledger, d)).toBeNull();
    const body = rotation(ledger, d, { role: "consensus" }, { root: null });
    say(ledger, d, membership(ledger, d, "rotate-key", body));
    expect(refusalOf(ledger, d, readyAgain(place, d, 2))).toBe("LEDGER_SUSPENDED");
    agree(ledger, [a, b, c], { type: "readmit", member: d.id });
    expect(refusalOf(ledger, d, readyAgain(place, d, 2))).toBeNull();
    say(ledger, d, readyAgain(place, d, 2));
    expect(seatOf(ledger, d)?.suspended).toBe(false);
  });

  test("does not come back by giving its vote back before the evidence comes", () => {
    const place = setUp();
    const { ledger, all } = place;
    const d = all[3];
    say(ledger, d, membership(ledger, d, "stand-down", {}));
    const body = rotation(ledger, d, { role: "consensus" }, { root: null });
    say(ledger, d, membership(ledger, d, "rotate-key", body));
    const late = sign(ledger, d, readyAgain(place, d, 2)) as Transaction;
    accuse(ledger, d, 1, [late]);
    expect(readRoster(ledger.state).changes).toEqual([]);
    expect(seatOf(ledger, d)).toBeNull();
    expect(isBarred(ledger.state, d.id)).toBe(true);
  });

  test("is accused under its old key after it has changed it", () => {
    const { ledger, all } = setUp();
    const d = all[3];
    const body = rotation(ledger, d, { role: "consensus" }, { root: null });
    say(ledger, d, membership(ledger, d, "rotate-key", body));
    accuse(ledger, d, 1);
    expect(seatOf(ledger, d)?.suspended).toBe(true);
  });
});

describe("a newcomer", () => {
  test("has a say once it votes, and none before", () => {
    const { ledger, all } = setUp();
    const newcomer = founderOf(4);
    admitNewcomer(ledger, newcomer);
    const asked = () => propose(ledger, newcomer, { type: "remove", member: all[3].id });
    expect(refusalOf(ledger, newcomer, asked())).toBe("LEDGER_NO_VOTE");
    enter(ledger, newcomer);
    expect(refusalOf(ledger, newcomer, asked())).toBeNull();
    expect(member(ledger, 0).id).toBe(all[0].id);
  });
});
