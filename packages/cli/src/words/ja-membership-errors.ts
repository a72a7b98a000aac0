import { dateTime } from "../print/human.ts";
import type { ErrorTexts } from "./error-words.ts";
import { jaDuration } from "./ja-human.ts";

/** Why an application is refused, by the code of the refusal. */
const refusals: Readonly<Record<string, string>> = {
  LEDGER_NAME_TAKEN: "自社とまぎらわしい名前の参加会社があります。",
  LEDGER_KEY_USED: "すでに使われたことのある鍵が含まれています。",
  LEDGER_MEMBERS_FULL: "参加会社の数が上限に達しています。",
  LEDGER_REQUESTS_OPEN: "招待した会社が出している議案が多すぎます。",
  LEDGER_INVITATION_UNKNOWN: "招待は使用済みか、台帳に載ったことがありません。",
  LEDGER_INVITATION_EXPIRED: "招待の期限が切れています。",
  LEDGER_APPLICATION_CARD: "カードがネットワークの規則に合っていません。",
};

/** Japanese words of the codes about joining and voting. */
export const jaMembershipErrors = {
  CLI_INVITATION_EXPIRED: ({ expiresMs }) => ({
    message: "招待の期限が切れています。",
    why: `期限は ${dateTime(expiresMs, "UTC")} でした。`,
    next: "招待した会社に新しい招待を依頼してください。",
  }),
  CLI_INVITATION_NETWORK: ({ invited, home }) => ({
    message: "この招待は別のネットワークのものです。",
    why: `招待は ${invited.slice(0, 8)}… のもので、このフォルダーは ${home.slice(0, 8)}… に属しています。`,
    next: "何も送っていません。そのネットワークにも入るには、--home で別のフォルダーを指定してください。",
  }),
  CLI_INVITATION_USED: () => ({
    message: "この招待は、ほかの誰かが先に使いました。",
    why: "招待は一度しか使えません。使ったのは自社ではありません。",
    next: "招待した会社にすぐに連絡し、新しい招待を依頼してください。",
  }),
  CLI_JOIN_OTHER: ({ home }) => ({
    message: `${home} では、別の招待で加入の手続き中です。`,
    why: "ここの鍵は、その加入申請のために作られました。",
    next: "その招待で続けるか、--home で別のフォルダーを指定してください。",
  }),
  CLI_JOIN_DONE: ({ home }) => ({
    message: "すでに参加しています。",
    why: `${home} の会社は、このネットワークに加入済みです。`,
    next: "状態は tegata status で確認できます。別の会社には別の --home を使います。",
  }),
  CLI_APPLICATION_REFUSED: ({ code }) => ({
    message: "ネットワークが加入申請を受け付けませんでした。",
    why: refusals[code] ?? code,
    next: "内容を直し、新しい招待と新しい --home でやり直すか、招待した会社に相談してください。",
  }),
  CLI_APPLICATION_ENDED: ({ state }) => ({
    message:
      state === "rejected"
        ? "参加会社は加入を認めませんでした。"
        : "参加会社が期限までに決めませんでした。",
    why: state === "rejected" ? "反対が多すぎました。" : "議案は 14 日で締め切られます。",
    next: "招待した会社に相談してください。新しい招待には新しい --home が必要です。",
  }),
  CLI_PARTING_NOT_FINAL: ({ what, waitedMs }) => ({
    message: `${jaDuration(waitedMs)}たっても ${what} は有効になりませんでした。`,
    why: "まだどのブロックにも入っていません。稼働中の会社が足りないおそれがあり、自社のノードもまだ必要です。",
    next: `この機械を止めないでください。足りない会社は tegata status で分かります。tegata ${what} で待ち続けられます。`,
  }),
  CLI_STAND_UP_NOT_FINAL: ({ waitedMs }) => ({
    message: `${jaDuration(waitedMs)}たっても投票権が戻りませんでした。`,
    why: "ノードがまだ台帳に追いついていないか、稼働中の会社が足りません。",
    next: "tegata status を確かめ、tegata stand-up をもう一度実行してください。続きから始まります。",
  }),
  CLI_JOIN_NOT_FINAL: ({ waitedMs }) => ({
    message: `${jaDuration(waitedMs)}以内に終わりませんでした。`,
    why: "参加会社がまだ決めていないか、台帳が長いためです。",
    next: "同じコマンドをもう一度実行してください。続きから始まります。",
  }),
  CLI_VOTE_NOT_FOUND: () => ({
    message: "自社の投票を待つ議案はありません。",
    why: "すべて決まったか、投票済みです。",
    next: "審議中の議案は tegata vote list で確認できます。",
  }),
  CLI_VOTE_SEVERAL: ({ requests }) => ({
    message: "自社の投票を待つ議案が複数あります。",
    why: requests.map((request) => `r-${request}`).join(", "),
    next: `1 つを指定してください: tegata approve r-${requests[0] ?? 1}`,
  }),
  CLI_FINGERPRINT_DIFFERS: ({ request }) => ({
    message: `r-${request} の単語ではありません。投票は送っていません。`,
    why: "電話の相手が読んだ単語と、この申請の単語が違います。",
    next: "もう一度読んでもらってください。それでも違えば、申請したのは別の誰かです: tegata approve --reject",
  }),
  CLI_FINGERPRINT_MISSING: ({ request }) => ({
    message: `r-${request} を承認しませんでした。投票は送っていません。`,
    why: "名乗っている会社本人かどうかが確かめられていません。",
    next: "--words で単語を 2 つ指定するか、端末で実行してください。",
  }),
} satisfies Partial<ErrorTexts>;
