// Messages of the next height, before its validators are known. They wait unverified, so each connected
// member has room for a few of them and no more.
import type { MemberId } from "@tegata/ledger/primitives";
import type { Message } from "./messages.ts";

/** Messages one connected member may have waiting. */
export const waitingMax = 64;

/** Messages of one height by the member that sent them, in order of arrival. */
export interface WaitingRoom {
  readonly height: number;
  readonly byPeer: ReadonlyMap<MemberId, readonly Message[]>;
}

/** Nobody waits yet for this height. */
export function waitingRoom(height: number): WaitingRoom {
  return { height, byPeer: new Map() };
}

/** Height a message speaks of. */
export function heightOf(message: Message): number {
  switch (message.kind) {
    case "proposal":
      return message.proposal.height;
    case "vote":
      return message.vote.height;
    case "commit":
    case "polka":
    case "round":
      return message.certificate.height;
    case "status":
      return message.status.height;
    case "question":
      return message.question.height;
    case "answer":
      return message.answer.height;
  }
}

/** The room with one more message, or unchanged: another height, or the member's places are taken. */
export function hold(room: WaitingRoom, peer: MemberId, message: Message): WaitingRoom {
  if (heightOf(message) !== room.height) return room;
  const before = room.byPeer.get(peer) ?? [];
  if (before.length >= waitingMax) return room;
  return { ...room, byPeer: new Map(room.byPeer).set(peer, [...before, message]) };
}

/** Forgets a member that is no longer connected. */
export function departed(room: WaitingRoom, peer: MemberId): WaitingRoom {
  const byPeer = new Map(room.byPeer);
  return byPeer.delete(peer) ? { ...room, byPeer } : room;
}

/** Everything that waited for the height, to be brought to the door now that it has begun. */
export function waited(
  room: WaitingRoom,
  height: number,
): readonly { readonly peer: MemberId; readonly message: Message }[] {
  if (room.height !== height) return [];
  return [...room.byPeer].flatMap(([peer, messages]) =>
    messages.map((message) => ({ peer, message })),
  );
}
