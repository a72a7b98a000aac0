import { count } from "../print/human.ts";
import type { enTrying } from "./en-trying.ts";

/** Japanese words of `dev`. */
export const jaTrying: typeof enTrying = {
  founding: (companies) => `使い捨ての鍵で ${count(companies)} 社を作っています …`,
  company: "会社",
  talk: "操作のしかた",
  devNext: "Ctrl-C ですべてを止めて片付けます。",
  devStopping: "終了しています …",
  devDry: (names) => `次の会社を作って起動します (試行): ${names.join(", ")}`,
  kept: (folder) => `残したフォルダー: ${folder}`,
};
