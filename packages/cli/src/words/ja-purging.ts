import { count } from "../print/human.ts";
import type { enPurging } from "./en-purging.ts";

/** Japanese words of deleting old records. */
export const jaPurging: typeof enPurging = {
  goes: (stream, batches, size, from, until) =>
    `「${stream}」: ${count(batches)} 組、暗号文 ${size}、観測は ${from} から ${until} まで。`,
  nothing: (stream) =>
    `「${stream}」に削除するものはありません。全部の記録がその日時より前に観測された組だけを削除できます。`,
  dry: "全社から削除します (試行)。何も変えていません。",
  done: (height) =>
    `削除しました${height === null ? "" : ` (ブロック ${count(height)})`}。各社のノードが自分の写しを削除し、再び受け取ることはありません。`,
  kept: "取り消せないもの: 読める会社がすでに開いた記録や書き出した記録は残り、以前に作った証明も有効です。",
  left: (batches) => `残り ${count(batches)} 組です。同じコマンドをもう一度実行してください。`,
  waiting: (rows) =>
    `このストリームには送信待ちの行がまだ ${count(rows)} 行あります。これらは削除されません。`,
  ask: "元に戻す方法はありません。全社から削除しますか。[y/N] ",
  notDeleted: {
    text: "何も削除していません。",
    next: "--dry-run で内容を確認し、それから --yes を付けて実行してください。",
  },
  deletedBefore: (batches, until) =>
    `表示しないもの: 観測が ${until} より前の ${count(batches)} 組。持ち主が削除しました。`,
  deletedTitle: "削除済み",
  deletedEvent: (stream, batches, height) =>
    `削除    「${stream}」の持ち主が ${count(batches)} 組を削除しました (ブロック ${count(height)})`,
};
