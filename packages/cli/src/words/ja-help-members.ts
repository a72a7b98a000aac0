import type { HelpLike } from "./command-words.ts";
import type { enHelpMembers } from "./en-help-members.ts";

const wait = "有効になるまで待つ時間 (1d)";
const noWait = "送るだけで待たない。有効かどうかは tegata status で分かる";
const dryRun = "何が起きるかを示すだけで、何も変えない";

/** Japanese help of the commands about who the members are. */
export const jaHelpMembers: HelpLike<typeof enHelpMembers> = {
  invite: {
    summary: "会社を招待する",
    examples: ['tegata invite "加藤プレス"', 'tegata invite "加藤プレス" --ttl 24h --json'],
    text: [
      "1 社が一度だけ加入申請に使える 1 行を作ります。参加会社になるのは、必要な数の賛成が集まってから",
      "です。信頼できる手段で送ってください。この 1 行を持つ人は、その会社の代わりに申請できます。",
      "招待の間、自社のノードは、いつものポートの次の番号でその会社を待ちます。",
      "参加会社の名前を指定すると、機械を失った会社の復帰に使えます: tegata keys recover",
    ],
    options: { ttl: "使える期間 (72h。30d まで)", "dry-run": dryRun },
  },
  join: {
    summary: "招待を使ってネットワークに加わる",
    examples: [
      'tegata join tgi1… --company "加藤プレス" --handle kato --address /dns4/node.kato.example/tcp/7000',
      "tegata join tgi1…",
    ],
    text: [
      "招待されたネットワークかどうかを、何も送らないうちに確かめます。続いて鍵を作り、申請し、電話で",
      "読み上げる 8 つの単語を示し、投票を待って、自社を起動します。いつ止めてもかまいません。同じ",
      "コマンドで続きから始まります。",
    ],
    options: {
      company: "会社名 (なければ尋ねる)",
      handle: "短い名前: a-z, 0-9, - (なければ尋ねる)",
      address: "ほかの会社が自社のノードに接続する先。なければ自社から接続する",
      listen: "自社のノードが待ち受ける場所 (アドレスのポートと違うとき)",
      "api-port": "この機械での API のポート (7201)",
      "operations-ports": "この機械での状態確認と計測のポート (7101,7102)",
      observe: "投票権なしで追従する",
      "no-start": "参加が認められても起動しない",
      timeout: "投票と、台帳に追いつくのを待つ時間 (14d)",
      "passphrase-file": "パスフレーズのファイル。- は標準入力 (なければ入力を求める)",
      "words-file": "復旧単語を表示せず、このファイルに保存する",
      "dev-keys": "試用の使い捨ての鍵: 復旧単語なし、パスフレーズの保護も弱い",
      "dry-run": "招待とネットワークを確認するだけで、何も作らない",
    },
  },
  approve: {
    summary: "参加会社や申請者の議案に投票する",
    examples: [
      "tegata approve",
      "tegata approve r-18 --words lantern,violet",
      'tegata approve r-18 --reject --reason "取引のない会社のため"',
    ],
    text: [
      "議案を表示し、相手の会社が読み上げる 8 つの単語のうち 2 つを尋ねます。別人を本人と間違えないため",
      "です。議案が複数あるときは番号を指定します。一覧は tegata vote list です。",
    ],
    options: {
      words: "単語のうち 2 つ (スクリプト用。なければ尋ねる)",
      yes: "単語を照合せずに賛成する",
      reject: "反対する",
      reason: "反対の理由 (全社に見える)",
      "dry-run": "議案を表示するだけで、投票しない",
    },
  },
  "vote list": {
    summary: "参加会社が決める議案",
    examples: ["tegata vote list", "tegata vote list --mine --json"],
    text: ["審議中の議案を、票と締め切りとともに表示します。"],
    options: { mine: "自社の投票を待つものだけ" },
  },
  "members list": {
    summary: "ネットワークの会社",
    examples: ["tegata members list", "tegata members list --json"],
    text: [
      "すべての会社と、招待中・申請中の会社を表示します。ノードのつながり方、プログラムの版、ネットワーク",
      "での立場が分かります。どちらからも接続できない 2 社は、ほかの会社を経由します。",
      "提案の順番を逃した会社は、投票は続け、しばらくほかの会社が提案を代わります。矛盾する 2 つに署名した",
      "会社は停止され、投票は数えられません。",
    ],
    options: {},
  },
  "members show": {
    summary: "1 社のアドレスと鍵",
    examples: ["tegata members show kato", 'tegata members show "加藤プレス" --json'],
    text: ["台帳にある会社の情報 (立場、アドレス、それぞれの鍵) を表示します。"],
    options: {},
  },
  "members remove": {
    summary: "会社の除名を議案に出す",
    examples: ["tegata members remove kato --dry-run", "tegata members remove kato"],
    text: [
      "議案を出します。決めるのはほかの参加会社で、tegata approve で投票します。対象の会社は投票できず、",
      "自社の票も自動では入りません。除名された会社も、すでに読めた記録は手元に残ります。ストリームは",
      "自動で閉じます。",
    ],
    options: { "dry-run": dryRun },
  },
  "members suspend": {
    summary: "会社の投票の停止を議案に出す",
    examples: ["tegata members suspend kato"],
    text: [
      "members remove と同じ手順ですが、会社は残ります。ブロックへの投票が数えられなくなります。",
    ],
    options: { "dry-run": dryRun },
  },
  "members readmit": {
    summary: "停止の解除を議案に出す",
    examples: ["tegata members readmit kato"],
    text: ["議案を出します。必要な数の賛成が集まると、その会社は再び投票します。"],
    options: { "dry-run": dryRun },
  },
  "members addresses": {
    summary: "自社のノードへの接続先を登録する",
    examples: [
      "tegata members addresses --address /dns4/node.kato.example/tcp/7000",
      "tegata members addresses --none",
    ],
    text: ["台帳にある自社のアドレスを置き換えます。ほかの会社はすぐに新しい接続先を使います。"],
    options: {
      address: "ほかの会社が自社のノードに接続する先 (4 つまで)",
      none: "どこからも接続を受けず、自社からほかの会社に接続する",
      "dry-run": dryRun,
    },
  },
  "stand-down": {
    summary: "投票権を返上し、投票なしで続ける",
    examples: ["tegata stand-down", "tegata stand-down --yes"],
    text: [
      "自社は参加会社のまま、公開も閲覧も続けます。ブロックへの投票だけをやめます。有効になるまで待ちます。",
      "それまでほかの会社は自社のノードを必要とします。投票に戻るには: tegata stand-up",
    ],
    options: { yes: "確認しない", timeout: wait, "no-wait": noWait, "dry-run": dryRun },
  },
  "stand-up": {
    summary: "投票権を再び求める",
    examples: ["tegata stand-up --dry-run", "tegata stand-up", "tegata stand-up --timeout 10min"],
    text: [
      "投票権を返上した会社が使います。投票したことのある合意用の鍵は二度と使えないため、新しい鍵を作ります。",
      "ノードが台帳に追いつきしだい、投票できることを知らせ、投票権が戻るまで待ちます。いつ止めてもかまいま",
      "せん。同じコマンドで続きから始まります。1 時間以内の 2 度目の新しい鍵は、残りの時間を待ちます。",
    ],
    options: {
      "passphrase-file": "パスフレーズのファイル。- は標準入力 (省略時は入力を求める)",
      timeout: "待つ時間 (1d)",
      "dry-run": dryRun,
    },
  },
  leave: {
    summary: "ネットワークから脱退する",
    examples: ["tegata leave", "tegata leave --yes"],
    text: [
      "参加を完全に終えます。以後、自社からの操作は受け付けられず、ほかの会社は自社に対してストリームを",
      "閉じます。戻るには、新しい招待と新しい鍵が必要です。有効になるまで待ち、この機械をいつ止めてよいかを",
      "示します。それまでほかの会社は自社のノードを必要とします。",
    ],
    options: { yes: "確認しない", timeout: wait, "no-wait": noWait, "dry-run": dryRun },
  },
};
