import { readJson, vectorPath } from "../../../../test/helpers/shared-data.ts";

/** One test of a Wycheproof file, with its group's fields. */
export type Case = Readonly<Record<string, string>> & {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly group: Readonly<Record<string, unknown>>;
};

interface File {
  readonly testGroups: readonly (Readonly<Record<string, unknown>> & {
    readonly tests: readonly Case[];
  })[];
}

/** Every test of `wycheproof/NAME_test.json`. */
export function wycheproof(name: string): readonly Case[] {
  const file = readJson<File>(vectorPath("wycheproof", `${name}_test.json`));
  return file.testGroups.flatMap((group) => group.tests.map((one) => ({ ...one, group })));
}

/** Bytes of hex text, empty for an absent field. */
export function hex(text: string | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(text ?? "", "hex"));
}
