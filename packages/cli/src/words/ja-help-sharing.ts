import type { HelpLike } from "./command-words.ts";
import type { enHelpSharing } from "./en-help-sharing.ts";

/** Japanese help of the commands about streams, grants and companies. */
export const jaHelpSharing: HelpLike<typeof enHelpSharing> = {
  "streams create": {
    summary: "ストリームを作る",
    examples: [
      "tegata streams create press-3 --from readings.csv --time ts --facet status=speed,torque --facet quality=*",
      "tegata streams create press-3 --schema press-3.json --category quality",
      "tegata streams create drawings --documents --category design",
    ],
    text: [
      "自社のストリームを作ります。項目はスキーマファイルか、データの見本から決まります。見本のときは、",
      "読み取った内容を表示し、端末では確認します。公開区分は、一緒に公開する項目のまとまりです。",
      "名前も項目も、ほかの会社には見えません。公開区分を 1 つでも許可した会社には、全項目の名前と単位が",
      "見えます。ストリームは後から削除も変更もできないため、先に --dry-run で確かめてください。証明で見せる",
      "単位もここで決まります。公開区分の行全体か、(--disclosure 区分=field で) 1 項目ずつかです。",
    ],
    options: {
      schema: "項目と公開区分を書いたファイル (--dry-run --json の出力と同じ形)",
      from: "項目、型、単位、公開区分を読み取る見本のファイル",
      header: "見本の中で列名がある行 (自動で見つからないとき)",
      encoding: "見本の文字コード (自動判定が違うとき)",
      time: "行の日時だけに使い、項目にはしない列",
      "date-order": "05/06/2026 のような日付の、年・月・日の順 (ファイルから分からないとき)",
      decimal: "数値の小数点に使う文字",
      facet: "公開区分とその項目。* は残りすべて",
      disclosure: "証明で見せる単位: 行全体か、1 項目ずつか (row)",
      category: "equipment-status, quality, design, supply-chain, other のどれか (other)",
      tz: "タイムゾーンのない日時の読み方 (なければこの機械)",
      "smallest-span": "許可できる期間の最小単位 (1h)",
      documents: "行データではなく、ファイルのストリーム",
      yes: "見本から読み取った内容を、確認せずに作る",
      "dry-run": "スキーマを表示するだけで、作らない",
    },
  },
  "streams list": {
    summary: "自社のストリームと、共有されたストリーム",
    examples: ["tegata streams list", "tegata streams list --json"],
    text: ["自社のストリームと、ほかの会社のもので自社が読めるストリームを表示します。"],
    options: {},
  },
  "streams show": {
    summary: "ストリームの項目、公開区分、公開先",
    examples: ["tegata streams show press-3", "tegata streams show kato/press-3 --json"],
    text: ["読める範囲で項目と公開区分を表示します。自社のストリームでは、許可も表示します。"],
    options: {},
  },
  "streams purge": {
    summary: "ストリームの古い記録を全社から削除する",
    examples: [
      "tegata streams purge press-3 --before 2025-01-01 --dry-run",
      "tegata streams purge press-3 --before 400d --yes",
    ],
    text: [
      "指定した日時より前に観測された記録の暗号文を、全社のノードから削除します。再び受け取るノードは",
      "なく、使っていた容量の枠も戻ります。消えるものを示してから確認します。元に戻す方法はありません。",
      "読める会社が開いた記録や書き出した記録は残ります。以前に作った証明は有効ですが、新しい証明は作れません。",
      "削除は組ごとです。その日時以後の記録を含む組と、送信待ちの行は残ります。",
      "削除するのは示したものだけです。確認の間に変わった場合は、何も削除しません。",
    ],
    options: {
      before: "日時、または 400d (どれだけ前か)",
      tz: "タイムゾーンのない日時の読み方 (なければこの機械)",
      yes: "確認しない",
      "dry-run": "消えるものを示すだけで、何も変えない",
    },
  },
  grant: {
    summary: "公開区分を会社に許可する",
    examples: [
      "tegata grant press-3 --to aoki --facet quality --until 2027-03-31 --dry-run",
      "tegata grant press-3 --to toda --facet status --from 2026-11-01 --until 30d",
    ],
    text: [
      "指定した期間に観測された記録について、ストリームの公開区分を 1 社に許可します。期限が来れば",
      "自動で終わります。相手には、ほかの公開区分の項目の名前と単位も見えますが、値は見えません。この 2 社が",
      "何かを共有していることは、ネットワークの全社に見えます。",
    ],
    options: {
      to: "許可する会社: 短い名前または会社名",
      facet: "許可する公開区分。繰り返すか、コンマで並べる",
      from: "期間の始まり (なければ最初から)",
      until: "期限: 日時、または 90d (今から先の長さ)",
      tz: "タイムゾーンのない日時の読み方 (なければこの機械)",
      "dry-run": "読めるようになるものを示すだけで、許可しない",
    },
  },
  revoke: {
    summary: "会社への許可を取り消す",
    examples: [
      "tegata revoke press-3 --from aoki --dry-run",
      "tegata revoke press-3 --from aoki --facet quality",
    ],
    text: [
      "これからの記録を 1 社に対して閉じます。ほかの会社の許可は変わりません。すでに読めた記録は相手の",
      "手元に残ります。それを取り戻せるプログラムはありません。残る量は結果に示します。",
    ],
    options: {
      from: "読めなくする会社: 短い名前または会社名",
      facet: "この公開区分だけ (なければすべて)",
      "dry-run": "終わる許可と相手に残るものを示すだけで、何も変えない",
    },
  },
  access: {
    summary: "誰が何を読めるか",
    examples: ["tegata access", "tegata access --json"],
    text: [
      "自社のストリームの公開区分ごとに、どの会社がいつまで読めるかと、自社が読めるものを表示します。",
    ],
    options: {},
  },
};
