import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import {
  type Block,
  cardIn,
  decodeApplication,
  electorateOf,
  type Invitation,
  type RequestState,
  readKeyOwner,
  readMember,
  readOpenings,
  readRequest,
  type StateReader,
  tallyOf,
} from "@tegata/ledger/chain";
import {
  fromBytes,
  type Hash,
  hexOf,
  type Infer,
  idBytes,
  list,
  type MemberId,
  nullable,
  type PublicKey,
  record,
  toBytes,
  uint,
} from "@tegata/ledger/primitives";
import type { Clock } from "../clock.ts";
import type { InvitationState } from "./dialogue.ts";
import type { JoinStanding } from "./messages.ts";

/** An own invitation that was used, and for what. */
const usedShape = record({
  invitationKey: hexOf<PublicKey>(32),
  applicationHash: hexOf<Hash>(32),
  /** The company it became, once the members want it. */
  member: hexOf<MemberId>(32),
  /** Until when the members may vote. */
  expiresMs: uint(),
  /** When this node first saw that it was decided; null while it is not. */
  decidedMs: nullable(uint()),
});

const usedMax = 64;
const bookShape = list(usedShape, usedMax);

type Used = Infer<typeof usedShape>;

/** How long a company may ask what was decided, and where it finds the others. */
const afterwardsMs = 24 * 3_600_000;

/** What the book is made of. */
export interface InvitationBookParts {
  readonly member: MemberId;
  readonly reader: StateReader;
  readonly clock: Clock;
  /** Where used invitations are kept: the ledger forgets them with their request. */
  readonly path: string;
  readonly onError: (error: unknown) => void;
}

/** Own invitations and what became of them: the ledger's rows, and what it no longer shows. */
export class InvitationBook {
  readonly #parts: InvitationBookParts;
  #used: readonly Used[];
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: InvitationBookParts) {
    this.#parts = parts;
    this.#used = readBook(parts.path);
  }

  /** A block was committed: it may carry an application that used an own invitation up. */
  onCommitted(block: Block): void {
    const { member, reader } = this.#parts;
    for (const { memberId, content } of block.transactions.map(asContent)) {
      if (memberId !== member || content === null) continue;
      const { invitationKey, hash: applicationHash } = content.application;
      const request = this.#requestOf(reader, applicationHash);
      const expiresMs = request?.expiresMs ?? block.header.timeMs;
      const used = { invitationKey, applicationHash, member: content.newcomer, expiresMs };
      this.#write([...this.#used.slice(1 - usedMax), { ...used, decidedMs: null }]);
    }
  }

  /** Whether anybody who was invited may want something; also notes what was decided meanwhile. */
  isOfUse(): boolean {
    const nowMs = this.#parts.clock.nowMs();
    const news = this.#used.map((one) =>
      one.decidedMs === null && this.#standingOf(one).state !== "applied"
        ? { ...one, decidedMs: nowMs }
        : one,
    );
    if (news.some((one, index) => one !== this.#used[index])) this.#write(news);
    const isOpen = this.#invitations().some(({ expiresMs }) => nowMs < expiresMs);
    const isAsking = ({ decidedMs }: Used): boolean =>
      decidedMs === null || nowMs < decidedMs + afterwardsMs;
    return isOpen || this.#used.some(isAsking);
  }

  stateOf(key: PublicKey): InvitationState {
    const { reader, member, clock } = this.#parts;
    const invitation = this.#invitation(key);
    if (invitation !== null) return clock.nowMs() < invitation.expiresMs ? "open" : "expired";
    if (this.#usedBy(key) !== null) return "used";
    const owner = readKeyOwner(reader, idBytes(key));
    return owner?.member === member && owner.use === "invitation" ? "expired" : "unknown";
  }

  standingOf(key: PublicKey): JoinStanding {
    const used = this.#usedBy(key);
    return used === null ? { ...nothing, state: "invited" } : this.#standingOf(used);
  }

  /** The company that an open invitation is for; null where there is none. */
  companyOf(key: PublicKey): string | null {
    return this.#invitation(key)?.companyName ?? null;
  }

  /** Resolves when what was noted is on the disk. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #invitations(): readonly Invitation[] {
    const { reader, member } = this.#parts;
    return readOpenings(reader, member).invitations;
  }

  #invitation(key: PublicKey): Invitation | null {
    return this.#invitations().find(({ invitationKey }) => invitationKey === key) ?? null;
  }

  #usedBy(key: PublicKey): Used | null {
    return this.#used.find(({ invitationKey }) => invitationKey === key) ?? null;
  }

  #requestOf(reader: StateReader, hash: Hash): RequestState | null {
    for (const number of readOpenings(reader, this.#parts.member).requests) {
      const request = readRequest(reader, number);
      if (request?.hash === hash) return request;
    }
    return null;
  }

  #standingOf({ applicationHash, member, expiresMs, decidedMs }: Used): JoinStanding {
    const { reader, clock } = this.#parts;
    if (readMember(reader, member)?.leftHeight === null) return { ...nothing, state: "approved" };
    const request = this.#requestOf(reader, applicationHash);
    const isLate = (decidedMs ?? clock.nowMs()) >= expiresMs;
    if (request === null || isLate) return { ...nothing, state: isLate ? "expired" : "rejected" };
    const { yes, needed } = tallyOf(reader, request);
    const electorate = new Set(electorateOf(reader, request.subject));
    const approvers = request.votes.flatMap(({ member: voter, approve }) =>
      approve && electorate.has(voter) ? (readMember(reader, voter)?.name ?? []) : [],
    );
    return { state: "applied", yes, needed, approvers };
  }

  #write(used: readonly Used[]): void {
    this.#used = used;
    const { path, onError } = this.#parts;
    const text = toBytes(bookShape, used);
    this.#writing = this.#writing
      .then(async () => {
        await writeFile(`${path}.next`, text, { mode: 0o600 });
        await rename(`${path}.next`, path);
      })
      .catch(onError);
  }
}

const nothing = { yes: 0, needed: 0, approvers: [] } as const;

/** A book that cannot be read is an empty one: it only tells newcomers how their application stands. */
function readBook(path: string): readonly Used[] {
  try {
    return fromBytes(bookShape, new Uint8Array(readFileSync(path)));
  } catch {
    return [];
  }
}

/** Who sent a transaction, and the application in it, if it is one. */
function asContent(transaction: Block["transactions"][number]) {
  const { memberId } = transaction;
  if (transaction.kind !== "apply") return { memberId, content: null };
  const application = decodeApplication(transaction.body.application);
  const newcomer = cardIn(application)?.memberId ?? null;
  return { memberId, content: newcomer === null ? null : { application, newcomer } };
}
