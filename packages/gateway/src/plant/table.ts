import type { Problem, Stream, SubmitRowsBody } from "../api/schemas.ts";

/** Rows as a machine of the plant writes them to a file. */
export interface PlantTable {
  readonly form: "csv" | "ndjson";
  /** null: it is found in the bytes. */
  readonly encoding: "utf-8" | "cp932" | null;
  readonly bytes: Uint8Array;
  readonly stream: Stream;
  /** Time of rows that name none. */
  readonly nowMs: number;
  /** No more rows than one above this are wanted. */
  readonly rowsMax: number;
}

/** What is wrong with a table: for programs, and in the words of people. */
export interface TableRefusal {
  readonly problem: Problem;
  readonly text: string;
}

/** A table as rows, or what is wrong with it. */
export type TableReading =
  | { readonly ok: true; readonly rows: SubmitRowsBody["rows"] }
  | ({ readonly ok: false } & TableRefusal);

/** What whoever starts a gateway brings along: the forms of files are not the gateway's business. */
export interface TableReader {
  read(table: PlantTable): Promise<TableReading>;
  /** A refusal in the words of people. */
  explain(problem: Problem): string;
}

/** What a body is, by its Content-Type. */
export type PlantForm =
  | { readonly type: "json" }
  | {
      readonly type: "table";
      readonly form: PlantTable["form"];
      readonly encoding: PlantTable["encoding"];
    };

const forms: Readonly<Record<string, "json" | PlantTable["form"]>> = {
  "application/json": "json",
  "application/x-ndjson": "ndjson",
  "text/csv": "csv",
};
const encodings: Readonly<Record<string, PlantTable["encoding"]>> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  cp932: "cp932",
  shift_jis: "cp932",
  "windows-31j": "cp932",
};

/** Forms that are taken, as Content-Type names them. */
export const formsKnown: readonly string[] = Object.freeze(Object.keys(forms));

/** What a Content-Type means; null for one that is not taken. */
export function formOf(contentType: string): PlantForm | null {
  const [, name = "", charset = null] =
    /^([a-z/-]{1,40})(?: *; *charset="?([\w-]{1,40})"?)?$/i.exec(contentType.trim()) ?? [];
  const form = own(forms, name.toLowerCase());
  const encoding = charset === null ? null : own(encodings, charset.toLowerCase());
  if (form === undefined || encoding === undefined) return null;
  if (form !== "json") return { type: "table", form, encoding };
  return encoding === "cp932" ? null : { type: "json" };
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
