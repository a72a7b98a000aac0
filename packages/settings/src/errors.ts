import type { SettingProblem } from "./problem.ts";

/** Every code a {@link SettingsError} can carry, with the type of its detail. */
export interface SettingsErrorDetails {
  /** The file is there and cannot be read, or is no ordinary file, or far too large. */
  readonly SETTINGS_UNREADABLE: { readonly path: string; readonly reason: string };
  /** Something in the settings is unknown, wrong, missing or contradicting; all of it is listed. */
  readonly SETTINGS_REFUSED: { readonly problems: readonly SettingProblem[] };
  /** The settings of an older version could not be written in the present form. */
  readonly SETTINGS_NOT_CONVERTED: { readonly path: string; readonly reason: string };
}

/** The closed union of codes of failed operations in this package. */
export type SettingsErrorCode = keyof SettingsErrorDetails;

/** Settings that cannot be used. A program ends with exit code 78 and has changed nothing. */
export class SettingsError<Code extends SettingsErrorCode = SettingsErrorCode> extends Error {
  override readonly name = "SettingsError";
  readonly code: Code;
  readonly detail: SettingsErrorDetails[Code];

  constructor(code: Code, message: string, detail: SettingsErrorDetails[Code], cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
