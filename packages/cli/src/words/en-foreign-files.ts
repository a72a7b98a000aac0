import type { Foreign } from "../input/sniff.ts";

const asDocument =
  "publish it as a document: tegata streams create NAME --documents, then tegata submit NAME FILE --file";

/** Why a file holds no rows. */
export const enForeignFiles: { readonly [Found in Foreign]: string } = {
  empty: "it is empty",
  binary: "it is not text",
  json: "it is one JSON array",
  "json-document": "it is one JSON document, not one object a line",
  xml: "it is XML",
  step: "it is a solid model (STEP)",
  program: "it is a program of a machine tool",
  workbook: "it is an Excel workbook",
  "utf-16": "it is text in UTF-16, which Excel calls Unicode text",
};

/** What to do with such a file. */
export function enForeignRemedy(found: Foreign): string {
  switch (found) {
    case "empty":
      return "name a file with the names of the columns in its first line and rows below";
    case "json":
      return `write one object a line, for example with jq -c '.[]'; or ${asDocument}`;
    case "workbook":
      return `save the sheet as "CSV UTF-8" and use that file; or ${asDocument}`;
    case "utf-16":
      return 'save it as "CSV UTF-8"';
    default:
      return asDocument;
  }
}
