import type { HelpLike } from "./command-words.ts";
import type { enHelpCompany } from "./en-help-company.ts";

const dryRun = "何が起きるかを示すだけで、何も変えない";
const passphrase = "パスフレーズのファイル。- は標準入力 (なければ入力を求める)";

/** Japanese help of the commands that found and run a company. */
export const jaHelpCompany: HelpLike<typeof enHelpCompany> = {
  card: {
    summary: "鍵と、自社を紹介するカードを作る",
    examples: [
      'tegata card --network "Chubu Press" --company "加藤プレス" --handle kato \\',
      "      --address /dns4/node.kato.example/tcp/7000 --out kato.card",
    ],
    text: [
      "自社の鍵とカードを作ります。カードは 1 行の文字で、ほかの創設会社に送ります。24 の復旧単語は",
      "一度だけ表示し、そのうち 3 つの入力を求めます。どこにも保存しません。途中で止まっても、同じ",
      "コマンドで同じ単語をもう一度表示します。",
    ],
    options: {
      network: "ネットワークの名前 (全社のカードで同じ表記)",
      company: "会社名",
      handle: "短い名前: a-z, 0-9, -",
      address: "ほかの会社が自社のノードに接続する先 (4 つまで)",
      listen: "自社のノードが待ち受ける場所 (アドレスのポートと違うとき)",
      "api-port": "この機械での API のポート (7201)",
      "operations-ports": "この機械での状態確認と計測のポート (7101,7102)",
      expires: "カードを創設に使える期間 (30d)",
      out: "カードを保存するファイル (なければ標準出力)",
      "passphrase-file": passphrase,
      "words-file": "復旧単語を表示せず、このファイルに保存する",
      "dev-keys": "試用の使い捨ての鍵: 復旧単語なし、パスフレーズの保護も弱い",
      "dry-run": dryRun,
    },
  },
  init: {
    summary: "ネットワークを作る、または創設に加わる",
    examples: [
      "tegata init --found kato.card toda.card nishi.card",
      "tegata init --genesis chubu-press.genesis",
    ],
    text: [
      "創設会社のうち 1 社が、全社のカードから創設ファイルを作って渡し、ほかの会社が受け取ります。",
      "ネットワークの ID は、電話などで全社が照らし合わせます。",
    ],
    options: {
      found: "ほかの創設会社のカード",
      genesis: "ほかの創設会社が作った創設ファイル",
      "dry-run": "すべて確認して ID を示すだけで、何も書き込まない",
    },
  },
  start: {
    summary: "自社のノードとゲートウェイを起動する",
    examples: ["tegata start", "tegata start --foreground --passphrase-file /run/secrets/tegata"],
    text: ["2 つのプログラムを起動して見守り、応答できるようになったら戻ります。"],
    options: {
      foreground: "戻らずにログを表示する (サービス管理向け)",
      listen: "工場の機器から行を受け取るアドレス (例: 192.168.1.10:7301)",
      set: "この起動だけの設定 (例: log.level=debug。tegata help config)",
      "passphrase-file": passphrase,
      "dry-run": "フォルダーとパスフレーズを確認するだけで、起動しない",
    },
  },
  stop: {
    summary: "停止する",
    examples: ["tegata stop"],
    text: ["2 つのプログラムを停止し、終わるまで待ちます。"],
    options: { "dry-run": dryRun },
  },
  status: {
    summary: "自社とネットワークの状態",
    examples: ["tegata status", "tegata status --watch", "tegata status --json"],
    text: [
      "自社のノードが見たもの、接続中の会社、公開待ちのもの、自社の対応を待つものを表示します。",
      "--watch を付けると、端末では同じ場所で、それ以外では変化のたびに表示します。Ctrl-C のときは",
      "130 で終わります。",
    ],
    options: { watch: "Ctrl-C まで 1 秒ごとに見直す" },
  },
  "service show": {
    summary: "systemd で動かすためのユニット",
    examples: ["tegata service show", "tegata service show --home /var/lib/tegata --user tegata"],
    text: ["service install が書き込むファイルを、この機械のパスで表示します。"],
    options: { user: "プログラムを動かすユーザーとグループ (tegata)" },
  },
  "service install": {
    summary: "systemd 用に書き込む",
    examples: [
      "tegata service install --home /var/lib/tegata --dry-run",
      "tegata service install --home /var/lib/tegata",
    ],
    text: [
      "ユニットを書き込みます。起動はしません。次にすることは結果に示します。内容の違うファイルがすでに",
      "あれば、手を付けずに終わります。",
    ],
    options: {
      user: "プログラムを動かすユーザーとグループ (tegata)",
      to: "ユニットを置くフォルダー (/etc/systemd/system)",
      "dry-run": dryRun,
    },
  },
};
