import type { enReach } from "./en-reach.ts";

/** Why a company's node could not be dialed. */
const dialFailures: Readonly<Record<string, string>> = {
  "no-such-name": "その名前は見つかりません",
  refused: "接続を拒否されました",
  unreachable: "経路がありません",
  "timed-out": "時間内に応答がありません",
  "wrong-key": "別の会社の鍵が応答しています",
  "turned-away": "相手が接続を切ります",
  "proxy-unreachable": "プロキシに接続できません",
  "proxy-refused": "プロキシに拒否されました",
  failed: "接続に失敗しました",
};

/** Japanese words of how companies' nodes reach each other. */
export const jaReach: typeof enReach = {
  reach: {
    "direct-in": "相手から接続",
    "direct-out": "自社から接続",
    "through-others": "ほかの会社経由",
    away: "なし",
  },
  version: "版",
  failure: (reason, address) => {
    const why = dialFailures[reason] ?? reason;
    return address === "" ? why : `${why} (${address})`;
  },
  throughOthers: (name) => `「${name}」にはほかの会社を経由して届いています`,
};
