import type { Foreign } from "../input/sniff.ts";
import type { ErrorWords } from "./error-words.ts";

const asDocument =
  "publish it as a document: tegata streams create NAME --documents, then tegata submit NAME FILE --file";

/** Why a file holds no rows, and what to do with it. */
export const enForeignFiles: { readonly [Found in Foreign]: Omit<ErrorWords, "message"> } = {
  binary: {
    why: "it is not text",
    next: asDocument,
  },
  json: {
    why: "it is one JSON array",
    next: `write one object a line, for example with jq -c '.[]'; or ${asDocument}`,
  },
  "json-document": {
    why: "it is one JSON document, not one object a line",
    next: asDocument,
  },
  xml: {
    why: "it is XML",
    next: asDocument,
  },
  workbook: {
    why: "it is an Excel workbook",
    next: `save the sheet as "CSV UTF-8" and use that file; or ${asDocument}`,
  },
  "utf-16": {
    why: "it is text in UTF-16, which Excel calls Unicode text",
    next: 'save it as "CSV UTF-8"',
  },
};
