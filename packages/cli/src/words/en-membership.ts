import type { Parting, StandUpAnswer } from "@tegata/gateway/client";
import { count } from "../print/human.ts";

type Step = StandUpAnswer["step"];

/** English words of what the commands about members and their votes answer. */
export const enMembership = {
  invited: (company: string, until: string): string =>
    `Invitation for ${company}, usable once, until ${until}. Give them this line:`,
  invitedNext: "It lets them apply; the members decide with tegata approve.",
  inviteDry: (company: string, until: string): string =>
    `Would invite ${company} until ${until}. Nothing was sent.`,
  invitedBack: (company: string, until: string): string =>
    `${company} is a member: with this line, usable until ${until}, and its 24 words it comes back on a new machine.`,
  invitedBackNext: "It ends all keys that the company has now: be sure that it is them who ask.",
  inviteBackDry: (company: string, until: string): string =>
    `Would let the member ${company} back in with its 24 words, until ${until}. Nothing was sent.`,
  network: (name: string, id: string): string =>
    `Network   ${name} (${id.slice(0, 8)}…${id.slice(-4)}, as in the invitation)`,
  joinDry: "The invitation leads to this network. Nothing was made or sent.",
  askCompany: "Name of your company: ",
  askHandle: "Short name (a-z, 0-9 and -): ",
  goesOn: (company: string): string => `Keys      those of ${company}, made before`,
  readWords: (list: readonly string[]): readonly string[] => [
    "Applied   Read these words to the members on the phone:",
    `            ${list.map((word, index) => `${index + 1} ${word}`).join("   ")}`,
  ],
  votes: (yes: number, needed: number, names: readonly string[]): string => {
    const marks = "●".repeat(yes) + "○".repeat(Math.max(0, needed - yes));
    const who = names.length === 0 ? "" : ` (${names.join(", ")})`;
    return `Votes     ${marks}  ${yes} of ${needed} needed${who}. Ctrl-C is safe: the same command goes on.`;
  },
  doorAway: "Votes     the company that invited does not answer; it is asked again",
  admitted: "Admitted  you are a member",
  following: (height: number): string => `Chain     block ${count(height)}`,
  follows: (height: number): string =>
    `Ready     you follow the network without a vote, at block ${count(height)}.`,
  votesFrom: (height: number): string => `Ready     you vote from block ${count(height)}.`,
  startLater: "You are a member. Next: tegata start",
  actions: {
    admit: (name: string) => `admit ${name}`,
    remove: (name: string) => `remove ${name}`,
    suspend: (name: string) => `suspend ${name}`,
    readmit: (name: string) => `lift the suspension of ${name}`,
    "replace-root": (name: string) => `give ${name} a new root key`,
    parameters: (_: string, values: readonly string[]) => `parameters: ${values.join(", ")}`,
    "protocol-version": (_: string, values: readonly string[]) => `protocol: ${values.join(", ")}`,
  } satisfies Record<string, (name: string, values: readonly string[]) => string>,
  requestHead: (request: number, title: string): string => `r-${request}  ${title}`,
  requestBy: (action: string, name: string, expires: string): string =>
    action === "admit"
      ? `  invited by ${name}; to be decided ${expires}`
      : `  asked for by ${name}; to be decided ${expires}`,
  handleIs: (handle: string): string => `  handle ${handle}`,
  nodeAt: (address: string | null, reach: string | null): string =>
    address === null
      ? "  its node dials the others"
      : `  node at ${address}${reach === null ? "" : ` (${reach})`}`,
  reach: (answers: boolean): string => (answers ? "it answers" : "nobody answers there now"),
  votesAre: (tally: string): string => `  votes ${tally}`,
  voted: (name: string, approve: boolean): string => `${name} ${approve ? "approves" : "rejects"}`,
  tally: (yes: number, needed: number): string => `${yes} of ${needed} needed`,
  badRequest: (got: string) => ({
    text: `REQUEST cannot be ${got === "" ? "empty" : got}`,
    next: "give its number, as tegata vote list shows it: r-18",
  }),
  askWord: (number: number): string => `Word ${number}, as they read it to you: `,
  askYes: "Approve? [y/N] ",
  wordsSkipped:
    "The words were not compared: whoever got hold of the invitation may have applied in its place.",
  recorded: (approve: boolean, tally: string): string =>
    `${approve ? "Approval" : "Rejection"} recorded: ${tally}.`,
  decided: (height: number | null): string =>
    height === null ? "The vote is on its way." : `Decided at block ${count(height)}.`,
  voteDry: (approve: boolean): string =>
    `Would ${approve ? "approve" : "reject"} it. No vote was sent.`,
  proposed: (request: number, title: string, tally: string): string =>
    `r-${request}  ${title}: ${tally}. Your own vote is not in it: tegata approve r-${request}`,
  proposeDry: (title: string): string => `Would ask the members to ${title}. Nothing was sent.`,
  passed: "The members have decided already: tegata vote list",
  nothingSent: "Nothing was sent.",
  registered: (height: number | null): string =>
    height === null ? "On its way." : `Registered at block ${count(height)}.`,
  parted: {
    leave: (height: number | null) =>
      height === null ? "On its way." : `Your company left the network at block ${count(height)}.`,
    "stand-down": (height: number | null) =>
      height === null ? "On its way." : `Your vote is given back, since block ${count(height)}.`,
  } satisfies Record<string, (height: number | null) => string>,
  partedBefore: {
    leave: "Your company left the network before. The machine may be switched off.",
    "stand-down":
      "Your company has no vote already. The others do not need its node to decide blocks.",
  },
  partingWaits: (what: Parting, height: number): string =>
    `Waiting until ${what === "leave" ? "the leaving" : "it"} is in force, at block ${count(height)}: the others need your node until then. Ctrl-C is safe, switching off is not.`,
  stayOn: (what: Parting): string =>
    `On its way. Leave this machine on until tegata status no longer asks you to; tegata ${what} waits for it.`,
  switchOff: {
    leave: "It is in force: this machine may be switched off.",
    "stand-down":
      "It is in force: you follow without a vote, and the others decide without your node. Back: tegata stand-up",
  },
  wantsNoVote: {
    text: "the settings say that this company wants no vote (node.validator = false)",
    next: "set node.validator to true in config.toml; then tegata stop, tegata start, tegata stand-up",
  },
  standUpDry: {
    "has-vote": "Your company has a vote already.",
    entering: "Your company gets its vote with the next blocks.",
    parting: "What you gave back is not in force yet; the vote can be asked for after that.",
    "new-key":
      "Would make a new consensus key, because one that has voted never does again, and ask for the vote.",
    "not-ready": "Would ask for the vote once the node has followed the chain.",
    ready: "Would ask for the vote now.",
    said: "Would ask for the vote now.",
  } satisfies Record<Step, string>,
  standingUp: {
    "has-vote": "Waiting for the first block with your vote",
    entering: "Asked     waiting until the ledger gives you the vote",
    parting: "Waiting until what you gave back is in force",
    "new-key": "Key       waiting until the ledger has the new consensus key",
    "not-ready":
      "Waiting until the node has followed the chain with the new key. Ctrl-C is safe: the same command goes on.",
    ready: "Asking for the vote",
    said: "Asked     waiting until the ledger gives you the vote",
  } satisfies Record<Step, string>,
  askParting: {
    leave: "Leave the network for good? [y/N] ",
    "stand-down": "Give your vote back? [y/N] ",
  },
  notParted: (what: string) => ({
    text: `${what} was not confirmed`,
    next: `answer y, or say tegata ${what} --yes`,
  }),
  voteColumns: ["Request", "What", "By", "Votes", "Yours", "Decided"],
  myVote: (mine: boolean | null, mayVote: boolean): string =>
    mine === null ? (mayVote ? "waits" : "no say") : mine ? "yes" : "no",
  noRequests: "No request is open.",
  keyColumns: ["Key", "Version", "SHA-256", "Block", "Serves"],
  keyCurrent: "now",
  keyEnds: (when: string, isCompromised: boolean): string =>
    isCompromised ? `ended ${when}: compromised` : `until ${when}`,
  idLabel: "Id",
  noAddress: "none: it dials the others",
  states: {
    left: (height: number): string => `left at block ${count(height)}`,
    admitted: (height: number): string => `admitted at block ${count(height)}, no vote`,
    applied: (request: number, yes: number, needed: number): string =>
      `applied: r-${request}, ${yes} of ${needed} votes`,
    invited: (by: string, expires: string): string => `invited by ${by}, ends ${expires}`,
  },
};
