import type { HelpLike } from "./command-words.ts";
import type { enHelpPlant } from "./en-help-plant.ts";

/** Japanese help of the commands about tokens for machines of a plant. */
export const jaHelpPlant: HelpLike<typeof enHelpPlant> = {
  "tokens create": {
    summary: "工場の機器に、1 つのストリームへの送信を許可する",
    examples: [
      'tegata tokens create press-3 --name "line 3 PC" --until 1y',
      'tegata tokens create press-3 --name "line 3 PC" > token.txt',
    ],
    text: [
      "何もインストールできない機器のためのものです。機器は CSV や NDJSON のファイルを、設定",
      "plant.listen のアドレスに HTTPS で送ります。トークンでできるのは、このストリームに行を送ること",
      "だけです。トークンは標準出力に 1 度だけ表示し、ハッシュだけを保存します。アドレス、機器にコピー",
      "する証明書、その SHA-256 も表示します。PowerShell と curl の送信スクリプトは",
      "docs/guides/line-engineer.md にあります。",
    ],
    options: {
      name: "どの機器のためのものか",
      until: "期限。日時、または 90d や 1y のような長さ (なければ取り消すまで)",
      tz: "指定する日時と表示する日時のタイムゾーン (なければこの機械)",
      "dry-run": "確認だけして、トークンを作らない",
    },
  },
  "tokens list": {
    summary: "工場の機器のトークンと、最後に使われた時",
    examples: ["tegata tokens list"],
    text: ["機器がどのアドレスに送り、どの証明書で確かめるかも表示します。"],
    options: { tz: "表示する日時のタイムゾーン (なければこの機械)" },
  },
  "tokens revoke": {
    summary: "機器のトークンを取り消す",
    examples: ['tegata tokens revoke "line 3 PC"'],
    text: ["その時点から受け付けません。送られた行はそのまま残ります。"],
    options: { "dry-run": "取り消すものを示すだけで、変更しない" },
  },
};
