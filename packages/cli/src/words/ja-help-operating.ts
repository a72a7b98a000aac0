import type { HelpLike } from "./command-words.ts";
import type { enHelpBackup } from "./en-help-backup.ts";
import type { enHelpKeys } from "./en-help-keys.ts";
import type { enHelpSettings } from "./en-help-settings.ts";

const dryRun = "何が起きるかを示すだけで、何も変えない";
const passphrase = "パスフレーズのファイル。- は標準入力 (なければ入力を求める)";
const wordsFile = "自分だけが読める、復旧単語のファイル (なければ入力を求める)";
const set = "tegata start --set と同じ値で見る";

/** Japanese help of the commands for bad days. */
export const jaHelpBackup: HelpLike<typeof enHelpBackup> = {
  backup: {
    summary: "ほかの会社から取り戻せないものを、封をした 1 つのファイルに保存する",
    examples: [
      "tegata backup /mnt/safe/kato.backup",
      "tegata backup --folder /mnt/safe --keep 14 --passphrase-file /run/secrets/tegata",
    ],
    text: [
      "鍵、カード、創設ファイル、設定、ゲートウェイのデータ (送信待ち、索引、ストリームの鍵) が入ります。",
      "自社のパスフレーズで封をし、会社を動かしたまま作れます。ブロックはほかの会社にあるので入れません。",
      "署名の記録は決して入れません。",
    ],
    options: {
      folder: "日時を名前にして、このフォルダーに保存する (backup.folder)",
      keep: "フォルダーに残すバックアップの数 (backup.keep, 7)",
      "with-chain": "ブロックも含める。会社を止めておく必要がある",
      "passphrase-file": passphrase,
      "dry-run": dryRun,
    },
  },
  "backup verify": {
    summary: "バックアップが壊れていないか、何が入っているか",
    examples: ["tegata backup verify /mnt/safe/kato.backup"],
    text: ["ファイル全体を開いて中身を照らし合わせます。何も書き込みません。"],
    options: { "passphrase-file": passphrase },
  },
  restore: {
    summary: "バックアップからホームフォルダーを作る (別の機械でも可)",
    examples: [
      "tegata restore /mnt/safe/kato.backup --home /var/lib/tegata",
      "tegata restore /mnt/safe/kato.backup --replace",
    ],
    text: [
      "先にバックアップ全体を読み、それから戻します。署名の記録がすでにあれば残します。なければ、先の",
      "ブロックが決まるまで、ノードは投票せずに追従します。古い機械と同時に動かしてはいけません。",
    ],
    options: {
      replace: "同じ会社の鍵とゲートウェイのデータを脇に移し、バックアップのものにする",
      "passphrase-file": passphrase,
      "dry-run": "バックアップを確認するだけで、何も書き込まない",
    },
  },
  reset: {
    summary: "ブロックを取り除き、ほかの会社から取り寄せ直す",
    examples: ["tegata reset --chain", "tegata reset --chain --yes"],
    text: [
      "ブロックを移動します。ほかの会社も持っている場合に限り、--yes で削除します。読めないブロックは",
      "--yes でも移動だけです。鍵、署名の記録、ゲートウェイのデータは残り、削除するコマンドはありません。",
    ],
    options: {
      chain: "ブロック: ホームフォルダーの node/",
      yes: "移動せずに削除する",
      "dry-run": dryRun,
    },
  },
  "keys recover": {
    summary: "失ったデータで読めたものを、24 の復旧単語で再び読めるようにする",
    examples: ["tegata keys recover", "tegata keys recover tgi1… --words-file words.txt"],
    text: [
      "会社は動いていて、ゲートウェイのデータや、バックアップ後に作ったストリームの鍵を失ったときに使い",
      "ます。鍵の秘密は、そのときの復旧単語で封をして台帳に残してあります。members replace-root の後は、",
      "古いものは古い単語、新しいものは新しい単語で開きます。",
      "TOKEN は、すべてを失った会社のためのものです。ほかの参加会社が自社の名前で tegata invite を実行して",
      "渡します。新しい鍵を 4 つ作って古い鍵をすべて終わらせ、台帳に追いつき、再び読みます。",
      "いつ止めてもかまいません。同じコマンドで続きから始まります。",
    ],
    options: {
      "words-file": wordsFile,
      listen: "TOKEN のとき: ノードが待ち受ける場所 (台帳のアドレスのポート)",
      "api-port": "TOKEN のとき: この機械での API のポート (7201)",
      "operations-ports": "TOKEN のとき: この機械での状態確認と計測のポート (7101,7102)",
      observe: "TOKEN のとき: 投票権がなければ求めずに追従する",
      "no-start": "TOKEN のとき: 新しい鍵が台帳に載っても起動しない",
      timeout: "TOKEN のとき: 台帳に載り、追いつくのを待つ時間 (1d)",
      "passphrase-file":
        "TOKEN のとき: 新しい鍵のパスフレーズのファイル。- は標準入力 (なければ入力を求める)",
      "dev-keys": "TOKEN のとき: 試用の鍵。パスフレーズの保護が弱い",
      "dry-run": "復旧単語を確認するだけで、何も読まない",
    },
  },
  "keys recover-sign-state": {
    summary: "失った署名の記録を、ほかの会社の記録から作り直す",
    examples: ["tegata keys recover-sign-state --from-network"],
    text: [
      "自社なしではブロックを決められないときだけ使います。そうでなければ、ノードは自分で再び投票します。",
      "投票権のあるほかの全社が動いていて応答する必要があります。1 社でも欠けると何も作りません。",
    ],
    options: {
      "from-network": "投票権のあるほかの全社に尋ねる",
      "passphrase-file": passphrase,
      "dry-run": dryRun,
    },
  },
};

/** Japanese help of the commands about a company's keys. */
export const jaHelpKeys: HelpLike<typeof enHelpKeys> = {
  "keys list": {
    summary: "自社の鍵: 版、いつから、いつまで",
    examples: ["tegata keys list", "tegata keys list --json"],
    text: ["台帳にある 4 つの鍵を表示します。鍵は SHA-256 の値で示します。"],
    options: {},
  },
  "keys rotate": {
    summary: "4 つの鍵のうち 1 つを新しくする",
    examples: [
      "tegata keys rotate consensus",
      "tegata keys rotate encryption --words-file words.txt",
      "tegata keys rotate network --compromised",
    ],
    text: [
      "新しい鍵は、ほかの会社に伝える前にディスクに保存します。台帳に載りしだい、自動で使い始めます。",
      "途中で止まっても、同じコマンドで続けられます。transaction と encryption には 24 の復旧単語が必要です。",
    ],
    options: {
      compromised: "古い鍵が漏れたおそれがある: 1 時間後ではなく、すぐに終わらせる",
      "words-file": wordsFile,
      "passphrase-file": "鍵のパスフレーズのファイル (なければ入力を求める)",
      "dry-run": dryRun,
    },
  },
  "members replace-root": {
    summary: "失った復旧単語の代わりを認めるよう、議案を出す",
    examples: ["tegata members replace-root"],
    text: [
      "新しい 24 の復旧単語を作って一度だけ表示し、参加会社に投票を求めます。認められるまでは古い単語が",
      "有効です。その後、tegata keys rotate encryption を実行してください。",
    ],
    options: {
      "words-file": "復旧単語を表示せず、この新しいファイルに保存する",
      "dry-run": "議案の内容を示すだけで、何も作らない",
    },
  },
};

/** Japanese help of the commands about settings and of the doctor. */
export const jaHelpSettings: HelpLike<typeof enHelpSettings> = {
  doctor: {
    summary: "うまく動かない原因を調べる",
    examples: [
      "tegata doctor",
      "tegata doctor --dial node.kato.example:7000",
      "tegata doctor --bundle help-us.tar.gz",
    ],
    text: [
      "機械、ホームフォルダー、2 つのプログラム、ほかの会社、台帳を 1 つずつ調べ、対処を示します。ノードが",
      "止まっていても使えます。失敗があれば 1、なければ 0 で終わります。",
    ],
    options: {
      dial: "ほかの会社のノードへの経路も試す: 名前、接続、応答",
      bundle: "設定、状態、結果、ログの終わり、計測値を書き出す。秘密とデータは含まない",
    },
  },
  "config show": {
    summary: "有効な設定と、その出どころ",
    examples: ["tegata config show --origin", "tegata config show --json"],
    text: [
      "tegata start が使う設定を表示します: 既定値、ファイル、環境変数、--set。使えないファイルは、誤りの",
      "ある行を示して終わります。",
    ],
    options: { origin: "出どころも表示: 既定値、ファイルと行、変数、オプション", set },
  },
  "config check": {
    summary: "tegata start がこの設定を受け付けるか",
    examples: ["tegata config check", "tegata config check || echo '起動しません'"],
    text: ["tegata start と同じに設定を読み、何も起動しません。誤りがあれば 78 で終わります。"],
    options: { set },
  },
};
