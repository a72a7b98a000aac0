import { originText } from "@tegata/settings";
import { type enSettings, settingMeant } from "./en-settings.ts";

/** Japanese words about settings. What a value may be is told by the settings themselves, in English. */
export const jaSettings: typeof enSettings = {
  problem: ({ rule, origin, name, expected, got }) => {
    const where = origin.type === "file" ? name : originText(origin);
    switch (rule) {
      case "syntax":
        return { field: null, expected: `TOML の書式 (${expected})`, got };
      case "unknown": {
        const meant = settingMeant(name, origin.type);
        const hint = meant === null ? "" : ` (${meant} ではありませんか)`;
        return { field: where, expected: `存在する設定の名前${hint}`, got };
      }
      case "secret":
        return {
          field: where,
          expected: "秘密を含まない設定 (秘密は --passphrase-file で渡します)",
          got,
        };
      case "missing":
        return { field: name, expected: `値 (${expected}。既定値はありません)`, got };
      case "value":
      case "together":
        return { field: where, expected: `使える値 (${expected})`, got };
    }
  },
  name: "設定",
  value: "値",
  origin: "出どころ",
  usable: (company, network, file) =>
    `「${network}」の「${company}」の設定は使えます${file === null ? " (ファイルはありません)" : `: ${file}`}。`,
  startAgain:
    "動いているものは、起動したときの設定のままです。この設定にするには、tegata stop、tegata start を実行してください。",
};
