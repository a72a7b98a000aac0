import {
  type Action,
  cardIn,
  decodeAction,
  decodeApplication,
  decodeStateKey,
  decodeStateValue,
  electorateOf,
  fingerprint,
  type RequestState,
  readMember,
  type StateReader,
  subjectOf,
  tallyOf,
} from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { Agenda, Applicant, Invitation, MemberRequest } from "../api/membership-schemas.ts";
import type { Company } from "../company.ts";
import { GatewayError } from "../errors.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import { copyTables, type StateCopy } from "./state-copy.ts";

/** What the members decide on is read with. */
export interface CouncilParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly members: Members;
}

const tables = [
  "member",
  "validators",
  "validatorChanges",
  "sidelined",
  "lastHeight",
  "parameters",
  "clock",
  "openings",
  "request",
] as const;

/** What the members have to decide on. */
export class Council {
  readonly #parts: CouncilParts;
  #openVotes = 0;
  #openInvitations = 0;
  #isStale = false;
  #isReading = false;

  constructor(parts: CouncilParts) {
    this.#parts = parts;
  }

  /** Requests that wait for this company's vote, as they were read last. */
  get openVotes(): number {
    return this.#openVotes;
  }

  /** Invitations of this company that can be used, as they were read last. */
  get openInvitations(): number {
    return this.#openInvitations;
  }

  /** Reads everything anew, in the background; what changes while it reads is read once more. */
  refresh(fail: (error: unknown) => void): void {
    this.#isStale = true;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#readWhileStale().catch((error: unknown) => {
      if (!isNodeAway(error)) fail(error);
    });
  }

  async #readWhileStale(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.read();
      }
    } finally {
      // In the turn of the last look: what changes after it begins another reading.
      this.#isReading = false;
    }
  }

  /** Reads everything anew. @throws what the node's client throws */
  async read(): Promise<Agenda> {
    const [copy] = await Promise.all([
      copyTables(this.#parts.node, tables),
      this.#parts.members.refresh(),
    ]);
    const headMs = headTimeOf(copy);
    const requests = copy.entries("request").map(([key, value]) => {
      const name = decodeStateKey(key);
      const request = name.table === "request" ? name.request : 0;
      return this.#shown(copy, request, decodeStateValue("request", value), headMs);
    });
    this.#openVotes = requests.filter(({ waitsForMe }) => waitsForMe).length;
    const invitations = [...this.#invitations(copy, headMs)];
    const { member: self } = this.#parts.company;
    this.#openInvitations = invitations.filter(
      ({ by, state }) => by.member === self && state === "open",
    ).length;
    return { requests, invitations };
  }

  /** An open request by its number. @throws GATEWAY_REQUEST_UNKNOWN */
  async request(number: number): Promise<MemberRequest> {
    const { requests } = await this.read();
    const found = requests.find(({ request }) => request === number);
    if (found !== undefined) return found;
    const open = requests.map(({ request }) => request);
    throw new GatewayError("GATEWAY_REQUEST_UNKNOWN", { request: number, open });
  }

  #shown(reader: StateReader, request: number, state: RequestState, headMs: number): MemberRequest {
    const { company, members } = this.#parts;
    const { network, member: self } = company;
    const action = decodeAction(state.actionBytes);
    const tally = tallyOf(reader, state);
    const isExpired = headMs >= state.expiresMs;
    const mine = state.votes.find(({ member }) => member === self)?.approve ?? null;
    const mayVote = electorateOf(reader, state.subject).includes(self) && !isExpired;
    return {
      request,
      hash: state.hash,
      action: action.type,
      about: aboutOf(reader, action),
      detail: detailOf(action),
      proposer: members.company(state.proposer),
      height: state.height,
      expiresMs: state.expiresMs,
      state: isExpired ? "expired" : "open",
      yes: tally.yes,
      no: tally.no,
      needed: tally.needed,
      electorate: tally.electorate,
      votes: state.votes.map(({ member, approve }) => ({
        company: members.company(member),
        approve,
      })),
      mine,
      mayVote,
      waitsForMe: mayVote && mine === null,
      words: [...fingerprint(network, state.hash)],
    };
  }

  #invitations(copy: StateCopy, headMs: number): readonly Invitation[] {
    return copy.entries("openings").flatMap(([key, value]) => {
      const name = decodeStateKey(key);
      if (name.table !== "openings") return [];
      return decodeStateValue("openings", value).invitations.map((invitation) => ({
        company: invitation.companyName,
        invitationKey: invitation.invitationKey,
        by: this.#parts.members.company(name.memberId),
        expiresMs: invitation.expiresMs,
        state: invitation.expiresMs > headMs ? ("open" as const) : ("expired" as const),
      }));
    });
  }
}

function headTimeOf(copy: StateCopy): number {
  const [clock] = copy.entries("clock");
  return clock === undefined ? 0 : decodeStateValue("clock", clock[1]).timeMs;
}

/** Who a request is about: a company that applies, or a member. */
function aboutOf(reader: StateReader, action: Action): Applicant | null {
  if (action.type === "admit") {
    const card = cardIn(decodeApplication(action.application));
    if (card === null) return null;
    const { memberId: member, name, handle, addresses } = card;
    return { member, name, handle, addresses: [...addresses] };
  }
  const member: MemberId | null = subjectOf(action);
  const state = member === null ? null : readMember(reader, member);
  if (member === null || state === null) return null;
  return { member, name: state.name, handle: state.handle, addresses: [...state.addresses] };
}

/** What a request says beside whom it is about, in names and values. */
function detailOf(action: Action): MemberRequest["detail"] {
  switch (action.type) {
    case "parameters":
      return { ...action.parameters };
    case "protocol-version":
      return { version: action.version, height: action.height };
    case "replace-root":
      return { rootKey: action.rootKey };
    default:
      return {};
  }
}
