import { count } from "../print/human.ts";
import type { enCollect } from "./en-collect.ts";
import { jaDuration } from "./ja-human.ts";

/** Japanese words of what is collected from folders, adapters, brokers and agents. */
export const jaCollect: typeof enCollect = {
  whichTime: (fields) => ({
    text: `ストリームに日時の項目が複数あります: ${fields.join(", ")}`,
    next: "行の日時にする項目を --time で指定してください。",
  }),
  notPublished: (name) => `${name} は公開していません。1 行も送っていません。`,
  partlyPublished: (name, rows) =>
    `${name} は途中まで公開しました。最初の ${count(rows)} 行は保存済みで、残りは送っていません。`,
  perhapsPublished: (name) =>
    `${name} は途中まで処理した後に変更されました。最初の方の行は公開済みかもしれません。その他の行は送っていません。`,
  putMissing:
    "公開済みの行を tegata query で確認し、残りの行をもう一度フォルダーに置いてください。",
  putAgain: "ファイルを直し、もう一度フォルダーに置いてください。",
  putRest: (rows) =>
    `最初の ${count(rows)} 行より後を別のファイルにして、もう一度フォルダーに置いてください。`,
  leftOut: (name, rows) =>
    `${name} は、合わない ${count(rows)} 行を除いて公開しました。その最初のものは次のとおりです:`,
  watching: (folder, stream) =>
    `${folder} を見張り、「${stream}」に公開します。Ctrl-C で終わります。`,
  published: (file, rows, movedTo) =>
    `${file}: ${count(rows)} 行をこのディスクに保存しました。ほかの会社へ送信中です → ${movedTo}`,
  replayed: (rows) => `うち ${count(rows)} 行は送信済みでした。二重にはなっていません`,
  leftOutRows: (rows) => `${count(rows)} 行を除きました。フォルダー refused を見てください`,
  refused: (file, code, movedTo) =>
    `${file}: 受け付けませんでした (${code}) → ${movedTo}。理由は隣のテキストにあります`,
  same: (file, as, at, movedTo) =>
    `${file}: ${at} に公開した ${as} と同じ内容です。二重にはなっていません → ${movedTo}`,
  takenAway: "その間に取り除かれました",
  unfinished: (file) => `${file} は読んでいる間に変わりました。後でもう一度見ます`,
  stuck: (file, reason) => `${file} を読めないか、移動できません (${reason})。もう一度試します`,
  folderGone: (folder, reason) => `フォルダー ${folder} がありません (${reason})。戻るのを待ちます`,
  folderBack: (folder) => `フォルダー ${folder} が戻りました`,
  waiting: (message) => `${message} 失われるものはありません。受け付けられるまで試し続けます`,
  again: (ms) => `ゲートウェイが ${jaDuration(ms)}ぶりに受け付けを再開しました`,
  wouldPublish: (file, rows) => `${file}: ${count(rows)} 行が合います`,
  wouldRefuse: (file) => `${file}: 合いません`,
  noAddress: (got) => ({
    text: `アダプターは HOST:PORT の形で指定します。${got} は読めません。`,
    next: "例: tegata collect shdr 10.0.0.7:7878 press-3",
  }),
  onlyPipe: {
    text: "--follow は標準入力の行を受け取るときに使います。",
    next: "ファイル名を - にしてください。フォルダーのファイルは tegata watch で公開できます。",
  },
  noHeaderInPipe: {
    text: "CSV は 1 行ずつ公開できません。列の名前が最初の行にしかないためです。",
    next: "--follow を外すか、--format ndjson で 1 行に 1 つの JSON オブジェクトを送ってください。",
  },
  collecting: (source, stream) =>
    `${source} から受け取り、「${stream}」に公開します。Ctrl-C で終わります。`,
  connected: (source) => `${source} に接続しました`,
  disconnected: (source, reason) =>
    `${source} に接続できません (${reason})。つながるまで試し続けます`,
  noBroker: (got) => ({
    text: `ブローカーは mqtt://HOST:PORT か mqtts://HOST:PORT の形で指定します。${got} は読めません。`,
    next: "例: tegata collect mqtt mqtt://10.0.0.9 press-3 --topic 'line/#'。名前とパスワードは --user と --password-file で指定してください。",
  }),
  noAgent: (got) => ({
    text: `エージェントは http://HOST:PORT か https://HOST:PORT の形で指定します。${got} は読めません。`,
    next: "例: tegata collect mtconnect http://10.0.0.8:5000 press-3",
  }),
  sessionLost: (source) =>
    `ブローカー ${source} に、預けていたものが残っていません。その間に出されたものが欠けている可能性があります`,
  gap: (of, missing) =>
    `${of} からのデータの一部が欠けています (${missing})。欠けたことを記録しました`,
  subscriptionRefused: (topic) =>
    `ブローカーが ${topic} の受信を許可しません。トピックと --user の権限を確認してください`,
  notText: "UTF-8 のテキストではありません",
  notSparkplug: "Sparkplug B のデータではありません",
  noSingleValue: (name) => `${name} は単独の値ではないか、名前が知らされていません`,
  noObject: "ストリームの項目名をキーに持つ JSON オブジェクトではありません",
  needsItems: "Sparkplug B には time、item、value の項目を持つストリームが必要です",
  diskRefuses: (reason) =>
    `このディスクに書き込めません (${reason})。書き込めるようになるまで読み取りを止めます`,
  diskAgain: "このディスクへの書き込みを再開しました",
  cut: (size) =>
    `前回は書き込みの途中で止まりました。まだ数えていなかった ${size} を取り除きました`,
  misfit: {
    line: "",
    command: "",
    torn: "途中で接続が切れました",
    long: "1 MiB を超えています",
    asset: "観測ではなくアセットです。アセットは文書として公開できます",
    encoding: "UTF-8 ではありません",
  },
  misfitTold: (text, reason) => `取り分けました: ${text}: ${reason}`,
  keptByGateway: (rows) =>
    `${count(rows)} 行は、別の指定で読んだものを送信済みです。二重にはなっていません`,
  status: (heard, rows, misfits, waiting) =>
    `受信 ${count(heard)} 件、ゲートウェイに保存済み ${count(rows)} 行、取り分け ${count(misfits)} 件、送信待ち ${waiting}`,
  setAside: (misfits) =>
    `${count(misfits)} 行を取り分けました。理由はホームフォルダーの collect にあります。`,
  wouldSetAside: (reason) => `取り分けます: ${reason}`,
  nothingKept: "保存も公開もしていません。",
  total: (files, rows, refused) =>
    `${count(files)} 個のファイルの ${count(rows)} 行を公開し、${count(refused)} 個を受け付けませんでした。`,
};
