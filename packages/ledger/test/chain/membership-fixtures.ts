import {
  type Action,
  type Application,
  CONTROL_LANE,
  type ContentOf,
  type KeyRotation,
  type Kind,
  latestMilestone,
  type MemberCard,
  type RequestState,
  type RotationContent,
  readCounters,
  readRequest,
  readySignBytes,
  type StateReader,
  signApplication,
  signInvitation,
  signRotation,
  type Transaction,
  type TransactionFrame,
} from "../../src/chain/index.ts";
import {
  type BlockId,
  createSigner,
  type Hash,
  idBytes,
  type Signer,
} from "../../src/primitives/index.ts";
import {
  bytesOf,
  commit,
  type Founder,
  filler,
  founderOf,
  frame,
  type Ledger,
  member,
  sign,
} from "./fixtures.ts";

const dayMs = 86_400_000;

/** The key of an invitation by the word it is remembered by. */
export function invitationSigner(word: string): Signer {
  return createSigner(bytesOf(`invitation ${word}`));
}

function control<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  kind: K,
  body: ContentOf<K>["body"],
  reader: StateReader,
): ContentOf<K> {
  return { ...frame(ledger, reader, founder, CONTROL_LANE), kind, body } as ContentOf<K>;
}

/** Content of a transaction of a founder in the control lane. */
export function membership<K extends Kind>(
  ledger: Ledger,
  founder: Founder,
  kind: K,
  body: ContentOf<K>["body"],
  reader: StateReader = ledger.state,
): ContentOf<K> {
  return control(ledger, founder, kind, body, reader);
}

/** An invitation of a company, open for a day. */
export function invite(
  ledger: Ledger,
  founder: Founder,
  word: string,
  changed: Partial<ContentOf<"invite">["body"]> = {},
): ContentOf<"invite"> {
  const signer = invitationSigner(word);
  const asked = { companyName: word, expiresMs: ledger.head.timeMs + dayMs, ...changed };
  const body = signInvitation(ledger.genesis.networkId, founder.id, asked, signer);
  return membership(ledger, founder, "invite", { ...body, ...changed });
}

/** The application of a company that was invited by this word. */
export function application(
  { genesis }: Ledger,
  newcomer: Founder,
  word: string,
  card: MemberCard = newcomer.card,
): Application {
  const signers = { ...newcomer.signers, invitation: invitationSigner(word) };
  return signApplication(genesis.networkId, card, signers);
}

/** What carries an application. */
export function apply(
  ledger: Ledger,
  founder: Founder,
  { bytes }: Pick<Application, "bytes">,
): ContentOf<"apply"> {
  return membership(ledger, founder, "apply", { application: bytes });
}

/** Asks the members to decide. */
export function propose(ledger: Ledger, founder: Founder, action: Action): ContentOf<"propose"> {
  return membership(ledger, founder, "propose", { action });
}

/** A word on a request. */
export function vote(
  ledger: Ledger,
  founder: Founder,
  request: number,
  requestHash: Hash,
  approve = true,
): ContentOf<"vote"> {
  return membership(ledger, founder, "vote", { request, requestHash, approve, reason: "" });
}

/** A newcomer has followed up to a block. */
export function ready(
  ledger: Ledger,
  founder: Founder,
  at: { readonly height: number; readonly blockId: BlockId },
  admission = 1,
  signer: Signer = founder.signers.consensus,
): ContentOf<"ready"> {
  const said = { member: founder.id, admission, ...at };
  const signature = signer.sign(readySignBytes(ledger.genesis.networkId, said));
  return membership(ledger, founder, "ready", { admission, ...at, signature });
}

/** A key of a founder by role and version; version 1 is the card's. */
export function laterSigner(founder: Founder, role: string, version: number): Signer {
  return createSigner(bytesOf(`${role} of ${founder.id}, version ${version}`));
}

/** A new key of a founder that signs, with its root unless told. */
export function rotation(
  ledger: Ledger,
  founder: Founder,
  changed: Partial<RotationContent> = {},
  signers: { readonly key?: Signer | null; readonly root?: Signer | null } = {},
): KeyRotation {
  const role = changed.role ?? "network";
  const version = changed.version ?? 2;
  const key = signers.key === undefined ? laterSigner(founder, role, version) : signers.key;
  const root = signers.root === undefined ? founder.signers.root : signers.root;
  const { publicKey } = key ?? laterSigner(founder, role, version);
  const content: RotationContent = {
    member: founder.id,
    role,
    version,
    key: idBytes(publicKey),
    seal: new Uint8Array(0),
    isCompromised: false,
    ...changed,
  };
  return signRotation(content, ledger.genesis.networkId, { key, root });
}

/** One transaction of each kind that changes who the members are. */
export function membershipSamples(
  ledger: Ledger,
  owner: Founder,
  fixed: (kind: Kind) => Partial<TransactionFrame> = () => ({}),
): readonly Transaction[] {
  const at = { height: 0, blockId: ledger.genesis.networkId as string as BlockId };
  const asked = application(ledger, founderOf(4), "Eiko");
  const contents = [
    invite(ledger, owner, "Eiko"),
    apply(ledger, owner, asked),
    propose(ledger, owner, { type: "suspend", member: founderOf(1).id }),
    { ...vote(ledger, owner, 1, asked.hash), body: voteBody(asked.hash) },
    ready(ledger, owner, at),
    membership(ledger, owner, "leave", {}),
    membership(ledger, owner, "rotate-key", rotation(ledger, owner)),
    membership(ledger, owner, "addresses", { addresses: ["/dns4/node.asahi.example/tcp/4100"] }),
    membership(ledger, owner, "stand-down", {}),
  ];
  return contents.map((content) => {
    const named = { ...content, ...fixed(content.kind) } as ContentOf<Kind>;
    return sign(ledger, owner, named) as Transaction;
  });
}

function voteBody(requestHash: Hash): ContentOf<"vote">["body"] {
  return { request: 1, requestHash, approve: true, reason: "we know them" };
}

/** Bytes that stand for a sealed seed. */
export const seedSeal: Uint8Array = filler("seed seal", 1_168);

/** Commits what founders say, each in a block of its own, so that lanes and state follow. */
export function say<K extends Kind>(ledger: Ledger, founder: Founder, content: ContentOf<K>): void {
  commit(ledger, [sign(ledger, founder, content) as Transaction]);
}

/** The request that was opened last. */
export function lastRequest({ state }: Ledger): RequestState & { readonly number: number } {
  const number = readCounters(state).requests;
  const request = readRequest(state, number);
  if (request === null) throw new Error("the last request is decided");
  return { ...request, number };
}

/** These founders vote on the last request, one after the other, until it is decided. */
export function decide(ledger: Ledger, voters: readonly Founder[], approve = true): void {
  const { number, hash } = lastRequest(ledger);
  for (const voter of voters) {
    if (readRequest(ledger.state, number) === null) return;
    say(ledger, voter, vote(ledger, voter, number, hash, approve));
  }
}

/** The members carry out an action that the first of them asks for. */
export function agree(ledger: Ledger, voters: readonly Founder[], action: Action): void {
  const [first] = voters as [Founder];
  say(ledger, first, propose(ledger, first, action));
  decide(ledger, voters);
}

/** A company is invited by the first founder, applies, and is a member once these have voted. */
export function admitNewcomer(
  ledger: Ledger,
  newcomer: Founder,
  voters: readonly Founder[] = ledger.founders,
): void {
  const inviter = member(ledger, 0);
  say(ledger, inviter, invite(ledger, inviter, newcomer.body.name));
  const asked = application(ledger, newcomer, newcomer.body.name);
  say(ledger, inviter, apply(ledger, inviter, asked));
  decide(ledger, voters);
}

/** A member without a vote says that it has followed, and gets one. */
export function enter(ledger: Ledger, newcomer: Founder, admission = 1): void {
  const milestone = latestMilestone(ledger.state);
  if (milestone === null) throw new Error("there is no block to name");
  const signer = newcomer.signers.consensus;
  say(ledger, newcomer, ready(ledger, newcomer, milestone, admission, signer));
}

/** Empty blocks. */
export function pass(ledger: Ledger, count: number, laterMs = 1_000): void {
  for (let block = 0; block < count; block += 1) commit(ledger, [], laterMs);
}
