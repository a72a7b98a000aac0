/** Why a member could not be reached, as an operator would look into it. */
export type DialFailureReason =
  | "no-address"
  | "no-such-name"
  | "refused"
  | "unreachable"
  | "timed-out"
  | "wrong-key"
  | "turned-away"
  | "proxy-unreachable"
  | "proxy-refused"
  | "failed";

/** The last attempt to reach a member that failed. */
export interface DialFailure {
  readonly reason: DialFailureReason;
  /** Multiaddr that was dialed; empty where there is none. */
  readonly address: string;
  /** What the machine or the other side said, at most 200 characters. */
  readonly text: string;
  /** Since the Unix epoch. */
  readonly atMs: number;
}

const textLengthMax = 200;

const reasonByCode: Readonly<Record<string, DialFailureReason>> = Object.freeze({
  ECONNREFUSED: "refused",
  ENOTFOUND: "no-such-name",
  EAI_AGAIN: "no-such-name",
  EAI_NODATA: "no-such-name",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timed-out",
  ECONNRESET: "turned-away",
  EPIPE: "turned-away",
  NODE_PROXY_UNREACHABLE: "proxy-unreachable",
  NODE_PROXY_REFUSED: "proxy-refused",
  NODE_PROXY_TARGET: "unreachable",
});

const reasonByName: Readonly<Record<string, DialFailureReason>> = Object.freeze({
  TimeoutError: "timed-out",
  AbortError: "timed-out",
});

/** The library gives its words for a key that is not the member's no name and no code of their own. */
const wrongKeyPattern = /does not match expected remote identity key/;

function reasonOf(error: Error, signal: AbortSignal): DialFailureReason {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 4; depth += 1) {
    const { code } = one as { readonly code?: unknown };
    const byCode = typeof code === "string" ? reasonByCode[code] : undefined;
    const found = byCode ?? reasonByName[one.name];
    if (found !== undefined) return found;
    if (wrongKeyPattern.test(one.message)) return "wrong-key";
    one = one instanceof AggregateError ? one.errors[0] : one.cause;
  }
  return signal.aborted ? "timed-out" : "failed";
}

/** Words of another machine or of the library, fit for a line of a log or a terminal. */
export function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, textLengthMax);
}

/** What an attempt that failed shows; `signal` is what ended its patience. */
export function dialFailure(
  error: unknown,
  address: string,
  signal: AbortSignal,
  atMs: number,
): DialFailure {
  const given = error instanceof Error ? error : new Error(String(error));
  const text = plainText(given.message);
  return { reason: reasonOf(given, signal), address, text, atMs };
}
