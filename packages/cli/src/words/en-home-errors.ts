import type { CliErrorCode, CliErrorDetails } from "../errors.ts";
import { bytes, duration } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import { userText } from "../print/user.ts";
import { enCardRefusals } from "./en-card-refusals.ts";
import type { ErrorWords } from "./error-words.ts";

type HomeCode = Extract<
  CliErrorCode,
  | `CLI_${"FILE" | "HOME" | "CARD" | "GENESIS" | "PASSPHRASE" | "WORDS" | "PROGRAM"}_${string}`
  | "CLI_GATEWAY_RESTARTING"
  | "CLI_ALREADY_RUNNING"
  | "CLI_NOT_RUNNING"
>;

function fileReason(reason: string): string {
  switch (reason) {
    case "ENOENT":
      return "there is no such file or folder";
    case "EEXIST":
      return "it is there already, and nothing is written over";
    case "EACCES":
    case "EPERM":
      return "this user may not do that there";
    case "EISDIR":
      return "it is a folder";
    case "ENOTEMPTY":
      return "the folder is not empty";
    case "ENOSPC":
      return "there is no space left on the disk";
    case "EFBIG":
      return "it is larger than files may be there";
    default:
      return reason;
  }
}

const passphraseFaults = {
  short: "it has fewer than 8 characters",
  long: "it has more than 1,024 characters",
  different: "the two entries were not the same",
} as const;

/** English words of the codes about home folders, keys and the two programs. */
export const enHomeErrors: {
  readonly [Code in HomeCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  CLI_FILE_UNREADABLE: ({ path, reason }) => ({
    message: `${path} cannot be read`,
    why: fileReason(reason),
    next: "name a file that this user may read",
  }),
  CLI_FILE_NOT_WRITTEN: ({ path, reason }) => ({
    message: `${path} cannot be written`,
    why: fileReason(reason),
    next: "name another file, or move that one away",
  }),
  CLI_HOME_TAKEN: ({ home }) => ({
    message: `${home} holds the keys of a company already`,
    why: "keys are made once; new ones would lock out the old data",
    next: "name another folder with --home, or go on with tegata init",
  }),
  CLI_HOME_EMPTY: ({ home, near }) => {
    const [meant] = near;
    return {
      message: `there is no company in ${home}`,
      why:
        near.length > 1
          ? `companies lie in ${near.join(", ")}`
          : "no card was made there, or the folder is another one",
      next:
        meant === undefined
          ? "name the company's folder with --home, or make a company with tegata card"
          : `did you mean --home ${shellWord(meant)}?`,
    };
  },
  CLI_HOME_CLOSED: ({ home, owner, own }) => ({
    message: `the folder ${home} is closed to this user`,
    why: `it belongs to ${userText(owner)}${own === null ? "" : `, and you are ${userText(own)}`}: a company has one user, because its keys lie there`,
    next: "run the same command as that user, for example with sudo -u",
  }),
  CLI_GATEWAY_RESTARTING: ({ home }) => ({
    message: "the gateway does not answer just now",
    why: `the company in ${home} runs: its gateway is starting, or was started again a moment ago`,
    next: "say it again in a few seconds; if it stays so, tegata doctor",
  }),
  CLI_HOME_NOT_FOUNDED: ({ home }) => ({
    message: `the company in ${home} belongs to no network yet`,
    why: "it has a card and no genesis",
    next: "say tegata init --found CARD… once, or tegata init --genesis FILE with the one you were given",
  }),
  CLI_HOME_TOO_LONG: ({ home, bytesMax }) => ({
    message: `the folder ${home} has too long a path`,
    why: `sockets lie in it, and the system gives their names ${bytes(bytesMax)} at most`,
    next: "name a folder with a shorter path with --home",
  }),
  CLI_CARD_REFUSED: ({ code, file }) => ({
    message: file === null ? "the card cannot be made" : `the card ${file} is refused`,
    why: enCardRefusals[code] ?? code,
    next:
      file === null
        ? "correct it and run the command again"
        : "ask its company for a new card; nothing was changed here",
  }),
  CLI_GENESIS_TAKEN: ({ home }) => ({
    message: `the company in ${home} belongs to a network already`,
    why: "a home folder joins one network, once",
    next: "look at it with tegata status; another network needs another --home",
  }),
  CLI_GENESIS_WITHOUT_US: ({ network }) => ({
    message: `your company is not among the founders of ${network}`,
    why: "its card, as it lies here, is not in that genesis",
    next: "send your card to whoever founds the network and ask for a new genesis",
  }),
  CLI_PASSPHRASE_MISSING: () => ({
    message: "there is no passphrase",
    why: "no terminal is there to ask at",
    next: "name a file with --passphrase-file, or - for standard input",
  }),
  CLI_PASSPHRASE_REFUSED: ({ reason }) => ({
    message: "the passphrase cannot be used",
    why: passphraseFaults[reason],
    next: "choose one of at least 8 characters and give it again",
  }),
  CLI_WORDS_UNSEEN: () => ({
    message: "nobody is there to write down the recovery words",
    why: "without them a lost disk is a lost company, and they are shown once",
    next: "run this in a terminal, or name a file for them with --words-file",
  }),
  CLI_CARD_UNFINISHED: ({ home }) => ({
    message: `the company in ${home} has no recovery words yet`,
    why: "its keys were made, and nobody has shown that the words are on paper",
    next: "say the same tegata card again: it shows the words and asks three of them back",
  }),
  CLI_WORDS_WRONG: () => ({
    message: "the recovery words were not written down",
    why: "the words that were asked back were wrong three times",
    next: "run the command again: it shows the words that hold; write those down",
  }),
  CLI_ALREADY_RUNNING: ({ home, pid }) => ({
    message: `the company in ${home} is running already`,
    why: pid === null ? "another process holds its folder" : `process ${pid} runs it`,
    next: "look at it with tegata status, or end it with tegata stop",
  }),
  CLI_NOT_RUNNING: ({ home }) => ({
    message: `the company in ${home} is not running`,
    why: "no process holds its folder",
    next: "start it with tegata start",
  }),
  CLI_PROGRAM_ENDED: ({ program, exit, log }) =>
    exit > 128
      ? {
          message: `the ${program} was ended from outside (signal ${exit - 128})`,
          why: "somebody ended it, or the system did for want of memory",
          next: `run tegata start again; where it ends again, look at the memory and at the end of ${log}`,
        }
      : {
          message: `the ${program} ended with code ${exit}`,
          why: "it gave no reason that this program knows",
          next: `look at the end of ${log}`,
        },
  CLI_PROGRAM_SILENT: ({ program, waitedMs, log }) => ({
    message: `the ${program} did not answer within ${duration(waitedMs)}`,
    why: "it may still be checking its data, or be stuck",
    next: `look at the end of ${log} and at tegata status`,
  }),
};
