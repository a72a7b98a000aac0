import { describe, expect, test } from "vitest";
import {
  type Action,
  type ContentOf,
  checkTransaction,
  defaultParameters,
  electorateOf,
  type Kind,
  keyOfVersion,
  latestMilestone,
  limits,
  type MemberState,
  protocolVersionFirst,
  type RequestState,
  readConsensusKey,
  readCounters,
  readKeyOwner,
  readMember,
  readNameOwner,
  readOpenings,
  readParameters,
  readProtocolVersions,
  readRequest,
  readRoster,
  readValidators,
  skeleton,
  standingValidators,
  type Transaction,
  tallyOf,
  votesNeeded,
} from "../../src/chain/index.ts";
import { type BlockId, fromHex } from "../../src/primitives/index.ts";
import {
  cardWith,
  commit,
  coverFor,
  type Founder,
  founderOf,
  grant,
  type Ledger,
  member,
  newLedger,
  nextContext,
  records,
  sign,
  streamCreate,
  streamOf,
} from "./fixtures.ts";
import {
  admitNewcomer,
  agree,
  application,
  apply,
  decide,
  enter,
  invite,
  lastRequest,
  membership,
  pass,
  propose,
  ready,
  say,
  vote,
} from "./membership-fixtures.ts";

function stateOf({ state }: Ledger, { id }: Founder): MemberState {
  const found = readMember(state, id);
  if (found === null) throw new Error("the company is no member");
  return found;
}

/** The code with which the next block would refuse this, or null. */
function refusalOf<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  content: ContentOf<K>,
): string | null {
  const transaction = sign(ledger, founder, content) as Transaction;
  const verdict = checkTransaction(ledger.state, transaction, nextContext(ledger));
  return verdict.ok ? null : verdict.code;
}

const validatorIds = ({ state }: Ledger) => readValidators(state).map(({ member: id }) => id);
const founders = (ledger: Ledger) =>
  ledger.founders as readonly [Founder, Founder, Founder, Founder];
const newcomer = founderOf(4);
/** The version of the protocol that the members can decide on first. */
const next = protocolVersionFirst + 1;

describe("a company that joins", () => {
  test("is a member once the voters have agreed, with its keys and names, and votes once it is ready", () => {
    const ledger = newLedger(4);
    pass(ledger, 1);
    admitNewcomer(ledger, newcomer);
    const { height } = ledger.head;
    const { card } = newcomer;
    expect(stateOf(ledger, newcomer)).toMatchObject({
      name: card.name,
      handle: card.handle,
      joinedHeight: height,
      admission: 1,
      leftHeight: null,
    });
    const key = keyOfVersion(stateOf(ledger, newcomer), "transaction", 1);
    expect(key).toMatchObject({ key: fromHex(card.transactionKey), height, endMs: null });
    const owner = readKeyOwner(ledger.state, card.encryptionKey);
    expect(owner).toEqual({ member: newcomer.id, use: "encryption" });
    expect(readNameOwner(ledger.state, skeleton(card.name))).toBe(newcomer.id);
    expect(readCounters(ledger.state)).toEqual({ requests: 1, members: 5 });
    expect(readRequest(ledger.state, 1)).toBeNull();
    const nothing = { invitations: [], requests: [] };
    expect(readOpenings(ledger.state, member(ledger, 0).id)).toEqual(nothing);
    expect(validatorIds(ledger)).not.toContain(newcomer.id);
    enter(ledger, newcomer);
    expect(validatorIds(ledger)).toContain(newcomer.id);
    const row = readConsensusKey(ledger.state, card.consensusKey);
    const firstHeight = ledger.head.height + 1;
    expect(row).toEqual({ member: newcomer.id, intervals: [{ firstHeight, lastHeight: null }] });
  });

  test("leaves no trace but its request, and no member, while nobody has decided", () => {
    const ledger = newLedger(4);
    const [a, b] = founders(ledger);
    say(ledger, a, invite(ledger, a, "Eiko"));
    say(ledger, a, apply(ledger, a, application(ledger, newcomer, "Eiko")));
    decide(ledger, [a, b]);
    expect(readMember(ledger.state, newcomer.id)).toBeNull();
    expect(readNameOwner(ledger.state, skeleton(newcomer.card.name))).toBeNull();
    expect(readKeyOwner(ledger.state, newcomer.card.encryptionKey)).toBeNull();
    expect(lastRequest(ledger)).toMatchObject({ subject: null, proposer: a.id });
    expect(tallyOf(ledger.state, lastRequest(ledger))).toEqual({
      yes: 2,
      no: 0,
      needed: 3,
      electorate: 4,
      outcome: "open",
    });
  });

  test("uses its invitation up, and what it signed serves on this network alone", () => {
    const ledger = newLedger(4);
    const [a] = founders(ledger);
    say(ledger, a, invite(ledger, a, "Eiko"));
    const asked = application(ledger, newcomer, "Eiko");
    say(ledger, a, apply(ledger, a, asked));
    expect(refusalOf(ledger, a, apply(ledger, a, asked))).toBe("LEDGER_INVITATION_UNKNOWN");
    const elsewhere = newLedger(5);
    const inviter = member(elsewhere, 0);
    say(elsewhere, inviter, invite(elsewhere, inviter, "Eiko"));
    const replayed = apply(elsewhere, inviter, asked);
    expect(refusalOf(elsewhere, inviter, replayed)).toBe("LEDGER_APPLICATION_NETWORK");
  });

  test("of two that could be confused the one decided on later is not admitted", () => {
    const ledger = newLedger(4);
    const [a, b, c] = founders(ledger);
    const twin = founderOf(5);
    const looksAlike = cardWith(5, { name: newcomer.card.name.toUpperCase() });
    say(ledger, a, invite(ledger, a, "one"));
    say(ledger, b, invite(ledger, b, "other"));
    say(ledger, a, apply(ledger, a, application(ledger, newcomer, "one")));
    const first = lastRequest(ledger);
    say(ledger, b, apply(ledger, b, application(ledger, twin, "other", looksAlike)));
    decide(ledger, [a, b, c]);
    expect(readMember(ledger.state, twin.id)).not.toBeNull();
    for (const voter of [a, b, c]) say(ledger, voter, vote(ledger, voter, 1, first.hash));
    expect(readRequest(ledger.state, 1)).toBeNull();
    expect(readMember(ledger.state, newcomer.id)).toBeNull();
    expect(readCounters(ledger.state).members).toBe(5);
  });

  test("may take the name of one that has left, and none of its keys", () => {
    const ledger = newLedger(4);
    const [a, , , d] = founders(ledger);
    say(ledger, d, membership(ledger, d, "leave", {}));
    pass(ledger, 1);
    const { name, handle } = d.card;
    const { networkKey } = d.card;
    say(ledger, a, invite(ledger, a, "Eiko"));
    const card = cardWith(4, { name, handle });
    const asked = application(ledger, newcomer, "Eiko", card);
    expect(refusalOf(ledger, a, apply(ledger, a, asked))).toBeNull();
    expect(readKeyOwner(ledger.state, fromHex(networkKey))).toEqual({
      member: d.id,
      use: "network",
    });
  });
});

describe("a member that goes while its entry waits", () => {
  test("never gets a vote that its quorum would wait for", () => {
    const ledger = newLedger(1);
    const a = member(ledger, 0);
    const newcomers = [founderOf(1), founderOf(2)] as [Founder, Founder];
    for (const newcomer of newcomers) admitNewcomer(ledger, newcomer);
    const milestone = latestMilestone(ledger.state);
    if (milestone === null) throw new Error("there is no block to name");
    const said = newcomers.map((newcomer) =>
      sign(ledger, newcomer, ready(ledger, newcomer, milestone)),
    );
    commit(ledger, said as unknown as Transaction[]);
    const [waiting] = readRoster(ledger.state).changes;
    const late = newcomers.find(({ id }) => id === waiting?.member) as Founder;
    expect(waiting?.type).toBe("add");
    say(ledger, late, membership(ledger, late, "leave", {}));
    pass(ledger, 1);
    expect(readConsensusKey(ledger.state, late.signers.consensus.publicKey)).toBeNull();
    expect(readRoster(ledger.state).changes).toEqual([]);
    expect(readValidators(ledger.state).map((each) => each.member)).toContain(a.id);
  });
});

describe("a request", () => {
  test.each([
    ["majority", [1, 2, 2, 3, 3, 4, 4, 5]],
    ["two-thirds", [1, 2, 3, 3, 4, 5, 5, 6]],
    ["all", [1, 2, 3, 4, 5, 6, 7, 8]],
  ] as const)("needs, by the rule %s, so many of 1 to 8 votes", (rule, needed) => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((count) => votesNeeded(rule, count))).toEqual(needed);
  });

  const removal = (ledger: Ledger): Action => ({ type: "remove", member: founders(ledger)[3].id });

  test("is no vote of the one that opens it, and its subject has none", () => {
    const ledger = newLedger(4);
    const [a, b, c, d] = founders(ledger);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    const { number, hash, votes } = lastRequest(ledger);
    expect(votes).toEqual([]);
    expect([...electorateOf(ledger.state, d.id)].sort()).toEqual([a.id, b.id, c.id].sort());
    expect(refusalOf(ledger, d, vote(ledger, d, number, hash))).toBe("LEDGER_NO_VOTE");
  });

  test("is carried out by the vote that suffices, and then is gone", () => {
    const ledger = newLedger(4);
    const [a, b, c, d] = founders(ledger);
    agree(ledger, [a, b], removal(ledger));
    expect(stateOf(ledger, d).leftHeight).toBeNull();
    decide(ledger, [c]);
    expect(stateOf(ledger, d).leftHeight).toBe(ledger.head.height);
    expect(validatorIds(ledger)).not.toContain(d.id);
    expect(refusalOf(ledger, a, vote(ledger, a, 1, readHash(ledger)))).toBe(
      "LEDGER_REQUEST_UNKNOWN",
    );
  });

  const readHash = (ledger: Ledger) => ledger.genesis.cards[0]?.hash as never;

  test("is over once it cannot be approved any more", () => {
    const ledger = newLedger(4);
    const [a, b] = founders(ledger);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    decide(ledger, [b], false);
    expect(readRequest(ledger.state, 1)).toBeNull();
    expect(readOpenings(ledger.state, a.id).requests).toEqual([]);
  });

  test("takes another vote of the same member in place of the first", () => {
    const ledger = newLedger(5);
    const [a, b, c, d] = founders(ledger);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    decide(ledger, [b], false);
    decide(ledger, [b, a]);
    const { votes, subject } = lastRequest(ledger);
    expect(votes).toHaveLength(2);
    expect(tallyOf(ledger.state, { votes, subject })).toMatchObject({ yes: 2, no: 0, needed: 3 });
    decide(ledger, [c]);
    expect(stateOf(ledger, d).leftHeight).not.toBeNull();
  });

  test("counts who has a say when it is counted: who left or is suspended has none", () => {
    const ledger = newLedger(7);
    const [a, b, c, d] = founders(ledger);
    const [e, f, g] = [4, 5, 6].map((index) => member(ledger, index)) as [
      Founder,
      Founder,
      Founder,
    ];
    say(ledger, a, propose(ledger, a, { type: "remove", member: g.id }));
    const { number, hash } = lastRequest(ledger);
    say(ledger, b, vote(ledger, b, number, hash, false));
    say(ledger, c, vote(ledger, c, number, hash));
    say(ledger, b, membership(ledger, b, "leave", {}));
    agree(ledger, [a, d, e, f], { type: "suspend", member: c.id });
    expect(readValidators(ledger.state).find((each) => each.member === c.id)?.suspended).toBe(true);
    for (const voter of [a, d]) say(ledger, voter, vote(ledger, voter, number, hash));
    const request = readRequest(ledger.state, number) as RequestState;
    expect(request.votes.map(({ member: id }) => id)).toEqual([a.id, d.id].sort());
    say(ledger, e, vote(ledger, e, number, hash));
    expect(readRequest(ledger.state, number)).toBeNull();
    expect(stateOf(ledger, g).leftHeight).not.toBeNull();
  });

  test("needs as many votes as the parameters in force when they are counted", () => {
    const ledger = newLedger(4);
    const [a, b, c, d] = founders(ledger);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    const { number, hash } = lastRequest(ledger);
    for (const voter of [a, b]) say(ledger, voter, vote(ledger, voter, number, hash));
    const parameters = { ...defaultParameters, admission: "majority" as const };
    agree(ledger, [a, b, c], { type: "parameters", parameters });
    expect(readParameters(ledger.state)).toEqual(parameters);
    say(ledger, a, vote(ledger, a, number, hash));
    expect(stateOf(ledger, d).leftHeight).not.toBeNull();
  });

  test("leads to no timeouts with which no block could change them back", () => {
    const ledger = newLedger(4);
    const [a] = founders(ledger);
    const unsafe = [{ timeoutCapMs: 999 }, { timeoutCapMs: 60_001 }, { timeoutStepMs: 9 }];
    for (const changed of unsafe) {
      const parameters = { ...defaultParameters, ...changed };
      const asked = propose(ledger, a, { type: "parameters", parameters });
      expect(refusalOf(ledger, a, asked)).toBe("LEDGER_PARAMETERS_UNSAFE");
    }
    const parameters = { ...defaultParameters, timeoutCapMs: 60_000, timeoutStepMs: 10 };
    const asked = propose(ledger, a, { type: "parameters", parameters });
    expect(refusalOf(ledger, a, asked)).toBeNull();
  });

  test("has a hash that no other number, network or content has", () => {
    const ledger = newLedger(4);
    const other = newLedger(5);
    const [a] = founders(ledger);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    const first = lastRequest(ledger).hash;
    say(ledger, a, propose(ledger, a, removal(ledger)));
    say(other, member(other, 0), propose(other, member(other, 0), removal(ledger)));
    expect(lastRequest(ledger).hash).not.toBe(first);
    expect(lastRequest(other).hash).not.toBe(first);
  });

  test("that nobody decides makes room for another of its member after two weeks", () => {
    const ledger = newLedger(4);
    const [a] = founders(ledger);
    for (let count = 0; count < 16; count += 1) {
      say(ledger, a, propose(ledger, a, removal(ledger)));
    }
    expect(refusalOf(ledger, a, propose(ledger, a, removal(ledger)))).toBe("LEDGER_REQUESTS_OPEN");
    pass(ledger, 1, 14 * 86_400_000);
    say(ledger, a, propose(ledger, a, removal(ledger)));
    expect(readOpenings(ledger.state, a.id).requests).toEqual([17]);
    expect(readRequest(ledger.state, 16)).toBeNull();
  });

  test("activates the next protocol version a thousand blocks ahead, and puts it off until it is there", () => {
    const ledger = newLedger(4);
    const all = founders(ledger);
    const height = ledger.head.height + 2_000;
    agree(ledger, all, { type: "protocol-version", version: next, height });
    expect(readProtocolVersions(ledger.state)).toEqual([
      { version: protocolVersionFirst, height: 0 },
      { version: next, height },
    ]);
    const later = height + limits.protocolNoticeHeights;
    agree(ledger, all, { type: "protocol-version", version: next, height: later });
    expect(readProtocolVersions(ledger.state)).toEqual([
      { version: protocolVersionFirst, height: 0 },
      { version: next, height: later },
    ]);
    const tooFar = ledger.head.height + limits.protocolNoticeHeightsMax + 2;
    // What nobody has, or nobody lives to see, would stop everybody or bar every later version.
    for (const [version, at] of [
      [protocolVersionFirst, later],
      [next + 1, later],
      [2 ** 32 - 1, later],
      [next, tooFar],
    ] as const) {
      const refused = propose(ledger, all[0], { type: "protocol-version", version, height: at });
      expect(refusalOf(ledger, all[0], refused)).toBe("LEDGER_PROTOCOL_VERSION");
    }
  });

  test("whose height came too near in the meantime is void", () => {
    const ledger = newLedger(4);
    const [a, b, c] = founders(ledger);
    const height = ledger.head.height + 1_001;
    say(ledger, a, propose(ledger, a, { type: "protocol-version", version: next, height }));
    decide(ledger, [a, b, c]);
    expect(readRequest(ledger.state, 1)).toBeNull();
    expect(readProtocolVersions(ledger.state)).toHaveLength(1);
  });
});

describe("a member that goes", () => {
  test("can write nothing more and be granted nothing more", () => {
    const ledger = newLedger(4);
    const [a, , , d] = founders(ledger);
    const stream = streamOf("theirs", d);
    commit(ledger, [sign(ledger, d, streamCreate(ledger, d, stream))]);
    commit(ledger, [sign(ledger, a, streamCreate(ledger, a, streamOf("ours")))]);
    say(ledger, d, membership(ledger, d, "leave", {}));
    expect(refusalOf(ledger, d, records(ledger, d, stream))).toBe("LEDGER_TX_MEMBER_LEFT");
    const opened = grant(ledger, a, streamOf("ours"), [coverFor(d.id)]);
    expect(refusalOf(ledger, a, opened)).toBe("LEDGER_TX_GRANTEE_LEFT");
    expect(readCounters(ledger.state).members).toBe(3);
    expect(readNameOwner(ledger.state, skeleton(d.card.name))).toBeNull();
  });

  test("withdraws its invitations and requests", () => {
    const ledger = newLedger(4);
    const [a, b, , d] = founders(ledger);
    say(ledger, d, invite(ledger, d, "Eiko"));
    say(ledger, d, propose(ledger, d, { type: "remove", member: a.id }));
    const { number, hash } = lastRequest(ledger);
    say(ledger, d, membership(ledger, d, "leave", {}));
    expect(readOpenings(ledger.state, d.id)).toEqual({ invitations: [], requests: [] });
    expect(refusalOf(ledger, b, vote(ledger, b, number, hash))).toBe("LEDGER_REQUEST_UNKNOWN");
  });

  test("is never the last with a vote, whatever waits", () => {
    const ledger = newLedger(4);
    const all = founders(ledger);
    for (const each of all.slice(0, 3)) {
      const context = membership(ledger, each, "leave", {});
      say(ledger, each, context);
    }
    const last = all[3];
    expect(standingValidators(ledger.state)).toEqual([last.id]);
    const leave = membership(ledger, last, "leave", {});
    expect(refusalOf(ledger, last, leave)).toBe("LEDGER_LAST_VALIDATOR");
    pass(ledger, 3);
    expect(validatorIds(ledger)).toEqual([last.id]);
    expect(readRoster(ledger.state).changes).toEqual([]);
  });

  test("cannot be voted out by one that is on its way out", () => {
    const ledger = newLedger(2);
    const [a, b] = founders(ledger);
    agree(ledger, [a], { type: "remove", member: b.id });
    expect(stateOf(ledger, b).leftHeight).not.toBeNull();
    expect(refusalOf(ledger, b, propose(ledger, b, { type: "remove", member: a.id }))).toBe(
      "LEDGER_TX_MEMBER_LEFT",
    );
    expect(validatorIds(ledger)).toEqual([a.id]);
  });

  test("gives its vote back and stays a member, for another admission and with another key", () => {
    const ledger = newLedger(4);
    pass(ledger, 1);
    const [, , , d] = founders(ledger);
    say(ledger, d, membership(ledger, d, "stand-down", {}));
    expect(validatorIds(ledger)).not.toContain(d.id);
    expect(stateOf(ledger, d)).toMatchObject({ admission: 2, leftHeight: null });
    const at = { height: 0, blockId: ledger.genesis.networkId as string as BlockId };
    expect(refusalOf(ledger, d, ready(ledger, d, at, 1))).toBe("LEDGER_READY_ADMISSION");
    expect(refusalOf(ledger, d, ready(ledger, d, at, 2))).toBe("LEDGER_READY_KEY");
  });
});
