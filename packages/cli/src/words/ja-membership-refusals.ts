import type { enMembershipRefusals } from "./en-membership-refusals.ts";
import type { ErrorWords } from "./error-words.ts";

/** What a person reads when the network refuses something about its members, by the code of the refusal. */
export const jaMembershipRefusals: Readonly<
  Record<keyof typeof enMembershipRefusals, () => ErrorWords>
> = {
  LEDGER_TX_MEMBER_LEFT: () => ({
    message: "この会社はネットワークから脱退しています。",
    why: "脱退した会社は、もう何も書き込めません。",
    next: "参加会社に新しい招待を依頼してください。",
  }),
  LEDGER_TX_GRANTEE_LEFT: () => ({
    message: "相手の会社はネットワークから脱退しています。",
    why: "脱退した会社には何も許可できません。",
    next: "tegata members list で確認してください。",
  }),
  LEDGER_NO_VOTE: () => ({
    message: "自社はこの件に投票できません。",
    why: "投票権がない、停止中である、脱退の途中である、または自社についての議案です。",
    next: "ほかの会社に依頼してください。",
  }),
  LEDGER_INVITATION_NAME: () => ({
    message: "招待する会社の名前が使えません。",
    why: "会社名は 1～64 文字です。前後の空白と、目に見えない文字は使えません。",
    next: "相手の会社が使っている表記で書いてください。",
  }),
  LEDGER_INVITATION_EXPIRY: () => ({
    message: "招待の期間が長すぎます。",
    why: "招待が有効なのは最長 30 日です。",
    next: "--ttl でもっと短い期間を指定してください。",
  }),
  LEDGER_INVITATIONS_OPEN: () => ({
    message: "自社の招待が、すでに 8 件あります。",
    why: "招待は、使われるか期限が来るまで残ります。",
    next: "どれかが使われるか、期限が来るのを待ってください。",
  }),
  LEDGER_INVITATION_UNKNOWN: () => ({
    message: "この招待は有効ではありません。",
    why: "使用済みか、別の会社が作った招待です。",
    next: "新しい招待を依頼してください。",
  }),
  LEDGER_INVITATION_EXPIRED: () => ({
    message: "招待の期限が切れています。",
    why: "期限までに申請がありませんでした。",
    next: "新しい招待を依頼してください。",
  }),
  LEDGER_APPLICATION_NETWORK: () => ({
    message: "この申請は別のネットワーク向けです。",
    why: "会社の署名は 1 つのネットワークだけで有効です。",
    next: "このネットワークの招待で申請してください。",
  }),
  LEDGER_APPLICATION_SIGNATURE: () => ({
    message: "申請に必要な署名がそろっていません。",
    why: "招待と、会社のすべての鍵の署名が必要です。",
    next: "受け取った招待をそのまま使って、もう一度申請してください。",
  }),
  LEDGER_APPLICATION_CARD: () => ({
    message: "会社のカードが受け付けられません。",
    why: "会社名、短い名前、アドレス、鍵、期限のどれかが規則に合っていません。",
    next: "新しいカードを作り、もう一度申請してください。",
  }),
  LEDGER_NAME_TAKEN: () => ({
    message: "よく似た名前の参加会社があります。",
    why: "取り違えるおそれのある名前の 2 社は、同時に参加できません。",
    next: "見分けのつく会社名と短い名前で申請してください。",
  }),
  LEDGER_MEMBERS_FULL: () => ({
    message: "ネットワークは満員です。",
    why: "すでに 300 社が参加しています。",
    next: "どこかが脱退するのを待ってください。",
  }),
  LEDGER_MEMBER_UNKNOWN: () => ({
    message: "その名前の参加会社はありません。",
    why: "参加したことがないか、脱退した会社です。",
    next: "tegata members list で確認してください。",
  }),
  LEDGER_REQUESTS_OPEN: () => ({
    message: "自社の出した議案が、すでに 16 件あります。",
    why: "議案は、決まるか 2 週間たつまで残ります。",
    next: "いくつかが決まるのを待ってください。",
  }),
  LEDGER_REQUEST_UNKNOWN: () => ({
    message: "その議案は審議中ではありません。",
    why: "決定済みか、その番号の議案がありません。",
    next: "審議中の議案をもう一度確認してください。",
  }),
  LEDGER_REQUEST_EXPIRED: () => ({
    message: "議案は締め切られました。",
    why: "2 週間以内に決まりませんでした。",
    next: "もう一度議案を出してください。",
  }),
  LEDGER_REQUEST_OTHER: () => ({
    message: "議案の内容が、票の対象と違います。",
    why: "票には、対象とした内容が記されています。",
    next: "議案をもう一度確認してから投票してください。",
  }),
  LEDGER_NOT_VALIDATOR: () => ({
    message: "この会社には投票権がありません。",
    why: "返上や停止の対象になるのは、投票権のある会社だけです。",
    next: "tegata members list で確認してください。",
  }),
  LEDGER_LAST_VALIDATOR: () => ({
    message: "投票権のある会社がなくなってしまいます。",
    why: "1 社もいなくなると、ネットワークは何も決められません。",
    next: "先に、ほかの会社が投票権を持つようにしてください。",
  }),
  LEDGER_SUSPENDED: () => ({
    message: "この会社は停止中です。",
    why: "ほかの会社の投票か、矛盾する 2 つの署名によるものです。",
    next: "ほかの会社に停止の解除を依頼してください。",
  }),
  LEDGER_NOT_SUSPENDED: () => ({
    message: "この会社は停止されていません。",
    why: "解除するものがありません。",
    next: "tegata members list で確認してください。",
  }),
  LEDGER_SUSPENSIONS_FULL: () => ({
    message: "これ以上は停止できません。",
    why: "停止できるのは 3 分の 1 未満です。それ以上では、残りの会社が何も決められません。",
    next: "先に、どこかの除名か停止の解除をしてください。",
  }),
  LEDGER_CHANGES_WAITING: () => ({
    message: "投票する会社の変更が多く待っています。",
    why: "1 つのブロックで変えられる数は限られています。",
    next: "数分後にもう一度実行してください。",
  }),
  LEDGER_PARAMETERS_SAME: () => ({
    message: "変わるものがありません。",
    why: "ネットワークはすでにこの設定です。",
    next: "変えたい値を確認してください。",
  }),
  LEDGER_PARAMETERS_UNSAFE: () => ({
    message: "この設定では、ネットワークが完全に止まるおそれがあります。",
    why: "この待ち時間ではブロックが決まらず、元に戻すこともできなくなりかねません。",
    next: "待ち時間の上限を 1～60 秒、刻みを 10 ミリ秒以上にしてください。",
  }),
  LEDGER_PROTOCOL_VERSION: () => ({
    message: "プロトコルの版を、この内容では決められません。",
    why: "次の版で、1,000 から 10,000,000 ブロック先に始まる必要があります。",
    next: "次の版と、その範囲のブロックを指定してください。",
  }),
  LEDGER_READY_VALIDATOR: () => ({
    message: "この会社はすでに投票しています。",
    why: "または、まもなく投票を始めます。",
    next: "tegata members list で確認してください。",
  }),
  LEDGER_READY_KEY: () => ({
    message: "この合意用の鍵は、以前に投票したことがあります。",
    why: "投票権を返上した鍵は、二度と投票できません。",
    next: "先に、新しい合意用の鍵を登録してください。",
  }),
  LEDGER_KEY_USED: () => ({
    message: "この鍵は、以前に使われています。",
    why: "1 つの鍵は、1 社の 1 つの役割だけに使えます。",
    next: "別の鍵を作ってください。",
  }),
  LEDGER_KEY_REFUSED: () => ({
    message: "この鍵は使えません。",
    why: "すべてのプログラムが同じに扱える形ではありません。",
    next: "別の鍵を作ってください。",
  }),
  LEDGER_KEY_SIGNATURE: () => ({
    message: "署名がないか、正しくありません。",
    why: "新しい鍵は自分で署名し、ほかの会社が頼るものは 24 の復旧単語で証明します。",
    next: "24 の復旧単語を用意して、もう一度実行してください。",
  }),
  LEDGER_KEY_VERSION: () => ({
    message: "この鍵の版は、次の番号ではありません。",
    why: "先に別の新しい鍵が登録されました。",
    next: "自社の鍵を確認してから、もう一度実行してください。",
  }),
  LEDGER_KEY_OVERLAP: () => ({
    message: "鍵の交換から 1 時間たっていません。",
    why: "前の鍵は、1 時間が過ぎるまで有効です。",
    next: "1 時間待つか、鍵の漏えいを届け出てください。",
  }),
  LEDGER_KEY_COMPROMISED_AGAIN: () => ({
    message: "この種類の鍵の漏えいは、今日すでに届け出ています。",
    why: "届け出のたびに、ほかの会社に作業が生じます。",
    next: "UTC の午前 0 時まで待つか、届け出なしで交換してください。",
  }),
  LEDGER_ADDRESS: () => ({
    message: "接続できない形のアドレスか、重複したアドレスがあります。",
    why: "アドレスは /dns4/node.example.com/tcp/7000 の形で書きます (/dns4/… の代わりに /ip4/… や /ip6/… も可)。",
    next: "アドレスを直してください。",
  }),
};
