import type { Message } from "../src/index.ts";
import { nameOf } from "./packets.ts";

/** A block in few letters. */
export function short(blockId: string | null): string {
  return blockId === null ? "nil" : `#${blockId.slice(-8).replace(/^0+/, "")}`;
}

/** A message in words, for the timeline. */
export function sentence(message: Message): string {
  switch (message.kind) {
    case "proposal": {
      const { height, round, blockId, validRound } = message.proposal;
      return `proposal ${height}/${round} ${short(blockId)} valid round ${validRound}`;
    }
    case "vote": {
      const { type, height, round, blockId } = message.vote;
      return `${type} ${height}/${round} ${short(blockId)}`;
    }
    case "commit":
    case "polka":
    case "round":
      return `${message.kind} certificate ${message.certificate.height}/${message.certificate.round}`;
    default:
      return nameOf({ type: "message", message });
  }
}
