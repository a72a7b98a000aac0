import type { InputProblem } from "./input/problem.ts";
import type { ProblemCause } from "./input/rows.ts";
import type { SecretKind } from "./input/secret-file.ts";
import type { Foreign } from "./input/sniff.ts";
import type { SplitTime } from "./input/split-time.ts";

/** Which rule a schema, a facet option or a schema file breaks. */
export type SchemaRule =
  | "json"
  | "shape"
  | "name"
  | "name-twice"
  | "zone"
  | "field-count"
  | "facet-count"
  | "facet-form"
  | "facet-unknown"
  | "facet-empty"
  | "field-ambiguous"
  | "field-in-two-facets"
  | "field-in-no-facet";

/**
 * Every code a {@link CliError} can carry, with the type of its detail (`null`: none).
 * Each code has a line in docs/ERRORS.md and its words in the catalogue.
 */
export interface CliErrorDetails {
  /** A mistake of this program, or of the machine, that no other code names. */
  readonly CLI_UNEXPECTED: { readonly text: string };
  /** The disk of the home folder, or of what is written, has no room. */
  readonly CLI_DISK_FULL: { readonly path: string };
  /**
   * The command line is wrong; both texts are complete sentences in the reader's language. `english`: the
   * same for programs, where that is another language.
   */
  readonly CLI_USAGE: {
    readonly text: string;
    readonly next: string;
    readonly english?: { readonly text: string; readonly next: string };
  };
  /** A question was answered with no; both texts are complete sentences in the reader's language. */
  readonly CLI_DECLINED: { readonly text: string; readonly next: string };
  readonly CLI_INPUT_MISSING: { readonly path: string };
  readonly CLI_INPUT_UNREADABLE: { readonly path: string; readonly reason: string };
  readonly CLI_INPUT_TOO_LARGE: { readonly path: string; readonly bytesMax: number };
  /** The file changed between the check and the sending. */
  readonly CLI_INPUT_CHANGED: { readonly path: string };
  /** The rest of the file cannot be read as what it should be. */
  readonly CLI_INPUT_BROKEN: { readonly problem: InputProblem };
  /** The file belongs to the keys of a company; what stands in it is not shown. */
  readonly CLI_INPUT_SECRET: { readonly path: string; readonly kind: SecretKind };
  readonly CLI_FORMAT_UNKNOWN: { readonly path: string; readonly found: Foreign };
  /** Rows do not fit; nothing was sent. `problems` holds the first ones only. */
  readonly CLI_ROWS_REFUSED: {
    readonly path: string;
    readonly rowCount: number;
    readonly problemCount: number;
    readonly problems: readonly InputProblem[];
    readonly causes: readonly ProblemCause[];
  };
  /** `place`: where in the schema or which option; `got`: what stood there. */
  readonly CLI_SCHEMA_REFUSED: {
    readonly rule: SchemaRule;
    readonly place: string;
    readonly got: string;
  };
  readonly CLI_COLUMN_UNKNOWN: {
    readonly option: string;
    readonly column: string;
    readonly known: readonly string[];
  };
  readonly CLI_TIME_REFUSED: { readonly option: string; readonly got: string };
  /** Nobody said where the times come from, and a column of numbers plainly counts them. */
  readonly CLI_TIME_UNSAID: {
    readonly path: string;
    readonly column: string;
    readonly unit: "s" | "ms" | "excel";
    readonly example: string;
  };
  /** The column of the rows' times holds days alone, and another one the time of day. */
  readonly CLI_TIME_SPLIT: SplitTime & { readonly path: string };
  readonly CLI_ZONE_UNKNOWN: { readonly zone: string; readonly suggestion: string | null };
  /** The rows of a document are not the whole document in order. */
  readonly CLI_DOCUMENT_BROKEN: { readonly name: string; readonly reason: DocumentFault };
  /** A file that a person named or the program keeps cannot be read. */
  readonly CLI_FILE_UNREADABLE: { readonly path: string; readonly reason: string };
  /** A file that is to be written is there already, or cannot be written. */
  readonly CLI_FILE_NOT_WRITTEN: { readonly path: string; readonly reason: string };
  /** Keys lie in the home folder already. */
  readonly CLI_HOME_TAKEN: { readonly home: string };
  /** No card was made in the home folder; `near`: folders nearby in which a company lies. */
  readonly CLI_HOME_EMPTY: { readonly home: string; readonly near: readonly string[] };
  /** This user may not look into the home folder; user ids, where they are known. */
  readonly CLI_HOME_CLOSED: {
    readonly home: string;
    readonly owner: number | null;
    readonly own: number | null;
  };
  /** The company runs, and its gateway does not answer just now. */
  readonly CLI_GATEWAY_RESTARTING: { readonly home: string };
  /** The home folder has keys and no genesis. */
  readonly CLI_HOME_NOT_FOUNDED: { readonly home: string };
  /** The path of the home folder leaves no room for the sockets in it. */
  readonly CLI_HOME_TOO_LONG: { readonly home: string; readonly bytesMax: number };
  /** `code`: why a card is refused; `file`: where it lies, null for the one being made. */
  readonly CLI_CARD_REFUSED: { readonly code: string; readonly file: string | null };
  /** The home folder has a genesis already. */
  readonly CLI_GENESIS_TAKEN: { readonly home: string };
  /** The own card is not among those of a genesis. */
  readonly CLI_GENESIS_WITHOUT_US: { readonly network: string };
  /** Neither a terminal to ask at nor a file was given. */
  readonly CLI_PASSPHRASE_MISSING: null;
  readonly CLI_PASSPHRASE_REFUSED: { readonly reason: "short" | "long" | "different" };
  /** Nobody would see the recovery words. */
  readonly CLI_WORDS_UNSEEN: null;
  /** The recovery words that were asked back were wrong too often. */
  readonly CLI_WORDS_WRONG: null;
  /** Keys were made, and their recovery words were not handed over to the end. */
  readonly CLI_CARD_UNFINISHED: { readonly home: string };
  /** The gateway took the rows and the ledger refused them for good; `code` says why. */
  readonly CLI_SUBMISSION_REFUSED: {
    readonly rowCount: number;
    readonly code: string;
    readonly text: string;
  };
  /** It is safe on the own disk; the others had not confirmed it in time. */
  readonly CLI_NOT_FINAL: {
    readonly what: Pending;
    readonly waitedMs: number;
    readonly missing: Missing;
  };
  /** Rows without times came before, all of them; nothing was sent. `heightLast`: 0 while none is on the ledger. */
  readonly CLI_ROWS_BEFORE: {
    readonly stream: string;
    readonly rowCount: number;
    readonly state: "waiting" | "committed" | "refused";
    readonly heightLast: number;
  };
  /** A stream holds the other kind: rows, or documents. */
  readonly CLI_STREAM_KIND: { readonly stream: string; readonly kind: "rows" | "documents" };
  /** The stream is sealed: this company has no grant. */
  readonly CLI_STREAM_NOT_READABLE: { readonly stream: string; readonly owner: string };
  /** A facet that was asked for is closed to this company, or there is none of this name. */
  /** No submission with rows in the outbox has a name that begins so, or several have; `known`: some there are. */
  readonly CLI_SUBMISSION_UNKNOWN: {
    readonly submission: string;
    readonly several: boolean;
    readonly known: readonly string[];
  };
  /** Rows of a submission that wait to go out cannot be let go of. */
  readonly CLI_SUBMISSION_WAITS: { readonly submission: string; readonly rowCount: number };
  readonly CLI_FACET_NOT_READABLE: {
    readonly stream: string;
    readonly facet: string;
    readonly readable: readonly string[];
  };
  /** What stands in the field has no height in a chart; `numeric`: the readable fields that have. */
  readonly CLI_FIELD_NOT_NUMERIC: {
    readonly stream: string;
    readonly field: string;
    readonly type: string;
    readonly numeric: readonly string[];
  };
  readonly CLI_DOCUMENT_NOT_FOUND: { readonly stream: string; readonly document: string };
  readonly CLI_PROOF_INVALID: { readonly code: string };
  /** The demo claimed something that does not hold. */
  readonly CLI_DEMO_FAILED: { readonly text: string };
  /** The blocks can be put into a backup only while nobody writes them. */
  readonly CLI_BACKUP_CHAIN_IN_USE: { readonly home: string };
  /** A restoring began in the home folder and did not end. */
  readonly CLI_RESTORE_UNFINISHED: { readonly home: string };
  /** The restoring that did not end was that of another company, whose handle this is. */
  readonly CLI_RESTORE_OTHER: { readonly home: string; readonly company: string };
  /** No other company is a member of the network: its blocks are nowhere else. */
  readonly CLI_RESET_ALONE: { readonly home: string };
  /** The invitation's time is over. */
  readonly CLI_INVITATION_EXPIRED: { readonly expiresMs: number };
  /** The invitation is of another network than the home folder. */
  readonly CLI_INVITATION_NETWORK: { readonly invited: string; readonly home: string };
  /** Another application came with the same invitation. */
  readonly CLI_INVITATION_USED: null;
  /** A company joins in this folder with another invitation. */
  readonly CLI_JOIN_OTHER: { readonly home: string };
  /** The company in this folder is a member of the network that the invitation leads to. */
  readonly CLI_JOIN_DONE: { readonly home: string };
  /** The network did not take the application; `code` says why. */
  readonly CLI_APPLICATION_REFUSED: { readonly code: string };
  /** The members have decided against the application, or not in time. */
  readonly CLI_APPLICATION_ENDED: { readonly state: "rejected" | "expired" };
  /** The members had not decided when the patience given was over. */
  readonly CLI_JOIN_NOT_FINAL: { readonly waitedMs: number };
  /** The vote, or the membership, was given up and that was not in force in time. */
  readonly CLI_PARTING_NOT_FINAL: {
    readonly what: "leave" | "stand-down";
    readonly waitedMs: number;
  };
  /** The company did not get its vote in time. */
  readonly CLI_STAND_UP_NOT_FINAL: { readonly waitedMs: number };
  /** The invitation does not let a member back in. */
  readonly CLI_RECOVER_NO_MEMBER: null;
  /** The words are not those of the company; `other`: whose they are, where it is known. */
  readonly CLI_RECOVER_WORDS: { readonly company: string; readonly other: string | null };
  /** The ledger did not take the new keys; `code` says why. */
  readonly CLI_RECOVER_REFUSED: { readonly code: string };
  /** The root key was replaced by vote and nothing of the company's card is left here. */
  readonly CLI_RECOVER_ROOT: { readonly company: string };
  /** The ledger or the chain was not there when the patience given was over. */
  readonly CLI_RECOVER_NOT_FINAL: { readonly waitedMs: number };
  /** No request waits for this company's vote. */
  readonly CLI_VOTE_NOT_FOUND: null;
  /** Several wait; one has to be named. */
  readonly CLI_VOTE_SEVERAL: { readonly requests: readonly number[] };
  /** The words that were read are not those of the application. */
  readonly CLI_FINGERPRINT_DIFFERS: { readonly request: number };
  /** Nobody said which words the company read. */
  readonly CLI_FINGERPRINT_MISSING: { readonly request: number };
  readonly CLI_ALREADY_RUNNING: { readonly home: string; readonly pid: number | null };
  readonly CLI_NOT_RUNNING: { readonly home: string };
  /** One of the two programs ended, or did not answer in time; its log says why. */
  readonly CLI_PROGRAM_ENDED: {
    readonly program: ProgramName;
    readonly exit: number;
    readonly log: string;
  };
  readonly CLI_PROGRAM_SILENT: {
    readonly program: ProgramName | "supervisor";
    readonly waitedMs: number;
    readonly log: string;
  };
}

/** What waits on the own disk until the others confirm it. */
export type Pending =
  | { readonly kind: "rows"; readonly count: number }
  | { readonly kind: PendingChange };

/** A change that a command asked for. */
export type PendingChange =
  | "stream"
  | "grant"
  | "revocation"
  | "purge"
  | "key"
  | "invitation"
  | "vote"
  | "request"
  | "addresses";

/** Whose answer the network waits for. `names` is empty where nobody in particular is missing. */
export interface Missing {
  /** `own-node`: the own one does not answer; `quorum`: too few companies are connected. */
  readonly kind: "own-node" | "quorum" | "nobody";
  readonly names: readonly string[];
}

/** The two programs of a company. */
export type ProgramName = "node" | "gateway";

/** What is wrong with the rows of a document. */
export type DocumentFault = "order" | "mixed" | "incomplete" | "shape";

/** The closed union of codes of failed operations in this package. */
export type CliErrorCode = keyof CliErrorDetails;

/** A command that failed. Its message is the code: the words come from the catalogue when it is shown. */
export class CliError<Code extends CliErrorCode = CliErrorCode> extends Error {
  override readonly name = "CliError";
  readonly code: Code;
  readonly detail: CliErrorDetails[Code];

  constructor(code: Code, detail: CliErrorDetails[Code], cause?: unknown) {
    super(code, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
