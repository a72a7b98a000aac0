import type { CommandWords } from "./command-words.ts";

const dryRun = "say what would happen and change nothing";
const passphrase = "file with the passphrase, - for standard input (else it is asked)";

/** English help of the commands for bad days. */
export const enHelpBackup = {
  backup: {
    summary: "one sealed file with everything nobody else can give back",
    examples: [
      "tegata backup /mnt/safe/kato.backup",
      "tegata backup --folder /mnt/safe --keep 14 --passphrase-file /run/secrets/tegata",
    ],
    text: [
      "Holds keys, card, genesis, settings and the gateway's data: outbox, index, keys of streams. It is",
      "sealed under your passphrase and made while the company runs. It lacks the blocks, which the others",
      "have, and always the signer guard.",
    ],
    options: {
      folder: "write into this folder under a name with the time (backup.folder)",
      keep: "how many backups stay in the folder (backup.keep, 7)",
      "with-chain": "the blocks too; the company must be stopped",
      "passphrase-file": passphrase,
      "dry-run": dryRun,
    },
  },
  "backup verify": {
    summary: "whether a backup is whole, and what it holds",
    examples: ["tegata backup verify /mnt/safe/kato.backup"],
    text: [
      "Opens the whole file, compares all of it with what it says of itself and writes nothing.",
    ],
    options: { "passphrase-file": passphrase },
  },
  restore: {
    summary: "make a home folder from a backup, here or on another machine",
    examples: [
      "tegata restore /mnt/safe/kato.backup --home /var/lib/tegata",
      "tegata restore /mnt/safe/kato.backup --replace",
    ],
    text: [
      "Reads the whole backup first, then puts it in place. A signer guard that is there stays; without one",
      "the node follows in silence until later blocks are decided. Never run the old machine beside it.",
    ],
    options: {
      replace:
        "set the keys and the gateway's data of the same company aside for those of the backup",
      "passphrase-file": passphrase,
      "dry-run": "check the backup and write nothing",
    },
  },
  reset: {
    summary: "take the blocks away; they come again from the others",
    examples: ["tegata reset --chain", "tegata reset --chain --yes"],
    text: [
      "Moves the blocks away, or deletes them with --yes, where another company is a member and has them too;",
      "blocks that cannot be read are moved even with --yes. Keys, signer guard and the gateway's data stay:",
      "no command deletes them.",
    ],
    options: {
      chain: "the blocks: node/ in the home folder",
      yes: "delete them instead of moving them away",
      "dry-run": dryRun,
    },
  },
  "keys recover": {
    summary: "read again what lost data could read, by the 24 words",
    examples: ["tegata keys recover", "tegata keys recover tgi1… --words-file words.txt"],
    text: [
      "For a company that runs and has lost the gateway's data, or keys of streams made since its backup.",
      "Every stream, roll and encryption key left its secret on the ledger, sealed to the words of its time:",
      "after members replace-root the old words open what is older, the new ones what is newer.",
      "With TOKEN, for a company that has lost everything: another member runs tegata invite with your name and",
      "gives you the token. It makes four new keys, which end all old ones, follows the chain, and reads again.",
      "It may be ended at any time: the same command goes on where it was.",
    ],
    options: {
      "words-file": "file with the words, readable by you alone (else they are asked)",
      listen: "with TOKEN: where your node listens (the port of its address on the ledger)",
      "api-port": "with TOKEN: port of your API on this machine (7201)",
      "operations-ports": "with TOKEN: ports of health and metrics on this machine (7101,7102)",
      observe: "with TOKEN: follow without asking for a vote where you have none",
      "no-start": "with TOKEN: start nothing once the new keys are on the ledger",
      timeout: "with TOKEN: how long to wait for the ledger, and for the chain (1d)",
      "passphrase-file":
        "with TOKEN: file with a passphrase for the new keys, - for standard input (else it is asked)",
      "dev-keys": "with TOKEN: keys for trying, with a cheap passphrase",
      "dry-run": "check the words and read nothing",
    },
  },
  "keys recover-sign-state": {
    summary: "make a lost signer guard anew from what the others hold",
    examples: ["tegata keys recover-sign-state --from-network"],
    text: [
      "Only where a block cannot be decided without you: else the node votes again by itself. Every other",
      "voting company must be running and answer; one answer too few and nothing is made.",
    ],
    options: {
      "from-network": "ask every other voting company",
      "passphrase-file": passphrase,
      "dry-run": dryRun,
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
