import { count } from "../print/human.ts";
import type { enPrint } from "./en-print.ts";
import { jaAgo, jaDuration } from "./ja-human.ts";

/** What a gateway wants in a cell, by its English words. */
const foreignExpected: Readonly<Record<string, string>> = {
  text: "文字列",
  "a whole number": "整数",
  'a decimal as {"decimal":"1.50"} of at most 128 characters':
    '{"decimal":"1.50"} の形で 128 文字以内の数値',
  "true or false": "true または false",
  "a time as text": "文字列で書いた日時",
  'bytes as {"bytes":"base64"}': '{"bytes":"base64"} の形のバイト列',
  "a field of the stream": "ストリームの項目",
  "a time that has come": "未来でない日時",
  "a time of the last seven days": "過去 7 日以内の日時",
  "at most 1 MiB in the fields of one facet": "1 つの公開区分の項目を合わせて 1 MiB 以内の行",
};

/** Japanese words around errors, problems and results. */
export const jaPrint: typeof enPrint = {
  errorLabel: "エラー",
  whyLabel: "理由",
  nextLabel: "対処",
  codeLabel: "コード",
  lineLabel: (line) => `${line} 行目`,
  linesLabel: (lines, more) =>
    `${lines.join("、")} 行目${more > 0 ? ` (ほか ${count(more)} 行)` : ""}`,
  rowLabel: (row) => `データの ${row} 行目`,
  expected: (expected) => `${expected}が必要です`,
  got: (got) => `実際の値: ${got}`,
  problemsMore: (more) => `… ほかに ${count(more)} 件あります`,
  failedUnsaid: "コマンドは失敗しました。",
  whyUnsaid: "相手側から理由は示されませんでした。",
  nextForLedger:
    "ファイルや ID が欠けていないか、双方のプログラムの版に互換性があるかを確認してください。",
  nextForNode: "tegata doctor を実行してください。ノードと接続を点検します。",
  nextForGateway: "tegata status を実行してください。何を待っているかが分かります。",
  nextForConsensus: "tegata status を実行してください。どの会社がつながっているかが分かります。",
  foreignExpected: (expected) => foreignExpected[expected] ?? expected,
  duration: jaDuration,
  ago: jaAgo,
};
