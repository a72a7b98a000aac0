import { LedgerError, type MemberId, type StreamId } from "@tegata/ledger/primitives";
import type { Book } from "../book/book.ts";
import { GatewayError } from "../errors.ts";
import type { Keyring } from "../keyring.ts";
import type { Log } from "../log.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Revoke } from "../revoke.ts";
import type { Turns } from "../turns.ts";

/** What closing streams to companies that left needs. */
export interface ClosingParts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly revoke: Revoke;
  readonly outbox: Outbox;
  /** Changes of one stream see each other. */
  readonly turns: Turns;
  readonly log: Log;
}

/**
 * Closes the records to come of own streams to companies that are no members any more, as a revocation would:
 * by itself, because nobody may be there to think of it. Done streams have no live grant of theirs.
 */
export async function closeToDeparted(parts: ClosingParts): Promise<void> {
  const { keyring, members } = parts;
  const departed = new Set(
    [...members.all()].flatMap(([member, { leftHeight }]) => (leftHeight === null ? [] : member)),
  );
  if (departed.size === 0) return;
  for (const { id } of keyring.ownStreams()) {
    for (const member of readersOf(parts, id)) {
      if (departed.has(member)) await close(parts, id, member);
    }
  }
}

/** Who has a live grant that no roll on its way ends. */
function readersOf({ book, outbox }: ClosingParts, stream: StreamId): ReadonlySet<MemberId> {
  const ending = new Set(
    outbox
      .changesOf(stream)
      .flatMap((change) => (change.kind === "stream-roll" ? change.endedGrants : [])),
  );
  const live = book
    .grants(stream)
    .filter(({ endedHeight, id }) => endedHeight === null && !ending.has(id));
  return new Set(live.map(({ grantee }) => grantee));
}

async function close(parts: ClosingParts, stream: StreamId, member: MemberId): Promise<void> {
  const { revoke, turns, log, members } = parts;
  try {
    await turns.take(stream, async () => {
      await revoke.submit(await revoke.plan(stream, member, null));
    });
    const { handle } = members.company(member);
    log.warn({ company: handle }, "a company left: a stream that it could read has a new key");
  } catch (error) {
    if (isNodeAway(error)) return;
    const isKnown = error instanceof GatewayError || error instanceof LedgerError;
    if (!isKnown) throw error;
    log.warn({ err: error }, "a stream could not be closed to a company that left");
  }
}
