import type { enPlant } from "./en-plant.ts";

/** Japanese words about the machines of a plant that hand in rows by HTTP. */
export const jaPlant: typeof enPlant = {
  columns: ["トークン", "ストリーム", "作成", "期限", "最終使用"],
  noTokens: "トークンを持つ工場の機器はありません。",
  always: "取り消すまで",
  expired: (until) => `期限切れ (${until})`,
  never: "なし",
  label: "工場",
  open: (url, tokens) => `工場ネットワークに公開中: ${url}、トークン ${tokens} 件`,
  fingerprint: (fingerprint) => `証明書の SHA-256 ${fingerprint}`,
  created: (name, stream, until) =>
    `${stream} 用のトークン「${name}」を作りました (${until === null ? "取り消すまで有効" : `${until} まで有効`})。表示するのは今回だけです。`,
  createDry: (name, stream, until) =>
    `${stream} 用のトークン「${name}」を作ります (${until === null ? "取り消すまで有効" : `${until} まで有効`})。`,
  where: (url) => `アドレス  ${url}`,
  certificate: (path) => `証明書    ${path} (機器にコピーしてください)`,
  sha256: (fingerprint) => `SHA-256   ${fingerprint}`,
  closed:
    'まだ受け口が開いていません。config.toml の [plant] に例えば listen = "192.168.1.10:7301" と書き、tegata stop のあと tegata start を実行してください。',
  senders: "機器で動かすスクリプトは docs/guides/line-engineer.md の HTTP にあります。",
  revoked: (name, stream) => `${stream} 用のトークン「${name}」は、今から受け付けません。`,
  revokeDry: (name, stream) => `${stream} 用のトークン「${name}」を取り消します。`,
};
