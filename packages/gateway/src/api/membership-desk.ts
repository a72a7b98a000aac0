import type { z } from "zod";
import type { Wish } from "./desk.ts";
import type {
  Agenda,
  InviteAnswer,
  inviteBody,
  MemberRequest,
  Parting,
  ProposalAnswer,
  proposalBody,
  rotationBody,
  Said,
  Seat,
  StandUpAnswer,
  VoteAnswer,
  voteBody,
} from "./membership-schemas.ts";

/** What people can ask about the members and what they decide together. */
export interface MembershipDesk {
  agenda(): Promise<Agenda>;
  request(request: number): Promise<MemberRequest>;
  invite(body: z.output<typeof inviteBody>, wish: Wish): Promise<InviteAnswer>;
  vote(body: z.output<typeof voteBody>, wish: Wish): Promise<VoteAnswer>;
  propose(body: z.output<typeof proposalBody>, wish: Wish): Promise<ProposalAnswer>;
  addresses(addresses: readonly string[], wish: Wish): Promise<Said>;
  rotate(body: z.output<typeof rotationBody>, wish: Wish): Promise<Said>;
  /** Leaves the network, or gives the vote back. */
  part(what: Parting, wish: Wish): Promise<Said>;
  /** Where this company stands between having a vote and having none. */
  seat(): Promise<Seat>;
  /** Asks for a vote again, or says what has to come before. */
  standUp(wish: Wish): Promise<StandUpAnswer>;
}
