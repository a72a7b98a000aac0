/** What a file is that holds no rows which can be read. */
export type Foreign =
  | "empty"
  | "binary"
  | "json"
  | "json-document"
  | "xml"
  | "step"
  | "program"
  | "workbook"
  | "utf-16";

const zipStart = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const oleStart = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);
// `<DATE>\t<TIME>` is a header that some programs write, so a bracket alone says nothing.
const markup = /^<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*\/?>?\s*$))/;
/** A tape's first sign or number, Siemens' and Heidenhain's names: a program of a machine tool (ISO 6983). */
const program = /^(?:%\s*$|%_N_|%?\s*O\d{4,8}\s*(?:\(.*\)\s*)?$|(?:0\s+)?BEGIN PGM\b)/;

/** Workbooks and other encodings by their first bytes; null where only the text can tell. */
export function foreignBytes(name: string, bytes: Buffer): Foreign | null {
  if (bytes.subarray(0, 4).equals(zipStart)) {
    const isBook = /\.xls[xmb]$/i.test(name) || bytes.includes("xl/");
    return isBook ? "workbook" : "binary";
  }
  if (bytes.subarray(0, 4).equals(oleStart)) return /\.xls$/i.test(name) ? "workbook" : "binary";
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isMarked && bytes.includes(0) ? "utf-16" : null;
}

/** Documents by the beginning of their text; `isWhole`: the text is all there is. */
export function foreignText(text: string, isWhole: boolean): Foreign | null {
  const begun = text.trimStart();
  const [first = "", ...rest] = begun.split(/\r?\n/, 2);
  if (markup.test(first)) return "xml";
  if (first.startsWith("ISO-10303-21;")) return "step";
  if (program.test(first)) return "program";
  if (/^\[\s*(?:[[{\]]|$)/.test(first)) return "json";
  if (!first.startsWith("{")) return null;
  const line = parsed(first);
  if (line !== null) {
    const isAlone = isWhole && begun.trimEnd() === first.trimEnd();
    return isAlone && isNested(line) ? "json-document" : null;
  }
  if (isWhole) return parsed(begun) === null ? null : "json-document";
  // A document that is cut in the sample; a line as long as the sample may still be a row.
  return rest.length > 0 && /[{[,]\s*$/.test(first) ? "json-document" : null;
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function isNested(row: object): boolean {
  return Object.values(row).some((value) => typeof value === "object" && value !== null);
}
