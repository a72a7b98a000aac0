import type { CommandWords } from "./command-words.ts";

const wordsFile = "file with the words, readable by you alone (else they are asked)";

/** English help of the commands about a company's keys. */
export const enHelpKeys = {
  "keys list": {
    summary: "your company's keys: versions, since when, until when",
    examples: ["tegata keys list", "tegata keys list --json"],
    text: ["What the ledger has of the four keys; a key is named by the SHA-256 of its bytes."],
    options: {},
  },
  "keys rotate": {
    summary: "put a new key in the place of one of the four",
    examples: [
      "tegata keys rotate consensus",
      "tegata keys rotate encryption --words-file words.txt",
      "tegata keys rotate network --compromised",
    ],
    text: [
      "The new key is on the disk before the others hear of it, and this company takes it up by itself",
      "as soon as the ledger has; interrupted, the same command goes on. transaction and encryption take",
      "the 24 recovery words.",
    ],
    options: {
      compromised: "somebody else may have the old key: it ends at once, not in an hour",
      "words-file": wordsFile,
      "passphrase-file": "file with the passphrase of the keystore (else it is asked)",
      "dry-run": "say what would happen and change nothing",
    },
  },
  "members replace-root": {
    summary: "ask the members to take new recovery words for lost ones",
    examples: ["tegata members replace-root"],
    text: [
      "Makes 24 new words, shows them once and asks the members to vote. Until they agree the old words",
      "count; afterwards run tegata keys rotate encryption.",
    ],
    options: {
      "words-file": "write the words into this new file instead of showing them",
      "dry-run": "say what would be asked and make nothing",
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
