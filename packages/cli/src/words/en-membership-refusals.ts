import type { ErrorWords } from "./error-words.ts";

/** What a person reads when the network refuses something about its members, by the code of the refusal. */
export const enMembershipRefusals = {
  LEDGER_TX_MEMBER_LEFT: () => ({
    message: "this company has left the network",
    why: "who has left can write nothing more",
    next: "ask a member for a new invitation",
  }),
  LEDGER_TX_GRANTEE_LEFT: () => ({
    message: "the reader has left the network",
    why: "nothing can be granted to who has left",
    next: "look at tegata members list",
  }),
  LEDGER_NO_VOTE: () => ({
    message: "this company has no vote in this",
    why: "it does not vote in this network, is suspended or leaving, or the matter is about itself",
    next: "ask another company to do it",
  }),
  LEDGER_INVITATION_NAME: () => ({
    message: "the invited company's name is none",
    why: "a name has 1 to 64 characters, no space at its ends and nothing that cannot be seen",
    next: "write the name as the company does",
  }),
  LEDGER_INVITATION_EXPIRY: () => ({
    message: "the invitation would hold for too long",
    why: "an invitation holds for at most 30 days",
    next: "give a shorter time with --ttl",
  }),
  LEDGER_INVITATIONS_OPEN: () => ({
    message: "this company has eight open invitations already",
    why: "each stays open until it is used or ends",
    next: "wait until one is used or ends",
  }),
  LEDGER_INVITATION_UNKNOWN: () => ({
    message: "the invitation is not open",
    why: "it was used, or another company made it",
    next: "ask for a new invitation",
  }),
  LEDGER_INVITATION_EXPIRED: () => ({
    message: "the invitation has ended",
    why: "the company did not apply in time",
    next: "ask for a new invitation",
  }),
  LEDGER_APPLICATION_NETWORK: () => ({
    message: "the application was made for another network",
    why: "what a company signs serves in one network alone",
    next: "apply with the token of this network",
  }),
  LEDGER_APPLICATION_SIGNATURE: () => ({
    message: "the application is not signed by everybody it has to be",
    why: "the invitation and all keys of the company sign it",
    next: "apply again with the token as it was given",
  }),
  LEDGER_APPLICATION_CARD: () => ({
    message: "the company's card is refused",
    why: "a name, a handle, an address, a key or its end breaks a rule",
    next: "make a new card and apply again",
  }),
  LEDGER_NAME_TAKEN: () => ({
    message: "a member is called almost so",
    why: "two companies whose names can be confused are never members together",
    next: "apply under a name and handle that look different",
  }),
  LEDGER_MEMBERS_FULL: () => ({
    message: "the network is full",
    why: "it has 300 members",
    next: "wait until one leaves",
  }),
  LEDGER_MEMBER_UNKNOWN: () => ({
    message: "no member is called so",
    why: "the company never was one, or has left",
    next: "look at tegata members list",
  }),
  LEDGER_REQUESTS_OPEN: () => ({
    message: "this company has sixteen undecided requests already",
    why: "each stays open until it is decided or two weeks have passed",
    next: "wait until some are decided",
  }),
  LEDGER_REQUEST_UNKNOWN: () => ({
    message: "the request is not open",
    why: "it is decided, or there never was one of this number",
    next: "look at the open requests again",
  }),
  LEDGER_REQUEST_EXPIRED: () => ({
    message: "the request has ended",
    why: "it was not decided within two weeks",
    next: "open it again",
  }),
  LEDGER_REQUEST_OTHER: () => ({
    message: "the request says something else than the vote does",
    why: "a vote names the content it was given for",
    next: "look at the request again, then vote",
  }),
  LEDGER_NOT_VALIDATOR: () => ({
    message: "the company has no vote",
    why: "only a company that votes can give its vote back or be suspended",
    next: "look at tegata members list",
  }),
  LEDGER_LAST_VALIDATOR: () => ({
    message: "nobody with a vote would stay",
    why: "without one the network could decide nothing any more",
    next: "let another company vote first",
  }),
  LEDGER_SUSPENDED: () => ({
    message: "the company is suspended",
    why: "the others voted so, or it signed two contradicting messages",
    next: "ask the others to readmit it",
  }),
  LEDGER_NOT_SUSPENDED: () => ({
    message: "the company is not suspended",
    why: "there is nothing to lift",
    next: "look at tegata members list",
  }),
  LEDGER_SUSPENSIONS_FULL: () => ({
    message: "no more companies can be suspended",
    why: "fewer than a third may be, or the others could not decide any more",
    next: "remove or readmit one first",
  }),
  LEDGER_CHANGES_WAITING: () => ({
    message: "too many changes of the voters wait",
    why: "the network takes a few with each block",
    next: "try again in a few minutes",
  }),
  LEDGER_PARAMETERS_SAME: () => ({
    message: "nothing would change",
    why: "the network has these settings already",
    next: "look at what you want to be different",
  }),
  LEDGER_PARAMETERS_UNSAFE: () => ({
    message: "these settings could stop the network for good",
    why: "with such timeouts no block may ever be decided, not even one that changes them back",
    next: "propose a timeout cap from 1 to 60 seconds and a step of at least 10 ms",
  }),
  LEDGER_PROTOCOL_VERSION: () => ({
    message: "the protocol version cannot be decided so",
    why: "it has to be the next one and begin 1,000 to 10,000,000 blocks from now",
    next: "propose the next version with a height in between",
  }),
  LEDGER_READY_VALIDATOR: () => ({
    message: "the company votes already",
    why: "or it will with one of the next blocks",
    next: "look at tegata members list",
  }),
  LEDGER_READY_KEY: () => ({
    message: "the consensus key has voted before",
    why: "a key that gave its vote back never votes again",
    next: "a new consensus key has to be registered first",
  }),
  LEDGER_KEY_USED: () => ({
    message: "the key has been used before",
    why: "a key serves one company in one role, for ever",
    next: "make another key",
  }),
  LEDGER_KEY_REFUSED: () => ({
    message: "the key cannot be used",
    why: "it has no form that all programs judge alike",
    next: "make another key",
  }),
  LEDGER_KEY_SIGNATURE: () => ({
    message: "a signature is missing or wrong",
    why: "a new key signs for itself, and the 24 words certify what others rely on",
    next: "repeat it with the 24 words at hand",
  }),
  LEDGER_KEY_VERSION: () => ({
    message: "the key is not the next one",
    why: "another new key came before it",
    next: "look at the company's keys, then repeat it",
  }),
  LEDGER_KEY_OVERLAP: () => ({
    message: "the key was replaced less than an hour ago",
    why: "the one before still serves until the hour is over",
    next: "wait an hour, or declare the key compromised",
  }),
  LEDGER_KEY_COMPROMISED_AGAIN: () => ({
    message: "a key of this kind was declared compromised today already",
    why: "every declaration makes work for the other companies",
    next: "wait until midnight UTC, or replace it without declaring it",
  }),
  LEDGER_ADDRESS: () => ({
    message: "an address cannot be dialed, or stands twice",
    why: "an address reads /dns4/node.example.com/tcp/7000, or /ip4/… or /ip6/… in place of /dns4/…",
    next: "correct the addresses",
  }),
} satisfies Readonly<Record<string, () => ErrorWords>>;
