import type { CliErrorDetails, Missing, Pending, PendingChange } from "../errors.ts";
import { count } from "../print/human.ts";
import type { enSettling } from "./en-settling.ts";
import type { ErrorWords } from "./error-words.ts";
import { jaDuration } from "./ja-human.ts";

const changes = {
  stream: "ストリームの作成",
  grant: "許可",
  revocation: "許可の取り消し",
  purge: "記録の削除",
  key: "新しい鍵",
  invitation: "招待",
  vote: "自社の投票",
  request: "議案",
  addresses: "アドレスの変更",
} as const satisfies Record<PendingChange, string>;

function meanwhile({ kind }: Pending): string {
  switch (kind) {
    case "grant":
      return "それまで、相手の会社は何も読めません。";
    case "revocation":
      return "それまで、相手の会社は引き続き読めます。";
    case "purge":
      return "それまで、記録は残っています。";
    case "invitation":
      return "それまで、招待の行は使えません。";
    case "key":
      return "それまで、古い鍵を使います。";
    default:
      return "";
  }
}

function whom({ kind, names }: Missing): string {
  if (kind === "own-node") return "自社のノードが応答しません";
  if (kind !== "quorum") return "ほかの会社から返事がありませんでした";
  return names.length === 0
    ? "接続している会社が足りません"
    : `${names.join("、")}がつながっておらず、このままでは何も決められません`;
}

/** Japanese words of an error about what the others have not confirmed. */
export function jaNotFinal({
  what,
  waitedMs,
  missing,
}: CliErrorDetails["CLI_NOT_FINAL"]): ErrorWords {
  const subject = what.kind === "rows" ? `${count(what.count)} 行` : changes[what.kind];
  const again =
    what.kind === "key"
      ? "同じコマンドを実行すると、同じ鍵で続きから進みます。"
      : "もう一度実行しないでください。";
  return {
    message: `${subject}は、まだほかの会社の確認が取れていません。`,
    why: `${whom(missing)} (${jaDuration(waitedMs)})。依頼はこのディスクに安全に保存されています。${meanwhile(what)}`,
    next: `何もする必要はありません。自動で送信されます。${again}様子は tegata status --watch で見られます。`,
  };
}

/** Japanese words of waiting for the others. */
export const jaSettling: typeof enSettling = {
  waits: ({ kind, names }) => {
    if (kind === "own-node") return "自社のノードの応答を待っています …";
    if (kind === "nobody") return "ほかの会社の確認を待っています …";
    const who = names.length === 0 ? "ほかの会社の接続" : `${names.join("、")}の接続`;
    return `${who}を待っています。Ctrl-C で中断しても、自動で送信されます。`;
  },
};
