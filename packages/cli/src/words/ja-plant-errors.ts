import type { CodePages, ForeignText } from "./error-words.ts";

function said(value: unknown): string {
  return value === undefined ? "…" : String(value);
}

/** Japanese words of what a gateway answers about machines of a plant, by the values it tells. */
export const jaPlantAnswers: Readonly<Record<string, ForeignText>> = {
  GATEWAY_PLANT_TOKEN: () => ({
    message: "このストリーム用のトークンではありません。",
    why: "トークンがないか、違うか、期限切れか、取り消されたか、別のストリーム用です。",
    next: "ゲートウェイの担当者に tegata tokens create でトークンを作ってもらってください。",
  }),
  GATEWAY_PLANT_TRIES: ({ waitSeconds }) => ({
    message: "このアドレスから、違うトークンが続けて送られました。",
    why: `${said(waitSeconds)} 秒のあいだ受け付けません。`,
    next: "トークンを直し、待ってからもう一度送ってください。",
  }),
  GATEWAY_PLANT_BUSY: () => ({
    message: "ゲートウェイはほかのファイルを処理しています。",
    why: "同時に送れるのは、1 つのトークンで 2 件、全体で 8 件までです。",
    next: "数秒後に、1 件ずつもう一度送ってください。",
  }),
  GATEWAY_PLANT_ONLY: ({ path }) => ({
    message: `${said(path)} には何もありません。`,
    why: "ここでできるのは、行を送ることだけです。",
    next: "POST で /v1/streams/STREAM/records に送ってください。",
  }),
  GATEWAY_FORM_UNKNOWN: ({ known }) => ({
    message: "この形式は受け付けません。",
    why: `Content-Type は ${Array.isArray(known) ? known.join(", ") : "…"} のどれかで、Content-Encoding は使えません。`,
    next: "CSV ファイルをそのまま、Content-Type: text/csv で送ってください。",
  }),
  GATEWAY_KEY_MISSING: () => ({
    message: "Idempotency-Key がないか、長すぎます。",
    why: "これがないと、もう一度送ったファイルが二重に公開されます。",
    next: "ファイルの名前と内容のハッシュを 16 進数で送ってください。",
  }),
  GATEWAY_ROWS_TOO_MANY: ({ rowsMax }) => ({
    message: "ファイルの行が多すぎます。何も保存していません。",
    why: `1 つのファイルは ${said(rowsMax)} 行までです。`,
    next: "いくつかのファイルに分けて送ってください。",
  }),
  GATEWAY_PLANT_TOKEN_UNKNOWN: ({ name, suggestion }) => ({
    message: `「${said(name)}」というトークンはありません。`,
    why: "このゲートウェイにその名前のトークンはありません。",
    next:
      typeof suggestion === "string"
        ? `「${suggestion}」ではありませんか。`
        : "tegata tokens list で一覧を確かめてください。",
  }),
  GATEWAY_PLANT_TOKEN_EXISTS: ({ name }) => ({
    message: `「${said(name)}」というトークンはもうあります。`,
    why: "名前はどの機器のものかを表し、同時に 2 つは使えません。",
    next: "別の名前にするか、tegata tokens revoke で取り消してください。",
  }),
  GATEWAY_PLANT_TOKENS_FULL: ({ most }) => ({
    message: "トークンが多すぎます。",
    why: `1 つのゲートウェイに ${said(most)} 件までです。`,
    next: "使われていないものを取り消してください。tegata tokens list で分かります。",
  }),
};

/** Japanese pages of their codes: what it means, and what to do. */
export const jaPlantCodes: CodePages = {
  GATEWAY_PLANT_TOKEN: [
    "工場の機器が送ったトークンがないか、違うか、期限切れか、取り消されたか、別のストリーム用です。",
    "tegata tokens list で確かめ、tegata tokens create で作り直してください。",
  ],
  GATEWAY_PLANT_TRIES: [
    "1 分のあいだに、このアドレスから違うトークンが 10 回送られました。",
    "トークンを直し、waitSeconds 秒待ってからもう一度送ってください。",
  ],
  GATEWAY_PLANT_BUSY: [
    "このトークンの 2 件、または全機器の 8 件のファイルを処理しています。",
    "数秒後に、1 件ずつもう一度送ってください。",
  ],
  GATEWAY_PLANT_ONLY: [
    "工場の機器のための受け口には、行を送る以外のものはありません。",
    "POST で /v1/streams/STREAM/records に送ってください。",
  ],
  GATEWAY_FORM_UNKNOWN: [
    "Content-Type が受け付ける形式 (known) ではないか、本文が圧縮されています。",
    "CSV ファイルをそのまま、Content-Type: text/csv で送ってください。",
  ],
  GATEWAY_KEY_MISSING: [
    "再送を見分ける 1 ～ 256 文字の Idempotency-Key がありません。",
    "ファイルの名前と内容のハッシュを送ってください。",
  ],
  GATEWAY_ROWS_TOO_MANY: [
    "ファイルの行が、一度に送れる数 (rowsMax) を超えています。",
    "いくつかのファイルに分けて送ってください。",
  ],
  GATEWAY_PLANT_TOKEN_UNKNOWN: [
    "その名前のトークンはありません。",
    "tegata tokens list で一覧を確かめてください。",
  ],
  GATEWAY_PLANT_TOKEN_EXISTS: [
    "その名前のトークンはもうあります。",
    "別の名前にするか、先に取り消してください。",
  ],
  GATEWAY_PLANT_TOKENS_FULL: [
    "ゲートウェイのトークンが上限 (most) に達しています。",
    "使われていないものを取り消してください。",
  ],
};
