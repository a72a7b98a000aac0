import { count } from "../print/human.ts";
import type { enFollowing } from "./en-following.ts";

/** Japanese words of what a gateway tells as it happens. */
export const jaFollowing: typeof enFollowing = {
  away: "ゲートウェイが応答しません。最後の出来事の続きから、つながるまで尋ね続けます",
  back: "ゲートウェイが再び応答しています。",
  record: (stream, record, time, values) => ["記録  ", stream, record, time, ...values].join("  "),
  grant: (stream, company, facets, until) =>
    `許可    「${company}」が「${stream}」の ${facets.join(", ")} を読めます (期限 ${until})`,
  closed: (stream, companies) =>
    companies.length === 0
      ? `終了    「${stream}」のこれからの記録は新しい鍵になりました`
      : `終了    「${stream}」のこれからの記録は ${companies.join(", ")} に見えなくなりました`,
  ended: {
    revoked: (company) => `「${company}」`,
    left: (company) => `「${company}」(脱退)`,
    "key-compromised": (company) => `「${company}」(鍵が他人の手に渡りました)`,
  },
  stream: (owner, name) =>
    `新規    ${name === null ? "自社には名前の見えないストリーム" : `ストリーム「${name}」`} (持ち主 ${owner})`,
  membership: (text, height) => `会社    ${text} (ブロック ${count(height)})`,
  requested: (by, what) => `「${by}」が議案を出しました: ${what}`,
  voted: (by, request, approve) =>
    `「${by}」が議案 ${request} に${approve ? "賛成" : "反対"}しました`,
  changes: {
    admitted: (company) => `「${company}」の参加が認められました`,
    voting: (company) => `「${company}」が提案と投票を始めました`,
    "stood-down": (company) => `「${company}」は投票しなくなりました`,
    suspended: (company) => `「${company}」は停止されました`,
    readmitted: (company) => `「${company}」の停止が解除されました`,
    removed: (company) => `「${company}」は除名されました`,
    left: (company) => `「${company}」は脱退しました`,
    "root-replaced": (company) => `「${company}」のルート鍵が新しくなりました`,
  },
  rotated: (company, key, isCompromised) =>
    `「${company}」の鍵 (${key}) が新しくなりました${isCompromised ? "。古い鍵は他人の手に渡っています" : ""}`,
  addresses: (company, addresses) =>
    `「${company}」のアドレスが変わりました: ${addresses === "" ? "なし (自分から接続します)" : addresses}`,
  version: (version, height) =>
    `ブロック ${count(height)} からプロトコルの版が ${version} になります`,
  block: (height, time) => `ブロック  ${count(height)}、${time}`,
};
