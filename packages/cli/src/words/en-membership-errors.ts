import type { CliErrorCode, CliErrorDetails } from "../errors.ts";
import { dateTime, duration } from "../print/human.ts";
import type { ErrorWords } from "./error-words.ts";

type MembershipCode = Extract<
  CliErrorCode,
  `CLI_${"INVITATION" | "JOIN" | "PARTING" | "STAND" | "APPLICATION" | "VOTE" | "FINGERPRINT"}_${string}`
>;

/** Why an application is refused, by the code of the refusal. */
const refusals: Readonly<Record<string, string>> = {
  LEDGER_NAME_TAKEN: "a member has a name or handle that looks like yours",
  LEDGER_KEY_USED: "one of its keys was used before",
  LEDGER_MEMBERS_FULL: "the network has as many members as it can",
  LEDGER_REQUESTS_OPEN: "the company that invited has too many requests open",
  LEDGER_INVITATION_UNKNOWN: "the invitation is used or was never on the ledger",
  LEDGER_INVITATION_EXPIRED: "the invitation has expired",
  LEDGER_APPLICATION_CARD: "the card breaks a rule of the network",
};

/** English words of the codes about joining and voting. */
export const enMembershipErrors: {
  readonly [Code in MembershipCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  CLI_INVITATION_EXPIRED: ({ expiresMs }) => ({
    message: "the invitation has expired",
    why: `it was good until ${dateTime(expiresMs, "UTC")}`,
    next: "ask the company that invited you for a new one",
  }),
  CLI_INVITATION_NETWORK: ({ invited, home }) => ({
    message: "this invitation is for another network",
    why: `it leads to ${invited.slice(0, 8)}…, and this home belongs to ${home.slice(0, 8)}…`,
    next: "nothing was sent; name another folder with --home to join that network too",
  }),
  CLI_INVITATION_USED: () => ({
    message: "somebody else has applied with this invitation",
    why: "it can be used once, and not by this company",
    next: "tell the company that invited you at once, and ask for a new one",
  }),
  CLI_JOIN_OTHER: ({ home }) => ({
    message: `a company joins in ${home} with another invitation`,
    why: "its keys were made for that application",
    next: "go on with that invitation, or name another folder with --home",
  }),
  CLI_JOIN_DONE: ({ home }) => ({
    message: "you are a member already",
    why: `the company in ${home} has joined this network`,
    next: "tegata status shows how it is; another company needs another folder with --home",
  }),
  CLI_APPLICATION_REFUSED: ({ code }) => ({
    message: "the network did not take the application",
    why: refusals[code] ?? code,
    next: "correct it with a new invitation in a new --home, or ask the company that invited you",
  }),
  CLI_APPLICATION_ENDED: ({ state }) => ({
    message:
      state === "rejected" ? "the members did not admit you" : "the members did not decide in time",
    why: state === "rejected" ? "too many voted against it" : "a request is open for 14 days",
    next: "talk to the company that invited you; a new invitation needs a new --home",
  }),
  CLI_PARTING_NOT_FINAL: ({ what, waitedMs }) => ({
    message: `${what} was not in force after ${duration(waitedMs)}`,
    why: "no block has taken it yet: too few companies may be online; yours is still needed",
    next: `leave this machine on; tegata status says who is missing, tegata ${what} waits on`,
  }),
  CLI_STAND_UP_NOT_FINAL: ({ waitedMs }) => ({
    message: `your company had no vote after ${duration(waitedMs)}`,
    why: "its node has not followed the chain yet, or too few companies are online",
    next: "look at tegata status, and say tegata stand-up again: it goes on where it was",
  }),
  CLI_JOIN_NOT_FINAL: ({ waitedMs }) => ({
    message: `not done within ${duration(waitedMs)}`,
    why: "the members have not decided, or the chain is long",
    next: "say the same command again: it goes on where it was",
  }),
  CLI_VOTE_NOT_FOUND: () => ({
    message: "no request waits for your vote",
    why: "all are decided, or you have voted",
    next: "tegata vote list shows what is open",
  }),
  CLI_VOTE_SEVERAL: ({ requests }) => ({
    message: "several requests wait for your vote",
    why: requests.map((request) => `r-${request}`).join(", "),
    next: `name one: tegata approve r-${requests[0] ?? 1}`,
  }),
  CLI_FINGERPRINT_DIFFERS: ({ request }) => ({
    message: `these are not the words of r-${request}; no vote was sent`,
    why: "the company on the phone reads other words than this application has",
    next: "let them read the words again; if they stay others, somebody else applied: tegata approve --reject",
  }),
  CLI_FINGERPRINT_MISSING: ({ request }) => ({
    message: `r-${request} was not approved; no vote was sent`,
    why: "nobody said that it is the company it seems to be",
    next: "say two of its words with --words, or run this in a terminal",
  }),
};
