import { date } from "../print/human.ts";
import type { enFounding } from "./en-founding.ts";

/** Japanese words of `card` and `init`. */
export const jaFounding: typeof enFounding = {
  settingsHead: (company) =>
    `「${company}」の設定です。一覧は docs/SETTINGS.md、有効な値は tegata config show --origin`,
  askPassphrase: "鍵を守るパスフレーズ: ",
  askPassphraseAgain: "もう一度同じものを: ",
  wordsIntro: [
    "次の 24 の復旧単語があれば、ディスクを失っても会社の鍵を復旧できます。表示は一度だけで、どこにも",
    "保存しません。この順に紙に書き、機械に読まれない場所に保管してください。",
  ],
  wordsWritten: "書き終えたら Enter を押してください。画面から消えます。 ",
  wordsAsk: (number) => `紙に書いた ${number} 番目の単語: `,
  wordWrong: "その単語は違います。もう一度表示します。",
  wordsRight: "3 つとも合っています。",
  wordsInFile: (path) =>
    `24 の復旧単語は、暗号化せずに ${path} に保存しました。紙に書き写してからファイルを削除してください。`,
  throwAway: "使い捨ての鍵です。復旧はできず、パスフレーズの保護も弱くなっています。",
  keysMade: (home) => `${home} に鍵を作りました。`,
  goesOn: (company) =>
    `「${company}」の鍵は前に作られています。復旧単語はまだ誰も受け取っていません。`,
  cardWritten: (path) => `カードを ${path} に保存しました。`,
  cardNext: [
    "次は、このカードをほかの創設会社に送ってください。ネットワークを作るのは、全社のカードを集めた 1 社だけです。",
    "  その 1 社     tegata init --found CARD…",
    "  ほかの会社    tegata init --genesis FILE     その 1 社から受け取ったファイルで",
  ].join("\n"),
  cardDry: (company, handle, network, expiresMs) =>
    `「${network}」向けに「${company}」(${handle}) の鍵とカードを作ります (試行)。期限は ${date(expiresMs, "UTC")} です。`,
  company: "会社",
  handle: "短い名前",
  address: "アドレス",
  network: (name) => `ネットワーク  ${name}`,
  networkId: (id) => `ID            ${id}`,
  genesisWritten: (path) => `創設ファイル  ${path}`,
  foundNext: (path) =>
    `次は、${path} をほかの会社に渡し、(--found ではなく) tegata init --genesis FILE を実行してもらい、ID を照らし合わせてください。`,
  startNext: "そのあとは: tegata start",
  joinNext: "次は、電話などでほかの創設会社と ID を照らし合わせてください。",
  initDry: "何も書き込んでいません。",
};
