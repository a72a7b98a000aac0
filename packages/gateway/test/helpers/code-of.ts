import { GatewayError } from "../../src/errors.ts";

/** Runs a call that must be refused, and answers the code. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error("it was not refused");
  return error.code === "GATEWAY_REFUSED"
    ? (error as GatewayError<"GATEWAY_REFUSED">).detail.problem.code
    : error.code;
}
