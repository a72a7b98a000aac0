import { count } from "../print/human.ts";
import { shellWord } from "../print/shell.ts";
import type { ErrorTexts } from "./error-words.ts";
import { jaListed, jaMeant } from "./ja-listed.ts";
import { jaNotFinal } from "./ja-settling.ts";

/** Why a proof proves nothing, by the code of the refusal. */
export const jaProofRefusals: Readonly<Record<string, string>> = {
  LEDGER_PROOF_FORMAT: "証明ファイルではないか、一部が欠けているか、書き換えられています。",
  LEDGER_PROOF_NETWORK: "別のネットワークの証明か、作られた後に冒頭が書き換えられたものです。",
  LEDGER_PROOF_VALIDATORS:
    "ネットワークの創設会社から、ブロックを決めた会社までのつながりを示していません。",
  LEDGER_PROOF_CERTIFICATE:
    "証明のブロック、または決定に加わる会社を変えたブロックが、このネットワークで決まったものではありません。",
  LEDGER_PROOF_TRANSACTION: "証明のブロックにこの記録は入っていません。",
  LEDGER_PROOF_SIGNATURE: "記録に、名前の挙がっている会社の署名がありません。",
  LEDGER_PROOF_SCHEMA: "ストリームや項目の名前が、記録されたときのものと違います。",
  LEDGER_PROOF_ROW: "示された値は、記録された値と違います。",
};

/** Japanese words of the codes about streams, records and proofs. */
export const jaDataErrors = {
  CLI_SUBMISSION_REFUSED: ({ rowCount, code, text }) => ({
    message: `${count(rowCount)} 行がネットワークに受け付けられませんでした。`,
    why: text === "" ? code : `${text} (${code})`,
    next: `tegata help ${code} を参照してください。それより前の行は公開されたままです。`,
  }),
  CLI_SUBMISSION_UNKNOWN: ({ submission, several, known }) => ({
    message: several
      ? `${submission} で始まる送信が 2 つ以上あります。`
      : `送信待ちに ${submission} はありません。`,
    why: several
      ? "この始まりでは 1 つに決まりません。"
      : "ほかの会社に届いたか、破棄されたか、名前が違います。",
    next: `${known.length === 0 ? "" : `今あるもの: ${known.join(", ")}。`}一覧は tegata outbox list で確認できます。`,
  }),
  CLI_NOT_FINAL: jaNotFinal,
  CLI_ROWS_BEFORE: ({ stream, rowCount, state, heightLast }) => ({
    message: `この ${count(rowCount)} 行は送信済みです。二重にはなっていません。`,
    why: {
      committed: `同じファイルが 1 週間以内に「${stream}」に公開されています (ブロック ${count(heightLast)})。`,
      waiting: `同じファイルの行が「${stream}」への送信待ちで、このディスクにあります。自動で送信されます。`,
      refused: `同じファイルを「${stream}」に送り、その行がネットワークに受け付けられませんでした。`,
    }[state],
    next: {
      committed:
        "何もする必要はありません。同じ値をもう一度測ったのなら、--again を付けてください。",
      waiting: "何もする必要はありません。同じ値をもう一度測ったのなら、--again を付けてください。",
      refused:
        "理由は tegata outbox list で確認できます。原因を除いてから outbox retry を実行するか、--again を付けて送り直してください。",
    }[state],
  }),
  CLI_SUBMISSION_WAITS: ({ submission, rowCount }) => ({
    message: `${submission} の ${count(rowCount)} 行は破棄できません。`,
    why: "破棄できるのは、受け付けられなかった行だけです。この行は送信待ちで、ほかの会社とつながれば自動で送信されます。",
    next: `何もする必要はありません。行の内容は tegata outbox show ${submission} で見られます。`,
  }),
  CLI_STREAM_KIND: ({ stream, kind }) =>
    kind === "rows"
      ? {
          message: `「${stream}」は行データのストリームです。`,
          why: "文書は文書用のストリームに公開します。",
          next: "--file や --document を外すか、文書用のストリームを指定してください。",
        }
      : {
          message: `「${stream}」は文書用のストリームです。`,
          why: "行データは行データ用のストリームに公開します。",
          next: "--file を付けて文書として公開するか、行データ用のストリームを指定してください。",
        },
  CLI_STREAM_NOT_READABLE: ({ stream, owner }) => ({
    message: `「${stream}」は自社では読めません。`,
    why: `${owner} から、どの公開区分の許可も受けていません。`,
    next: `${owner} に許可を依頼してください。`,
  }),
  CLI_FACET_NOT_READABLE: ({ stream, facet, readable }) => ({
    message: `「${stream}」に、自社が読める公開区分「${facet}」はありません。`,
    why: `読める公開区分: ${jaListed(readable)}`,
    next: jaMeant(
      facet,
      readable,
      "このどれかを指定するか、ストリームの持ち主に許可を依頼してください。",
    ),
  }),
  CLI_FIELD_NOT_NUMERIC: ({ stream, field, type, numeric }) => ({
    message: `「${stream}」の項目「${field}」はグラフにできません。`,
    why: `値の型が ${type} です。グラフにできるのは数値だけです。`,
    next:
      numeric.length === 0
        ? "--plot を外してください。自社が読める数値の項目はありません。"
        : `数値の項目を指定してください: ${jaListed(numeric)}`,
  }),
  CLI_DOCUMENT_NOT_FOUND: ({ stream, document }) => ({
    message: `「${stream}」に文書「${document}」はありません。`,
    why: "この名前で、全体がそろっていて自社が読める文書は見つかりませんでした。",
    next: `tegata query ${shellWord(stream)} で文書の一覧を確認してください。`,
  }),
  CLI_DEMO_FAILED: ({ text }) => ({
    message: `デモの確認項目が成り立ちませんでした: ${text}`,
    why: "デモでは、そうならないはずの結果です。",
    next: "もう一度実行してください。続くようなら、表示された内容を報告してください。",
  }),
  CLI_PROOF_INVALID: ({ code }) => ({
    message: "この証明は無効です。",
    why: jaProofRefusals[code] ?? code,
    next: "この証明には頼らず、渡した相手に新しい証明を依頼してください。",
  }),
} satisfies Partial<ErrorTexts>;
