import { count } from "../print/human.ts";
import type { enOutbox } from "./en-outbox.ts";

/** Japanese words of what the commands about the outbox answer. */
export const jaOutbox: typeof enOutbox = {
  columns: ["送信", "ストリーム", "行", "状態", "受け付け", "コード"],
  states: { refused: "拒否", waiting: "送信待ち" },
  empty: "送信待ちも、受け付けられなかったものもありません。すべての行がほかの会社に届いています。",
  noRows: "送信待ちの行も、受け付けられなかった行もありません。",
  changes: (changes) =>
    `ほかに、ストリーム・許可・参加会社の変更 ${count(changes)} 件が、ほかの会社の確認を待っています。`,
  more: (hidden) => `ほかに ${count(hidden)} 件あります: tegata outbox list --json`,
  cause: (code, why) => `${code}: ${why}`,
  remedy: (next) => `  対処: ${next}`,
  next: (submission) =>
    `次は     tegata outbox show ${submission}、続いて outbox retry、outbox export、outbox discard のどれか`,
  nothingOf: (submission) =>
    `${submission} に、送信待ちや受け付けられなかった行はありません。ほかの会社に届いたか、破棄されています。`,
  retried: (submissions, dryRun) =>
    dryRun
      ? `受け付けられなかった送信 ${count(submissions)} 件を送り直します (試行)。`
      : `受け付けられなかった送信 ${count(submissions)} 件を送り直しています。`,
  discarded: (rows, submission, dryRun) =>
    dryRun
      ? `${submission} の受け付けられなかった ${count(rows)} 行を破棄します (試行)。`
      : `${submission} の受け付けられなかった ${count(rows)} 行を破棄しました。`,
  askDiscard: (rows) =>
    `この ${count(rows)} 行は、ほかのどの会社にもありません。完全に破棄しますか。[y/N] `,
  notDiscarded: {
    text: "何も破棄していません。",
    next: "先に tegata outbox export で行を保存し、それから --yes を付けて実行してください。",
  },
};
