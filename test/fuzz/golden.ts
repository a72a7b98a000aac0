import { readFileSync } from "node:fs";
import { fromHex } from "@tegata/ledger/primitives";

/** The golden vectors of a package: the valid inputs that every door begins with. */
export function golden(path: string): Readonly<Record<string, unknown>> {
  const [packageName, file] = path.split("/") as [string, string];
  const url = new URL(`../../packages/${packageName}/test/golden/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** The bytes of one vector. */
export function goldenBytes(path: string, ...keys: readonly string[]): Uint8Array {
  let value: unknown = golden(path);
  for (const key of keys) value = (value as Readonly<Record<string, unknown>>)[key];
  if (typeof value !== "string") throw new Error(`${path} has no bytes at ${keys.join(".")}`);
  return fromHex(value);
}

/** The bytes that every item of a list of vectors has under one name. */
export function goldenList(path: string, list: string, name: string): readonly Uint8Array[] {
  const items = golden(path)[list] as readonly Readonly<Record<string, string>>[];
  return items.map((item) => fromHex(item[name] as string));
}

const utf8 = new TextEncoder();

export function textBytes(text: string): Uint8Array {
  return utf8.encode(text);
}

const lenient = new TextDecoder();

/** The text as the program gets it of a file: bytes that are no UTF-8 are replaced. */
export function textOf(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}
