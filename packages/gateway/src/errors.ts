import type { Problem } from "./api/schemas.ts";

/** Every code a {@link GatewayError} can carry, with the type of its detail (`null`: none). */
export interface GatewayErrorDetails {
  /** Nothing answers at the socket or URL. */
  readonly GATEWAY_UNREACHABLE: { readonly where: string };
  /** The gateway answered with a refusal. */
  readonly GATEWAY_REFUSED: { readonly problem: Problem };
  /** What answered is not a gateway. */
  readonly GATEWAY_ANSWER_UNKNOWN: { readonly text: string };
  readonly GATEWAY_ANSWER_TOO_LARGE: { readonly size: number };
}

/** The closed union of codes of failed operations in this package. */
export type GatewayErrorCode = keyof GatewayErrorDetails;

/** A failed operation of the gateway or of its client. */
export class GatewayError<Code extends GatewayErrorCode = GatewayErrorCode> extends Error {
  override readonly name = "GatewayError";
  readonly code: Code;
  readonly detail: GatewayErrorDetails[Code];

  constructor(code: Code, detail: GatewayErrorDetails[Code], cause?: unknown) {
    super(code, cause === undefined ? {} : { cause });
    this.code = code;
    this.detail = detail;
  }
}
