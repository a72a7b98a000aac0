import { bytes } from "../print/human.ts";
import type { ErrorWords } from "./error-words.ts";

type Detail = Readonly<Record<string, unknown>>;

/** English words of errors of other packages that say only a code. */
const foreign: Readonly<Record<string, (detail: Detail) => ErrorWords>> = {
  GATEWAY_UNREACHABLE: ({ where }) => ({
    message: `no gateway answers at ${where}`,
    why: "it is not running, or it listens elsewhere",
    next: "start it with tegata start, or name it with --home or --url",
  }),
  GATEWAY_ANSWER_UNKNOWN: () => ({
    message: "what answered is not a gateway",
    why: "its answer is in no form this program knows",
    next: "check the address; both sides need a compatible version",
  }),
  GATEWAY_ANSWER_TOO_LARGE: ({ size }) => ({
    message: "the answer is too large",
    why: `it has ${bytes(Number(size))}`,
    next: "ask for less, for example with --limit",
  }),
  NODE_API_UNREACHABLE: ({ socketPath }) => ({
    message: `no node answers at ${socketPath}`,
    why: "it is not running, or it runs with another home folder",
    next: "start it with tegata start",
  }),
};

/** English words of an error of another package, or null where its own words are used. */
export function enForeign(code: string, detail: Detail): ErrorWords | null {
  return Object.hasOwn(foreign, code) ? (foreign[code]?.(detail) ?? null) : null;
}
