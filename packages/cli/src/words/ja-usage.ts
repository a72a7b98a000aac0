import type { enUsage } from "./en-usage.ts";

function seeHelp(command: string | null): string {
  return `${command === null ? "tegata help" : `tegata help ${command}`} を参照してください。`;
}

function meantOr(meant: string | null, command: string | null): string {
  return meant === null ? seeHelp(command) : `${meant} ではありませんか。`;
}

function cannotBe(option: string, got: string): string {
  return got === "" ? `${option} の値が空です。` : `${option} に ${got} は指定できません。`;
}

/** Japanese words about the command line itself. */
export const jaUsage: typeof enUsage = {
  usageLabel: "書式:",
  meaningLabel: "意味:      ",
  remedyLabel: "対処:      ",
  exitLabel: "終了コード:",
  globalHint: "どのコマンドにも使えるオプション: tegata help options",
  overviewHint:
    "詳しくは: tegata help コマンド名、tegata help 話題 (config, exit-codes, grants, options, time)、tegata help エラーコード",
  groupHint: (group) => `詳しくは: tegata help ${group} コマンド名`,
  examples: [
    "tegata dev                                               4 社の試用ネットワークを作る",
    "tegata submit press-3 readings.csv                       データを公開する",
    "tegata grant press-3 --to aoki --facet quality --until 2027-03-31",
  ],
  groups: {
    everyday: "日々の操作",
    line: "ラインの機械から",
    sharing: "公開先の管理",
    members: "参加会社",
    company: "自社",
    try: "試用",
    help: "ヘルプ",
  },
  options: {
    home: "自社のフォルダー ($TEGATA_HOME。なければ ~/.local/share/tegata)",
    output: "結果の形式: table, json。データは ndjson と csv も可",
    json: "結果を 1 つの JSON で出力 (-o json と同じ)",
    quiet: "結果とエラーだけを表示",
    debug: "エラーのとき、プログラム内の場所も表示",
    "no-input": "何も尋ねない",
    "no-color": "色を付けない ($NO_COLOR)",
    lang: "メッセージの言語: ja, en ($LANG)",
    help: "コマンドのヘルプ",
  },
  missing: (what, command) => ({ text: `${what} がありません。`, next: seeHelp(command) }),
  missingFacet: (names) => ({
    text: "--facet がありません。",
    next:
      names.length === 0
        ? "このストリームに、自社が読める公開区分はありません。"
        : `次のどれかを指定してください: ${names.join(", ")}`,
  }),
  choice: (option, got, choices) => ({
    text: cannotBe(option, got),
    next: `次のどれかを指定してください: ${choices.join(", ")}`,
  }),
  user: (got) => ({
    text: cannotBe("--user", got),
    next: "ユーザー名は a-z, 0-9, _, - の 1～32 文字で、数字では始められません。",
  }),
  folder: (got) => ({
    text: `フォルダー名 ${got} に改行などの制御文字が入っています。`,
    next: "--home で別のフォルダーを指定してください。",
  }),
  number: (option, got, min, max) => ({
    text: cannotBe(option, got),
    next: `${min} から ${max} までの整数を指定してください。`,
  }),
  unknownCommand: (word, meant) => ({
    text: `${word} というコマンドはありません。`,
    next: meantOr(meant === null ? null : `tegata ${meant}`, null),
  }),
  noDeleting: {
    text: "ストリームは削除できません。台帳に載ったものは残ります。",
    next: "使わずに置いておいてください。これからの記録は tegata revoke STREAM --from COMPANY で閉じられます。",
  },
  unknownOption: (option, meant, command) => ({
    text: `${command === null ? "tegata" : `tegata ${command}`} に ${option} というオプションはありません。`,
    next: meantOr(meant, command),
  }),
  valueMissing: (option, command) => ({
    text: `${option} には値が必要です。`,
    next: seeHelp(command),
  }),
  tooMany: (command) => ({
    text: "コマンドが受け取るより多くの語があります。",
    next: `空白を含む語は引用符で囲んでください。${seeHelp(command)}`,
  }),
  together: (first, second) => ({
    text: `${first} と ${second} は同時に指定できません。`,
    next: "どちらか一方を外してください。",
  }),
  either: (first, second, command) => ({
    text: `${first} か ${second} を指定してください。`,
    next: seeHelp(command),
  }),
  needs: (option, other) => ({
    text: `${option} には ${other} も必要です。`,
    next: `${other} を加えてください。`,
  }),
  badPort: (option, got) => ({
    text: cannotBe(option, got),
    next: "1 から 65535 までのポート番号か none を指定してください。",
  }),
  networkId: (got) => ({
    text: cannotBe("--network", got),
    next: "ID 全体 (0-9 と a-f の 64 文字) を指定してください。",
  }),
  unknownTopic: (topic, meant) => ({
    text: `${topic} についてのヘルプはありません。`,
    next: meantOr(meant === null ? null : `tegata help ${meant}`, null),
  }),
};
