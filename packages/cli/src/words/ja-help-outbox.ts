import type { HelpLike } from "./command-words.ts";
import type { enHelpOutbox } from "./en-help-outbox.ts";

/** Japanese help of the commands about accepted rows that are not with the others yet. */
export const jaHelpOutbox: HelpLike<typeof enHelpOutbox> = {
  "outbox list": {
    summary: "送信待ちの行と、受け付けられなかった行",
    examples: ["tegata outbox list"],
    text: [
      "受け付けた行は、全社に届くまでこのディスクに保存されています。まだ途中の行と、ネットワークに",
      "受け付けられなかった行を、原因と対処とともに表示します。",
    ],
    options: {},
  },
  "outbox show": {
    summary: "1 つの送信のうち、まだ届いていない行",
    examples: ["tegata outbox show 3f2a"],
    text: ["送信の名前は、1 つに決まるところまで書けば十分です。"],
    options: { tz: "表示する日時のタイムゾーン (なければこの機械)" },
  },
  "outbox retry": {
    summary: "受け付けられなかった行を送り直す",
    examples: ["tegata outbox retry 3f2a", "tegata outbox retry --all"],
    text: ["原因を取り除いてから実行します。同じ行を、元のストリームにもう一度送ります。"],
    options: {
      all: "受け付けられなかったものすべて",
      "dry-run": "送るものを示すだけで、送らない",
    },
  },
  "outbox export": {
    summary: "送信待ちや受け付けられなかった行をファイルに書き出す",
    examples: ["tegata outbox export 3f2a > rows.csv", "tegata outbox export 3f2a -o ndjson"],
    text: ["受け付けたときの行を、tegata submit --time time でもう一度読める形で書き出します。"],
    options: {
      bom: "表計算ソフト用の CSV にする (UTF-8 の印を付け、文字列を数式として動かさない)",
    },
  },
  "outbox discard": {
    summary: "受け付けられなかった行を破棄する",
    examples: ["tegata outbox discard 3f2a --yes"],
    text: ["この行はほかのどの会社にもありません。必要になりそうなら、先に書き出してください。"],
    options: {
      yes: "確認しない",
      "dry-run": "なくなるものを示すだけで、何も変えない",
    },
  },
};
