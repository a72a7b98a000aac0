import type { CheckName, FindingDetail } from "../doctor/finding.ts";
import { bytes, count } from "../print/human.ts";
import { enDoctor, type FindingWords } from "./en-doctor.ts";
import { jaAgo, jaDuration } from "./ja-human.ts";
import { jaReach } from "./ja-reach.ts";
import { jaWaiting } from "./ja-running.ts";

type Writer = (detail: FindingDetail, nowMs: number) => string | readonly [string, string];

type Value = FindingDetail[string] | undefined;

const number = (value: Value): string => count(Number(value ?? 0));
const since = (value: Value, nowMs: number): string => jaAgo(Number(value), nowMs);
const wayTo = ({ reason, address }: FindingDetail): string =>
  jaReach.failure(String(reason), String(address ?? ""));
const programs: Readonly<Record<string, string>> = { node: "ノード", gateway: "ゲートウェイ" };
const programOf = (value: Value): string => `${programs[String(value)] ?? ""} (${value})`.trim();

const renewal = (path: string): string =>
  `新しいものに替え (自動で作ったものは ${path} を消して)、tegata stop、tegata start のあと、各機器にコピーしてください`;

const checks: Readonly<Record<CheckName, string>> = {
  program: "プログラム",
  home: "ホームフォルダー",
  settings: "設定",
  keys: "鍵",
  guard: "署名の記録",
  copies: "複製",
  disk: "ディスク",
  clock: "時計",
  processes: "プロセス",
  node: "ノード",
  gateway: "ゲートウェイ",
  plant: "工場ネットワーク",
  membership: "参加",
  reach: "ほかの会社",
  inbound: "自社のポート",
  quorum: "必要数",
  sync: "台帳",
  outbox: "送信待ち",
  backup: "バックアップ",
  versions: "版",
  dial: "接続の試行",
};

const stopped = "調べていません: ノードが動いていません";
const openNode = "https://nodejs.org から Node.js 24 を入れてください";
const nameHome = "--home で正しいフォルダーを指定するか、tegata card で会社を作ってください";
const whoRead = "中を見られたおそれがないか考えてください";
const startAll =
  "そのまま起動してください。ノードは安全になるまで投票せずに追従します。古い写しは決して戻さないでください";
const backupNow = "今すぐバックアップを作り、タイマーが動かなかった原因を調べてください";

const ofMachine: Readonly<Record<string, Writer>> = {
  program: ({ node, version }) => `tegata ${version}、Node ${node}`,
  "node-too-old": ({ node }) => [`Node ${node} は古すぎます`, openNode],
  "node-borrowed": ({ node }) => [`Node ${node} はパッケージに付属の試用版です`, openNode],
  home: ({ path }) => String(path),
  "home-missing": ({ path }) => [`フォルダー ${path} がありません`, nameHome],
  "card-missing": ({ path }) => [`${path} に会社の情報がありません`, nameHome],
  "folder-open": ({ path, mode }) => [
    `この機械のほかの人が ${path} に入れます (アクセス権 ${mode})`,
    `chmod 700 ${path} を実行し、${whoRead}`,
  ],
  "home-open": ({ path, mode }) => [
    `この機械のほかの人が ${path} の中を見られます (アクセス権 ${mode})`,
    `chmod 700 ${path} を実行してください`,
  ],
  "home-of-other": ({ path }) => [
    `${path} は別のユーザーのものです`,
    "会社を動かしているユーザーで実行するか、chown -R で持ち主を変えてください",
  ],
  "damaged-copy": ({ folder }) => [
    `壊れたブロックを ${folder} に移し、ほかの会社の写しを使っています`,
    "ディスクを調べてください。「台帳」の行がすべてそろったら、そのフォルダーを取り除いてください",
  ],
  settings: ({ path }) => String(path),
  "settings-old": () => [
    "設定が、古い版の config.json にあります",
    "tegata config show を実行すると一度だけ引き継ぎ、古いファイルは残ります",
  ],
  "settings-wrong": ({ text, count: all }) => [
    `使えません: ${text}${Number(all) > 1 ? ` (ほかに ${Number(all) - 1} 件)` : ""}`,
    "tegata config check ですべて確認できます",
  ],
  "settings-open": ({ path }) => [
    `この機械のほかの人が ${path} かそのフォルダーに書き込めます`,
    `${path} とそのフォルダーに chmod go-w を実行してください`,
  ],
  keys: () => "2 つの鍵のファイルを読めます",
  "keys-none": () => "まだありません",
  "keys-exposed": ({ text }) => [String(text), `そのファイルに chmod 600 を実行し、${whoRead}`],
  "keys-unreadable": ({ text }) => [
    `鍵のファイルが使えません: ${text}`,
    "バックアップから戻してください。封をしたものは復旧単語で取り戻せます",
  ],
  guard: ({ height }) =>
    height === null
      ? "問題なし。まだ何も署名していません"
      : `問題なし。最後の署名はブロック ${number(height)}`,
  "guard-early": () => "ネットワークに入るまではありません",
  "guard-later-key": () => "問題なし。カードより後の鍵のものです",
  "guard-missing": () => ["署名の記録がありません", startAll],
  "guard-damaged": () => ["署名の記録が壊れています", startAll],
  "guard-unreadable": ({ text }) => [
    `署名の記録を読めません: ${text}`,
    "フォルダー guard を調べてください",
  ],
  "guard-foreign": ({ other }) => [
    `署名の記録が、別の${other === "network" ? "ネットワーク" : "鍵"}のものです`,
    "自社のファイルを戻してください。tegata help NODE_GUARD_FOREIGN を参照してください",
  ],
  disk: ({ freeBytes }) => `空き ${bytes(Number(freeBytes))}`,
  "disk-unknown": () => "システムから分かりません",
  "disk-scarce": ({ freeBytes }) => [
    `空きが ${bytes(Number(freeBytes))} しかありません`,
    "空きを作るか、ホームフォルダーを大きなディスクに移してください",
  ],
  "disk-full": ({ freeBytes }) => [
    `空きが ${bytes(Number(freeBytes))} しかありません。何かを失う前にノードは止まります`,
    "空きを作ってから、tegata start を実行してください",
  ],
  clock: () => "ずれは見られません",
  "clock-unknown": () => "ノードが動けば、ほかの会社のブロックから分かります",
  "clock-off": ({ aheadMs }) => {
    const ms = Number(aheadMs);
    return [
      `ほかの会社より ${jaDuration(Math.abs(ms))}${ms > 0 ? "進んで" : "遅れて"}います`,
      "NTP を動かし (timedatectl set-ntp true)、数ブロック後にもう一度見てください",
    ];
  },
  "clock-hours": ({ hours }) => {
    const all = Number(hours);
    return [
      `ほかの会社よりちょうど ${number(Math.abs(all))} 時間${all > 0 ? "進んで" : "遅れて"}います`,
      "現地時刻を UTC としているか、夏時間を二重に数えています。timedatectl を見て、タイムゾーンを設定し、NTP を動かしてください",
    ];
  },
};

const ofPrograms: Readonly<Record<string, Writer>> = {
  copies: () => "ほかの複製は見つかっていません",
  "copies-none": () => "まだ会社がありません",
  "second-copy": ({ program, code }) => [
    `${programOf(program)} は、この会社の別の複製が動いているため止まりました (${code})`,
    `起動する前に、2 つのうち一方を完全に止めてください。tegata help ${code} を参照してください`,
  ],
  "signed-twice": ({ height }) => [
    `この鍵で、矛盾する 2 つの票に署名しています${height === null ? "" : ` (ブロック ${number(height)})`}`,
    "このノードの複製を見つけて完全に止め、ほかの会社に停止の解除を依頼してください",
  ],
  "stray-program": () => [
    "tegata start で起動していないか、監視プログラムのいないプログラムが動いています",
    "それを止めてから、tegata start を実行してください",
  ],
  running: ({ pid }) => (pid === null ? "動いています" : `動いています。プロセス ${pid}`),
  "processes-early": () => "ネットワークに入るまで、動かすものはありません",
  stopped: () => ["動いていません。止められています", "tegata start"],
  ended: ({ program, code, text }) => [
    `${programOf(program)} が自分で終了しました: ${text} (${code})`,
    `tegata help ${code}`,
  ],
  node: ({ height, state }) => `応答あり。ブロック ${number(height)}、${state}`,
  "node-stopped": () => "動いていません",
  "node-silent": () => [
    "起動していますが、応答しません",
    "ホームフォルダーの log/node.log の終わりを見てください",
  ],
  "sign-state-unsafe": ({ height }) => [
    `ブロック ${number(height)} で追従していますが、署名の記録が安全でないため投票していません`,
    "先のブロックが決まるのを待ってください。自動で再び投票します",
  ],
  gateway: () => "応答あり",
  "gateway-stopped": () => "動いていません",
  "gateway-silent": () => [
    "起動していますが、応答しません",
    "ホームフォルダーの log/gateway.log の終わりを見てください",
  ],
  plant: ({ at, days }) => `公開中です (${at})。証明書はあと ${number(days)} 日有効です`,
  "plant-closed": () => "工場の機器には公開していません (plant.listen)",
  "plant-early": ({ at }) => `${at} で公開します。証明書は最初の起動で作ります`,
  "plant-unreadable": ({ path }) => [
    `${path} を読めないか、正しい内容ではありません`,
    "plant.certificateFile と plant.keyFile を直し、tegata stop、続いて tegata start を実行してください",
  ],
  "plant-key-exposed": ({ path, mode }) => [
    `${path} のモードが ${mode} です。この機械のほかの人がなりすませます`,
    `chmod 600 ${path} を実行してください。読まれたかもしれないときは、鍵と証明書を新しくしてください`,
  ],
  "plant-expired": ({ path, untilMs }, nowMs) => [
    `${path} の有効期限が切れました (${since(untilMs, nowMs)})。機器は送れなくなっています`,
    renewal(String(path)),
  ],
  "plant-expiring": ({ path, days }) => [
    `${path} の有効期限まであと ${number(days)} 日です。切れると機器は送れなくなります`,
    renewal(String(path)),
  ],
  "plant-other": ({ path }) => [
    `ゲートウェイは、${path} の前の証明書を使っています`,
    "tegata stop、続いて tegata start を実行してください",
  ],
  "start-again": ({ running, installed }) => [
    `${running} が動いていて、${installed} が入っています`,
    "tegata stop、続いて tegata start を実行してください",
  ],
};

const ofNetwork: Readonly<Record<string, Writer>> = {
  "no-company": () => "まだ会社がありません",
  "no-network": () => [
    "この会社は、まだどのネットワークにも入っていません",
    "ほかの会社のカードか創設ファイルで tegata init、または招待で tegata join を実行してください",
  ],
  "founder-stopped": ({ network }) =>
    `「${network}」の創設会社。ほかのことはノードが動けば分かります`,
  "member-stopped": ({ network }) => `「${network}」。ほかのことはノードが動けば分かります`,
  "not-admitted": ({ network }) => [
    `「${network}」の参加会社に入っていません`,
    "参加会社に議案の承認を依頼してください。tegata vote list で見られます",
  ],
  left: ({ network, height }) => [
    `この会社はブロック ${number(height)} で「${network}」から脱退したか、除名されています`,
    "心当たりがなければ参加会社に尋ねてください。戻るには招待が必要です",
  ],
  "not-ready": ({ network }) => [
    `「${network}」に加入していますが準備中です。投票権なしで追従しています`,
    "追いつくのを待ってください。自動で準備の完了を知らせます",
  ],
  observer: ({ network }) => `「${network}」の参加会社。node.validator の設定により投票権なし`,
  voting: ({ network }) => `「${network}」の参加会社。投票権あり`,
  sidelined: ({ since: height }) => [
    `ブロック ${number(height)} から、ほかの会社が提案を代わっています。投票は有効です`,
    "機械、回線、時計を調べてください。自動で元に戻ります",
  ],
  suspended: ({ since: height }) => [
    `ブロック ${number(height)} から停止中です。投票は数えられません`,
    "このノードの複製を見つけ、ほかの会社に停止の解除を依頼してください",
  ],
  reach: ({ count: all, through }) =>
    `${number(all)} 社とつながっています${Number(through) > 0 ? `。うち ${number(through)} 社はほかの会社経由` : ""}`,
  "reach-unknown": () => stopped,
  "reach-alone": () => "ほかの会社はありません",
  "member-away": (detail, nowMs) => {
    const { name, lastSeenMs, reason } = detail;
    const seen = lastSeenMs === null ? "未接続" : `${since(lastSeenMs, nowMs)}から未接続`;
    return [
      `「${name}」は ${seen}${reason === null ? "" : `: ${wayTo(detail)}`}`,
      "相手の担当者に知らせてください。tegata doctor --dial で詳しく分かります",
    ];
  },
  "cannot-dial": (detail) => [
    `加入していますが、${number(detail.count)} 社のどこにも接続できません (${wayTo(detail)})`,
    "防火壁で外向きの接続を許可するか、network.proxy を設定してください。tegata doctor --dial HOST:PORT で試せます",
  ],
  "turned-away": ({ count: all }) => [
    `ほかの会社に認められていません: ${number(all)} 社が応答して接続を切ります`,
    "ネットワークの ID を相手と照らし合わせ (tegata init に出ます)、自社とこの鍵が認められているか尋ねてください",
  ],
  "nobody-here": ({ count: all }) => [
    `${number(all)} 社のどこともつながっていません`,
    "相手が動いているか尋ねてください。アドレスのない会社は、相手から接続する必要があります",
  ],
  inbound: ({ lastMs }, nowMs) => `開いています: ${since(lastMs, nowMs)}にほかの会社から接続`,
  "inbound-unknown": () => stopped,
  "inbound-alone": () => "接続してくる会社がありません",
  "inbound-early": () => "ほかの会社が接続してくるだけの時間がたっていません",
  "dials-only": () => "なし: 自社からほかの会社に接続します (network.listen が空です)",
  "not-listening": ({ address }) => [
    `${address} で待ち受けているものがありません`,
    "network.listen と log/node.log の終わりを見てください",
  ],
  "never-dialed": ({ address, sinceMs }, nowMs) => [
    `自社のポートが外から閉じていませんか。起動した ${since(sinceMs, nowMs)}から、どの会社も ${address} に接続していません`,
    "防火壁とルーターで開け、ほかの会社に tegata doctor --dial 自社のホスト:ポート を実行してもらってください",
  ],
  quorum: ({ online, needed }) => `投票会社は ${number(online)} 社いて、必要数は ${number(needed)}`,
  "quorum-unknown": () => stopped,
  "no-quorum": ({ online, needed, missing }) => [
    `投票会社は ${number(online)} 社で、必要数の ${number(needed)} に足りません。いない会社: ${missing}`,
    "失われるものはありません。行は送信待ちに残り、そろえば送られます。いない会社に連絡してください",
  ],
  sync: ({ height }) => `ブロック ${number(height)} まですべてそろっています`,
  "sync-unknown": () => stopped,
  "catching-up": ({ height, kind, done, of }) => [
    `追いつく途中です。ブロック ${number(height)}${kind === "none" ? "" : `: ${kind} ${number(done)} / ${number(of)}`}`,
    "お待ちください。tegata status --watch で進み具合が分かります",
  ],
  "payloads-missing": ({ count: all }) => [
    `取得中のデータが ${number(all)} 件あります`,
    "お待ちください。ほかの会社とつながっている間に進みます",
  ],
  stalled: ({ height, headTimeMs }, nowMs) => [
    `必要な数の会社がいるのに、${number(height)} の後のブロックがありません (${since(headTimeMs, nowMs)}から)`,
    "ほかの会社に tegata doctor の結果を尋ね、--bundle の書き出しを保存してください",
  ],
  versions: ({ version }) => `分かっている会社はすべて ${version}`,
  "versions-unknown": () => stopped,
  "versions-differ": ({ version, names }) => [
    `自社は ${version}、違う会社: ${names}`,
    "版を申し合わせ、遅れている会社が更新してください",
  ],
};

const ofData: Readonly<Record<string, Writer>> = {
  outbox: ({ rows, changes }) =>
    Number(rows) + Number(changes) === 0
      ? "なし"
      : `${jaWaiting(Number(rows), Number(changes))}を送信中`,
  "outbox-unknown": () => "調べていません: ゲートウェイが動いていません",
  parked: ({ stream, code }) => [`「${stream}」が止まっています: ${code}`, `tegata help ${code}`],
  refused: ({ count: all }) => [
    `受け付けられなかった行が ${number(all)} 行あります`,
    "理由は tegata outbox list で分かります",
  ],
  "waits-long": ({ rows, changes, oldestMs }, nowMs) => [
    `${jaWaiting(Number(rows), Number(changes))}が送信待ちです。最も古いものは ${since(oldestMs, nowMs)}`,
    "「必要数」と「台帳」の行を見てください。失われるものはありません",
  ],
  backup: ({ lastMs }, nowMs) => `最後のものは ${since(lastMs, nowMs)}`,
  "backup-unknown": () => "調べていません",
  "backup-dev": () => "使い捨ての鍵には要りません",
  "backup-unset": () => [
    "まだなく、backup.folder に保存先の設定もありません",
    "backup.folder を設定し、毎晩バックアップを作ってください",
  ],
  "backup-none": () => ["まだありません", backupNow],
  "backup-old": ({ lastMs }, nowMs) => [`最後のものは ${since(lastMs, nowMs)}です`, backupNow],
  "backup-unwritable": ({ folder, reason }) => [
    `${folder} に書き込めません (${reason})`,
    "接続するか、このユーザーに権限を与えるか、backup.folder を直してください",
  ],
  "dial-name": ({ host, address }) => `${host} は ${address}`,
  "dial-no-name": ({ host }) => [
    `${host} という名前は見つかりません`,
    "相手の会社のカードと照らし合わせ、ネームサーバーの担当者に尋ねてください",
  ],
  "dial-open": ({ host, port, ms, proxy }) =>
    `${host}:${port} が ${number(ms)} ミリ秒で開きます${proxy === null ? "" : ` (${proxy} 経由)`}`,
  "dial-closed": ({ host, port, reason, proxy }) => [
    `${host}:${port} が開きません: ${dialReason(String(reason))}`,
    proxy === null
      ? "相手の担当者に、動いているか、ポートが開いているかを、自社の担当者に、外向きの接続ができるかを尋ねてください"
      : "プロキシの担当者に、そのポートへの接続を通すかを尋ねてください",
  ],
  "dial-node": ({ host, port }) => `${host}:${port} でノードが応答します`,
  "dial-hung-up": ({ host, port }) => [
    `${host}:${port} は開きますが、切られます`,
    "途中に何かあるか、ノードがここからの接続を受けません。待ってから、相手の担当者に尋ねてください",
  ],
  "dial-silent": ({ host, port }) => [
    `${host}:${port} は開きますが、何も返しません`,
    "別のプログラムが待ち受けているか、防火壁が代わりに応答しています。ポートをカードと照らし合わせてください",
  ],
  "dial-other": ({ host, port }) => [
    `${host}:${port} で応答したものはノードではありません`,
    "ホストとポートを、相手の会社のカードと照らし合わせてください",
  ],
};

function dialReason(reason: string): string {
  switch (reason) {
    case "ECONNREFUSED":
      return "待ち受けているものがありません";
    case "ETIMEDOUT":
      return "応答がありません。防火壁に止められているのかもしれません";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "経路がありません";
    default:
      return reason.startsWith("PROXY_") ? `プロキシの応答は ${reason.slice(6)} です` : reason;
  }
}

const findings: Readonly<Record<string, Writer>> = {
  ...{ ...ofMachine, ...ofPrograms, ...ofNetwork, ...ofData },
  "look-failed": ({ text }) => [
    `調べられませんでした: ${text}`,
    "--debug を付けて実行し、表示された内容を報告してください",
  ],
};

/** Japanese words of `tegata doctor`; a finding that is new is told in English. */
export const jaDoctor: typeof enDoctor = {
  checks,
  results: { pass: "正常", warn: "注意", fail: "異常", skip: "-" },
  finding: (found, nowMs): FindingWords => {
    const said = findings[found.code]?.(found.detail, nowMs);
    if (said === undefined) return enDoctor.finding(found, nowMs);
    return typeof said === "string" ? { text: said, next: null } : { text: said[0], next: said[1] };
  },
  known: Object.keys(findings),
  summary: (fails, warns) =>
    fails + warns === 0
      ? "ここから分かる範囲で、異常はありません。"
      : `異常 ${count(fails)} 件、注意 ${count(warns)} 件。`,
  bundled: (path) =>
    `${path} に書き出しました。鍵、トークン、データ、ストリームの名前は入っていません。送る前に中を確かめてください。`,
  badTarget: (text) => ({
    text: text === "" ? "--dial の値が空です。" : `--dial に ${text} は指定できません。`,
    next: "HOST:PORT、[IPV6]:PORT、または /dns4/node.example/tcp/7000 の形で指定してください。",
  }),
};
