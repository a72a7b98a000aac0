import { count } from "../print/human.ts";
import type { ForeignDetail, ForeignText } from "./error-words.ts";
import { jaPlantAnswers } from "./ja-plant-errors.ts";

function names(known: unknown): string {
  return Array.isArray(known) ? known.join(", ") : "";
}

/** What there is, where somebody named what there is not. */
function listed({ known, more }: ForeignDetail): string {
  const shown = names(known) || "なし";
  return typeof more === "number" && more > 0 ? `${shown} ほか ${count(more)} 件` : shown;
}

/** A value of the answer; a gateway of an earlier version does not tell them. */
function said(value: unknown): string {
  return value === undefined ? "…" : String(value);
}

function mebibytes(bytes: unknown): string {
  return typeof bytes === "number" ? count(Math.floor(bytes / 1_048_576)) : said(bytes);
}

function nearest(suggestion: unknown, otherwise: string): string {
  return typeof suggestion === "string" ? `「${suggestion}」ではありませんか。` : otherwise;
}

const tryLater = "しばらくしてからもう一度実行してください。";

/** Japanese words of what a gateway answers to a request that fails, by the values it tells. */
export const jaGatewayAnswers: Readonly<Record<string, ForeignText>> = {
  GATEWAY_NODE_AWAY: () => ({
    message: "自社のノードが応答しません。",
    why: "ノードは停止しているか、起動の途中です。",
    next: "tegata status を見てください。受け付け済みのデータは、後で自動で送られます。",
  }),
  GATEWAY_STARTING: () => ({
    message: "ゲートウェイはまだ台帳を読んでいます。",
    why: "最新の状態を知ってから応答します。",
    next: `${tryLater}進み具合は tegata status で分かります。`,
  }),
  GATEWAY_OUTBOX_FULL: ({ entries }) => ({
    message: `${said(entries)} 組のデータが送信を待っています。`,
    why: "送る量をネットワークが処理しきれないか、ネットワークが応答していません。",
    next: "tegata status を見て、後でもう一度送ってください。今回のデータは保存していません。",
  }),
  GATEWAY_DISK_FULL: ({ freeBytes, neededBytes }) => ({
    message: "行を保存するディスクの空きが足りません。今回のデータは保存していません。",
    why: `空きは ${mebibytes(freeBytes)} MiB です。受け付け済みのデータのために ${mebibytes(neededBytes)} MiB を残す必要があります。`,
    next: "空きを増やしてから、もう一度送ってください。受け付け済みのデータはそのまま送られます。",
  }),
  GATEWAY_STORE_FAILED: () => ({
    message: "ディスクに保存できませんでした。",
    why: "ディスクがいっぱいか、壊れています。ゲートウェイは停止し、自動で再起動します。",
    next: "空きを増やしてから、同じ Idempotency-Key で送り直してください。二重にはなりません。",
  }),
  GATEWAY_REQUEST_INVALID: () => ({
    message: "要求が API の仕様に合っていません。",
    why: "値が足りないか、余分か、型が違います。",
    next: "/v1/openapi.json と照らし合わせてください。",
  }),
  GATEWAY_REQUEST_TOO_LARGE: ({ bytesMax }) => ({
    message: "一度に送る量が多すぎます。",
    why: `一度に送れるのは ${said(bytesMax)} バイトまでです。`,
    next: "一度に送る行を減らしてください。",
  }),
  GATEWAY_ROUTE_UNKNOWN: ({ path }) => ({
    message: `${said(path)} には何もありません。`,
    why: "API にそのパスはありません。",
    next: "/v1/openapi.json を見てください。",
  }),
  GATEWAY_TOKEN_INVALID: () => ({
    message: "トークンがないか、違います。",
    why: "TCP での要求には Authorization: Bearer TOKEN が必要です。",
    next: "ホームフォルダーの gateway/token のトークンを使ってください。",
  }),
  ...jaPlantAnswers,
  GATEWAY_HOST_REFUSED: ({ host }) => ({
    message: `このゲートウェイはホスト ${said(host)} としては応答しません。`,
    why: "Web ページが別の名前で届くのを防ぐためです。",
    next: "待ち受けているループバックアドレスを使ってください。",
  }),
  GATEWAY_CURSOR_INVALID: () => ({
    message: "このカーソルは使えません。",
    why: "カーソルは、それを返した要求だけで使えます。",
    next: "カーソルなしで最初から始めてください。",
  }),
  GATEWAY_STREAM_UNKNOWN: ({ stream, suggestion, ...others }) => ({
    message: `ストリーム「${said(stream)}」はありません。`,
    why: `自社から見えるストリームに、その名前のものはありません。今あるもの: ${listed(others)}`,
    next: nearest(suggestion, "tegata streams list で一覧を確認してください。"),
  }),
  GATEWAY_RECOVERY_KEY: () => ({
    message: "自社の復旧単語ではありません。",
    why: "単語から得られる鍵は、自社が登録したことのない鍵です。",
    next: "単語とホームフォルダーを確認してください。",
  }),
  GATEWAY_HISTORY_MISSING: ({ height }) => ({
    message: `ブロック ${said(height)} がまだここにありません。`,
    why: "封をした鍵が入っている古いブロックを、ノードが取り寄せています。",
    next: "tegata status で取得が終わるのを待ち、もう一度実行してください。",
  }),
  GATEWAY_STREAM_EXISTS: ({ stream }) => ({
    message: `ストリーム「${said(stream)}」はすでにあります。`,
    why: "1 社の中で、ストリームの名前は一度しか使えません。",
    next: "別の名前にしてください。",
  }),
  GATEWAY_NOT_OWNER: ({ stream, owner }) => ({
    message: `ストリーム「${said(stream)}」は ${said(owner)} のものです。`,
    why: "この操作ができるのは持ち主だけです。",
    next: `${said(owner)} に依頼してください。`,
  }),
  GATEWAY_NOT_READABLE: ({ stream, owner, suggestion }) => ({
    message: `ストリーム「${said(stream)}」は自社では読めません。`,
    why: `${said(owner)} からの許可がありません。`,
    next:
      typeof suggestion === "string"
        ? `「${suggestion}」ではありませんか。違うときは、${said(owner)} に許可を依頼してください。`
        : `tegata streams list で名前を確認するか、${said(owner)} に許可を依頼してください。`,
  }),
  GATEWAY_SCHEMA_INVALID: ({ reason }) => ({
    message: "ストリームの項目の組み合わせが正しくありません。",
    why: said(reason),
    next: "スキーマを直してください。",
  }),
  GATEWAY_COMPANY_UNKNOWN: ({ name, suggestion, ...others }) => ({
    message: `会社「${said(name)}」はありません。`,
    why: `その会社名または短い名前の参加会社はありません。今の参加会社: ${listed(others)}`,
    next: nearest(suggestion, "tegata members list で一覧を確認してください。"),
  }),
  GATEWAY_FACET_UNKNOWN: ({ facet, suggestion, ...others }) => ({
    message: `公開区分「${said(facet)}」はありません。`,
    why: `このストリームの公開区分: ${listed(others)}`,
    next: nearest(suggestion, "このどれかを指定してください。"),
  }),
  GATEWAY_FIELD_UNKNOWN: ({ field, suggestion, ...others }) => ({
    message: `項目「${said(field)}」はありません。`,
    why: `この公開区分の項目: ${listed(others)}`,
    next: nearest(suggestion, "このどれかを指定してください。"),
  }),
  GATEWAY_ROWS_INVALID: ({ problemCount }) => ({
    message:
      typeof problemCount === "number"
        ? `${count(problemCount)} 個のセルがストリームのスキーマに合いません。何も保存していません。`
        : "ストリームのスキーマに合わないセルがあります。何も保存していません。",
    why: "行、項目、必要な値、実際の値を以下に示します。",
    next: "行を直し、全体をもう一度送ってください。",
  }),
  GATEWAY_ROWS_TOO_OLD: () => ({
    message: "1 週間より古い行があります。何も保存していません。",
    why: "時計の誤りのおそれがあります。",
    next: "本当に古い行なら --backfill を付けてください。",
  }),
  GATEWAY_ROWS_AHEAD: () => ({
    message: "日時が未来の行があります。何も保存していません。",
    why: "5 分より先の日時です。現地時刻を UTC として読んだときによく起きます。",
    next: "--tz でタイムゾーンを指定し、時計を確認してください。",
  }),
  GATEWAY_KEY_REUSED: ({ submission }) => ({
    message: "この Idempotency-Key は別の行に使われています。",
    why: `送信 ${said(submission)} のものです。`,
    next: "新しい行には新しいキーを使ってください。",
  }),
  GATEWAY_SUBMISSION_UNKNOWN: ({ submission }) => ({
    message: `送信 ${said(submission)} はありません。`,
    why: "送信の記録は、確定から 1 週間だけ残ります。",
    next: "ストリームを検索して行を確認してください。",
  }),
  GATEWAY_RECORD_UNKNOWN: ({ record }) => ({
    message: `記録 ${said(record)} はありません。`,
    why: "このストリームに、その名前の記録はありません。",
    next: "記録の名前は tegata query で確認できます。",
  }),
  GATEWAY_DOCUMENT_UNKNOWN: ({ document }) => ({
    message: `文書「${said(document)}」はありません。`,
    why: "このストリームに、その名前の文書はありません。",
    next: "先に一覧を確認してください。",
  }),
  GATEWAY_DOCUMENT_INCOMPLETE: ({ document }) => ({
    message: `文書「${said(document)}」は、まだ全部そろっていません。`,
    why: "届いていない部分があるか、許可の範囲に入っていません。",
    next: "後でもう一度実行するか、持ち主に確認してください。",
  }),
  GATEWAY_PAYLOAD_MISSING: ({ record }) => ({
    message: `記録 ${said(record)} の暗号文が、まだこのディスクにありません。`,
    why: "ノードが離れていた間のデータを、ほかの会社から取り寄せています。",
    next: "もう一度実行してください。残りの数は tegata status で分かります。",
  }),
  GATEWAY_RECORD_DELETED: ({ record }) => ({
    message: `記録 ${said(record)} は、持ち主が削除しました。`,
    why: "暗号文はどの会社からも削除され、台帳には届け出の値だけが残っています。",
    next: "削除の前に作った証明や書き出しは、今も有効です。",
  }),
  GATEWAY_PURGE_CHANGED: ({ batches }) => ({
    message: "削除の対象が、示したものと違います。何も削除していません。",
    why: `確認の間に、当てはまる記録が変わりました (今は ${said(batches)} 組)。`,
    next: "--dry-run でもう一度内容を確認してから、判断してください。",
  }),
  GATEWAY_PART_REFUSED: ({ record }) => ({
    message: `記録 ${said(record)} の中身が、持ち主の届け出と一致しません。`,
    why: "持ち主が暗号化したデータに、この公開区分のその行がありません。",
    next: "この記録は使わず、このメッセージを持ち主に見せてください。",
  }),
  GATEWAY_SPAN_EMPTY: () => ({
    message: "期間が空です。",
    why: "終わりが始まりより後になっていません。",
    next: "--until にもっと後の日時を指定してください。",
  }),
  GATEWAY_SPAN_TOO_FAR: () => ({
    message: "期間が長すぎます。",
    why: "日時は 1970 年から、ストリームの時間単位で 120 年分までです。",
    next: "--until にもっと前の日時を指定してください。",
  }),
  GATEWAY_GRANT_TO_SELF: () => ({
    message: "自社のストリームは、許可がなくても自社で読めます。",
    why: "許可は必要ありません。",
    next: "別の会社を指定してください。",
  }),
  GATEWAY_NOTHING_TO_REVOKE: ({ company }) => ({
    message: `「${said(company)}」は、このストリームの許可を持っていません。`,
    why: "取り消せる許可がありません。",
    next: "誰が何を読めるかは tegata access で確認できます。",
  }),
  GATEWAY_REQUEST_UNKNOWN: ({ request, open }) => ({
    message: `審議中の議案 ${said(request)} はありません。`,
    why: names(open) === "" ? "審議中の議案はありません。" : `審議中の議案: ${names(open)}`,
    next: "一覧は tegata vote list で確認できます。",
  }),
  GATEWAY_REQUEST_CHANGED: ({ request }) => ({
    message: `議案 ${said(request)} の内容が、確認したものと違います。`,
    why: "内容のハッシュが、票に記されたものと一致しません。",
    next: "tegata approve でもう一度確認してください。",
  }),
  GATEWAY_NO_JOIN_ADDRESS: () => ({
    message: "招待した会社が自社に接続できません。",
    why: "招待した会社を待ち受けるアドレス (network.joinListen) が設定されていません。",
    next: 'config.toml の [network] に joinListen = ["/ip4/0.0.0.0/tcp/7002"] と書き、tegata stop、tegata start を実行してください。',
  }),
  GATEWAY_JOIN_NOT_OPENED: ({ where }) => ({
    message: `ノードが、招待した会社を ${said(where)} で待ち受けられません。`,
    why: "別のプログラムがポートを使っているか、この機械のアドレスではありません (log/node.log で分かります)。",
    next: "そのプログラムを止めるか、別の network.joinListen を設定し、もう一度招待してください。",
  }),
  GATEWAY_NOTHING_REFUSED: ({ submission }) => ({
    message: `${said(submission)} に、受け付けられなかった行はありません。`,
    why: "送信待ちか、確定済みか、すでに送り直したか破棄したものです。",
    next: "一覧は tegata outbox list で確認できます。",
  }),
  GATEWAY_LEDGER_REFUSED: ({ code }) => ({
    message: "台帳に受け付けられませんでした。",
    why: `参加会社の共通の規則による判定: ${said(code)}`,
    next: `説明は tegata help ${said(code)} にあります。`,
  }),
  GATEWAY_PROOF_SCOPE: ({ facet, disclosure }) =>
    disclosure === "row"
      ? {
          message: `公開区分「${said(facet)}」は行全体で証明します。`,
          why: "ストリームが --disclosure 区分=field なしで作られており、後から変えることはできません。",
          next: "項目を指定せずに証明を作ってください。1 項目ずつ証明するには、--disclosure 区分=field で新しいストリームを作ります。",
        }
      : {
          message: `公開区分「${said(facet)}」は項目ごとに証明します。`,
          why: "持ち主が、項目単位で証明する公開区分として作りました。",
          next: "--field で項目を指定してください。",
        },
  GATEWAY_PROOF_TOO_LONG: ({ height, most }) => ({
    message: `ブロック ${said(height)} は 1 つのファイルでは証明できません。`,
    why: `それまでに、決定に加わる会社が ${said(most)} 回より多く変わったか、ファイルが大きくなりすぎます。`,
    next: "証明を求める人に、双方が信頼するブロックから順に確かめてもらってください。",
  }),
  GATEWAY_PROOF_GAP: ({ height }) => ({
    message: `ブロック ${said(height)} は、このデータからは証明できません。`,
    why: "決定に加わる会社がその前に変わりましたが、手元のデータにその記録がありません。",
    next: "ノードに台帳を取り寄せ直させてください。",
  }),
};
