import type { CliErrorCode, CliErrorDetails, DocumentFault, SchemaRule } from "../errors.ts";
import type { SecretKind } from "../input/secret-file.ts";
import { bytes, count } from "../print/human.ts";
import type { ErrorTexts, ErrorWords } from "./error-words.ts";
import { jaBackupErrors } from "./ja-backup-errors.ts";
import { jaDataErrors } from "./ja-data-errors.ts";
import { jaForeignFiles, jaForeignRemedy } from "./ja-foreign-files.ts";
import { jaHomeErrors } from "./ja-home-errors.ts";
import { jaListed, jaMeant } from "./ja-listed.ts";
import { jaMembershipErrors } from "./ja-membership-errors.ts";
import { jaProblem } from "./ja-problems.ts";
import { jaRecoveringErrors } from "./ja-recovering.ts";

const countedTimes = {
  s: " 1970 年からの秒数",
  ms: " 1970 年からのミリ秒数",
  excel: "表計算ソフトの日付の通し番号",
} as const;

const secretKinds: Readonly<Record<SecretKind, string>> = {
  passphrase: "パスフレーズのファイル",
  "recovery-words": "復元用の言葉のファイル",
  key: "秘密鍵のファイル",
  card: "会社カード",
  genesis: "ネットワークのジェネシス",
  invitation: "招待",
};

const schemaRules: Readonly<Record<SchemaRule, string>> = {
  json: "ファイルが JSON ではありません",
  shape: "ファイルがスキーマの形になっていません",
  name: "名前は 1～64 文字で、改行と前後の空白は使えません",
  "name-twice": "同じ名前が 2 回使われています",
  zone: "このプログラムの知らないタイムゾーンです",
  "field-count": "ストリームの項目は 1～256 個です",
  "facet-count": "ストリームの公開区分は 1～16 個です",
  "facet-form": "公開区分は 名前=項目,項目 の形で指定します",
  "facet-unknown": "一覧にない公開区分が項目に指定されています",
  "facet-empty": "項目のない公開区分があります",
  "field-ambiguous": "同じように読める項目が複数あります",
  "field-in-two-facets": "1 つの項目が 2 つの公開区分に入っています",
  "field-in-no-facet": "どの公開区分にも入っていない項目があり、誰に見せるかを決められません",
};

const documentFaults: Readonly<Record<DocumentFault, string>> = {
  order: "途中が欠けているか、順序が違います。",
  mixed: "別の文書の一部が混ざっています。",
  incomplete: "終わりの部分がありません。",
  shape: "ありえない大きさの部分があります。",
};

function unreadableReason(reason: string): string {
  switch (reason) {
    case "EACCES":
    case "EPERM":
      return "このユーザーには読む権限がありません。";
    case "EISDIR":
      return "ファイルではなくフォルダーです。";
    case "ENOSPC":
      return "入力を一時的に置く空きがありません。";
    default:
      return reason;
  }
}

/** Japanese words of every code of this package. */
export const jaErrors: ErrorTexts = {
  ...jaHomeErrors,
  ...jaMembershipErrors,
  ...jaRecoveringErrors,
  ...jaBackupErrors,
  ...jaDataErrors,
  CLI_UNEXPECTED: ({ text }) => ({
    message: text === "" ? "予期しないことが起きました。" : `予期しないことが起きました: ${text}`,
    why: "コマンドの誤りではなく、プログラムか機械の不具合です。",
    next: "--debug を付けてもう一度実行し、表示された内容を報告してください。",
  }),
  CLI_DISK_FULL: ({ path }) => ({
    message: "ディスクに空きがありません。",
    why: path === "" ? "書き込めないものがありました。" : `${path} に書き込めませんでした。`,
    next: "空きを作って、もう一度実行してください。受け付け済みのデータは残っています。",
  }),
  CLI_DECLINED: ({ text, next }) => ({
    message: text,
    why: "「いいえ」という答えでした。",
    next,
  }),
  CLI_USAGE: ({ text, next }) => ({
    message: text,
    why: "コマンドを解釈できなかったため、何も実行していません。",
    next,
  }),
  CLI_INPUT_MISSING: ({ path }) => ({
    message: `ファイル ${path} がありません。`,
    why: "この場所に、その名前のものはありません。",
    next: "名前を確認してください。- を指定すると標準入力から読みます。",
  }),
  CLI_INPUT_UNREADABLE: ({ path, reason }) => ({
    message: `${path} を読めません。`,
    why: unreadableReason(reason),
    next: "このユーザーが読めるファイルを指定してください。",
  }),
  CLI_INPUT_TOO_LARGE: ({ path, bytesMax }) => ({
    message: `${path} からの入力が大きすぎます。`,
    why: `確認する間に置いておけるのは ${bytes(bytesMax)} までです。`,
    next: "いったんファイルに保存し、そのファイルを指定してください。",
  }),
  CLI_INPUT_CHANGED: ({ path }) => ({
    message: `公開している間に ${path} が変わりました。`,
    why: "確認したときの内容と違っています。",
    next: "書き込み中でないファイルで、もう一度実行してください。",
  }),
  CLI_INPUT_BROKEN: ({ problem }) => {
    const { expected, got, next } = jaProblem(problem);
    const what = problem.field === null ? "" : `${problem.field}: `;
    return {
      message: `${problem.line} 行目: ${what}${expected}が必要です。`,
      why: got === null ? "この先の入力は読めません。" : `実際の値: ${got}`,
      next,
    };
  },
  CLI_INPUT_SECRET: ({ path, kind }) => ({
    message: `${path} は${secretKinds[kind]}で、データではありません。何も送っていません。`,
    why: "中身を公開したり表示したりしてはならないファイルです。",
    next: "測定値のファイルを指定してください。そう見えるだけのファイルなら、名前を変えるか見出しを付けてください。",
  }),
  CLI_FORMAT_UNKNOWN: ({ path, found }) => ({
    message: `${path} に行データが入っていません。`,
    why: jaForeignFiles[found],
    next: jaForeignRemedy(found),
  }),
  CLI_ROWS_REFUSED: ({ path, rowCount, problemCount, problems }) => ({
    message: `${path} はストリームに合いません。何も公開していません。`,
    why: `${count(rowCount)} 行の中に ${count(problemCount)} 件の問題があります。`,
    next: problems[0] === undefined ? "ファイルを直してください。" : jaProblem(problems[0]).next,
  }),
  CLI_SCHEMA_REFUSED: ({ rule, place, got }) => ({
    message: `このスキーマは使えません: ${place}`,
    why: got === "" ? `${schemaRules[rule]}。` : `${schemaRules[rule]}: ${got}`,
    next:
      rule === "field-in-no-facet"
        ? "これらの項目を --facet に入れるか、残りすべてを 1 つの公開区分に入れてください: --facet NAME=*"
        : "直して、もう一度実行してください。",
  }),
  CLI_COLUMN_UNKNOWN: ({ option, column, known }) => ({
    message: `${option}: 「${column}」という列はありません。`,
    why: `列は次のとおりです: ${jaListed(known)}`,
    next: jaMeant(column, known, `${option} にこのどれかを指定してください。`),
  }),
  CLI_TIME_REFUSED: ({ option, got }) => ({
    message: `${option} の値を読めません: ${got}`,
    why: "日時は 2026-11-21T09:00:00Z、間隔は 100ms, 1s, 1m, 1h, 1d の形で書きます。",
    next: `${option} をこの形で指定してください。現地時刻は、その地域の時計で 1 通りに決まるものに限ります。`,
  }),
  CLI_TIME_UNSAID: ({ path, column, unit, example }) => ({
    message: `${path}: 日時をどこから取るかが指定されていません。何も公開していません。`,
    why: `項目「${column}」(${example}) は${countedTimes[unit]}のようです。このままでは、どの行も今の時刻になります。`,
    next: `--time ${column} --time-unit ${unit} を付けてください。日時でなければ --time-start 日時 --time-step 間隔 で指定します。`,
  }),
  CLI_TIME_SPLIT: ({ path, day, clock, example }) => ({
    message: `${path}: 日付と時刻が 2 つの列に分かれています。何も公開していません。`,
    why: `列「${day}」は日付だけで、時刻は列「${clock}」(${example}) にあります。このままでは、同じ日の行はすべて 0 時になります。`,
    next: `2026-11-22 09:05:00 のように 1 つの列にまとめてください。日付だけでよければ --time ${day} を付けます。`,
  }),
  CLI_ZONE_UNKNOWN: ({ zone, suggestion }) => ({
    message: `${zone} というタイムゾーンはありません。`,
    why: "IANA のタイムゾーン名で指定します。",
    next:
      suggestion === null
        ? "例: --tz Asia/Tokyo、--tz UTC"
        : `--tz ${suggestion} のことではありませんか。`,
  }),
  CLI_DOCUMENT_BROKEN: ({ name, reason }) => ({
    message: `文書「${name}」が、ここには全部そろっていません。`,
    why: documentFaults[reason],
    next: "もう一度取り出してください。続くようなら、持ち主に公開し直してもらってください。",
  }),
};

/** Japanese words of an error of this package. */
export function jaError<Code extends CliErrorCode>(
  code: Code,
  detail: CliErrorDetails[Code],
): ErrorWords {
  return jaErrors[code](detail);
}
