import { describe, expect, test } from "vitest";
import { unicodeVersionLast } from "../../src/chain/assigned.ts";
import { lookAlikes } from "../../src/chain/confusable.ts";
import { skeleton, skeletons } from "../../src/chain/index.ts";

describe("names that can be taken for each other", () => {
  test.each([
    ["Asahi Seiki", "ASAHI-SEIKI"],
    ["Asahi", "Аsаhі"],
    ["Omron", "Оmrоn"],
    ["Kappa", "Κάππα".replace("π", "p").replace("π", "p")],
    ["Bosch", "Ｂｏｓｃｈ"],
    ["Müller", "Muller"],
    ["Illinois", "lllinois"],
    ["IBM", "1BM"],
    ["Plant 10", "Plant lO"],
    ["Modern", "Modem"],
    ["Wave", "VVave"],
    ["A.B.C.", "ABC"],
    ["タカハシ", "夕力八シ"],
    ["エトロ", "工卜口"],
    ["株式会社 日立", "株式会社\u3000日立"],
    ["ヘリ", "へり"],
    ["Asahi Seiki", "Asahi Seiki\ufe0f"],
    ["Asahi Seiki", "Asahi\u3164Seiki"],
    ["Asahi Seiki", "Asahi Seiki\u{e0101}"],
    ["\u039d\u0399\u039a\u039f\u03a3", "\u03bd\u03b9\u03ba\u03bf\u03c3"],
    ["Chubu", "\u03f9hubu"],
    ["Chubu", "\u03f2hubu"],
  ])("%s and %s", (a, b) => {
    expect(skeleton(a)).toBe(skeleton(b));
  });

  test.each([
    ["Company 1", "Company 2"],
    ["Asahi", "Asaki"],
    ["たか", "だか"],
    ["ハカ", "バカ"],
    ["日立", "日本"],
    ["north", "south"],
  ])("%s and %s stay apart", (a, b) => {
    expect(skeleton(a)).not.toBe(skeleton(b));
  });

  test.each([
    ["Mitsubishi", "\u039citsubishi"],
    ["Nissan", "\u039dissan"],
    ["Hitachi", "\u0397itachi"],
    ["Yamaha", "\u03a5amaha"],
    ["Zen", "\u0396en"],
    ["\u039d\u03b9\u03ba\u03b7", "\u039d\u0399\u039a\u0397"],
  ])("%s and %s, by a capital letter or by case", (a, b) => {
    expect(skeletons(a).some((look) => skeletons(b).includes(look))).toBe(true);
  });

  test("a skeleton of a skeleton is the skeleton", () => {
    const folded = Object.entries(lookAlikes).flatMap(([to, from]) => [to, ...from]);
    for (const name of [...folded, "Asahi Seiki", "Ｍｏｄｅｒｎ Ｗｏｒｋｓ", "Оmrоn", "タカハシ"]) {
      expect(skeleton(skeleton(name))).toBe(skeleton(name));
    }
  });

  test("each look-alike is still one after decomposition and lower case, so none is idle", () => {
    for (const [to, from] of Object.entries(lookAlikes)) {
      for (const character of from) expect(skeleton(character)).toBe(to);
    }
  });

  test("are judged alike by every version of Unicode up to the one that runs here", () => {
    expect(process.versions.unicode).toBe(unicodeVersionLast);
  });
});
