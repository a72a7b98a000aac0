import type { MemberState } from "@tegata/ledger/chain";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import type { Book } from "../book/book.ts";
import type { GrantFacts } from "../book/facts.ts";
import type { Keyring } from "../keyring.ts";
import type { Log } from "../log.ts";
import type { Members } from "../members.ts";
import { isNodeAway } from "../node-away.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Revoke } from "../revoke.ts";
import type { Signal } from "../signal.ts";
import type { Turns } from "../turns.ts";

/** Why a stream was, or is to be, closed to a company without anybody asking. */
export type ClosingReason = "left" | "key-compromised";

/** A company that could read own streams and shall not any more. */
export interface Closing {
  readonly member: MemberId;
  readonly reason: ClosingReason;
  /** Own streams that it could read then. */
  readonly streams: number;
  /** How many of them it can still read: their roll waits, or is on its way. */
  readonly open: number;
}

/** What tells who lost sight of what. */
export interface ClosingFacts {
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
}

/** What closing by itself works with. */
export interface ClosingParts extends ClosingFacts {
  readonly outbox: Outbox;
  readonly revoke: Revoke;
  /** Changes of one stream come one after the other. */
  readonly turns: Turns;
  readonly log: Log;
  /** Fires when members, or their keys, changed. */
  readonly membersChanged: Signal;
}

/** How often it is looked again although nothing was heard of. */
const lookMs = 60_000;
const retryMs = 250;
/** How soon it is looked again where the node did not answer. */
const againMs = 1_000;

/** The last height at which a grant may be sealed to a key that was declared compromised; 0 for none. */
function compromisedHeight({ keys }: MemberState): number {
  const own = keys.filter(({ role }) => role === "encryption");
  const lost = Math.max(0, ...own.filter((key) => key.isCompromised).map((key) => key.version));
  return own.find(({ version }) => version === lost + 1)?.height ?? 0;
}

/**
 * Why a grant of this height to this member is one that nobody should have, as of a height; null where it is
 * well. The gateway keeps earlier keys: with a compromised one everything counts as known that it held.
 */
export function closingReason(
  state: MemberState,
  grantHeight: number,
  asOfHeight: number,
): ClosingReason | null {
  const { leftHeight } = state;
  if (leftHeight !== null && leftHeight <= asOfHeight) return "left";
  const lostHeight = compromisedHeight(state);
  return grantHeight <= lostHeight && lostHeight <= asOfHeight ? "key-compromised" : null;
}

/** Reasons of a stream's grants, as of what the book has read. */
export function reasonsIn({ book, members }: Pick<ClosingFacts, "book" | "members">) {
  return ({ grantee, height }: Pick<GrantFacts, "grantee" | "height">): ClosingReason | null => {
    const state = members.state(grantee);
    return state === null ? null : closingReason(state, height, book.height);
  };
}

/** Whom own streams are closed to without anybody asking, and how far that is. */
export function closings({ book, keyring, members }: ClosingFacts): readonly Closing[] {
  const found = new Map<string, Closing>();
  const reasonOf = reasonsIn({ book, members });
  for (const { id } of keyring.ownStreams()) {
    const seen = new Map<string, { member: MemberId; reason: ClosingReason; isOpen: boolean }>();
    for (const grant of book.grants(id)) {
      const reason = reasonOf(grant);
      const state = members.state(grant.grantee);
      if (reason === null || state === null) continue;
      const since = reason === "left" ? (state.leftHeight ?? 0) : compromisedHeight(state);
      // What was revoked before has nothing to do with it.
      if (grant.endedHeight !== null && grant.endedHeight < since) continue;
      const name = `${grant.grantee}/${reason}`;
      const isOpen = grant.endedHeight === null || seen.get(name)?.isOpen === true;
      seen.set(name, { member: grant.grantee, reason, isOpen });
    }
    for (const [name, { member, reason, isOpen }] of seen) {
      const { streams, open } = found.get(name) ?? { streams: 0, open: 0 };
      found.set(name, { member, reason, streams: streams + 1, open: open + (isOpen ? 1 : 0) });
    }
  }
  return [...found.values()];
}

/**
 * Rolls, until it is stopped, each own stream that a company could read which left, or whose encryption key
 * was declared compromised, and grants to the rest again. What is done follows from the ledger and the outbox
 * alone, so that a restart repeats nothing and forgets nothing.
 */
export async function keepClosed(parts: ClosingParts, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const next = parts.membersChanged.wait(lookMs, stopped);
    try {
      await parts.members.refresh();
      await closeAll(parts, stopped);
      await next;
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      await parts.membersChanged.wait(againMs, stopped);
    }
  }
}

/**
 * Closes what has to be closed before anything that waited is sealed: rows that were acknowledged while this company
 * was away must not go out under keys that others should not have. False when it was stopped before.
 */
export async function closeFirst(parts: ClosingParts, stopped: AbortSignal): Promise<boolean> {
  while (!stopped.aborted) {
    try {
      await parts.members.refresh();
      await closeAll(parts, stopped);
      return !stopped.aborted;
    } catch (error) {
      if (!isNodeAway(error)) throw error;
      await parts.membersChanged.wait(retryMs, stopped);
    }
  }
  return false;
}

async function closeAll(parts: ClosingParts, stopped: AbortSignal): Promise<void> {
  for (const { id } of [...parts.keyring.ownStreams()]) {
    if (stopped.aborted) return;
    await parts.turns.take(id, () => closeStream(parts, id));
  }
}

async function closeStream(parts: ClosingParts, stream: StreamId): Promise<void> {
  const { revoke, members, log } = parts;
  const reasonOf = reasonsIn(parts);
  const plan = await revoke.planClosing(stream, reasonOf);
  if (plan === null) return;
  const submission = await revoke.submit(plan);
  const closedTo = new Map(plan.ended.map((grant) => [grant.grantee, reasonOf(grant)]));
  for (const [grantee, reason] of closedTo) {
    const company = members.company(grantee).handle;
    log.warn({ stream, company, reason, submission }, "closed a stream by itself");
  }
}
