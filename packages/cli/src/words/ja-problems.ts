import type { InputProblem, ProblemKind } from "../input/problem.ts";
import { bytes } from "../print/human.ts";
import type { enProblems, ProblemWords } from "./en-problems.ts";
import { jaDuration } from "./ja-human.ts";
import { jaListed, jaMeant } from "./ja-listed.ts";
import { meant } from "./listed.ts";

const countedTimes = {
  s: "秒単位の Unix 時刻",
  ms: "ミリ秒単位の Unix 時刻",
  excel: "表計算ソフトの日付の通し番号 (例: 46000.5)",
} as const;

const asText = "セルを直すか、スキーマファイルでその項目を text 型にしてください。";
const leaveOut = "行を補うか、--skip-invalid でそのような行を除いてください。";

const typeWords = {
  integer: "整数",
  decimal: "数値",
  boolean: "true または false",
  time: "日時",
} as const;

/** Japanese words of every kind of problem. What is expected is followed by 「が必要です」. */
export const jaProblems: typeof enProblems = {
  text: () => ({
    expected: "文字列",
    next: "値を引用符で囲むか、項目の型を変えてください。",
  }),
  integer: () => ({ expected: "整数", next: asText }),
  decimal: () => ({ expected: "数値 (例: -12.50)", next: asText }),
  boolean: () => ({ expected: "true または false", next: asText }),
  time: () => ({
    expected: "日時 (例: 2026-11-21T09:00:00Z、2026-11-21 18:00:00)",
    next: "日時を直してください。数値を Unix 時刻として読むには --time-unit s または ms を付けます。",
  }),
  bytes: () => ({ expected: "base64 で表したバイト列", next: asText }),
  "number-comma": () => ({
    expected: "小数点に . を使い、ほかにカンマのない数値 (例: 1234.5)",
    next: "--decimal comma を付けると 1,5 を 1.5 と読みます。桁区切りの 1,234 は 1234 と書いてください。",
  }),
  "number-point": () => ({
    expected: "--decimal comma のとおり、小数点に , を使った数値 (例: 1234,5)",
    next: "1.5 は 1,5、桁区切りの 1.234 は 1234 と書くか、--decimal を外してください。",
  }),
  "number-wide": () => ({
    expected: "半角の数値",
    next: "12.5 のように半角数字で書いてください。",
  }),
  "no-value": ({ type }) => ({
    expected: `${typeWords[type]} (値がないときは空のセル)`,
    next: "セルを空にするか、--skip-invalid でそのような行を除いてください。",
  }),
  "time-serial": () => ({
    expected: "表計算ソフトの日付の通し番号ではなく、日時",
    next: "表計算ソフトで列の書式を yyyy-mm-dd hh:mm:ss にして、保存し直してください。数値の項目なら --time 列名 --time-unit excel で読めます。",
  }),
  "time-order": ({ readings }) => {
    const texts = [...new Set(readings.map(([, text]) => text))];
    const [only] = readings;
    if (texts.length > 1) {
      return {
        expected: `1 通りにしか読めない日付 (これは ${texts.join(" とも ")} とも読めます)`,
        next: `年・月・日の順を ${readings.map(([order]) => `--date-order ${order}`).join("、")} のどれかで指定してください。`,
      };
    }
    return {
      expected: "年から始まる日時 (例: 2026-11-21 18:00:00)",
      next:
        only === undefined
          ? "年・月・日の順に書いてください。Excel では、列の書式を yyyy-mm-dd hh:mm:ss にします。"
          : `年・月・日の順に書いてください。ファイル全体がこの書き方なら --date-order ${only[0]} を付けます。`,
    };
  },
  "cell-count": ({ expected }, got) => ({
    expected: `見出しと同じ ${expected} 個のセル`,
    got: `${got} 個`,
    next: "セルを足すか減らしてください。区切り文字を含むセルは引用符で囲みます。",
  }),
  "row-size": ({ bytesMax }, got) => ({
    expected: `${bytes(bytesMax)} 以内の行`,
    got: bytes(Number(got)),
    next: "大きな値は、文書用のストリームにファイルとして公開してください。",
  }),
  "line-size": ({ bytesMax }) => ({
    expected: `${bytes(bytesMax)} 以内の行`,
    next: "1 行に 1 件のデータが入ったテキストファイルかどうかを確認してください。",
  }),
  encoding: ({ encoding }) => ({
    expected: `${encoding} の文字`,
    next: "ファイルを UTF-8 で保存し直すか、--encoding cp932 のように文字コードを指定してください。",
  }),
  "encoding-mixed": ({ encoding }) => ({
    expected: `ファイルのほかの行と同じ ${encoding} の文字 (この行は UTF-8)`,
    next: "2 つの文字コードが混ざっています。ファイル全体を UTF-8 で保存し直してください。",
  }),
  "nul-byte": () => ({
    expected: "NUL バイトを含まない文字",
    next: "ファイルを UTF-8 のテキストで保存し直してください。それ以外のファイルは文書として公開します。",
  }),
  quote: (_, got) => ({
    expected: 'セル全体を囲む引用符 (セルの中では "" と 2 つ重ねたもの)',
    got: got === "" ? null : `セル ${got} の中の引用符`,
    next: 'セルの中の引用符は "" と書き、セル全体を引用符で囲んでください。',
  }),
  "open-quote": () => ({
    expected: "この行のセルを閉じる引用符",
    next: "この行に余分な引用符がないか確認してください。",
  }),
  "no-header": () => ({
    expected: "列名を書いた行",
    next: "1 行目に列名を書くか、列名のある行を --header N で指定してください。",
  }),
  "no-object": () => ({
    expected: "JSON オブジェクトの行 (キーが列名になります)",
    next: "1 行以上データのあるファイルを指定してください。",
  }),
  "column-count": ({ countMax }, got) => ({
    expected: `${countMax} 列以内の表`,
    got,
    next: "列を複数のストリームに分けてください。",
  }),
  "column-name": ({ position }) => ({
    expected: `${position} 列目の名前`,
    next: "すべての列に、改行を含まない名前を付けてください。列名がもっと下の行にあるときは --header N を付けます。",
  }),
  "column-twice": () => ({
    expected: "重複しない列名",
    next: "どちらかの列名を変えてください。",
  }),
  "column-unknown": ({ known }, got) => ({
    expected: `ストリームの項目 (${jaListed(known)}) のどれか`,
    got: null,
    next: meant(
      got,
      known,
      (name) => `「${name}」ではありませんか。列名を直すか、--map ${name}=列 を指定してください。`,
      "列を削るか、--map 項目=列 で対応する項目を指定してください。",
    ),
  }),
  "column-missing": () => ({
    expected: "この項目の列",
    next: "列を足すか、--map 項目=列 で列を指定してください。",
  }),
  json: () => ({
    expected: "1 行に 1 つの完全な JSON オブジェクト",
    next: "オブジェクトを 1 行に 1 つずつ書いてください (例: jq -c .)。",
  }),
  "json-object": () => ({
    expected: "JSON オブジェクト",
    next: "各行を、項目名をキーとするオブジェクトで書いてください。",
  }),
  "json-key-twice": () => ({
    expected: "重複しないキー",
    next: "同じキーの一方を削ってください。",
  }),
  "json-nested": () => ({
    expected: "文字列、数値、true、false、null のどれか",
    next: "入れ子の値をそれぞれ別の項目にするか、ファイルを --file で文書として公開してください。",
  }),
  "field-unknown": ({ known }, got) => ({
    expected: `ストリームの項目 (${jaListed(known)}) のどれか`,
    got: null,
    next: jaMeant(got, known, "キーを削るか、名前を直してください。"),
  }),
  observation: () => ({
    expected: "「時刻|名前|値」の形の観測値",
    next: "その行を削るか、--skip-invalid でそのような行を除いてください。",
  }),
  "observation-pair": () => ({ expected: "それぞれの名前に続く値", next: leaveOut }),
  "observation-item": () => ({ expected: "それぞれの値の前の名前", next: leaveOut }),
  asset: () => ({
    expected: "アセットではなく観測値",
    next: "--skip-invalid でアセットを除き、アセットは文書として公開してください。",
  }),
  "time-missing": () => ({
    expected: "すべての行の日時",
    next: "抜けている日時を補ってください。",
  }),
  "time-nonexistent": ({ zone }) => ({
    expected: `${zone} の時計に実在する日時`,
    next: "日時に +02:00 のような時差を付けるか、日時を直してください。",
  }),
  "time-ambiguous": ({ zone }) => ({
    expected: `${zone} の時計で 1 通りに決まる日時`,
    next: "日時に +02:00 のような時差を付けてください。",
  }),
  "unix-time": ({ unit }) => ({
    expected: countedTimes[unit],
    next: "時刻を直してください。文字で書いた日時なら --time-unit を外します。",
  }),
  "time-ahead": ({ aheadMs, zone, marked, mayBeLocal }) => ({
    expected: `${jaDuration(aheadMs)}も先でない日時`,
    next: aheadRemedy(zone, marked, mayBeLocal),
  }),
  "time-old": ({ ageMsMax }, got) => ({
    expected: `過去 ${jaDuration(ageMsMax)}以内の日時`,
    got,
    next: "古い行を公開するときは --backfill を付けてください。",
  }),
  "time-before-1970": () => ({ expected: "1970 年より後の日時", next: "日時を直してください。" }),
};

function aheadRemedy(zone: string | null, marked: boolean, mayBeLocal: boolean): string {
  if (zone === null && mayBeLocal) {
    return marked
      ? "日時か、記録した装置の時計を直してください。現地時刻に Z が付いているなら、Z を外し、--tz Asia/Tokyo のようにタイムゾーンを指定します。"
      : "現地時刻なら、--tz Asia/Tokyo のようにタイムゾーンを指定してください。そうでなければ、記録した装置の時計を直してください。";
  }
  if (zone === null) return "日時か、記録した装置の時計を直してください。";
  return marked
    ? `${zone} の現地時刻に UTC の印 (Z) が付いていませんか。Z を外して --tz ${zone} を付けてください。`
    : `現地時刻を UTC として読んでいませんか。--tz ${zone} を付けてください。`;
}

type Writer = (detail: never, got: string) => Omit<ProblemWords, "got"> & { got?: string | null };

/** Japanese words of one problem. */
export function jaProblem(found: InputProblem): ProblemWords {
  const write = jaProblems[found.kind as ProblemKind] as Writer;
  const { expected, next, got } = write(found.detail as never, found.got);
  const quoted = found.got === "" ? null : `"${found.got}"`;
  return { expected, next, got: got === undefined ? quoted : got };
}
