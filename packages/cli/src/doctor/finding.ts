/** What is looked at, in the order it is told. */
export const checkNames = [
  ...(["program", "home", "settings", "keys", "guard", "copies", "disk", "clock"] as const),
  ...([
    "processes",
    "node",
    "gateway",
    "plant",
    "membership",
    "reach",
    "inbound",
    "quorum",
  ] as const),
  ...(["sync", "outbox", "backup", "versions", "dial"] as const),
] as const;

/** One of {@link checkNames}. */
export type CheckName = (typeof checkNames)[number];

/** `skip`: it could not be looked at, or does not apply. */
export type Result = "pass" | "warn" | "fail" | "skip";

/** What a finding says in numbers and names. */
export type FindingDetail = Readonly<Record<string, string | number | null>>;

/** What one look has shown; `code` stays the same between versions and has its words. */
export interface Finding {
  readonly check: CheckName;
  readonly result: Result;
  readonly code: string;
  readonly detail: FindingDetail;
}

/** Makes the findings of one check. */
export interface Findings {
  pass(code: string, detail?: FindingDetail): Finding;
  warn(code: string, detail?: FindingDetail): Finding;
  fail(code: string, detail?: FindingDetail): Finding;
  skip(code: string, detail?: FindingDetail): Finding;
}

/** Findings of a check. */
export function findingsOf(check: CheckName): Findings {
  const make =
    (result: Result) =>
    (code: string, detail: FindingDetail = {}): Finding => ({ check, result, code, detail });
  return { pass: make("pass"), warn: make("warn"), fail: make("fail"), skip: make("skip") };
}

/** The worst of them. */
export function worstOf(findings: readonly Finding[]): Exclude<Result, "skip"> {
  const has = (wanted: Result): boolean => findings.some(({ result }) => result === wanted);
  return has("fail") ? "fail" : has("warn") ? "warn" : "pass";
}
