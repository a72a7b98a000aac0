import { bytes } from "../print/human.ts";
import { enCardRefusals } from "./en-card-refusals.ts";
import { enInvitationForeign } from "./en-invitation-foreign.ts";
import { enMembershipRefusals } from "./en-membership-refusals.ts";
import { enSettingsErrors } from "./en-settings.ts";
import type { CodePage, ErrorWords, ForeignDetail, ForeignText } from "./error-words.ts";

function said(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function at(place: unknown): string {
  return typeof place === "string" && place !== "" ? ` at ${place}` : "";
}

function folderReason(reason: string): string {
  if (reason === "ENOENT" || reason === "ENOTDIR") return "there is no such folder";
  if (reason === "EACCES" || reason === "EPERM" || reason === "EROFS") {
    return "this user may not move files in it";
  }
  return reason;
}

/** English words of errors of other packages that say only a code. */
export const enForeignTexts = {
  ...enSettingsErrors,
  ...enMembershipRefusals,
  COLLECT_RUNNING: ({ pid }) => ({
    message: "this is collected already",
    why:
      typeof pid === "number"
        ? `process ${pid} takes the same source into the same stream`
        : "another process takes the same source into the same stream",
    next: "stop that process first, or name another source or stream",
  }),
  COLLECT_STATE_DAMAGED: ({ path }) => ({
    message: "nobody knows how much of what was collected was handed over",
    why: `${said(path, "the file that says so")} cannot be read`,
    next: "compare the stream's last rows with the source, then move that folder away and start again",
  }),
  COLLECT_FOLDER_UNUSABLE: ({ folder, reason }) => ({
    message: `the folder ${said(folder, "")} cannot be watched`,
    why: folderReason(said(reason, "")),
    next: "check its name, that the share is mounted and that this user may write in it",
  }),
  GATEWAY_UNREACHABLE: ({ where }) => ({
    message: `no gateway answers at ${where}`,
    why: "it is not running, or it listens elsewhere",
    next: "start it with tegata start, or name its folder with --home",
  }),
  GATEWAY_ANSWER_UNKNOWN: () => ({
    message: "what answered is not a gateway",
    why: "its answer is in no form this program knows",
    next: "check the address; both sides need a compatible version",
  }),
  GATEWAY_ANSWER_TOO_LARGE: ({ size }) => ({
    message: "the answer is too large",
    why: `it has ${bytes(Number(size))}`,
    next: "ask for less, for example with --limit",
  }),
  GATEWAY_LISTEN_FAILED: ({ where }) => ({
    message: `the gateway cannot listen${at(where)}`,
    why: "another program has the port or socket, or the address is not one of this machine",
    next: "stop that program, or change api.port and operations.gatewayPort in the settings",
  }),
  NODE_LISTEN_FAILED: ({ addresses, message }) => ({
    message: Array.isArray(addresses)
      ? `the node cannot listen${at(addresses.join(", "))}`
      : said(message, "the node cannot listen"),
    why: "another program has the port, or the address is not one of this machine",
    next: "stop that program, or change network.listen and operations.nodePort in the settings",
  }),
  NODE_OUTDATED: ({ height, inForce }) => ({
    message: `protocol version ${String(inForce)} is in force from block ${String(height)} on`,
    why: "the members voted for a newer protocol, which this program does not follow",
    next: "install the new version of the program and start again: it goes on where it stopped",
  }),
  NODE_SIGN_STATE_SHARED: () => ({
    message: "somebody else signs with the consensus key of this node; it has stopped",
    why: "the home folder was copied and both copies run, or its keys are in other hands",
    next: "stop one of the two for good and move its folder away; if you know of none, make a new consensus key",
  }),
  NODE_RECOVERY_SILENT: ({ message }) => ({
    message: "the signer guard was not made anew",
    why: said(message, "not everybody has said what it holds"),
    next: "try again when all of them run; else the node votes by itself once later blocks are decided",
  }),
  LEDGER_BACKUP_WRONG_PASSPHRASE: () => ({
    message: "the passphrase does not open the backup",
    why: "it is another one than when the backup was made, or its beginning was altered",
    next: "type it again; if it is right, take another backup",
  }),
  LEDGER_BACKUP_DAMAGED: ({ chunk }) => ({
    message: "the backup is damaged",
    why: `it was altered or ends too early (chunk ${said(chunk, "unknown")}); nothing of it was taken`,
    next: "take another copy of it, or an older backup",
  }),
  LEDGER_BACKUP_MALFORMED: ({ reason }) => ({
    message: "the file is no backup",
    why: said(reason, "it has another form"),
    next: "check that it is the right file and came over whole; one of another format is restored by the version that made it",
  }),
  NODE_GUARD_FOREIGN: ({ path, other }) => ({
    message: `the signer guard is that of another ${said(other, "key")}`,
    why: "the file was copied over the one that remembers what this key has signed",
    next: `put your own ${said(path, "file")} back, or move this one away: the node then follows until later heights are decided`,
  }),
  LEDGER_KEYSTORE_WRONG_PASSPHRASE: () => ({
    message: "the passphrase does not open the keys",
    why: "it is another one, or the keystore file was changed",
    next: "type it again; if it is right, restore the keystore from a backup",
  }),
  LEDGER_SECRET_FILE_EXPOSED: ({ path, mode }) => ({
    message: `others may read the secret file ${said(path, "")}`.trimEnd(),
    why: `its mode is ${said(mode, "too open")}; only its owner may have access`,
    next: "chmod 600 the file, and think about who may have read it",
  }),
  LEDGER_SECRET_FILE_UNREADABLE: ({ path, reason }) =>
    String(reason).startsWith("ENOENT")
      ? {
          message: `there is no secret file ${said(path, "")}`.trimEnd(),
          why: "nothing has this name here",
          next: "check its name",
        }
      : secretUnreadable(path, reason),
  LEDGER_STORE_DAMAGED: ({ what }) => ({
    message: "the blocks on this disk are damaged",
    why: `${said(what, "some of it")} is not what was written: the disk, or something beside this program, altered it`,
    next: "keep a copy of node/, move it away and run tegata start: all of it comes from the others",
  }),
  LEDGER_STORE_OTHER_FORMAT: ({ expected, actual }) => ({
    message: "the data on this disk has another format",
    why: `it has format ${said(actual, "unknown")}, and this program reads ${said(expected, "another")}; nothing was changed`,
    next: "run the version of the program that wrote it, or begin with this one in an empty folder (--home)",
  }),
  LEDGER_STORE_FAILED: ({ folder, operation }) => ({
    message: `the disk refused to ${said(operation, "write")}${at(folder)}`,
    why: "it is full, or it fails",
    next: "make space or look at the disk, then run tegata start",
  }),
  NODE_SYNC_FAILED: ({ path, operation }) => ({
    message: `the disk refused to ${said(operation, "write")}${at(path)}`,
    why: "it is full, or it fails; the node signed nothing more",
    next: "make space or look at the disk, then run tegata start",
  }),
  NODE_DISK_FULL: ({ freeBytes, neededBytes }) => ({
    message: "the disk is almost full, so the node has stopped",
    why: `${bytes(Number(freeBytes))} are free, and it wants ${bytes(Number(neededBytes))}`,
    next: "make space, then run tegata start",
  }),
  LEDGER_STORE_LOCKED: ({ folder, pid }) => ({
    message: `the data is in use${at(folder)}`,
    why: typeof pid === "number" ? `process ${pid} works on it` : "another process works on it",
    next: "stop that process first",
  }),
  LEDGER_BAD_TEXT: ({ expected }) => ({
    message: `the text is not ${said(expected, "what it should be")}`,
    why: "it begins otherwise, or some of it is missing",
    next: "copy the whole line again, or ask for the file",
  }),
  LEDGER_CARD_SIGNATURE: ({ name }) => ({
    message: `the card of ${said(name, "a company")} was changed`,
    why: "one of its four signatures is not right",
    next: "ask the company for a new card; do not use this one",
  }),
  LEDGER_GENESIS_CARD: ({ reason }) => ({
    message: "a card in the genesis is refused",
    why: enCardRefusals[String(reason)] ?? said(reason, "it breaks a rule"),
    next: "ask that company for a new card and found the network with it",
  }),
  LEDGER_GENESIS_KEY_REPEATED: () => ({
    message: "two of the companies have a key in common",
    why: "one of them copied the other's keys",
    next: "each company makes its own keys and a new card",
  }),
  LEDGER_GENESIS_CONFUSABLE: () => ({
    message: "the names of two companies look alike",
    why: "people could take one for the other",
    next: "one of them chooses another name or handle and makes a new card",
  }),
  ...enInvitationForeign,
  NODE_API_UNREACHABLE: ({ socketPath }) => ({
    message: `no node answers at ${socketPath}`,
    why: "it is not running, or it runs with another home folder",
    next: "start it with tegata start",
  }),
} satisfies Readonly<Record<string, ForeignText>>;

/** English words of an error of another package, or null where its own words are used. */
export function enForeign(code: string, detail: ForeignDetail): ErrorWords | null {
  const texts: Readonly<Record<string, ForeignText>> = enForeignTexts;
  return Object.hasOwn(texts, code) ? (texts[code]?.(detail) ?? null) : null;
}

/** The page about a code; null: it is the row of docs/ERRORS.md. */
export function enCodePage(_code: string): CodePage | null {
  return null;
}

function secretUnreadable(path: unknown, reason: unknown): ErrorWords {
  return {
    message: `the secret file ${said(path, "")} cannot be read or written`.replace("  ", " "),
    why: said(reason, "the system refused it"),
    next: "check the path; a file that is there is never written over",
  };
}
