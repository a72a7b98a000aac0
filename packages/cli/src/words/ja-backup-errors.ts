import type { ErrorTexts } from "./error-words.ts";

/** Japanese words of the codes about backups. */
export const jaBackupErrors = {
  CLI_BACKUP_CHAIN_IN_USE: ({ home }) => ({
    message: `${home} のブロックは使用中です。`,
    why: "ブロックも含むバックアップは、会社を止めてから作ります。含めなければ、動いたままで作れます。",
    next: "--with-chain を外す (ブロックはほかの会社から取り寄せられます) か、先に tegata stop を実行してください。",
  }),
  CLI_RESTORE_UNFINISHED: ({ home }) => ({
    message: `${home} へのバックアップの復元が途中で終わっています。`,
    why: "途中で機械かプログラムが止まりました。戻ったものと、まだのものがあります。",
    next: "同じ tegata restore をもう一度実行してください。最初からやり直し、失われるものはありません。",
  }),
  CLI_RESTORE_OTHER: ({ home, company }) => ({
    message: `このバックアップは、${home} の会社とは別の会社のものです。`,
    why: `「${company}」のバックアップの復元がそこで始まり、途中で終わっています。一部は戻っています。`,
    next: `「${company}」のバックアップでもう一度 tegata restore を実行するか、--home で別のフォルダーを指定してください。`,
  }),
  CLI_RESET_ALONE: ({ home }) => ({
    message: "ブロックは削除しません。ほかに持っている会社がありません。",
    why: `${home} のネットワークには、ほかに参加会社がないため、取り寄せる先がありません。`,
    next: "tegata backup --with-chain でバックアップを作ってください。本当に消すなら node/ を手で移動してください。",
  }),
} satisfies Partial<ErrorTexts>;
