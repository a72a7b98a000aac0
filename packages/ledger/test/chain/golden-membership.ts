import {
  type Action,
  buildBlock,
  type CertifiedHeight,
  type ContentOf,
  checkTransaction,
  defaultParameters,
  type Kind,
  latestMilestone,
  protocolVersionFirst,
  readRequest,
  readRoster,
  readValidators,
  replacementSignBytes,
  type Transaction,
} from "../../src/chain/index.ts";
import { createSigner, type PublicKey, type Signer, toHex } from "../../src/primitives/index.ts";
import { createXwingKeyPair } from "../../src/vault/xwing.ts";
import {
  bytesOf,
  entryOf,
  type Founder,
  filler,
  founderOf,
  type Ledger,
  member,
  newLedger,
  plan,
  sign,
} from "./fixtures.ts";
import {
  application,
  apply,
  invite,
  laterSigner,
  membership,
  propose,
  ready,
  rotation,
  vote,
} from "./membership-fixtures.ts";
import { commitBytes, evidenceBytes, offenceIn } from "./vote-fixtures.ts";

type Said = readonly [by: Founder, content: ContentOf<Kind>];

/** Every consensus key that anybody in the story votes with. */
function signerOf(key: PublicKey): Signer | null {
  const founders = [0, 1, 2, 3, 4].map(founderOf);
  const signers = founders.flatMap((founder) => [
    founder.signers.consensus,
    laterSigner(founder, "consensus", 2),
  ]);
  return signers.find(({ publicKey }) => publicKey === key) ?? null;
}

/** A chain that is told what its blocks hold. */
class Story {
  readonly ledger: Ledger = newLedger(4);
  readonly blocks: Readonly<Record<string, string>>[] = [];
  #last: { readonly certificate: Uint8Array; readonly certified: CertifiedHeight | null } = {
    certificate: new Uint8Array(0),
    certified: null,
  };
  #entries = 0;

  signed([by, content]: Said): Transaction {
    this.#entries += 1;
    const entryId = entryOf(`membership ${this.#entries}`);
    return sign(this.ledger, by, { ...content, entryId }) as Transaction;
  }

  block(said: readonly Said[], accused: Founder | null = null, laterMs = 1_000): void {
    const { ledger } = this;
    const network = ledger.genesis.networkId;
    const { validators } = readRoster(ledger.state);
    const transactions = said.map((one) => this.signed(one));
    const { block, changes, skipped } = buildBlock({
      ...plan(ledger, transactions, laterMs),
      previousCertificate: this.#last.certificate,
      certified: this.#last.certified,
      evidence: accused === null ? [] : [evidenceBytes(accused, 1, network)],
      offence: offenceIn(network),
    });
    if (skipped.length > 0) throw new Error(`left out: ${skipped[0]?.refusal.code}`);
    ledger.state.write(changes);
    ledger.head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
    const certificate = commitBytes(ledger.head, network, 0, validators, signerOf);
    const voters = validators.flatMap((each) => (each.suspended ? [] : each.member));
    this.#last = { certificate, certified: { round: 0, voters } };
    this.blocks.push({ block: toHex(block.bytes), certificate: toHex(certificate) });
  }

  /** A block in which these agree to a request, or not. */
  vote(request: number, voters: readonly Founder[], approve = true): void {
    const state = readRequest(this.ledger.state, request);
    if (state === null) throw new Error(`request ${request} is decided`);
    this.block(voters.map((by) => [by, vote(this.ledger, by, request, state.hash, approve)]));
  }

  rotated(
    founder: Founder,
    ...given: Parameters<typeof rotation> extends [unknown, unknown, ...infer R] ? R : never
  ): ContentOf<"rotate-key"> {
    return membership(this.ledger, founder, "rotate-key", rotation(this.ledger, founder, ...given));
  }
}

const secondRoot = createSigner(bytesOf("second root"));

function replacement(story: Story, { id }: Founder): Action {
  const recoveryKey = createXwingKeyPair(bytesOf("second recovery")).publicKey.bytes;
  const said = { member: id, rootKey: secondRoot.publicKey, recoveryKey };
  const possession = secondRoot.sign(replacementSignBytes(story.ledger.genesis.networkId, said));
  return { type: "replace-root", ...said, possession };
}

/** A company joins, one is suspended and comes back, keys change, and two go. */
function tell(story: Story): void {
  const { ledger } = story;
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => member(ledger, index)) as [
    Founder,
    Founder,
    Founder,
    Founder,
  ];
  const e = founderOf(4);
  story.block([]);
  story.block([
    [a, invite(ledger, a, "Eiko")],
    [b, membership(ledger, b, "addresses", { addresses: ["/dns4/birch.example/tcp/4100"] })],
  ]);
  story.block([[a, apply(ledger, a, application(ledger, e, "Eiko"))]]);
  story.vote(1, [a, b, c]);
  const at = latestMilestone(ledger.state) as NonNullable<ReturnType<typeof latestMilestone>>;
  story.block([
    [e, ready(ledger, e, at)],
    [a, propose(ledger, a, { type: "suspend", member: d.id })],
  ]);
  story.block([[b, propose(ledger, b, { type: "remove", member: a.id })]]);
  story.vote(2, [a, b]);
  story.vote(2, [e]);
  story.vote(3, [c], false);
  const encryption = createXwingKeyPair(bytesOf("second encryption")).publicKey.bytes;
  const seal = filler("second seed seal", 1_168);
  const sealed = { role: "encryption", key: encryption, seal, isCompromised: true } as const;
  story.block([
    [d, story.rotated(d, { role: "consensus" }, { root: null })],
    [a, story.rotated(a, { role: "transaction" })],
    [b, story.rotated(b, sealed, { key: null })],
  ]);
  const parameters = { ...defaultParameters, admission: "majority" as const };
  story.block([[b, propose(ledger, b, { type: "readmit", member: d.id })]]);
  story.block([[c, propose(ledger, c, { type: "parameters", parameters })]]);
  story.vote(4, [a, c, e]);
  story.vote(5, [b, c, d, e]);
  story.block([
    [c, membership(ledger, c, "stand-down", {})],
    [d, propose(ledger, d, replacement(story, d))],
  ]);
  story.block([], c);
  story.vote(6, [a, b]);
  const height = ledger.head.height + 5_000;
  story.block([
    [
      a,
      propose(ledger, a, { type: "protocol-version", version: protocolVersionFirst + 1, height }),
    ],
    [e, invite(ledger, e, "Fuji")],
    [d, membership(ledger, d, "rotate-key", rotation(ledger, d, {}, { root: secondRoot }))],
  ]);
  story.block([[b, propose(ledger, b, { type: "remove", member: e.id })]]);
  story.vote(7, [a, b, d]);
  story.vote(8, [a, b]);
  story.block([[d, membership(ledger, d, "leave", {})]]);
  story.block([], null, 3_600_000);
}

/** What the next block may hold after the story, and what not. */
function casesAfter(story: Story): readonly Readonly<Record<string, unknown>>[] {
  const { ledger } = story;
  const [a, b, c, d] = [0, 1, 2, 3].map((index) => member(ledger, index)) as [
    Founder,
    Founder,
    Founder,
    Founder,
  ];
  const e = founderOf(4);
  const later = { ...a, signers: { ...a.signers, transaction: laterSigner(a, "transaction", 2) } };
  const cases: readonly (readonly [string, Founder, ContentOf<Kind>])[] = [
    ["leave under a transaction key that has ended", a, membership(ledger, a, "leave", {})],
    ["leave under the new one", later, { ...membership(ledger, a, "leave", {}), keyVersion: 2 }],
    ["leave of one that has left", d, membership(ledger, d, "leave", {})],
    ["leave of one that was removed", e, membership(ledger, e, "leave", {})],
    ["leave without a vote", c, membership(ledger, c, "leave", {})],
    ["invite without a vote", c, invite(ledger, c, "Fuji")],
    ["invite with a key that was used", b, invite(ledger, b, "Eiko")],
    ["invite", b, invite(ledger, b, "Gifu")],
    [
      "apply with an invitation that is used up",
      b,
      apply(ledger, b, application(ledger, e, "Eiko")),
    ],
    ["propose to remove oneself", b, propose(ledger, b, { type: "remove", member: b.id })],
    [
      "propose to remove one that has left",
      b,
      propose(ledger, b, { type: "remove", member: d.id }),
    ],
    ["propose to remove", b, propose(ledger, b, { type: "remove", member: c.id })],
    [
      "propose to readmit one that is barred",
      b,
      propose(ledger, b, { type: "readmit", member: c.id }),
    ],
    [
      "propose to readmit one that is not",
      b,
      propose(ledger, b, { type: "readmit", member: a.id }),
    ],
    ["propose to suspend where f is 0", b, propose(ledger, b, { type: "suspend", member: a.id })],
    [
      "propose the default parameters",
      b,
      propose(ledger, b, { type: "parameters", parameters: defaultParameters }),
    ],
    ["rotate a network key", b, story.rotated(b, {}, { root: null })],
    ["rotate another's without its root", b, story.rotated(a, {}, { root: null })],
    ["rotate to a version after the next", b, story.rotated(b, { version: 3 })],
    [
      "rotate a transaction key without the root",
      b,
      story.rotated(b, { role: "transaction" }, { root: null }),
    ],
    [
      "addresses, one twice",
      b,
      membership(ledger, b, "addresses", {
        addresses: ["/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.4/tcp/1"],
      }),
    ],
    ["no addresses", b, membership(ledger, b, "addresses", { addresses: [] })],
    ["stand-down without a vote", c, membership(ledger, c, "stand-down", {})],
    ["vote on a decided request", b, vote(ledger, b, 8, e.card.hash)],
  ];
  const timeMs = ledger.head.timeMs + 1_000;
  const context = { height: ledger.head.height + 1, timeMs, startOfBlock: ledger.state };
  return cases.map(([what, by, content]) => {
    const transaction = story.signed([by, { ...content, memberId: by.id }]);
    const verdict = checkTransaction(ledger.state, transaction, context);
    const refusal = verdict.ok ? null : verdict.code;
    return { what, timeMs, transaction: toHex(transaction.bytes), refusal };
  });
}

/** A story of blocks with all kinds of membership, the state it leads to, and verdicts on it. */
export function goldenMembership(): Readonly<Record<string, unknown>> {
  const story = new Story();
  tell(story);
  const { genesis, state } = story.ledger;
  if (readValidators(state).length !== 2) throw new Error("two companies vote at the end");
  return {
    genesis: toHex(genesis.bytes),
    blocks: story.blocks,
    state: state.entries().map(([key, value]) => ({ key: toHex(key), value: toHex(value) })),
    cases: casesAfter(story),
  };
}
