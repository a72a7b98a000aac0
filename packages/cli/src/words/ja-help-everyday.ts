import type { HelpLike } from "./command-words.ts";
import type { enHelpEveryday } from "./en-help-everyday.ts";

const dryRun = "何が起きるかを示すだけで、何も変えない";

/** Japanese help of the everyday commands. */
export const jaHelpEveryday: HelpLike<typeof enHelpEveryday> = {
  submit: {
    summary: "データや文書を公開する",
    examples: [
      "tegata submit press-3 readings.csv --time ts",
      "press-logger --csv | tegata submit press-3 -",
      "nc adapter.line 7878 | tegata submit press-3 - --format shdr",
      "tegata submit drawings bracket.step --file",
    ],
    text: [
      "ファイル (CSV、NDJSON、SHDR。- は標準入力) の行を、自社のストリームに公開します。",
      "1 か所でも誤りがあれば、ファイル全体を受け付けません。失敗の後に送り直しても、二重になりません。",
      "日時のない同じファイルは 1 週間受け付けません。同じ値をもう一度測ったのなら --again を付けます。",
      "--follow を付けるか --format shdr のとき、- の行は届いた順に公開します。まずこのディスクに保存してから",
      "送り、合わない行は取り分けて数えます (終了コード 9)。",
    ],
    options: {
      format: "ファイルの形式 (自動判定が違うとき)",
      time: "観測の日時が入った列 (なければ現在の時刻)",
      "time-unit":
        "その列の数値の単位: 1970 年からの秒かミリ秒、または表計算ソフトの日付の通し番号",
      "time-start": "日時のないファイルの、最初の行の日時",
      "time-step": "行と行の間隔 (例: 100ms, 1s, 1m)",
      tz: "タイムゾーンのない日時の読み方 (なければストリームの設定)",
      map: "名前の違う列を項目に対応させる",
      encoding: "文字コード (自動判定が違うとき)",
      header: "CSV の中で列名がある行 (自動で見つからないとき)",
      "date-order": "05/06/2026 のような日付の、年・月・日の順 (ファイルから分からないとき)",
      decimal: "数値の小数点に使う文字",
      backfill: "1 週間より古い行も受け付ける",
      "skip-invalid": "誤りのある行だけを除き、残りを公開する",
      rejects: "除いた行の行番号、項目、理由を書き出すファイル",
      again: "送信済みの行を、もう一度公開する",
      follow: "標準入力の行を届いた順に公開する。終わらないパイプ用 (NDJSON、SHDR)",
      file: "ファイルを文書として、そのまま公開する",
      name: "文書の名前 (なければファイル名)",
      "no-wait": "このディスクに保存できたら終わる (ほかの会社の確認を待たない)",
      timeout: "ほかの会社の確認を待つ時間 (30s)",
      "dry-run": "ファイル全体を確認するだけで、公開しない",
    },
  },
  query: {
    summary: "読める記録を表示する",
    examples: [
      "tegata query kato/press-3 --since 1h",
      "tegata query kato/press-3 --since 1h --plot force",
      "tegata query press-3 --all -o csv --bom > press-3.csv",
      "tegata query kato/drawings --document bracket.step --out bracket.step",
    ],
    text: [
      "ストリームの記録を、書かれた順に表示します。ほかの会社のストリームは COMPANY/STREAM と",
      "書きます。列は、自社が読める項目です。",
    ],
    options: {
      since: "これ以後の観測だけ: 日時、または 1h や 7d (今からさかのぼる長さ)",
      until: "これより前の観測だけ",
      tz: "タイムゾーンのない日時の読み方と、表示する日時のタイムゾーン (なければこの機械)",
      facet: "この公開区分の項目だけ",
      limit: "最大の件数 (100)",
      all: "すべて",
      newest: "新しい順",
      plot: "この項目を、全記録の時系列グラフにする (複数回指定可)",
      bom: "表計算ソフト用の CSV にする (UTF-8 の印を付け、文字列を数式として動かさない)",
      document: "文書用のストリームから、この文書を取り出す",
      out: "このファイルに保存する",
    },
  },
  report: {
    summary: "ストリームの報告書を、証明と一緒に作る",
    examples: [
      "tegata report kato/press-3 --html press-3.html --since 7d",
      "tegata report press-3 --html press-3.html --facet quality --lang ja",
    ],
    text: [
      "ブラウザーで開いたり印刷したりできるページを 1 つ作ります。誰が何を読めるか、数値の項目のグラフ、",
      "行、各行の出どころが載ります。ページは何も読み込まず、何も実行しません。FILE.html の隣のフォルダー",
      "FILE-proofs に証明が入り、その検証コマンドはページに載ります。どちらにも値がそのまま書かれています。",
    ],
    options: {
      html: "ページを保存するファイル (まだないもの)",
      since: "これ以後の観測だけ: 日時、または 1h や 7d (今からさかのぼる長さ)",
      until: "これより前の観測だけ",
      tz: "タイムゾーンのない日時の読み方と、表示する日時のタイムゾーン (なければこの機械)",
      facet: "この公開区分の項目だけ",
      rows: "ページに載せる行数 (100)。グラフにはすべての行が入る",
    },
  },
  follow: {
    summary: "届く記録を続けて表示する",
    examples: ["tegata follow kato/press-3", "tegata follow kato/press-3 --json | jq .cells"],
    text: ["読める新しい記録を Ctrl-C まで表示します。終わるとき、続きを見る方法を示します。"],
    options: {
      from: "前に終わったところから続ける",
      count: "この件数で終わる",
    },
  },
  events: {
    summary: "出来事を起きた順に続けて表示する",
    examples: [
      "tegata events",
      "tegata events press-3 --type record,grant -o ndjson",
      "tegata events --type membership --json",
    ],
    text: [
      "新しいストリーム、許可、許可の終了、参加会社の変化を、Ctrl-C まで 1 行ずつ表示します。終わるとき、",
      "続きを見る方法を示します。ゲートウェイが再起動しても最後の出来事の続きから表示し、表示できなかった",
      "ものがあれば知らせます。ストリームを指定すると、それに関わるものだけを表示します。",
    ],
    options: {
      type: "表示するもの: record, grant, closed, deleted, stream, membership, block (指定がなければ record と block 以外)",
      from: "前に終わったところから続ける",
      count: "この件数で終わる",
    },
  },
  proof: {
    summary: "1 件の記録を誰にでも証明できるファイルを作る",
    examples: [
      "tegata proof press-3 1204.0.17 --facet quality --out reading.tegata-proof.json",
      "tegata proof press-3 1204.0.17 --facet identity --field serial",
    ],
    text: [
      "1 件の記録の 1 つの公開区分、またはその中の 1 項目を、誰がいつ書いたかとともに示すファイルを",
      "作ります。受け取った人はその値だけを読めます。RECORD は query の最初の列です。",
    ],
    options: {
      facet: "値を示す公開区分 (なければただ 1 つの公開区分)",
      field: "この項目だけを示す (項目ごとに証明できる公開区分のとき)",
      out: "このファイルに保存する (なければ標準出力)",
    },
  },
  verify: {
    summary: "証明を確かめる (ネットワークは不要)",
    examples: [
      "tegata verify reading.tegata-proof.json --network 7c1e…90",
      "tegata verify reading.tegata-proof.json",
    ],
    text: [
      "証明を、指定したネットワークの ID、または自社のネットワークと照らし合わせます。有効なら 0、",
      "無効なとき、または正しいネットワークか確かめられないときは 8 で終わります。",
    ],
    options: { network: "信頼できる相手から聞いたネットワークの ID" },
  },
  help: {
    summary: "コマンド、話題、エラーコードの説明",
    examples: ["tegata help grant", "tegata help time", "tegata help CLI_HOME_TAKEN"],
    text: ["話題: exit-codes, grants, options, time。どのエラーコードにも説明があります。"],
    options: { all: "すべてのコマンドとオプション" },
  },
  version: {
    summary: "プログラム、Node、プロトコルの版",
    examples: ["tegata version", "tegata version --json"],
    text: ["このプログラムの版を表示します。"],
    options: {},
  },
  dev: {
    summary: "この 1 台で試用のネットワークを動かす",
    examples: ["tegata dev", "tegata dev --members 7", "tegata dev --dir ./try --keep"],
    text: [
      "使い捨ての鍵で会社を作り、本物と同じ手順でネットワークを作って、Ctrl-C まで動かします。",
    ],
    options: {
      members: "会社の数 (4)",
      dir: "置き場所のフォルダー (なければ一時フォルダー)",
      keep: "終わるときにフォルダーを残す",
      "dry-run": dryRun,
    },
  },
};
