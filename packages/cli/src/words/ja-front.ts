import { count } from "../print/human.ts";
import type { enFront } from "./en-front.ts";

/** Japanese words of the page that a person sees first. */
export const jaFront: typeof enFront = {
  title: (name, handle, network) =>
    `自社は「${name}」(${handle})、ネットワークは「${network}」です。`,
  empty: (home) => `${home} に会社の情報はまだありません。`,
  near: (homes) =>
    homes.length === 1
      ? `もしかして: --home ${homes[0]}`
      : `会社のあるフォルダー: ${homes.join(", ")}。--home でどれかを指定してください。`,
  ways: [
    ["tegata dev", "試す: この 1 台で 4 社を動かす"],
    ["tegata join TOKEN", "招待を使ってネットワークに加わる"],
    ["tegata card --network NAME --company NAME --handle NAME --address ADDRESS", ""],
    ["", "自社のカードを作り、ほかの会社とネットワークを作る"],
  ],
  elsewhere: "別のフォルダーは --home DIR で指定します。ほかのコマンドは tegata help にあります。",
  states: {
    card: "自社のカードはできています。ネットワークはまだここに作られていません。",
    stopped: "自社は動いていません。",
    silent: "自社は動いていますが、ゲートウェイがまだ応答しません。",
  },
  founds: (command) => `創設する会社のうち 1 社だけは: ${command}`,
  onlineLabel: "接続中",
  mineLabel: "自社",
  sharedLabel: "共有",
  needsLabel: "要対応",
  nextLabel: "次は",
  nodeAway: "自社のノードが応答しません",
  nobody: "ほかの会社はつながっていません",
  alone: "ほかの会社はまだありません",
  away: (online, away) => `${online}。未接続: ${away}`,
  noneMine: "ストリームはまだありません",
  noneShared: "共有されたものはまだありません",
  andMore: (names, hidden) => `${names} ほか ${count(hidden)} 件`,
  hint: "詳しくは: tegata status、tegata help",
};
