import type { CliErrorDetails, Missing, Pending, PendingChange } from "../errors.ts";
import { counted, duration } from "../print/human.ts";
import type { ErrorWords } from "./error-words.ts";

const changes = {
  stream: "the stream is",
  grant: "the grant is",
  revocation: "the end of the grant is",
  purge: "the deletion is",
  key: "the new key is",
  invitation: "the invitation is",
  vote: "your vote is",
  request: "the request is",
  addresses: "the change of your addresses is",
} as const satisfies Record<PendingChange, string>;

function subject(what: Pending): string {
  return what.kind === "rows" ? counted(what.count, "row is", "rows are") : changes[what.kind];
}

/** What stays as it is until the others have confirmed. */
function meanwhile({ kind }: Pending): string {
  switch (kind) {
    case "grant":
      return "; until then the company reads nothing";
    case "revocation":
      return "; until then the company reads on";
    case "purge":
      return "; until then the records stay";
    case "invitation":
      return "; until then the line does not work";
    case "key":
      return "; until then the old key serves";
    default:
      return "";
  }
}

function whom({ kind, names }: Missing): string {
  if (kind === "own-node") return "your own node does not answer";
  if (kind !== "quorum") return "the others did not answer";
  return names.length === 0
    ? "too few companies are connected"
    : `${names.join(", ")} ${names.length === 1 ? "is" : "are"} away, and without them nothing can be agreed`;
}

/** English words of an error about what the others have not confirmed. */
export function enNotFinal({
  what,
  waitedMs,
  missing,
}: CliErrorDetails["CLI_NOT_FINAL"]): ErrorWords {
  const again =
    what.kind === "key" ? "the same command goes on with the same key" : "do not say it again";
  return {
    message: `${subject(what)} not confirmed by the others yet`,
    why: `${whom(missing)} (${duration(waitedMs)}); what you asked for is safe on this disk${meanwhile(what)}`,
    next: `nothing: it goes out by itself, ${again}; tegata status --watch shows when`,
  };
}

/** English words of waiting for the others. */
export const enSettling = {
  waits: ({ kind, names }: Missing): string => {
    if (kind === "own-node") return "Waiting for your own node, which does not answer …";
    if (kind === "nobody") return "Waiting for the others to confirm …";
    const who = names.length === 0 ? "more companies to connect" : names.join(", ");
    return `Waiting for ${who}. Ctrl-C is safe: it goes out by itself.`;
  },
};
