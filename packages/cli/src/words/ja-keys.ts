import { count } from "../print/human.ts";
import type { enKeys } from "./en-keys.ts";

const roles: Readonly<Record<string, string>> = {
  network: "ネットワーク用の鍵",
  consensus: "合意用の鍵",
  transaction: "操作用の鍵",
  encryption: "暗号用の鍵",
};

function named(role: string): string {
  return `${roles[role] ?? "鍵"} (${role})`;
}

/** Japanese words of `keys rotate`, `keys list` and `members replace-root`. */
export const jaKeys: typeof enKeys = {
  badRole: (got) => ({
    text: `${got} は 4 つの鍵のどれでもありません。`,
    next: "network、consensus、transaction、encryption のどれかを指定してください。",
  }),
  otherWords: {
    text: "別の会社の復旧単語か、交換された古い単語です。",
    next: "この会社の紙を探してください。何も変えていません。",
  },
  dry: (role, version, isCompromised) =>
    isCompromised
      ? `${named(role)} の漏えいを届け出てすぐに終わらせ、版 ${version} を登録します (試行)。`
      : `${named(role)} の版 ${version} を登録します (試行)。古い鍵はあと 1 時間使えます。`,
  kept: (role) => `次の ${named(role)} を保存しました。登録しています …`,
  taken: (role, version, height) =>
    `${named(role)} の版 ${version} は、ブロック ${count(height)} から有効です。自動で使い始めます。`,
  waits:
    "まだ台帳に載っていません。送信待ちにあり、古い鍵が有効です。tegata keys list で確認できます。",
  oldEnds: (when, isCompromised) =>
    isCompromised ? `古い鍵は ${when} に終わりました。` : `古い鍵は ${when} まで有効です。`,
  oldOpens: "古い鍵で封をしたものは、これからも開けます。古い鍵も保存してあります。",
  rootNext:
    "新しい単語は、参加会社が認めると有効になります: tegata vote list。その後 tegata keys rotate encryption を実行すると、新しい単語で鍵を復旧できます。",
};
