import type { CliErrorCode, CliErrorDetails } from "../errors.ts";
import { ago, bytes as bytesOf, counted } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import type { ErrorWords } from "./error-words.ts";

/** English words of `backup`, `restore`, `reset` and `keys recover-sign-state`. */
export const enBackup = {
  noTarget: {
    text: "no file was named for the backup",
    next: "name one, or a folder with --folder, or set backup.folder",
  },
  badKeep: (got: string) => ({
    text: `--keep ${got} is no number from 1`,
    next: "say how many backups stay in the folder, for example --keep 7",
  }),
  dry: (path: string): string => `Would write the backup ${path}.`,
  written: (path: string, bytes: number): string => `Backup   ${path}, ${bytesOf(bytes)}`,
  removed: (name: string): string => `Removed  ${name}, which was older than those that stay`,
  lacks: (chain: boolean): string =>
    chain
      ? "Lacks    the blocks (they come from the others) and the signer guard (no copy of it is ever safe)"
      : "Lacks    the signer guard (no copy of it is ever safe)",
  next: (path: string): string =>
    `Next     tegata backup verify ${shellWord(path)}, and keep it elsewhere`,
  intact: (path: string, company: string, madeMs: number, nowMs: number): string =>
    `${path} is whole: ${company}, made ${ago(madeMs, nowMs)}`,
  holds: (name: string, kind: "file" | "database", entries: number, bytes: number): string =>
    kind === "file"
      ? `  ${name}, ${bytesOf(bytes)}`
      : `  ${name}, ${counted(entries, "entry", "entries")}, ${bytesOf(bytes)}`,
  restoreDry: (company: string, home: string): string =>
    `The backup is whole. Would restore ${company} into ${home}.`,
  restored: (company: string, home: string, madeMs: number, nowMs: number): string =>
    `Restored ${company} into ${home}, as of ${ago(madeMs, nowMs)}.`,
  setAside: (path: string): string => `What was there lies in ${path}.`,
  guardKept: "The signer guard that is here stays.",
  guardMissing:
    "No signer guard is here: the node follows in silence and votes once later blocks are decided.",
  chainMissing: "The blocks come from the other companies.",
  restoreNext: "Next: stop the old machine for good if it still runs; then tegata start",
  resetWhat: {
    text: "nothing was named to reset",
    next: "tegata reset --chain takes the blocks away; keys and guard always stay",
  },
  reset: (movedTo: string | null, dryRun: boolean): string => {
    const would = dryRun ? "Would be" : "Were";
    return movedTo === null
      ? `The blocks: ${would} deleted.`
      : `The blocks: ${would} moved to ${movedTo}.`;
  },
  resetNothing: "There are no blocks here.",
  resetUnread: (code: string): string =>
    `They could not be read (${code}), so that nobody knows whether another company has them: they are not deleted.`,
  resetKeeps:
    "Keys, signer guard and the gateway's data stay. Next: tegata start; the blocks come from the others.",
  noWords: {
    text: "nobody is there to ask for the recovery words",
    next: "run this in a terminal, or name a file with --words-file",
  },
  badWords: {
    text: "these are not 24 recovery words",
    next: "check each word against the paper, in order; one wrong letter is enough",
  },
  askWords: "The 24 recovery words, with spaces between (nothing is shown): ",
  keysDry: "The words are in order. Would read the ledger for keys that they open.",
  keysReading: "Reading the ledger for keys that the words open …",
  keysBack: (streams: number, generations: number, grants: number, keys: number): string =>
    [
      `Readable again: ${counted(streams, "own stream", "own streams")}`,
      `with ${counted(generations, "key", "keys")},`,
      `${counted(grants, "grant", "grants")} of others,`,
      `by ${counted(keys, "earlier encryption key", "earlier encryption keys")}.`,
    ].join(" "),
  keysMissing: (missing: number): string =>
    `${counted(missing, "key", "keys")} could not be opened yet: repeat it when tegata status fetches nothing any more.`,
  keysOtherWords: (count: number): string =>
    `${counted(count, "key is", "keys are")} sealed to other words: after members replace-root say it once with the old and once with the new ones.`,
  recoverFrom: {
    text: "it was not said what the guard is to be made from",
    next: "tegata keys recover-sign-state --from-network asks every other company",
  },
  recoverDry: "Would ask every other voting company which messages of this node it holds.",
  recovering: "Asking every other voting company which messages of this node it holds …",
  recovered: "The signer guard is made anew, above everything the others hold. Next: tegata start",
};

type BackupCode = Extract<CliErrorCode, `CLI_${"BACKUP" | "RESTORE" | "RESET"}_${string}`>;

/** English words of the codes about backups. */
export const enBackupErrors: {
  readonly [Code in BackupCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  CLI_BACKUP_CHAIN_IN_USE: ({ home }) => ({
    message: `the blocks in ${home} are in use`,
    why: "with the blocks a backup is made while the company is stopped; without them it may run",
    next: "leave --with-chain away (the blocks come from the others), or tegata stop first",
  }),
  CLI_RESTORE_UNFINISHED: ({ home }) => ({
    message: `a backup was not restored to its end in ${home}`,
    why: "the machine or the program ended in between; some of it is in place and some is not",
    next: "run the same tegata restore again: it begins anew and loses nothing",
  }),
  CLI_RESTORE_OTHER: ({ home, company }) => ({
    message: `this backup is of another company than the one in ${home}`,
    why: `restoring a backup of ${company} began there and was cut off; some of it is in place`,
    next: `run tegata restore with the backup of ${company} again, or name another folder with --home`,
  }),
  CLI_RESET_ALONE: ({ home }) => ({
    message: "the blocks stay: nobody else has them",
    why: `every other company has left the network of ${home} or none ever joined: nobody could give them back`,
    next: "make a backup with tegata backup --with-chain; move node/ away by hand if you mean it",
  }),
};
