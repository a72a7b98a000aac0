import { date } from "../print/human.ts";

/** English words of `card` and `init`. */
export const enFounding = {
  settingsHead: (company: string): string =>
    `Settings of ${company}. All of them: docs/SETTINGS.md; what holds: tegata config show --origin`,
  askPassphrase: "Passphrase for the keys: ",
  askPassphraseAgain: "The same once more: ",
  wordsIntro: [
    "These 24 words restore your company's keys if its disk is lost. They are shown once and stored",
    "nowhere: write them on paper, in this order, and keep the paper where no machine reads it.",
  ],
  wordsWritten: "Written down? Press Enter and they leave the screen. ",
  wordsAsk: (number: number): string => `Word ${number}, from your paper: `,
  wordWrong: "That is another word. Here they are again.",
  wordsRight: "All three right.",
  wordsInFile: (path: string): string =>
    `The 24 recovery words lie in ${path} in the clear. Put them on paper and delete the file.`,
  throwAway: "Throw-away keys: nobody can restore them, and their passphrase protects little.",
  goesOn: (company: string): string =>
    `The keys of ${company} were made before; nobody has their recovery words yet.`,
  keysMade: (home: string): string => `Keys made in ${home}.`,
  cardWritten: (path: string): string => `Card written to ${path}.`,
  cardNext: [
    "Next: send the card to the other founders. Exactly one of you founds the network, with all cards:",
    "  the one     tegata init --found CARD…",
    "  the others  tegata init --genesis FILE     with the file that the one hands out",
  ].join("\n"),
  cardDry: (company: string, handle: string, network: string, expiresMs: number): string =>
    `Would make keys and a card of ${company} (${handle}) for ${network}, valid until ${date(expiresMs, "UTC")}.`,
  company: "Company",
  handle: "Handle",
  address: "Address",
  network: (name: string): string => `Network  ${name}`,
  networkId: (id: string): string => `Id       ${id}`,
  genesisWritten: (path: string): string => `Genesis  ${path}`,
  foundNext: (path: string): string =>
    `Next: hand ${path} to the others, who say tegata init --genesis FILE (not --found); compare the id.`,
  startNext: "Then: tegata start",
  joinNext: "Next: compare the id with the other founders, for example on the phone.",
  initDry: "Nothing was written.",
};
