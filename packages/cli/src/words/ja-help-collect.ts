import type { HelpLike } from "./command-words.ts";
import type { enHelpCollect } from "./en-help-collect.ts";

/** Japanese help of the commands that take data from the line. */
export const jaHelpCollect: HelpLike<typeof enHelpCollect> = {
  watch: {
    summary: "フォルダーに置かれるファイルを公開する",
    examples: [
      "tegata watch press-3 /srv/press-3",
      "tegata watch press-3 /srv/press-3 --time ts --tz Asia/Tokyo",
      "tegata watch press-3 /srv/press-3 --once --json",
    ],
    text: [
      "フォルダーの書き終わったファイル (CSV、NDJSON、SHDR) を古い順に取り、行を公開して、このディスクに",
      "保存できたらフォルダー内の done/ に移します。誤りのあるファイルは丸ごと refused/ に移し、行、項目、",
      "対処を書いたテキストを隣に置きます。コピー中のファイルは、しばらく変わらなくなるまで待ちます。",
      "名前が違っても、同じ内容は一度だけ公開します。途中で止まっても、重複も欠落もありません。",
      "空のファイル、隠しファイル、コピー中のもの (.tmp) は飛ばします。",
    ],
    options: {
      format: "ファイルの形式 (自動判定が違うとき)",
      time: "観測の日時が入った列 (なければファイルの更新日時)",
      "time-unit":
        "その列の数値の単位: 1970 年からの秒かミリ秒、または表計算ソフトの日付の通し番号",
      tz: "タイムゾーンのない日時の読み方 (なければストリームの設定)",
      map: "名前の違う列を項目に対応させる",
      encoding: "文字コード (自動判定が違うとき)",
      header: "列名のある行の番号 (自動で見つからないとき)",
      "date-order": "05/06/2026 のような日付の、年・月・日の順 (ファイルから分からないとき)",
      decimal: "数値の小数点に使う文字",
      backfill: "1 週間より古い行も受け付ける",
      "skip-invalid": "誤りのある行だけを除き、残りを公開する",
      rejects: "取り除いた行をすべて、行番号・項目・対処とともに refused/ の CSV に書く",
      settle: "書き終わったとみなすまでの、変化のない時間 (5s)",
      once: "フォルダーが空になったら終わる",
      metrics: "このコンピューターのこのポートで /metrics (Prometheus) に答える",
      "dry-run": "今あるファイルを確認するだけで、公開も移動もしない",
    },
  },
  "collect shdr": {
    summary: "MTConnect アダプターの出力を公開する",
    examples: [
      "tegata collect shdr 10.0.0.7:7878 press-3",
      "tegata collect shdr 10.0.0.7:7878 press-3 --dry-run",
    ],
    text: [
      "アダプター (SHDR) に接続し、観測を time、item、value の行として、Ctrl-C まで公開し続けます。受け取った",
      "ものは、まずこのディスクに保存し、そこから送ります。このプログラムやゲートウェイが途中で止まっても、",
      "欠落も重複もありません。接続が切れても自動でつなぎ直します。合わないものは、理由とともにホーム",
      "フォルダーの collect に取り分けます。",
    ],
    options: {
      tz: "タイムゾーンのない日時の読み方 (なければストリームの設定)",
      map: "名前の違う項目に time、item、value を対応させる",
      backfill: "受け取った時点で 1 週間より古い観測も受け付ける",
      metrics: "このコンピューターのこのポートで /metrics (Prometheus) に答える",
      "dry-run": "最初の観測を表示するだけで、保存も公開もしない",
    },
  },
  "collect mqtt": {
    summary: "MQTT ブローカーのメッセージを公開する",
    examples: [
      "tegata collect mqtt mqtt://10.0.0.9 press-3 --topic 'line-1/press-3/#'",
      "tegata collect mqtt mqtts://broker.line press-3 --topic 'spBv1.0/plant/#' --user tegata --password-file pw",
    ],
    text: [
      "QoS 1 で受信し、メッセージをこのディスクに保存してから受領を返します。受信していない間のものは",
      "ブローカーが預かります。time、item、value の項目を持つストリームでは、item がトピック、value が中身に",
      "なります (JSON オブジェクトはキーごとに 1 行)。ほかのストリームでは、JSON オブジェクトのキーが項目に",
      "なります。Sparkplug B (spBv1.0/…) はメトリックごとに 1 行になります。メッセージが欠けたときは記録し、",
      "エッジノードに birth の再送を求めます。",
    ],
    options: {
      topic: "受信するトピック (+ は 1 階層、# は以下すべて)",
      time: "観測の日時のキー (なければ time、timestamp、ts。それもなければ受け取った時刻)",
      "time-unit": "そのキーの数値の単位",
      tz: "タイムゾーンのない日時の読み方 (なければストリームの設定)",
      map: "名前の違うキーを項目に対応させる",
      user: "ブローカーでの名前",
      "password-file": "パスワードを書いたファイル",
      ca: "ブローカーの証明書に署名した認証局の PEM ファイル (なければシステムの設定)",
      backfill: "受け取った時点で 1 週間より古い観測も受け付ける",
      metrics: "このコンピューターのこのポートで /metrics (Prometheus) に答える",
      "dry-run": "最初の観測を表示するだけで、保存も公開もしない",
    },
  },
  "collect mtconnect": {
    summary: "MTConnect エージェントのデータを公開する",
    examples: [
      "tegata collect mtconnect http://10.0.0.8:5000 press-3",
      "tegata collect mtconnect http://10.0.0.8:5000/OKUMA press-3 --interval 5s",
    ],
    text: [
      "まず現在の状態を、続いてすべての観測を番号順に読み、time、item、value の行として公開します。読んだ",
      "ものは、次を求める前にこのディスクに保存します。読む前にエージェントから消えたものや、エージェントの",
      "再起動は、画面に示し、agent/gap という行として記録します。",
    ],
    options: {
      interval: "新しいものがないとき、次に尋ねるまでの間隔 (1s)",
      tz: "タイムゾーンのない日時の読み方 (なければストリームの設定)",
      map: "名前の違う項目に time、item、value を対応させる",
      backfill: "読んだ時点で 1 週間より古い観測も受け付ける",
      metrics: "このコンピューターのこのポートで /metrics (Prometheus) に答える",
      "dry-run": "最初の観測を表示するだけで、保存も公開もしない",
    },
  },
};
