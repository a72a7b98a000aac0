import { count } from "../print/human.ts";
import type { enRecovering } from "./en-recovering.ts";
import type { ErrorTexts } from "./error-words.ts";
import { jaDuration } from "./ja-human.ts";

/** Japanese words of `keys recover` for a company that lost everything. */
export const jaRecovering: typeof enRecovering = {
  company: (name, handle) => `会社      ${name} (${handle})`,
  dry: "この会社の単語に間違いありません。何も作らず、何も送っていません。",
  keysMade: (home) => `鍵        ${home} に新しい鍵を 4 つ作りました。古い鍵はすべて終わります。`,
  goesOn: "鍵        前に作った新しい鍵を使います。",
  carried: (done, of) =>
    `台帳      新しい鍵 ${of} 個のうち ${done} 個が載りました。Ctrl-C で止めても、同じコマンドで続けられます。`,
  doorAway: "台帳      招待した会社が応答しません。もう一度尋ねます。",
  startLater:
    "新しい鍵が台帳に載りました。次は tegata start、続いて tegata keys recover を実行してください。",
  follows: (height) => `追従      ブロック ${count(height)}`,
  reading: "読み取り  単語で開ける鍵を台帳から探しています。",
  fetching: (missing) =>
    `読み取り  ${count(missing)} 個はまだ開けません。必要なデータを取り寄せています。`,
  back: (height) => `完了      ブロック ${count(height)} で復帰しました。`,
};

const refusals: Readonly<Record<string, string>> = {
  LEDGER_KEY_COMPROMISED_AGAIN:
    "今日はすでに鍵を終わらせています。これは 1 日 1 回 (UTC) までです。明日、同じコマンドを実行してください。",
  LEDGER_KEY_USED: "新しい鍵の中に、以前使われたものがあります。",
  LEDGER_KEY_SIGNATURE: "台帳のルート鍵が違います。その間に交換されました。",
  LEDGER_MEMBER_UNKNOWN: "この会社は、もう参加会社ではありません。",
};

/** Japanese words of the codes about coming back. */
export const jaRecoveringErrors = {
  CLI_RECOVER_NO_MEMBER: () => ({
    message: "この招待では、参加会社の復帰はできません。",
    why: "招待の名前が参加会社の名前と一字一句同じでないか、加入に使われた招待です。",
    next: 'tegata members list に出る自社の名前で、もう一度招待を作ってもらってください: tegata invite "NAME"',
  }),
  CLI_RECOVER_WORDS: ({ company, other }) =>
    other === company
      ? {
          message: `「${company}」の現在の復旧単語ではありません。`,
          why: "最初の復旧単語です。その後、参加会社の投票で新しいものに替わりました。",
          next: "members replace-root で最後に作った復旧単語の紙を使ってください。",
        }
      : {
          message: `「${company}」の復旧単語ではありません。`,
          why:
            other === null
              ? "単語の並びは正しいのですが、別のルート鍵のものです。"
              : `「${other}」の復旧単語です。`,
          next: `「${company}」の紙を使うか、もう一方の会社の名前で招待を依頼してください。`,
        },
  CLI_RECOVER_REFUSED: ({ code }) => ({
    message: "台帳が新しい鍵を受け付けませんでした。",
    why: refusals[code] ?? code,
    next: "同じコマンドで、同じ鍵のまま続けられます。台帳にある鍵は tegata members show で確認できます。",
  }),
  CLI_RECOVER_ROOT: ({ company }) => ({
    message: `「${company}」のルート鍵は、加入後に交換されています。`,
    why: "新しい単語だけでは、台帳上のどの会社かを特定できません。",
    next: "カードの入ったバックアップを戻してください: tegata restore FILE",
  }),
  CLI_RECOVER_NOT_FINAL: ({ waitedMs }) => ({
    message: `${jaDuration(waitedMs)}以内に終わりませんでした。`,
    why: "ブロックを決めるのに必要な会社がそろっていないか、台帳が長いためです。",
    next: "同じコマンドをもう一度実行してください。続きから始まります。",
  }),
} satisfies Partial<ErrorTexts>;
