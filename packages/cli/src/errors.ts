import type { InputProblem } from "./input/problem.ts";

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
  | "field-unknown"
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
  /** The command line is wrong; both texts are complete sentences in the reader's language. */
  readonly CLI_USAGE: { readonly text: string; readonly next: string };
  readonly CLI_INPUT_MISSING: { readonly path: string };
  readonly CLI_INPUT_UNREADABLE: { readonly path: string; readonly reason: string };
  readonly CLI_INPUT_TOO_LARGE: { readonly path: string; readonly bytesMax: number };
  /** The file changed between the check and the sending. */
  readonly CLI_INPUT_CHANGED: { readonly path: string };
  /** The rest of the file cannot be read as what it should be. */
  readonly CLI_INPUT_BROKEN: { readonly problem: InputProblem };
  readonly CLI_FORMAT_UNKNOWN: { readonly path: string; readonly found: "binary" | "json" };
  /** Rows do not fit; nothing was sent. `problems` holds the first ones only. */
  readonly CLI_ROWS_REFUSED: {
    readonly path: string;
    readonly rowCount: number;
    readonly problemCount: number;
    readonly problems: readonly InputProblem[];
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
  readonly CLI_ZONE_UNKNOWN: { readonly zone: string };
  /** The rows of a document are not the whole document in order. */
  readonly CLI_DOCUMENT_BROKEN: { readonly name: string; readonly reason: DocumentFault };
}

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
