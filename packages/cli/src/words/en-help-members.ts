import type { CommandWords } from "./command-words.ts";

const wait = "how long to wait until it is in force (1d)";
const noWait = "only ask; tegata status says when it is in force";
const dryRun = "say what would happen and change nothing";

/** English help of the commands about who the members are. */
export const enHelpMembers = {
  invite: {
    summary: "invite a company to apply",
    examples: ['tegata invite "Kato Press KK"', 'tegata invite "Kato Press KK" --ttl 24h --json'],
    text: [
      "Gives a line that one company can use once, to apply: it becomes a member only when enough members",
      "approve. Send it over a channel that you trust; who has the line can apply in that company's place.",
      "Your node listens for the company while the invitation is open, one port above its own.",
      "With the name of a member it lets that company back in, which lost its machine: tegata keys recover.",
    ],
    options: { ttl: "how long it can be used (72h; at most 30d)", "dry-run": dryRun },
  },
  join: {
    summary: "join a network with an invitation",
    examples: [
      'tegata join tgi1… --company "Kato Press KK" --handle kato --address /dns4/node.kato.example/tcp/7000',
      "tegata join tgi1…",
    ],
    text: [
      "Checks that the network is the one that invited you before anything is sent, makes your keys, applies,",
      "shows eight words that you read to the members on the phone, waits for their votes, and starts your",
      "company. It may be ended at any time: the same command goes on where it was.",
    ],
    options: {
      company: "name of your company (else it is asked)",
      handle: "short name: a-z, 0-9 and - (else it is asked)",
      address: "where others reach your node; none: your node dials them",
      listen: "where your node listens, if not at the port of its address",
      "api-port": "port of your API on this machine (7201)",
      "operations-ports": "ports of health and metrics on this machine (7101,7102)",
      observe: "follow without a vote",
      "no-start": "start nothing once you are a member",
      timeout: "how long to wait for the votes, and for the chain (14d)",
      "passphrase-file": "file with the passphrase, - for standard input (else it is asked)",
      "words-file": "write the recovery words to this file instead of showing them",
      "dev-keys": "throw-away keys for trying: no recovery words, cheap passphrase",
      "dry-run": "check invitation and network and make nothing",
    },
  },
  approve: {
    summary: "vote on what a member or an applicant asks for",
    examples: [
      "tegata approve",
      "tegata approve r-18 --words lantern,violet",
      'tegata approve r-18 --reject --reason "not known to us"',
    ],
    text: [
      "Shows the request and asks for two of the eight words that the company reads to you, so that nobody",
      "else is taken for it. With several requests, name one: tegata vote list shows them.",
    ],
    options: {
      words: "two of the words, for scripts (else they are asked)",
      yes: "approve without comparing words",
      reject: "vote against it",
      reason: "why you reject it; everybody reads it",
      "dry-run": "show the request and vote on nothing",
    },
  },
  "vote list": {
    summary: "what the members have to decide on",
    examples: ["tegata vote list", "tegata vote list --mine --json"],
    text: ["Lists the open requests with their votes, and until when they can be decided."],
    options: { mine: "only those that wait for your vote" },
  },
  "members list": {
    summary: "the companies of the network",
    examples: ["tegata members list", "tegata members list --json"],
    text: [
      "Lists all companies and those that are invited or have applied, how their nodes are connected with yours, the version of their programs, and what",
      "they do in the network. Two companies that nobody can dial work through the others.",
      "A company that let its turn to propose pass votes on, and others propose for it for a while. One that",
      "signed two contradicting messages is suspended: its votes do not count.",
    ],
    options: {},
  },
  "members show": {
    summary: "one company with its addresses and keys",
    examples: ["tegata members show kato", 'tegata members show "Kato Press KK" --json'],
    text: [
      "Shows what the ledger knows of a company: its standing, its addresses, and each of its keys.",
    ],
    options: {},
  },
  "members remove": {
    summary: "ask the members to remove a company",
    examples: ["tegata members remove kato --dry-run", "tegata members remove kato"],
    text: [
      "Opens a request; the other members decide with tegata approve, the company itself has no say, and your",
      "own vote is not in it. Whoever is removed keeps what it could read; streams are closed to it by themselves.",
    ],
    options: { "dry-run": dryRun },
  },
  "members suspend": {
    summary: "ask the members to suspend a company's vote",
    examples: ["tegata members suspend kato"],
    text: ["As members remove, but the company stays a member: its votes on blocks do not count."],
    options: { "dry-run": dryRun },
  },
  "members readmit": {
    summary: "ask the members to lift a suspension",
    examples: ["tegata members readmit kato"],
    text: ["Opens a request; once enough members approve, the company votes again."],
    options: { "dry-run": dryRun },
  },
  "members addresses": {
    summary: "register where others reach your node",
    examples: [
      "tegata members addresses --address /dns4/node.kato.example/tcp/7000",
      "tegata members addresses --none",
    ],
    text: [
      "Replaces your company's addresses on the ledger; the others dial the new ones at once.",
    ],
    options: {
      address: "where others reach your node; up to four",
      none: "nobody dials your node; it dials the others",
      "dry-run": dryRun,
    },
  },
  "stand-down": {
    summary: "give your vote back and go on as an observer",
    examples: ["tegata stand-down", "tegata stand-down --yes"],
    text: [
      "Your company stays a member, publishes and reads, and no longer votes on blocks. The command waits until",
      "that is in force: until then the others need your node. Back to a vote: tegata stand-up",
    ],
    options: { yes: "do not ask", timeout: wait, "no-wait": noWait, "dry-run": dryRun },
  },
  "stand-up": {
    summary: "ask for your vote again",
    examples: ["tegata stand-up --dry-run", "tegata stand-up", "tegata stand-up --timeout 10min"],
    text: [
      "For a company that stood down. Makes a new consensus key where the old one has voted, because that one",
      "never does again; says that the node can vote once it has followed the chain; and waits for the vote.",
      "It may be ended and said again: it goes on. A second new key within an hour has to wait for the rest of it.",
    ],
    options: {
      "passphrase-file": "file with the passphrase, - for standard input (else it is asked)",
      timeout: "how long to wait (1d)",
      "dry-run": dryRun,
    },
  },
  leave: {
    summary: "leave the network",
    examples: ["tegata leave", "tegata leave --yes"],
    text: [
      "Ends your membership for good: your transactions are refused from then on, and the others close their",
      "streams to you. Coming back takes a new invitation and new keys. The command waits until it is in force",
      "and says when this machine may be switched off: until then the others need your node.",
    ],
    options: { yes: "do not ask", timeout: wait, "no-wait": noWait, "dry-run": dryRun },
  },
} satisfies Readonly<Record<string, CommandWords>>;
