import { readJson, vectorPath } from "../../../../test/helpers/shared-data.ts";

/** One test of a Wycheproof file; hex fields are empty where the file has none. */
export interface Case {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly field: (name: string) => string;
  /** Of the test or its group. */
  readonly size: (name: string) => number;
}

type Fields = Readonly<Record<string, unknown>>;

interface File {
  readonly testGroups: readonly (Fields & {
    readonly tests: readonly (Fields & Pick<Case, "tcId" | "result">)[];
  })[];
}

/** Every test of `wycheproof/NAME_test.json`. */
export function wycheproof(name: string): readonly Case[] {
  const file = readJson<File>(vectorPath("wycheproof", `${name}_test.json`));
  return file.testGroups.flatMap((group) =>
    group.tests.map((one) => ({
      tcId: one.tcId,
      result: one.result,
      field: (field) => String(one[field] ?? ""),
      size: (field) => Number(one[field] ?? group[field]),
    })),
  );
}

/** Bytes of hex text, empty for an absent field. */
export function hex(text: string | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(text ?? "", "hex"));
}
