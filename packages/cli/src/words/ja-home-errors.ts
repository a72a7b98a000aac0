import { bytes } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import { userText } from "../print/user.ts";
import type { ErrorTexts } from "./error-words.ts";
import { jaDuration } from "./ja-human.ts";

/** Why a card is refused, by the code of the refusal. */
export const jaCardRefusals: Readonly<Record<string, string>> = {
  LEDGER_CARD_OTHER_NETWORK: "別の名前のネットワーク向けに作られたカードです。",
  LEDGER_CARD_EXPIRED: "有効期限が切れています。",
  LEDGER_CARD_NAME: "会社名は 1～64 文字です。前後の空白と、目に見えない文字は使えません。",
  LEDGER_CARD_HANDLE: "短い名前は a-z, 0-9, - の 2～31 文字で、英字で始めます。",
  LEDGER_CARD_ADDRESS:
    "アドレスは /dns4/node.example.com/tcp/7000 の形で書きます (/dns4/… の代わりに /ip4/… や /ip6/… も可)。",
  LEDGER_CARD_KEY_REPEATED: "同じ鍵が 2 つの役割に使われています。",
  LEDGER_BAD_SIGNING_KEY: "使えない鍵が含まれています。",
  LEDGER_BAD_ENCRYPTION_KEY: "使えない鍵が含まれています。",
};

function fileReason(reason: string): string {
  switch (reason) {
    case "ENOENT":
      return "そのようなファイルやフォルダーはありません。";
    case "EEXIST":
      return "すでにあり、上書きはしません。";
    case "EACCES":
    case "EPERM":
      return "このユーザーには、その場所での権限がありません。";
    case "EISDIR":
      return "ファイルではなくフォルダーです。";
    case "ENOTEMPTY":
      return "フォルダーが空ではありません。";
    case "ENOSPC":
      return "ディスクに空きがありません。";
    default:
      return reason;
  }
}

const passphraseFaults = {
  short: "8 文字より短いためです。",
  long: "1,024 文字より長いためです。",
  different: "2 回の入力が一致しませんでした。",
} as const;

const programs = { node: "ノード", gateway: "ゲートウェイ", supervisor: "監視プログラム" } as const;

/** Japanese words of the codes about home folders, keys and the two programs. */
export const jaHomeErrors = {
  CLI_FILE_UNREADABLE: ({ path, reason }) => ({
    message: `${path} を読めません。`,
    why: fileReason(reason),
    next: "このユーザーが読めるファイルを指定してください。",
  }),
  CLI_FILE_NOT_WRITTEN: ({ path, reason }) => ({
    message: `${path} に書き込めません。`,
    why: fileReason(reason),
    next: "別のファイル名を指定するか、そのファイルを移動してください。",
  }),
  CLI_HOME_TAKEN: ({ home }) => ({
    message: `${home} には、すでに会社の鍵があります。`,
    why: "鍵は一度だけ作ります。作り直すと、これまでのデータを開けなくなります。",
    next: "--home で別のフォルダーを指定するか、tegata init に進んでください。",
  }),
  CLI_CARD_UNFINISHED: ({ home }) => ({
    message: `${home} の会社には、まだ復旧単語がありません。`,
    why: "鍵は作りましたが、復旧単語を紙に書いたことが確かめられていません。",
    next: "同じ tegata card をもう一度実行してください。単語を表示し、そのうち 3 つの入力を求めます。",
  }),
  CLI_HOME_EMPTY: ({ home, near }) => {
    const [meant] = near;
    return {
      message: `${home} に会社の情報がありません。`,
      why:
        near.length > 1
          ? `会社のあるフォルダー: ${near.join(", ")}`
          : "まだカードが作られていないか、フォルダーが違います。",
      next:
        meant === undefined
          ? "--home で会社のフォルダーを指定するか、tegata card で会社を作ってください。"
          : `もしかして: --home ${shellWord(meant)}`,
    };
  },
  CLI_HOME_CLOSED: ({ home, owner, own }) => ({
    message: `フォルダー ${home} は、このユーザーでは開けません。`,
    why: `持ち主は ${userText(owner)}${own === null ? "" : `、現在のユーザーは ${userText(own)}`} です。鍵があるため、会社を扱えるのは 1 人のユーザーだけです。`,
    next: "sudo -u などを使い、持ち主のユーザーで同じコマンドを実行してください。",
  }),
  CLI_GATEWAY_RESTARTING: ({ home }) => ({
    message: "ゲートウェイが今は応答しません。",
    why: `${home} の会社は動いています。ゲートウェイが起動中か、直前に再起動されました。`,
    next: "数秒待って、もう一度実行してください。続くようなら tegata doctor で調べてください。",
  }),
  CLI_HOME_NOT_FOUNDED: ({ home }) => ({
    message: `${home} の会社は、まだどのネットワークにも入っていません。`,
    why: "カードはありますが、創設ファイルがありません。",
    next: "tegata init --found CARD… を一度実行するか、受け取ったファイルで tegata init --genesis FILE を実行してください。",
  }),
  CLI_HOME_TOO_LONG: ({ home, bytesMax }) => ({
    message: `フォルダー ${home} のパスが長すぎます。`,
    why: `中にソケットを置きますが、その名前は ${bytes(bytesMax)} までです。`,
    next: "--home でもっと短いパスのフォルダーを指定してください。",
  }),
  CLI_CARD_REFUSED: ({ code, file }) => ({
    message: file === null ? "カードを作れません。" : `カード ${file} は使えません。`,
    why: jaCardRefusals[code] ?? code,
    next:
      file === null
        ? "内容を直して、もう一度実行してください。"
        : "その会社に新しいカードを依頼してください。ここでは何も変えていません。",
  }),
  CLI_GENESIS_TAKEN: ({ home }) => ({
    message: `${home} の会社は、すでにネットワークに入っています。`,
    why: "1 つのフォルダーで入れるネットワークは 1 つだけです。",
    next: "tegata status で確認してください。別のネットワークには別の --home を使います。",
  }),
  CLI_GENESIS_WITHOUT_US: ({ network }) => ({
    message: `自社は「${network}」の創設会社に入っていません。`,
    why: "ここにある自社のカードが、創設ファイルに含まれていません。",
    next: "創設を担当する会社に自社のカードを送り、新しい創設ファイルを依頼してください。",
  }),
  CLI_PASSPHRASE_MISSING: () => ({
    message: "パスフレーズがありません。",
    why: "入力を求める端末がありません。",
    next: "--passphrase-file でファイルを指定してください。- は標準入力です。",
  }),
  CLI_PASSPHRASE_REFUSED: ({ reason }) => ({
    message: "このパスフレーズは使えません。",
    why: passphraseFaults[reason],
    next: "8 文字以上のものを決めて、もう一度入力してください。",
  }),
  CLI_WORDS_UNSEEN: () => ({
    message: "復旧単語を書き留める人がいません。",
    why: "復旧単語がないと、ディスクを失ったときに会社を復旧できません。表示は一度だけです。",
    next: "端末で実行するか、--words-file で書き込むファイルを指定してください。",
  }),
  CLI_WORDS_WRONG: () => ({
    message: "復旧単語が書き留められていません。",
    why: "確認の単語が 3 回とも違いました。",
    next: "もう一度実行してください。有効な単語を表示するので、書き留めてください。",
  }),
  CLI_ALREADY_RUNNING: ({ home, pid }) => ({
    message: `${home} の会社は、すでに動いています。`,
    why:
      pid === null
        ? "別のプロセスがフォルダーを使っています。"
        : `プロセス ${pid} が動かしています。`,
    next: "tegata status で確認するか、tegata stop で止めてください。",
  }),
  CLI_NOT_RUNNING: ({ home }) => ({
    message: `${home} の会社は動いていません。`,
    why: "フォルダーを使っているプロセスがありません。",
    next: "tegata start で起動してください。",
  }),
  CLI_PROGRAM_ENDED: ({ program, exit, log }) =>
    exit > 128
      ? {
          message: `${programs[program]} (${program}) が外から終了させられました (シグナル ${exit - 128})。`,
          why: "だれかが終了させたか、メモリー不足でシステムが終了させました。",
          next: `もう一度 tegata start を実行してください。また終了する場合は、メモリーの空きと ${log} の終わりを見てください。`,
        }
      : {
          message: `${programs[program]} (${program}) がコード ${exit} で終了しました。`,
          why: "理由は示されませんでした。",
          next: `${log} の終わりを見てください。`,
        },
  CLI_PROGRAM_SILENT: ({ program, waitedMs, log }) => ({
    message: `${programs[program]} (${program}) が ${jaDuration(waitedMs)}以内に応答しませんでした。`,
    why: "まだデータを確認しているか、止まっている可能性があります。",
    next: `${log} の終わりと tegata status を見てください。`,
  }),
} satisfies Partial<ErrorTexts>;
