import { CliError } from "../errors.ts";
import type { Delimiter } from "./csv.ts";
import { type Detection, detect, type RowFormat, sampleBytesMax } from "./detect.ts";
import { type InferOptions, inferRowCountMax, inferSchema, type SchemaDraft } from "./infer.ts";
import type { Encoding } from "./lines.ts";
import { ndjsonFields } from "./ndjson.ts";
import { type RowForm, readRows } from "./rows.ts";
import { secretIn } from "./secret-file.ts";
import type { InputSource } from "./source.ts";

/** What a person said about the form of a file; null leaves it to detection. */
export interface FormWish {
  readonly format: RowFormat | null;
  readonly encoding: Encoding | null;
  readonly delimiter: Delimiter | null;
  /** Fields of the stream the rows are for; null while there is none, then the file's own keys. */
  readonly fields: readonly string[] | null;
  /** Line of a CSV file's header, from 1. */
  readonly header?: number | null;
}

/** The form a file is read in, and what detection thought of it. */
export interface ChosenForm {
  readonly form: RowForm;
  readonly detection: Detection;
}

/**
 * Decides how a file is read: what was said, else what its first bytes and its name say.
 * @throws CLI_INPUT_SECRET, CLI_FORMAT_UNKNOWN for what holds no rows, and what reading the file throws
 */
export async function chooseForm(
  source: Pick<InputSource, "path" | "name" | "read" | "head">,
  wish: FormWish,
): Promise<ChosenForm> {
  const { fields, header = null } = wish;
  const head = await source.head(sampleBytesMax);
  refuseSecret(source, head);
  if (isBlank(head))
    throw new CliError("CLI_FORMAT_UNKNOWN", { path: source.path, found: "empty" });
  const detection = detect(source.name, head, { fields, header });
  const format = wish.format ?? detection.format;
  switch (format) {
    case "empty":
    case "json":
    case "json-document":
    case "xml":
    case "step":
    case "program":
    case "workbook":
    case "utf-16":
    case "binary":
      throw new CliError("CLI_FORMAT_UNKNOWN", { path: source.path, found: format });
    case "csv": {
      const encoding = wish.encoding ?? detection.encoding;
      const delimiter = wish.delimiter ?? detection.delimiter;
      const { headerLine } = detection;
      const rest = headerLine === 1 ? {} : { headerLine };
      return { form: { format, encoding, delimiter, ...rest }, detection };
    }
    case "ndjson": {
      const fields = wish.fields ?? (await ndjsonFields(source.read(), inferRowCountMax));
      return { form: { format, fields }, detection };
    }
    case "shdr":
      return { form: { format }, detection };
  }
}

/** No byte, or the mark of UTF-8 alone. */
function isBlank(head: Uint8Array): boolean {
  return head.byteLength <= 3 && new TextDecoder().decode(head) === "";
}

/** @throws CLI_INPUT_SECRET for a file of keys, whose content nobody may see */
export function refuseSecret(
  { path, name }: Pick<InputSource, "path" | "name">,
  head: Uint8Array,
): void {
  const kind = secretIn(name, head, head.byteLength < sampleBytesMax);
  if (kind !== null) throw new CliError("CLI_INPUT_SECRET", { path, kind });
}

/**
 * A schema drawn from the first rows of a file, for a stream that is yet to be made.
 * @throws CLI_SCHEMA_REFUSED, CLI_INPUT_BROKEN
 */
export async function draftSchema(
  source: Pick<InputSource, "read">,
  form: RowForm,
  options: Omit<InferOptions, "format">,
): Promise<SchemaDraft> {
  return inferSchema(readRows(source.read(), form), { ...options, format: form.format });
}
