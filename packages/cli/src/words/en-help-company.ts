import type { CommandWords } from "./command-words.ts";

const dryRun = "say what would happen and change nothing";
const passphrase = "file with the passphrase, - for standard input (else it is asked)";

/** English help of the commands that found and run a company. */
export const enHelpCompany = {
  card: {
    summary: "make keys and the card that introduces your company",
    examples: [
      'tegata card --network "Chubu Press" --company "Kato Press" --handle kato \\',
      "      --address /dns4/node.kato.example/tcp/7000 --out kato.card",
    ],
    text: [
      "Makes the keys of your company and its card: a line of text that you send to the other founders.",
      "The 24 recovery words are shown once and three of them are asked back; they are kept nowhere. The",
      "keys are on the disk before: whatever interrupts it, the same command shows the same words again.",
    ],
    options: {
      network: "name of the network, spelled alike on all cards",
      company: "name of your company",
      handle: "short name: a-z, 0-9 and -",
      address: "where others reach your node; up to four",
      listen: "where your node listens, if not at the port of its address",
      "api-port": "port of your API on this machine (7201)",
      "operations-ports": "ports of health and metrics on this machine (7101,7102)",
      expires: "how long the card can be used for founding (30d)",
      out: "write the card to this file (else standard output)",
      "passphrase-file": passphrase,
      "words-file": "write the recovery words to this file instead of showing them",
      "dev-keys": "throw-away keys for trying: no recovery words, cheap passphrase",
      "dry-run": dryRun,
    },
  },
  init: {
    summary: "found a network, or join in founding one",
    examples: [
      "tegata init --found kato.card toda.card nishi.card",
      "tegata init --genesis chubu-press.genesis",
    ],
    text: [
      "One founder makes the genesis from all cards and hands the file to the others, who take it. All",
      "compare the id of the network, for example on the phone.",
    ],
    options: {
      found: "card files of the other founders",
      genesis: "the genesis that another founder made",
      "dry-run": "check everything, show the id and write nothing",
    },
  },
  start: {
    summary: "start node and gateway of your company",
    examples: ["tegata start", "tegata start --foreground --passphrase-file /run/secrets/tegata"],
    text: ["Starts both programs, watches over them and comes back when they answer."],
    options: {
      foreground: "stay and show the logs, for service managers",
      listen: "where machines of the plant may hand in rows, such as 192.168.1.10:7301",
      set: "a setting for this run, such as log.level=debug (tegata help config)",
      "passphrase-file": passphrase,
      "dry-run": "check folder and passphrase and start nothing",
    },
  },
  stop: {
    summary: "stop them",
    examples: ["tegata stop"],
    text: ["Stops both programs and waits until they have ended."],
    options: { "dry-run": dryRun },
  },
  status: {
    summary: "how your company and the network stand",
    examples: ["tegata status", "tegata status --watch", "tegata status --json"],
    text: [
      "Shows what your node has seen, who is connected, what waits to be published and what waits for you.",
      "With --watch in its place on a terminal, else one block of lines a change; Ctrl-C ends it with 130.",
    ],
    options: { watch: "go on looking every second until Ctrl-C" },
  },
  "service show": {
    summary: "the units with which systemd runs your company",
    examples: ["tegata service show", "tegata service show --home /var/lib/tegata --user tegata"],
    text: ["Shows the files that service install writes, with the paths of this machine."],
    options: { user: "user and group that run the programs (tegata)" },
  },
  "service install": {
    summary: "write them for systemd",
    examples: [
      "tegata service install --home /var/lib/tegata --dry-run",
      "tegata service install --home /var/lib/tegata",
    ],
    text: [
      "Writes the units and starts nothing; the answer says what to do next. A file of another text",
      "that is there already is left alone and the command refused.",
    ],
    options: {
      user: "user and group that run the programs (tegata)",
      to: "folder for the units (/etc/systemd/system)",
      "dry-run": dryRun,
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
