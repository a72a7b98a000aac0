import { describe, expect, test } from "vitest";
import {
  type Action,
  type BlockContext,
  type ContentOf,
  checkTransaction,
  defaultParameters,
  type Kind,
  limits,
  protocolVersionFirst,
  readCounters,
  type StateReader,
  StateView,
  type Transaction,
  type TransactionRefusalCode,
  tables,
  transactionCures,
  validatorChangesKey,
  writeCounters,
} from "../../src/chain/index.ts";
import type { BlockId, MemberId } from "../../src/primitives/index.ts";
import {
  bytesOf,
  cardWith,
  type Founder,
  founderOf,
  hashOf,
  type Ledger,
  member,
  newLedger,
  nextContext,
  sign,
} from "./fixtures.ts";
import {
  admitNewcomer,
  agree,
  application,
  apply,
  invite,
  lastRequest,
  membership,
  pass,
  propose,
  ready,
  rotation,
  say,
  vote,
} from "./membership-fixtures.ts";

type Code = Exclude<TransactionRefusalCode, `LEDGER_TX_${string}`>;

interface World {
  readonly ledger: Ledger;
  readonly a: Founder;
  readonly b: Founder;
  readonly c: Founder;
  readonly d: Founder;
  readonly newcomer: Founder;
}

/** Content that one rule refuses, who says it, and what differs from the next block on the head. */
interface Arrangement {
  readonly by: Founder;
  readonly content: ContentOf<Kind>;
  readonly reader?: StateReader;
  readonly context?: Partial<BlockContext>;
}

const dayMs = 86_400_000;

function world(): World {
  const ledger = newLedger(4);
  pass(ledger, 1);
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => member(ledger, index)) as [
    Founder,
    Founder,
    Founder,
    Founder,
  ];
  return { ledger, a, b, c, d, newcomer: founderOf(4) };
}

function everybody({ a, b, c, d }: World): readonly Founder[] {
  return [a, b, c, d];
}

function proposal({ ledger, a }: World, action: Action, by: Founder = a): Arrangement {
  return { by, content: propose(ledger, by, action) };
}

/** The newcomer applies on an open invitation, with what is changed. */
function applying(
  place: World,
  changed: Parameters<typeof application>[3] | null = null,
): Arrangement {
  const { ledger, a, newcomer } = place;
  say(ledger, a, invite(ledger, a, "Eiko"));
  const asked = application(ledger, newcomer, "Eiko", changed ?? newcomer.card);
  return { by: a, content: apply(ledger, a, asked) };
}

function voting({ ledger, b }: World, changed: Partial<ContentOf<"vote">["body"]>): Arrangement {
  const { number, hash } = lastRequest(ledger);
  const content = vote(ledger, b, number, hash);
  return { by: b, content: { ...content, body: { ...content.body, ...changed } } };
}

function rotating(
  place: World,
  ...given: Parameters<typeof rotation> extends [unknown, unknown, ...infer R] ? R : never
): Arrangement {
  const { ledger, a } = place;
  return { by: a, content: membership(ledger, a, "rotate-key", rotation(ledger, a, ...given)) };
}

/** The newcomer is a member, and says that it is ready. */
function entering(place: World, change: (said: ContentOf<"ready">["body"]) => object): Arrangement {
  const { ledger, newcomer } = place;
  admitNewcomer(ledger, newcomer);
  const content = ready(ledger, newcomer, { height: 0, blockId: genesisId(ledger) });
  return {
    by: newcomer,
    content: { ...content, body: { ...content.body, ...change(content.body) } },
  };
}

function genesisId({ genesis }: Ledger): BlockId {
  return genesis.networkId as string as BlockId;
}

function view({ ledger }: World, change: (view: StateView) => void): StateView {
  const changed = new StateView(ledger.state);
  change(changed);
  return changed;
}

const arrangements: Readonly<Record<Code, (place: World) => Arrangement>> = {
  LEDGER_NO_VOTE: (place) => proposal(place, { type: "suspend", member: place.a.id }),
  LEDGER_INVITATION_NAME: ({ ledger, a }) => ({
    by: a,
    content: invite(ledger, a, "Eiko", { companyName: " Eiko" }),
  }),
  LEDGER_INVITATION_EXPIRY: ({ ledger, a }) => ({
    by: a,
    content: invite(ledger, a, "Eiko", { expiresMs: ledger.head.timeMs + 1_001 + 30 * dayMs }),
  }),
  LEDGER_INVITATIONS_OPEN: ({ ledger, a }) => {
    for (let count = 0; count < limits.invitationsMax; count += 1) {
      say(ledger, a, invite(ledger, a, `company ${count}`));
    }
    return { by: a, content: invite(ledger, a, "Eiko") };
  },
  LEDGER_INVITATION_UNKNOWN: ({ ledger, a, b, newcomer }) => {
    say(ledger, a, invite(ledger, a, "Eiko"));
    return { by: b, content: apply(ledger, b, application(ledger, newcomer, "Eiko")) };
  },
  LEDGER_INVITATION_EXPIRED: (place) => {
    const arranged = applying(place);
    const timeMs = place.ledger.head.timeMs + dayMs - 1_000;
    return {
      ...arranged,
      content: { ...arranged.content, expiresMs: timeMs },
      context: { timeMs },
    };
  },
  LEDGER_APPLICATION_FORMAT: ({ ledger, a }) => ({
    by: a,
    content: apply(ledger, a, { bytes: bytesOf("none") }),
  }),
  LEDGER_APPLICATION_NETWORK: ({ ledger, a, newcomer }) => {
    const elsewhere = newLedger(3);
    say(ledger, a, invite(ledger, a, "Eiko"));
    return { by: a, content: apply(ledger, a, application(elsewhere, newcomer, "Eiko")) };
  },
  LEDGER_APPLICATION_SIGNATURE: (place) => {
    const { by, content } = applying(place);
    const { bytes } = application(place.ledger, place.newcomer, "Eiko");
    const forged = Uint8Array.from(bytes);
    // The last byte is of the transaction key's signature.
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1;
    return { by, content: { ...content, body: { application: forged } } as ContentOf<"apply"> };
  },
  LEDGER_APPLICATION_CARD: (place) =>
    applying(place, cardWith(4, { networkName: "Another network" })),
  LEDGER_APPLICATION_NEEDED: ({ ledger, a, newcomer }) => {
    const { bytes } = application(ledger, newcomer, "Eiko");
    return { by: a, content: propose(ledger, a, { type: "admit", application: bytes }) };
  },
  LEDGER_NAME_TAKEN: (place) => applying(place, cardWith(4, { name: "ASAHI SEIKI" })),
  LEDGER_MEMBERS_FULL: (place) => {
    const arranged = applying(place);
    const reader = view(place, (state) => {
      writeCounters(state, { ...readCounters(state), members: limits.membersMax });
    });
    return { ...arranged, reader };
  },
  LEDGER_MEMBER_UNKNOWN: (place) => proposal(place, { type: "remove", member: place.newcomer.id }),
  LEDGER_REQUESTS_OPEN: (place) => {
    const { ledger, a, b } = place;
    for (let count = 0; count < limits.requestsMax; count += 1) {
      say(ledger, a, propose(ledger, a, { type: "remove", member: b.id }));
    }
    return proposal(place, { type: "remove", member: b.id });
  },
  LEDGER_REQUEST_UNKNOWN: ({ ledger, a }) => ({
    by: a,
    content: vote(ledger, a, 7, hashOf("none")),
  }),
  LEDGER_REQUEST_EXPIRED: (place) => {
    const { ledger, a, c } = place;
    say(ledger, a, propose(ledger, a, { type: "remove", member: c.id }));
    const arranged = voting(place, {});
    const timeMs = lastRequest(ledger).expiresMs;
    const content = { ...arranged.content, expiresMs: timeMs };
    return { ...arranged, content, context: { timeMs } };
  },
  LEDGER_REQUEST_OTHER: (place) => {
    const { ledger, a, c } = place;
    say(ledger, a, propose(ledger, a, { type: "remove", member: c.id }));
    return voting(place, { requestHash: hashOf("another") });
  },
  LEDGER_NOT_VALIDATOR: (place) => {
    const { ledger, newcomer } = place;
    admitNewcomer(ledger, newcomer);
    return { by: newcomer, content: membership(ledger, newcomer, "stand-down", {}) };
  },
  LEDGER_LAST_VALIDATOR: ({ ledger, a, b, c, d }) => {
    for (const each of [b, c, d]) say(ledger, each, membership(ledger, each, "leave", {}));
    return { by: a, content: membership(ledger, a, "stand-down", {}) };
  },
  LEDGER_SUSPENDED: (place) => {
    agree(place.ledger, everybody(place), { type: "suspend", member: place.d.id });
    return proposal(place, { type: "suspend", member: place.d.id });
  },
  LEDGER_NOT_SUSPENDED: (place) => proposal(place, { type: "readmit", member: place.b.id }),
  LEDGER_SUSPENSIONS_FULL: (place) => {
    agree(place.ledger, everybody(place), { type: "suspend", member: place.d.id });
    return proposal(place, { type: "suspend", member: place.c.id });
  },
  LEDGER_CHANGES_WAITING: (place) => {
    const waiting = Array.from({ length: limits.validatorChangesMax }, (_, index) => ({
      type: "remove" as const,
      member: index.toString(16).padStart(64, "0") as MemberId,
    }));
    const reader = view(place, (state) => {
      tables.validatorChanges.write(state, validatorChangesKey, waiting);
    });
    return { ...proposal(place, { type: "remove", member: place.d.id }), reader };
  },
  LEDGER_PARAMETERS_SAME: (place) =>
    proposal(place, { type: "parameters", parameters: defaultParameters }),
  LEDGER_PARAMETERS_UNSAFE: (place) => {
    const parameters = { ...defaultParameters, timeoutCapMs: limits.votedTimeoutCapMsMin - 1 };
    return proposal(place, { type: "parameters", parameters });
  },
  LEDGER_PROTOCOL_VERSION: (place) => {
    const height = place.ledger.head.height + limits.protocolNoticeHeights;
    return proposal(place, { type: "protocol-version", version: protocolVersionFirst + 1, height });
  },
  LEDGER_READY_VALIDATOR: ({ ledger, a }) => ({
    by: a,
    content: ready(ledger, a, { height: 0, blockId: genesisId(ledger) }),
  }),
  LEDGER_READY_ADMISSION: (place) => entering(place, () => ({ admission: 2 })),
  LEDGER_READY_BLOCK: (place) => entering(place, () => ({ height: 1 })),
  LEDGER_READY_KEY: (place) => {
    const { ledger, d } = place;
    say(ledger, d, membership(ledger, d, "stand-down", {}));
    pass(ledger, 1);
    const at = { height: 0, blockId: genesisId(ledger) };
    return { by: d, content: ready(ledger, d, at, 2) };
  },
  LEDGER_KEY_USED: ({ ledger, a, b }) => {
    const taken = { key: b.signers.network };
    return { by: a, content: membership(ledger, a, "rotate-key", rotation(ledger, a, {}, taken)) };
  },
  LEDGER_KEY_REFUSED: (place) => rotating(place, { seal: bytesOf("a seal") }),
  LEDGER_KEY_SIGNATURE: (place) => rotating(place, {}, { root: place.b.signers.root }),
  LEDGER_KEY_VERSION: (place) => rotating(place, { version: 3 }),
  LEDGER_KEY_OVERLAP: (place) => {
    const { ledger, a } = place;
    say(ledger, a, membership(ledger, a, "rotate-key", rotation(ledger, a)));
    return rotating(place, { version: 3 });
  },
  LEDGER_KEY_COMPROMISED_AGAIN: (place) => {
    const { ledger, a } = place;
    const declared = rotation(ledger, a, { isCompromised: true }, { root: null });
    say(ledger, a, membership(ledger, a, "rotate-key", declared));
    return rotating(place, { version: 3, isCompromised: true }, { root: null });
  },
  LEDGER_ADDRESS: ({ ledger, a }) => ({
    by: a,
    content: membership(ledger, a, "addresses", { addresses: ["/ip4/1.2.3.4/udp/1"] }),
  }),
};

function codeOf({ ledger }: World, arranged: Arrangement): string | null {
  const { by, content, reader = ledger.state } = arranged;
  const transaction = sign(ledger, by, content) as Transaction;
  const context = { ...nextContext(ledger), ...arranged.context };
  const verdict = checkTransaction(reader, transaction, context);
  return verdict.ok ? null : verdict.code;
}

describe("what membership is refused for", () => {
  const codes = (Object.keys(transactionCures) as TransactionRefusalCode[]).filter(
    (code): code is Code => !code.startsWith("LEDGER_TX_"),
  );

  test.each(codes)("%s is reached", (code) => {
    const place = world();
    expect(codeOf(place, arrangements[code](place))).toBe(code);
  });
});
