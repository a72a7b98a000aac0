import { defaultFacet, type Field, type StreamSchema } from "./schema.ts";
import { timeFieldOf } from "./time-column.ts";

/** Groups of fields that companies share apart from each other, by the words of their names. */
const groups: readonly (readonly [facet: string, words: RegExp])[] = [
  [
    "quality",
    /\b(?:quality|defects?|burr|scrap|reject(?:ed|s)?|verdict|inspection|judge?ment|pass(?:ed)?|fail(?:ed|ures?)?|ok|ng|tolerance|deviation|measured|nominal|thickness|diameter|roughness)\b|品質|検査|判定|良否|合否|不良|良品|欠陥|公差|偏差|寸法|測定|板厚|粗さ/iu,
  ],
  [
    "status",
    /\b(?:status|state|mode|alarms?|availability|execution|running|program|operator|error)\b|状態|稼働|運転|停止|警報|アラーム|異常|モード|プログラム/iu,
  ],
  [
    "process",
    /\b(?:temp(?:erature)?s?|pressure|force|load|speed|feed|feedrate|rpm|torque|current|voltage|power|vibration|flow|position|stroke|strokes|humidity|wear)\b|温度|圧力|荷重|加重|速度|送り|回転|トルク|電流|電圧|電力|振動|流量|位置|ストローク|湿度|摩耗/iu,
  ],
  [
    "identity",
    /\b(?:id|uid|udi|lot|serial|batch|part|product|machine|order|shot)\b|品番|品名|型番|ロット|製番|製造番号|シリアル|機番|号機|設備|工程|ショット|番号/iu,
  ],
];

/**
 * The same fields in facets of their own where their names make it plain: every field but the time falls
 * into exactly one group, and there are two groups at least. Otherwise all stay in one facet, because
 * nothing may be shared by a guess that is half right. The time goes with the first group.
 */
export function proposeFacets(schema: StreamSchema): StreamSchema {
  if (schema.facets.length !== 1 || schema.facets[0] !== defaultFacet) return schema;
  const time = timeFieldOf(schema.fields);
  const wanted = schema.fields.map((field) => (field.name === time ? time : groupOf(field)));
  const facets = groups.map(([facet]) => facet).filter((facet) => wanted.includes(facet));
  if (wanted.includes(null) || facets.length < 2) return schema;
  const fields = schema.fields.map((field, index): Field => {
    return { ...field, facet: Math.max(0, facets.indexOf(wanted[index] ?? "")) };
  });
  return { ...schema, facets, fields };
}

function groupOf({ name }: Field): string | null {
  const text = name
    .normalize("NFKC")
    .replaceAll(/[_-]+/g, " ")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  const found = groups.filter(([, words]) => words.test(text)).map(([facet]) => facet);
  return found.length === 1 ? (found[0] ?? null) : null;
}
