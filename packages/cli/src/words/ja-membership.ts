import { count } from "../print/human.ts";
import type { enMembership } from "./en-membership.ts";

function onItsWay(height: number | null, done: (height: string) => string): string {
  return height === null ? "送信中です。" : done(count(height));
}

/** Japanese words of what the commands about members and their votes answer. */
export const jaMembership: typeof enMembership = {
  invited: (company, until) =>
    `「${company}」への招待です。一度だけ、${until} まで使えます。次の 1 行を渡してください:`,
  invitedNext: "これで加入を申請できます。加入は、参加会社が tegata approve で決めます。",
  inviteDry: (company, until) =>
    `「${company}」を ${until} まで有効な招待で招きます (試行)。何も送っていません。`,
  invitedBack: (company, until) =>
    `「${company}」は参加会社です。この 1 行 (${until} まで有効) と 24 の復旧単語で、新しい機械に復帰できます。`,
  invitedBackNext:
    "その会社の今の鍵はすべて使えなくなります。本人からの依頼かどうかを必ず確かめてください。",
  inviteBackDry: (company, until) =>
    `参加会社「${company}」を、24 の復旧単語で ${until} まで復帰できるようにします (試行)。何も送っていません。`,
  network: (name, id) =>
    `接続先  ネットワーク ${name} (${id.slice(0, 8)}…${id.slice(-4)}、招待と一致)`,
  joinDry: "招待はこのネットワークのものです。何も作らず、何も送っていません。",
  askCompany: "会社名: ",
  askHandle: "短い名前 (a-z, 0-9, -): ",
  goesOn: (company) => `鍵      前に作った「${company}」の鍵を使います`,
  readWords: (list) => [
    "申請    次の単語を、参加会社に電話で読み上げてください:",
    `          ${list.map((word, index) => `${index + 1} ${word}`).join("   ")}`,
  ],
  votes: (yes, needed, names) => {
    const marks = "●".repeat(yes) + "○".repeat(Math.max(0, needed - yes));
    const who = names.length === 0 ? "" : ` (${names.join(", ")})`;
    return `投票    ${marks}  必要な ${needed} 票のうち ${yes} 票${who}。Ctrl-C で止めても、同じコマンドで続けられます。`;
  },
  doorAway: "投票    招待した会社が応答しません。もう一度尋ねます。",
  admitted: "承認    参加が認められました",
  following: (height) => `追従    ブロック ${count(height)}`,
  follows: (height) =>
    `完了    投票権なしでネットワークに追従しています (ブロック ${count(height)})。`,
  votesFrom: (height) => `完了    ブロック ${count(height)} から投票します。`,
  startLater: "参加が認められました。次は tegata start を実行してください。",
  actions: {
    admit: (name) => `「${name}」の加入`,
    remove: (name) => `「${name}」の除名`,
    suspend: (name) => `「${name}」の停止`,
    readmit: (name) => `「${name}」の停止解除`,
    "replace-root": (name) => `「${name}」のルート鍵の交換`,
    parameters: (_, values) => `設定値の変更: ${values.join(", ")}`,
    "protocol-version": (_, values) => `プロトコルの版の変更: ${values.join(", ")}`,
  },
  requestHead: (request, title) => `r-${request}  ${title}`,
  requestBy: (action, name, expires) =>
    action === "admit"
      ? `  招待した会社 ${name}、締め切りは ${expires}`
      : `  提案した会社 ${name}、締め切りは ${expires}`,
  handleIs: (handle) => `  短い名前 ${handle}`,
  nodeAt: (address, reach) =>
    address === null
      ? "  ノードは自分からほかの会社に接続します"
      : `  ノード ${address}${reach === null ? "" : ` (${reach})`}`,
  reach: (answers) => (answers ? "応答あり" : "今は応答なし"),
  votesAre: (tally) => `  投票 ${tally}`,
  voted: (name, approve) => `${name} は${approve ? "賛成" : "反対"}`,
  tally: (yes, needed) => `必要な ${needed} 票のうち ${yes} 票`,
  badRequest: (got) => ({
    text: got === "" ? "REQUEST の値が空です。" : `REQUEST に ${got} は指定できません。`,
    next: "tegata vote list に出る番号を指定してください (例: r-18)。",
  }),
  askWord: (number) => `相手が読み上げた ${number} 番目の単語: `,
  askYes: "賛成しますか。[y/N] ",
  wordsSkipped: "単語を照合していません。招待を手に入れた別の誰かが申請した可能性があります。",
  recorded: (approve, tally) => `${approve ? "賛成" : "反対"}票を記録しました: ${tally}`,
  decided: (height) =>
    height === null ? "票を送信中です。" : `ブロック ${count(height)} で決まりました。`,
  voteDry: (approve) => `${approve ? "賛成" : "反対"}します (試行)。票は送っていません。`,
  proposed: (request, title, tally) =>
    `r-${request}  ${title}: ${tally}。自社の票は含まれていません: tegata approve r-${request}`,
  proposeDry: (title) => `参加会社に次の議案を出します (試行): ${title}。何も送っていません。`,
  passed: "すでに決まりました: tegata vote list",
  nothingSent: "何も送っていません。",
  registered: (height) => onItsWay(height, (at) => `ブロック ${at} で登録しました。`),
  parted: {
    leave: (height) =>
      onItsWay(height, (at) => `ブロック ${at} で、ネットワークから脱退しました。`),
    "stand-down": (height) =>
      onItsWay(height, (at) => `ブロック ${at} から、投票権を返上しました。`),
  },
  partedBefore: {
    leave: "すでにネットワークから脱退しています。この機械を止めてもかまいません。",
    "stand-down":
      "すでに投票権はありません。ほかの会社は自社のノードなしでブロックを確定できます。",
  },
  partingWaits: (what, height) =>
    `${what === "leave" ? "脱退" : "返上"}が有効になるのを待っています (ブロック ${count(height)})。それまでほかの会社は自社のノードを必要とします。Ctrl-C は安全ですが、機械は止めないでください。`,
  stayOn: (what) =>
    `送信中です。tegata status の表示が消えるまで、この機械を止めないでください。tegata ${what} で待つことができます。`,
  switchOff: {
    leave: "有効になりました。この機械を止めてもかまいません。",
    "stand-down":
      "有効になりました。投票なしで追従し、ほかの会社は自社のノードなしで確定します。戻すには: tegata stand-up",
  },
  wantsNoVote: {
    text: "設定で投票しないことになっています (node.validator = false)。",
    next: "config.toml の node.validator を true にし、tegata stop、tegata start、tegata stand-up を実行してください。",
  },
  standUpDry: {
    "has-vote": "すでに投票権があります。",
    entering: "まもなく投票権が戻ります。",
    parting: "返上がまだ有効になっていません。その後で投票権を求められます。",
    "new-key":
      "新しい合意用の鍵を作り、投票権を求めます (試行)。一度投票から外れた鍵は二度と使えません。",
    "not-ready": "ノードが台帳に追いつき次第、投票権を求めます (試行)。",
    ready: "すぐに投票権を求めます (試行)。",
    said: "すぐに投票権を求めます (試行)。",
  },
  standingUp: {
    "has-vote": "自社が投票する最初のブロックを待っています",
    entering: "申請済み  台帳が投票権を与えるのを待っています",
    parting: "返上が有効になるのを待っています",
    "new-key": "鍵        台帳が新しい合意用の鍵を受け入れるのを待っています",
    "not-ready":
      "ノードが新しい鍵で台帳に追いつくのを待っています。Ctrl-C は安全です。同じコマンドで続けられます。",
    ready: "投票権を求めています",
    said: "申請済み  台帳が投票権を与えるのを待っています",
  },
  askParting: {
    leave: "ネットワークから完全に脱退しますか。[y/N] ",
    "stand-down": "投票権を返上しますか。[y/N] ",
  },
  notParted: (what) => ({
    text: `${what} が確認されませんでした。`,
    next: `y と答えるか、tegata ${what} --yes を実行してください。`,
  }),
  voteColumns: ["議案", "内容", "提案", "投票", "自社", "締め切り"],
  myVote: (mine, mayVote) =>
    mine === null ? (mayVote ? "未投票" : "対象外") : mine ? "賛成" : "反対",
  noRequests: "審議中の議案はありません。",
  keyColumns: ["鍵", "版", "SHA-256", "ブロック", "有効"],
  keyCurrent: "現在",
  keyEnds: (when, isCompromised) =>
    isCompromised ? `${when} に終了: 漏えいの届け出` : `${when} まで`,
  idLabel: "ID",
  noAddress: "なし: 自分からほかの会社に接続",
  states: {
    left: (height) => `ブロック ${count(height)} で脱退`,
    admitted: (height) => `ブロック ${count(height)} で加入、投票権なし`,
    applied: (request, yes, needed) => `申請中: r-${request}、${needed} 票のうち ${yes} 票`,
    invited: (by, expires) => `${by} が招待中、期限は ${expires}`,
  },
};
