import { epochLengthMs, limits } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Book } from "./book/book.ts";
import type { StreamFacts } from "./book/facts.ts";

/** Live grants whose span ends soon. */
export interface ExpiringGrants {
  /** Of own streams to others. */
  readonly given: number;
  readonly received: number;
}

type Grants = Pick<Book, "streams" | "grants">;

/** How many live grants that concern this company end within `withinMs` from now. */
export function countExpiring(
  book: Grants,
  self: MemberId,
  { nowMs, withinMs }: { readonly nowMs: number; readonly withinMs: number },
): ExpiringGrants {
  let [given, received] = [0, 0];
  for (const stream of book.streams()) {
    const soon = expiringOf(book, stream, nowMs, nowMs + withinMs);
    if (stream.owner === self) given += soon.size;
    else received += soon.size;
  }
  return { given, received };
}

/** Grants that say the same of several generations are one to people. */
function expiringOf(
  book: Grants,
  { id, epochLength }: StreamFacts,
  fromMs: number,
  untilMs: number,
): ReadonlySet<string> {
  const lengthMs = epochLengthMs(epochLength);
  const found = new Set<string>();
  for (const { grantee, facets, epochFirst, epochLast, endedHeight } of book.grants(id)) {
    if (endedHeight !== null || epochLast >= limits.epochMax) continue;
    const endMs = (epochLast + 1) * lengthMs;
    if (endMs > fromMs && endMs <= untilMs) {
      found.add(`${grantee} ${facets.join()} ${epochFirst} ${epochLast}`);
    }
  }
  return found;
}
