import type { enForeignFiles } from "./en-foreign-files.ts";

const asDocument =
  "文書として公開してください: tegata streams create NAME --documents、次に tegata submit NAME FILE --file";

/** Japanese words of why a file holds no rows, and what to do with it. */
export const jaForeignFiles: typeof enForeignFiles = {
  binary: {
    why: "テキストではありません。",
    next: asDocument,
  },
  json: {
    why: "全体が 1 つの JSON 配列です。",
    next: `1 行に 1 つのオブジェクトを書く (例: jq -c '.[]') か、${asDocument}`,
  },
  "json-document": {
    why: "1 行に 1 つのオブジェクトではなく、全体が 1 つの JSON 文書です。",
    next: asDocument,
  },
  xml: {
    why: "XML 文書です。",
    next: asDocument,
  },
  workbook: {
    why: "Excel のブックです。",
    next: `シートを「CSV UTF-8」形式で保存し、そのファイルを指定するか、${asDocument}`,
  },
  "utf-16": {
    why: "文字コードが UTF-16 です (Excel の「Unicode テキスト」)。",
    next: "「CSV UTF-8」形式で保存し直してください。",
  },
};
