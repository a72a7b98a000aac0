export {
  type JoinOptions,
  type JoinSession,
  type JoinTicket,
  joinOptions,
  openJoinSession,
} from "./client.ts";
export type { InvitationState, JoinAnswer, JoinKnowledge } from "./dialogue.ts";
export type { JoinStanding, JoinState, Registered } from "./messages.ts";
export { type JoinListener, type JoinListenerOptions, openJoinListener } from "./server.ts";
