import { bytes, count } from "../print/human.ts";
import type { ToDo } from "../status/to-do.ts";
import type { enRunning } from "./en-running.ts";
import { jaAgo, jaDuration } from "./ja-human.ts";

/** What is being fetched or looked at. */
const syncKinds: Readonly<Record<string, string>> = {
  confirming: "手元のデータを確認中",
  blocks: "ブロック",
  snapshot: "ほかの会社から状態を取得中",
  history: "過去のブロックを裏で取得中",
};

/** Days of notice before a grant ends. */
const endingDays = 7;

const standings = {
  voting: "投票権あり",
  sidelined: "提案は休み・投票権あり",
  suspended: "停止中",
  following: "投票権なし",
} as const;

const programs: Readonly<Record<string, string>> = { node: "ノード", gateway: "ゲートウェイ" };

function programName(program: string): string {
  return `${programs[program] ?? ""} (${program})`.trimStart();
}

/** `49 行と変更 2 件`. */
export function jaWaiting(rows: number, changes: number): string {
  const parts = [
    ...(rows > 0 ? [`${count(rows)} 行`] : []),
    ...(changes > 0 ? [`変更 ${count(changes)} 件`] : []),
  ];
  return parts.join("と");
}

function jaRoom(hours: number): string {
  const left = hours < 1 ? "1 時間以内に" : `約 ${count(Math.floor(hours))} 時間後に`;
  return `今の速さで増えると、${left}行を受け付けられなくなります`;
}

function jaToDo(one: ToDo): string {
  switch (one.kind) {
    case "node-away":
      return "ノードが応答しません";
    case "quorum": {
      const who = one.missing.length === 0 ? "ほかの会社" : one.missing.join("、");
      const waiting = jaWaiting(one.rows, one.changes);
      return `${who}がつながるまで、何も決められません${waiting === "" ? "" : `。${waiting}が送信待ちです`}`;
    }
    case "sign-state":
      return "ノードが投票していません。署名の記録が安全ではないためです";
    case "suspended":
      return "二重に署名しました。このノードの複製がないか探してください";
    case "parting":
      return one.what === "leave"
        ? "この機械を止めないでください。脱退はまだ有効ではなく、ほかの会社は自社のノードを必要とします"
        : "この機械を止めないでください。返上はまだ有効ではなく、ほかの会社は自社のノードを必要とします";
    case "clock":
      return "この機械の時計がほかの会社とずれています";
    case "backup":
      return "最後のバックアップから 2 日以上たっています";
    case "disk":
      return `ディスクの空きが ${bytes(one.freeBytes)} しかありません`;
    case "room":
      return jaRoom(one.hours);
    case "damaged-copy":
      return `壊れたブロックを ${one.folder} に移しました。ディスクを調べてください。削除するのは、ほかの会社からすべて取り寄せ終えてからにしてください`;
    case "parked":
      return `「${one.stream}」が止まっています: ${one.code}`;
    case "refused":
      return `受け付けられなかった行が ${count(one.count)} 行あり、保存してあります`;
    case "closing":
      return `脱退した会社や鍵を失った会社に対して、${count(one.count)} 本のストリームを閉じています`;
    case "votes":
      return `自社の投票を待つ議案が ${count(one.count)} 件あります`;
    case "versions":
      return `${count(one.count)} 社のプログラムの版が違います`;
    case "grants-ending":
      return `${count(one.count)} 件の許可が ${endingDays} 日以内に期限を迎えます`;
  }
}

/** Japanese words of `start`, `stop` and `status`. */
export const jaRunning: typeof enRunning = {
  started: (company, network) => `「${company}」が「${network}」で動いています。`,
  startedApi: (socket, port) =>
    port === null ? `API      ${socket}` : `API      http://127.0.0.1:${port}/v1 と ${socket}`,
  startDry: (company) =>
    `「${company}」を起動します (試行)。フォルダーとパスフレーズに問題はありません。`,
  unitLine: (path, was, dryRun) =>
    was === "same"
      ? `${path} はすでにあります。`
      : `${path} を${dryRun ? "書き込みます (試行)。" : "書き込みました。"}`,
  serviceHomeUnseen: (home) =>
    `${home} に、ネットワークに入った会社が見当たりません。別の場所なら --home で指定してください。`,
  serviceNext: [
    "次は     sudo install -D -m 0600 FILE /etc/tegata/passphrase",
    "         sudo systemctl daemon-reload",
    "         sudo systemctl enable --now tegata.service tegata-backup.timer",
  ],
  notTold: "systemd に起動を知らせられませんでした。systemd-notify が失敗しました。",
  borrowedNode:
    "この Node はパッケージに付属の試用版です。本番では https://nodejs.org から Node.js 24 を入れてください。",
  stopping: "停止しています …",
  stopped: (company) => `「${company}」を停止しました。`,
  stopDry: (company, pid) =>
    `「${company}」を停止します (試行)${pid === null ? "" : `。プロセス ${pid}`}。`,
  programBack: (program, exit, pauseMs) =>
    `${programName(program)} がコード ${exit} で終了しました。${jaDuration(pauseMs)}後に起動し直します。`,
  programLost: (program, exit) =>
    `${programName(program)} がコード ${exit} で終了しました。原因が分かるまで起動し直さないでください。`,
  statusTitle: (network, company, standing, version) =>
    `${network}   自社: ${company}${standing === null ? "" : ` (${standings[standing]})`}   tegata ${version}`,
  state: {
    starting: "起動中",
    "catching-up": "最新の状態に追いつく途中",
    ready: "正常",
    "no-quorum": "待機中: つながっている会社が足りません",
    "sign-state-unsafe": "投票していません: 署名の記録が安全ではありません",
    unreachable: "ノードが応答しません",
  },
  stateLabel: "状態",
  blockLabel: "ブロック",
  membersLabel: "会社",
  outboxLabel: "送信待ち",
  dataLabel: "データ",
  syncLabel: "同期",
  sync: (kind, done, of) => `${syncKinds[kind] ?? kind}: ${count(done)} / ${count(of)}`,
  diskLabel: "ディスク",
  toDoLabel: "要対応",
  turn: (round, proposer) =>
    `   ラウンド ${round}${proposer === null ? "" : `   次の提案 ${proposer}`}`,
  otherVersions: (others) => `   ${count(others)} 社は版が違います`,
  grantsEnding: (ending) => `、${count(ending)} 件の許可が ${endingDays} 日以内に期限`,
  diskFree: (free, lastBackupMs, nowMs) => {
    const backup =
      lastBackupMs === null
        ? "バックアップはまだありません"
        : `最後のバックアップは ${jaAgo(lastBackupMs, nowMs)}`;
    return `空き ${bytes(free)}、${backup}`;
  },
  toDo: jaToDo,
  toDoNext: (text, next) => `${text} → ${next}`,
  watchWaits: (next) => `1 秒ごとに見直します。それまでに: ${next}`,
  block: (height, headTimeMs, nowMs) => `${count(height)}、${jaAgo(headTimeMs, nowMs)}`,
  connected: (online, all, needed) => `${all} 社中 ${online} 社が接続 (必要数 ${needed})`,
  away: (name, lastSeenMs, nowMs) =>
    lastSeenMs === null
      ? `「${name}」は未接続`
      : `「${name}」は ${jaAgo(lastSeenMs, nowMs)}から未接続`,
  sidelined: (name, since) =>
    `「${name}」の提案が間に合わなかったため、ブロック ${count(since)} からほかの会社が代わっています。投票は有効です`,
  sidelinedSelf: (since) =>
    `自社の提案が間に合わなかったため、ブロック ${count(since)} からほかの会社が代わっています。投票は有効です`,
  suspended: (name, since) =>
    `「${name}」は二重に署名したため、ブロック ${count(since)} から停止中です。投票は数えられません`,
  suspendedSelf: (since) =>
    `自社は二重に署名したため、ブロック ${count(since)} から停止中です。投票は数えられません。このノードの複製がないか探してください`,
  outboxEmpty: "なし",
  outbox: (rows, changes, oldestMs, nowMs) =>
    `${jaWaiting(rows, changes)}が送信待ち${oldestMs === null ? "" : `、最も古いものは ${jaAgo(oldestMs, nowMs)}`}`,
  roomLeft: jaRoom,
  refused: (refused) => `受け付けられなかった行 ${count(refused)} 行`,
  parked: (stream, code) => `「${stream}」が止まっています: ${code}`,
  clockOff: (aheadMs) =>
    `時計のずれ: この機械はほかの会社より ${jaDuration(Math.abs(aheadMs))}${aheadMs > 0 ? "進んで" : "遅れて"}います。NTP で合わせるまで、自社のブロックは受け付けられません`,
  payloadsMissing: (missing) => `取得中のデータが ${count(missing)} 件あります`,
  data: (mine, shared) => `自社のストリーム ${count(mine)} 本、共有されたもの ${count(shared)} 本`,
};
