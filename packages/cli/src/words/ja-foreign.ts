import { originText, type SettingProblem } from "@tegata/settings";
import { bytes, count } from "../print/human.ts";
import type { enForeignTexts } from "./en-foreign.ts";
import type { ErrorWords, ForeignDetail, ForeignText } from "./error-words.ts";
import { jaCode } from "./ja-codes.ts";
import { jaGatewayAnswers } from "./ja-gateway.ts";
import { jaCardRefusals } from "./ja-home-errors.ts";
import { jaMembershipRefusals } from "./ja-membership-refusals.ts";

function said(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function at(place: unknown): string {
  return typeof place === "string" && place !== "" ? ` (${place})` : "";
}

function folderReason(reason: string): string {
  if (reason === "ENOENT" || reason === "ENOTDIR") return "そのようなフォルダーはありません。";
  if (reason === "EACCES" || reason === "EPERM" || reason === "EROFS") {
    return "このユーザーは、その中のファイルを移動できません。";
  }
  return reason;
}

const invitationFaults: Readonly<Record<string, readonly [message: string, why: string]>> = {
  other: ["招待ではありません。", "招待は tgi1 で始まります。"],
  cut: ["招待が途中で切れています。", "終わりの部分がありません。"],
  mistyped: ["招待に打ち間違いがあります。", "検査用の数字が合いません。どこかの文字が違います。"],
  newer: ["新しい版のプログラムの招待です。", "このプログラムには読めない形です。"],
};

const joinRefusals: Readonly<Record<string, readonly [message: string, why: string]>> = {
  unknown: [
    "このネットワークの招待ではありません。",
    "招待したとされる会社が作っていないか、取り下げた招待です。",
  ],
  expired: ["招待の期限が切れています。", "招待した会社は、もう受け付けません。"],
};

function toldBy(tried: unknown): string {
  if (!Array.isArray(tried) || tried.length === 0) return "招待にアドレスがありません。";
  return tried.map(({ address, reason }: ForeignDetail) => `${address}: ${reason}`).join("、");
}

function placeOf(origin: SettingProblem["origin"]): string {
  if (origin.type === "file") return origin.path;
  return origin.type === "environment" ? "環境変数" : originText(origin);
}

/** Japanese words of errors of other packages that say only a code. */
export const jaForeignTexts: Readonly<Record<keyof typeof enForeignTexts, ForeignText>> = {
  ...jaMembershipRefusals,
  SETTINGS_REFUSED: ({ problems }) => {
    const list = (Array.isArray(problems) ? problems : []) as readonly SettingProblem[];
    const places = [...new Set(list.map(({ origin }) => placeOf(origin)))].join(" と ");
    return {
      message: "この設定は使えません。",
      why: `${places} に ${count(list.length)} 件の誤りがあります。何も変えていません。`,
      next: "直してください。tegata config check で確認でき、tegata help config に一覧があります。",
    };
  },
  SETTINGS_UNREADABLE: ({ path, reason }) => ({
    message: `設定 ${String(path)} を読めません。`,
    why: String(reason),
    next: "このユーザーが読める普通のファイルにするか、取り除いてください。",
  }),
  SETTINGS_NOT_CONVERTED: ({ path, reason }) => ({
    message: `古い版の設定 ${String(path)} を引き継げませんでした。`,
    why: String(reason),
    next: "フォルダーに書き込めるようにしてください。元の設定はそのままです。",
  }),
  COLLECT_RUNNING: ({ pid }) => ({
    message: "この収集はすでに動いています。",
    why:
      typeof pid === "number"
        ? `プロセス ${pid} が、同じ収集元を同じストリームに取り込んでいます。`
        : "別のプロセスが、同じ収集元を同じストリームに取り込んでいます。",
    next: "先にそのプロセスを止めるか、別の収集元かストリームを指定してください。",
  }),
  COLLECT_STATE_DAMAGED: ({ path }) => ({
    message: "収集したデータをどこまで渡したか、分からなくなりました",
    why: `それを記録した ${said(path, "ファイル")} を読めません`,
    next: "ストリームの最後の行と元のデータを比べてから、そのフォルダーを別の場所に移し、もう一度始めてください。",
  }),
  COLLECT_FOLDER_UNUSABLE: ({ folder, reason }) => ({
    message: `フォルダー ${said(folder, "")} を見張れません。`,
    why: folderReason(said(reason, "")),
    next: "名前、共有フォルダーがつながっているか、このユーザーが書き込めるかを確認してください。",
  }),
  GATEWAY_UNREACHABLE: ({ where }) => ({
    message: `${where} でゲートウェイが応答しません。`,
    why: "動いていないか、別の場所で動いています。",
    next: "tegata start で起動するか、--home でフォルダーを指定してください。",
  }),
  GATEWAY_ANSWER_UNKNOWN: () => ({
    message: "応答したものはゲートウェイではありません。",
    why: "このプログラムの知らない形の応答です。",
    next: "アドレスを確認してください。双方の版に互換性が必要です。",
  }),
  GATEWAY_ANSWER_TOO_LARGE: ({ size }) => ({
    message: "応答が大きすぎます。",
    why: `応答は ${bytes(Number(size))} あります。`,
    next: "--limit などで量を減らしてください。",
  }),
  GATEWAY_LISTEN_FAILED: ({ where }) => ({
    message: `ゲートウェイが待ち受けを始められません${at(where)}。`,
    why: "ポートやソケットを別のプログラムが使っているか、この機械のアドレスではありません。",
    next: "そのプログラムを止めるか、設定の api.port と operations.gatewayPort を変えてください。",
  }),
  NODE_LISTEN_FAILED: ({ addresses }) => ({
    message: `ノードが待ち受けを始められません${Array.isArray(addresses) ? at(addresses.join(", ")) : ""}。`,
    why: "ポートを別のプログラムが使っているか、この機械のアドレスではありません。",
    next: "そのプログラムを止めるか、設定の network.listen と operations.nodePort を変えてください。",
  }),
  NODE_OUTDATED: ({ height, inForce }) => ({
    message: `ブロック ${String(height)} から、プロトコルの版 ${String(inForce)} が有効になりました。`,
    why: "参加会社が新しいプロトコルを決めましたが、このプログラムは対応していません。",
    next: "新しい版のプログラムを入れて起動してください。止まったところから続きます。",
  }),
  NODE_SIGN_STATE_SHARED: () => ({
    message: "このノードの合意用の鍵で、別の誰かが署名しています。ノードは停止しました。",
    why: "ホームフォルダーが複製されて両方が動いているか、鍵がほかの人の手にあります。",
    next: "一方を完全に止めて、フォルダーを移動してください。心当たりがなければ、合意用の鍵を新しくしてください。",
  }),
  NODE_RECOVERY_SILENT: ({ message }) => ({
    message: "署名の記録を作り直せませんでした。",
    why: said(message, "まだ応答していない会社があります。"),
    next: "全社が動いているときにもう一度実行してください。しなくても、先のブロックが決まればノードは再び投票します。",
  }),
  LEDGER_BACKUP_WRONG_PASSPHRASE: () => ({
    message: "このパスフレーズではバックアップを開けません。",
    why: "作ったときのパスフレーズと違うか、先頭が書き換えられています。",
    next: "もう一度入力してください。正しければ、別のバックアップを使ってください。",
  }),
  LEDGER_BACKUP_DAMAGED: ({ chunk }) => ({
    message: "バックアップが壊れています。",
    why: `書き換えられたか、途中で切れています (区画 ${String(chunk ?? "不明")})。何も取り込んでいません。`,
    next: "別の写しか、より古いバックアップを使ってください。",
  }),
  LEDGER_BACKUP_MALFORMED: ({ reason }) => ({
    message: "このファイルはバックアップではありません。",
    why: said(reason, "形式が違います。"),
    next: "正しいファイルか、途中で切れていないかを確認してください。別の形式のものは、作ったときの版のプログラムで復元します。",
  }),
  NODE_GUARD_FOREIGN: ({ path, other }) => ({
    message: `署名の記録が、別の${other === "network" ? "ネットワーク" : "鍵"}のものです。`,
    why: "この鍵が署名したものを覚えているファイルに、別のファイルが上書きされています。",
    next: `自社の ${said(path, "ファイル")} を戻すか、移動してください。移動した場合、ノードは先のブロックが決まるまで投票せずに追従します。`,
  }),
  LEDGER_KEYSTORE_WRONG_PASSPHRASE: () => ({
    message: "このパスフレーズでは鍵を開けません。",
    why: "パスフレーズが違うか、鍵のファイルが書き換えられています。",
    next: "もう一度入力してください。正しければ、鍵のファイルをバックアップから戻してください。",
  }),
  LEDGER_SECRET_FILE_EXPOSED: ({ path, mode }) => ({
    message: `秘密のファイル ${said(path, "")} をほかの人が読めます。`.replace("  ", " "),
    why: `アクセス権が ${said(mode, "広すぎる値")} です。読めるのは持ち主だけでなければなりません。`,
    next: "chmod 600 を実行し、誰かに読まれたおそれがないか考えてください。",
  }),
  LEDGER_SECRET_FILE_UNREADABLE: ({ path, reason }) =>
    String(reason).startsWith("ENOENT")
      ? {
          message: `秘密のファイル ${said(path, "")} がありません。`.replace("  ", " "),
          why: "この場所に、その名前のものはありません。",
          next: "名前を確認してください。",
        }
      : {
          message: `秘密のファイル ${said(path, "")} を読み書きできません。`.replace("  ", " "),
          why: said(reason, "システムに拒否されました。"),
          next: "パスを確認してください。すでにあるファイルに上書きはしません。",
        },
  LEDGER_STORE_DAMAGED: ({ what }) => ({
    message: "このディスクのブロックが壊れています。",
    why: `${said(what, "一部")} が、書いたときと違います。ディスクか、ほかのプログラムが変えました。`,
    next: "node/ の写しを取って移動し、tegata start を実行してください。すべてほかの会社から取り寄せます。",
  }),
  LEDGER_STORE_OTHER_FORMAT: ({ expected, actual }) => ({
    message: "このディスクのデータは、別の形式です。",
    why: `形式は ${said(actual, "不明")} で、このプログラムが読む形式は ${said(expected, "別のもの")} です。何も変えていません。`,
    next: "書いたときの版のプログラムを使うか、この版では空のフォルダー (--home) から始めてください。",
  }),
  LEDGER_STORE_FAILED: ({ folder, operation }) => ({
    message: `ディスクが操作 (${said(operation, "write")}) を受け付けません${at(folder)}。`,
    why: "空きがないか、故障しています。",
    next: "空きを作るかディスクを調べてから、tegata start を実行してください。",
  }),
  NODE_SYNC_FAILED: ({ path, operation }) => ({
    message: `ディスクが操作 (${said(operation, "write")}) を受け付けません${at(path)}。`,
    why: "空きがないか、故障しています。ノードはその後、何にも署名していません。",
    next: "空きを作るかディスクを調べてから、tegata start を実行してください。",
  }),
  NODE_DISK_FULL: ({ freeBytes, neededBytes }) => ({
    message: "ディスクの空きがほとんどないため、ノードは停止しました。",
    why: `空きは ${bytes(Number(freeBytes))}、必要なのは ${bytes(Number(neededBytes))} です。`,
    next: "空きを作ってから、tegata start を実行してください。",
  }),
  LEDGER_STORE_LOCKED: ({ folder, pid }) => ({
    message: `データは使用中です${at(folder)}。`,
    why:
      typeof pid === "number" ? `プロセス ${pid} が使っています。` : "別のプロセスが使っています。",
    next: "先にそのプロセスを止めてください。",
  }),
  LEDGER_BAD_TEXT: ({ expected }) => ({
    message: `この文字列は、求めるもの (${said(expected, "形式")}) ではありません。`,
    why: "始まりが違うか、一部が欠けています。",
    next: "行全体を写し直すか、ファイルを送ってもらってください。",
  }),
  LEDGER_CARD_SIGNATURE: ({ name }) => ({
    message: `「${said(name, "会社")}」のカードが書き換えられています。`,
    why: "4 つの署名のうち、正しくないものがあります。",
    next: "その会社に新しいカードを依頼してください。このカードは使わないでください。",
  }),
  LEDGER_GENESIS_CARD: ({ reason }) => ({
    message: "創設ファイルに、使えないカードが入っています。",
    why: jaCardRefusals[String(reason)] ?? said(reason, "規則に合っていません。"),
    next: "その会社に新しいカードを依頼し、それで創設してください。",
  }),
  LEDGER_GENESIS_KEY_REPEATED: () => ({
    message: "2 社が同じ鍵を使っています。",
    why: "どちらかが、もう一方の鍵を写しています。",
    next: "各社がそれぞれ鍵と新しいカードを作ってください。",
  }),
  LEDGER_GENESIS_CONFUSABLE: () => ({
    message: "2 社の名前がよく似ています。",
    why: "取り違えるおそれがあります。",
    next: "一方が別の会社名か短い名前を決め、新しいカードを作ってください。",
  }),
  GATEWAY_INVITATION_TEXT: ({ fault }) => {
    const [message, why] = invitationFaults[String(fault)] ?? [
      "招待ではありません。",
      String(fault),
    ];
    return { message, why, next: "行全体を写し直してください。何も送っていません。" };
  },
  NODE_JOIN_UNREACHABLE: ({ tried }) => ({
    message: "招待した会社に接続できません。",
    why: toldBy(tried),
    next: "相手のノードが動いているか、招待用のポートが開いているかを確認してもらってください。",
  }),
  NODE_JOIN_REFUSED: ({ code }) => {
    const [message, why] = joinRefusals[String(code)] ?? [
      "招待した会社に断られました。",
      String(code),
    ];
    return { message, why, next: "新しい招待を依頼してください。" };
  },
  NODE_JOIN_BROKEN: () => ({
    message: "招待した会社とのやり取りが途切れました。",
    why: "接続が切れたか、相手が手順に従いませんでした。",
    next: "もう一度実行してください。続くようなら、招待が別のネットワークを指しているおそれがあります。相手に確認してください。",
  }),
  NODE_API_UNREACHABLE: ({ socketPath }) => ({
    message: `${socketPath} でノードが応答しません。`,
    why: "動いていないか、別のホームフォルダーで動いています。",
    next: "tegata start で起動してください。",
  }),
};

/** Japanese words of an error of another package: its own, else those of the page about its code. */
export function jaForeign(code: string, detail: ForeignDetail): ErrorWords | null {
  const texts: Readonly<Record<string, ForeignText>> = { ...jaForeignTexts, ...jaGatewayAnswers };
  return Object.hasOwn(texts, code) ? (texts[code]?.(detail) ?? null) : jaCode(code, detail);
}
