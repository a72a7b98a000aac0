import { bytes as bytesOf, count } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import type { enBackup } from "./en-backup.ts";
import { jaAgo } from "./ja-human.ts";

/** Japanese words of `backup`, `restore`, `reset` and `keys recover-sign-state`. */
export const jaBackup: typeof enBackup = {
  noTarget: {
    text: "バックアップのファイルが指定されていません。",
    next: "ファイルを指定するか、--folder か設定 backup.folder でフォルダーを指定してください。",
  },
  badKeep: (got) => ({
    text: `--keep ${got} は 1 以上の整数ではありません。`,
    next: "フォルダーに残すバックアップの数を指定してください (例: --keep 7)。",
  }),
  dry: (path) => `バックアップ ${path} を作ります (試行)。`,
  written: (path, bytes) => `保存       ${path}、${bytesOf(bytes)}`,
  removed: (name) => `削除       ${name} (残す数より古いもの)`,
  lacks: (chain) =>
    chain
      ? "含まない   ブロック (ほかの会社から取り寄せます) と署名の記録 (写しは安全ではありません)"
      : "含まない   署名の記録 (写しは安全ではありません)",
  next: (path) =>
    `次は       tegata backup verify ${shellWord(path)} を実行し、別の場所に保管してください`,
  intact: (path, company, madeMs, nowMs) =>
    `${path} は壊れていません: 「${company}」、${jaAgo(madeMs, nowMs)}に作成`,
  holds: (name, kind, entries, bytes) =>
    kind === "file"
      ? `  ${name}、${bytesOf(bytes)}`
      : `  ${name}、${count(entries)} 件、${bytesOf(bytes)}`,
  restoreDry: (company, home) =>
    `バックアップは壊れていません。「${company}」を ${home} に復元します (試行)。`,
  restored: (company, home, madeMs, nowMs) =>
    `「${company}」を、${jaAgo(madeMs, nowMs)}の状態で ${home} に復元しました。`,
  setAside: (path) => `元からあったものは ${path} にあります。`,
  guardKept: "ここにある署名の記録は、そのまま残ります。",
  guardMissing:
    "署名の記録がここにありません。ノードは投票せずに追従し、先のブロックが決まってから投票します。",
  chainMissing: "ブロックはほかの会社から取り寄せます。",
  restoreNext: "次は、古い機械が動いていれば完全に止め、それから tegata start を実行してください。",
  resetWhat: {
    text: "取り除くものが指定されていません。",
    next: "tegata reset --chain でブロックを取り除きます。鍵と署名の記録は必ず残ります。",
  },
  reset: (movedTo, dryRun) =>
    movedTo === null
      ? `ブロックを削除し${dryRun ? "ます (試行)。" : "ました。"}`
      : `ブロックを ${movedTo} に移動し${dryRun ? "ます (試行)。" : "ました。"}`,
  resetNothing: "ここにブロックはありません。",
  resetUnread: (code) =>
    `ブロックを読めないため (${code})、ほかの会社が持っているかどうか分かりません。削除はしません。`,
  resetKeeps:
    "鍵、署名の記録、ゲートウェイのデータは残ります。次は tegata start です。ブロックはほかの会社から取り寄せます。",
  noWords: {
    text: "復旧単語を尋ねる相手がいません。",
    next: "端末で実行するか、--words-file でファイルを指定してください。",
  },
  badWords: {
    text: "24 の復旧単語ではありません。",
    next: "紙の単語と順に照らし合わせてください。1 文字違うだけでも受け付けません。",
  },
  askWords: "24 の復旧単語を、空白で区切って入力してください (表示されません): ",
  keysDry: "単語の並びは正しいものです。単語で開ける鍵を台帳から探します (試行)。",
  keysReading: "単語で開ける鍵を台帳から探しています …",
  keysBack: (streams, generations, grants, keys) =>
    `再び読めるもの: 自社のストリーム ${count(streams)} 本 (鍵 ${count(generations)} 個)、ほかの会社からの許可 ${count(grants)} 件 (以前の暗号用の鍵 ${count(keys)} 個による)。`,
  keysMissing: (missing) =>
    `${count(missing)} 個の鍵はまだ開けません。tegata status で取得が終わってから、もう一度実行してください。`,
  keysOtherWords: (keys) =>
    `${count(keys)} 個の鍵は別の単語で封がされています。members replace-root の後は、古い単語と新しい単語で 1 回ずつ実行してください。`,
  recoverFrom: {
    text: "何から署名の記録を作り直すかが指定されていません。",
    next: "tegata keys recover-sign-state --from-network で、ほかの全社に尋ねます。",
  },
  recoverDry: "投票権のあるほかの全社に、このノードの票をどれだけ持っているかを尋ねます (試行)。",
  recovering: "投票権のあるほかの全社に、このノードの票を尋ねています …",
  recovered:
    "署名の記録を、ほかの会社が持つすべてより先に作り直しました。次は tegata start を実行してください。",
};
