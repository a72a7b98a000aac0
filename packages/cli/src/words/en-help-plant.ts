import type { CommandWords } from "./command-words.ts";

/** English help of the commands about tokens for machines of a plant. */
export const enHelpPlant = {
  "tokens create": {
    summary: "let a machine of the plant hand in rows of one stream",
    examples: [
      'tegata tokens create press-3 --name "line 3 PC" --until 1y',
      'tegata tokens create press-3 --name "line 3 PC" > token.txt',
    ],
    text: [
      "For a machine on which nothing can be installed: it sends its CSV or NDJSON files by HTTPS to",
      "the address that the setting plant.listen names. With its token it can hand in rows of this one",
      "stream and nothing else. The token is written once, to standard output; only its hash is kept.",
      "Beside it stand the address, the certificate to copy to the machine and its SHA-256. Senders to",
      "copy, for PowerShell and curl: docs/guides/line-engineer.md.",
    ],
    options: {
      name: "which machine it is for",
      until: "when it ends, as a time or a length such as 90d or 1y (else when it is taken back)",
      tz: "zone of times given and shown (this machine's)",
      "dry-run": "check it and make no token",
    },
  },
  "tokens list": {
    summary: "tokens of machines of the plant, and when each was used last",
    examples: ["tegata tokens list"],
    text: ["Says too where the machines reach the gateway, and by which certificate they know it."],
    options: { tz: "zone of times shown (this machine's)" },
  },
  "tokens revoke": {
    summary: "take the token of a machine back",
    examples: ['tegata tokens revoke "line 3 PC"'],
    text: ["It is refused from that moment on. What it handed in stays."],
    options: { "dry-run": "say what would be taken back and change nothing" },
  },
} satisfies Readonly<Record<string, CommandWords>>;
