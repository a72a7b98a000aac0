import { bytes, count } from "../print/human.ts";
import type { enDemo } from "./en-demo.ts";
import { jaDuration } from "./ja-human.ts";

/** Japanese words of the demo. */
export const jaDemo: typeof enDemo = {
  title: (network, version, node) =>
    `${network}: この 1 台で 4 社を動かします。各社がノードとゲートウェイを持ちます   (tegata ${version}, Node ${node})`,
  simulated: (rows, seed) =>
    `プレス機は模擬です (seed ${seed})。直近 2 時間の ${count(rows)} ショットを使います。`,
  fromFile: (rows, name, synthetic) =>
    synthetic
      ? `データは合成データセット ${name} の ${count(rows)} 行です。現在まで 1 秒に 1 行とみなします。`
      : `データは ${name} の ${count(rows)} 行です。現在まで 1 秒に 1 行とみなします。`,
  cast: [
    "Kato Press がプレス機の持ち主、Aoki Motors が部品の買い手、Toda Machine が機械メーカー、Nishi Press が競合です。",
  ],
  anAddress: "/ip4/127.0.0.1/tcp/…",
  anybody: "anybody",
  steps: {
    found: "4 社でネットワークを作る",
    publish: "Kato Press がデータを公開する",
    stranger: "全社のカードを手に入れた部外者がノードを起動する",
    grant: "Kato Press が相手ごとに必要な分だけ許可する",
    read: "相手は許可された分だけを読める",
    competitor: "Nishi Press が、自分のディスクにあるデータを読もうとする",
    revoke: "Kato Press が Aoki Motors への許可を取り消す",
    crash: "Toda Machine が突然止まり、復帰する",
    prove: "1 つの値を社外の人に証明する",
  },
  found: (companies, processes, network, height) =>
    `${companies} 社の ${processes} プロセスがネットワーク ${network.slice(0, 12)}… のブロック ${height} で一致`,
  published: (rows, facets, height) =>
    `${count(rows)} 行、${facets} つの公開区分を、暗号化して 4 社すべてのディスクに保存 (ブロック ${count(height)})`,
  strangerRefused: (name) => `${name} は接続しようとして断られた。接続も加入もできず、データもない`,
  granted:
    "quality を Aoki Motors に、status を Toda Machine に 30 日間許可。Nishi Press には何も許可していない",
  readExactly: (rows) =>
    `どちらも ${count(rows)} 件すべての自分の公開区分を、書かれたとおりに読めた。ほかの項目は読めない`,
  competitorCannot: (size, head) =>
    `読めない。ディスクには持ち主と同じ ${bytes(size)} の暗号文だけがある: ${head.slice(0, 24)}…`,
  revoked: (kept, later, batches) =>
    `Aoki Motors は、すでに読めた ${count(kept)} 件 (${count(batches)} 組) を手元に残し、新しい ${count(later)} 件は読めない`,
  crashed: (name, withoutMs, height) =>
    `残り 3 社は ${jaDuration(withoutMs)}で公開を済ませた。${name} はブロック ${count(height)} で復帰し、記録はすべてそろっている`,
  proven: (field, value, signers) =>
    `${field} ${value} を ${signers} 社の署名でオフラインで証明。1 ビットでも変えた写しは無効になる`,
  failed: (text) => `失敗: ${text}`,
  sameRecord: "同じ記録が、各社のディスクではこう見えます:",
  whoReads: "誰が何を読めるか (kato$ tegata access):",
  closed: (hex) => hex,
  chainWritten: (height, path) =>
    `台帳の全 ${count(height)} ブロックと、その決定の証明書を ${path} に保存しました。`,
  done: (ms) => `すべて確認できました (${jaDuration(ms)})。`,
  notDone: "成り立たなかったものがあります。上の失敗した手順を見てください。",
  interrupted: "中断しました。すべて片付けています。",
  keptTitle: "Ctrl-C を押すまで、すべて動き続けます。お試しください:",
  cleaning: "終了しています …",
  usage: {
    text: "デモのオプションが違います。",
    next: "npm run demo -- [--json] [--keep] [--lang ja|en] [--data FILE.csv] [--chain FILE]",
  },
};
