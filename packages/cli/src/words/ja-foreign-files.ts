import type { Foreign } from "../input/sniff.ts";
import type { enForeignFiles } from "./en-foreign-files.ts";

const asDocument =
  "文書として公開してください: tegata streams create NAME --documents、次に tegata submit NAME FILE --file";

/** Japanese words of why a file holds no rows. */
export const jaForeignFiles: typeof enForeignFiles = {
  empty: "空のファイルです。",
  binary: "テキストではありません。",
  json: "全体が 1 つの JSON 配列です。",
  "json-document": "1 行に 1 つのオブジェクトではなく、全体が 1 つの JSON 文書です。",
  xml: "XML 文書です。",
  step: "3 次元モデル (STEP) です。",
  program: "工作機械の NC プログラムです。",
  workbook: "Excel のブックです。",
  "utf-16": "文字コードが UTF-16 です (Excel の「Unicode テキスト」)。",
};

/** Japanese words of what to do with such a file. */
export function jaForeignRemedy(found: Foreign): string {
  switch (found) {
    case "empty":
      return "1 行目に列名、その下にデータの行があるファイルを指定してください。";
    case "json":
      return `1 行に 1 つのオブジェクトを書く (例: jq -c '.[]') か、${asDocument}`;
    case "workbook":
      return `シートを「CSV UTF-8」形式で保存し、そのファイルを指定するか、${asDocument}`;
    case "utf-16":
      return "「CSV UTF-8」形式で保存し直してください。";
    default:
      return asDocument;
  }
}
