/** Where a value was given. */
export type Origin =
  | { readonly type: "default" }
  /** `line` counts from 1; null where the file as a whole is meant. */
  | { readonly type: "file"; readonly path: string; readonly line: number | null }
  | { readonly type: "environment"; readonly variable: string }
  | { readonly type: "flag"; readonly flag: string }
  /** Told by the program that started this one, which had read them. */
  | { readonly type: "handed" };

/**
 * Which rule something breaks. `syntax`: the file is no TOML; `unknown`: no such setting; `secret`: a
 * secret, which has no place here; `value`: not what it may be; `missing`: it has no default;
 * `together`: it contradicts another.
 */
export type SettingRule = "syntax" | "unknown" | "secret" | "value" | "missing" | "together";

/** One thing wrong with the settings. */
export interface SettingProblem {
  readonly rule: SettingRule;
  readonly origin: Origin;
  /** Name of the setting as it was given; empty for `syntax`. */
  readonly name: string;
  /** What it may be, what the parser says, or what it contradicts. */
  readonly expected: string;
  /** What stood there, shortened; null where it is not shown. */
  readonly got: string | null;
}

/** A place in words: `config.toml line 3`. */
export function originText(origin: Origin): string {
  switch (origin.type) {
    case "default":
      return "default";
    case "file":
      return origin.line === null ? origin.path : `${origin.path} line ${origin.line}`;
    case "environment":
      return origin.variable;
    case "flag":
      return origin.flag;
    case "handed":
      return "the starting program";
  }
}

/** One problem as a sentence. */
export function problemText({ rule, origin, name, expected, got }: SettingProblem): string {
  const place = originText(origin);
  switch (rule) {
    case "syntax":
      return `${place}: this is no TOML: ${expected}`;
    case "unknown":
      return `${place}: there is no setting "${name}"`;
    case "secret":
      return `${place}: "${name}" looks like a secret, which has no place in the settings`;
    case "value":
    case "together":
      return `${place}: "${name}" must be ${expected}${got === null ? "" : `, not ${got}`}`;
    case "missing":
      return `${place}: "${name}" is missing`;
  }
}
