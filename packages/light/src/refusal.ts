/**
 * Why a height was not followed. A refusal leaves what was agreed as it was.
 * Each code has a line in docs/ERRORS.md.
 */
export type LightRefusal =
  | "LIGHT_HEADER_FORMAT"
  | "LIGHT_HEIGHT"
  | "LIGHT_PREVIOUS_BLOCK"
  | "LIGHT_TIME"
  | "LIGHT_VALIDATORS_MISSING"
  | "LIGHT_VALIDATORS_HASH"
  | "LIGHT_VALIDATORS_FORMAT"
  | "LIGHT_PROPOSER"
  | "LIGHT_STEPS"
  | "LIGHT_SET_UNCHANGED"
  | "LIGHT_CERTIFICATE_FORMAT"
  | "LIGHT_CERTIFICATE_BLOCK"
  | "LIGHT_CERTIFICATE_VOTES";
