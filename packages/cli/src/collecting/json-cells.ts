/** What a payload holds: objects as the texts they were written with, or anything else. */
export type JsonTexts =
  | { readonly type: "plain" }
  | { readonly type: "objects"; readonly objects: readonly string[] };

/**
 * Takes a payload apart into objects: one, or a list of them. Their texts are cut out of the payload, because
 * numbers must keep the digits they were written with.
 */
export function jsonCells(payload: string): JsonTexts {
  const text = payload.trim();
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) {
      return value.length > 0 && value.every(isObject)
        ? { type: "objects", objects: elementsOf(text) }
        : { type: "plain" };
    }
    return isObject(value) ? { type: "objects", objects: [text] } : { type: "plain" };
  } catch {
    return { type: "plain" };
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The elements of a list of objects that is known to be JSON. */
function elementsOf(list: string): readonly string[] {
  const elements: string[] = [];
  let [depth, start] = [0, 0];
  for (const { 0: sign, index } of list.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (sign === "{") {
      if (depth === 0) start = index;
      depth += 1;
    } else if (sign === "}") {
      depth -= 1;
      if (depth === 0) elements.push(list.slice(start, index + 1));
    }
  }
  return elements;
}
