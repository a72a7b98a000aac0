import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "./errors.ts";
import type { TransactionGossip } from "./gossip/transaction-gossip.ts";
import { isBadBytes } from "./host/bad-bytes.ts";
import type { BlockDesk } from "./host/block-desk.ts";
import type { ConsensusHost } from "./host/consensus-host.ts";
import { isConsensusFrame } from "./host/message-door.ts";
import { frameTypes, type MessageType } from "./network/limits.ts";

/** Who gets which frame. */
export interface FrameReceivers {
  readonly host: ConsensusHost;
  readonly gossip: TransactionGossip;
  readonly desk: BlockDesk;
}

function receive(
  { host, gossip, desk }: FrameReceivers,
  member: MemberId,
  type: MessageType,
  body: Uint8Array,
): void | Promise<void> {
  if (isConsensusFrame(type)) return host.onFrame(member, type, body);
  switch (type) {
    case frameTypes.transactions:
      return gossip.onTransactions(member, body);
    case frameTypes.announce:
      return gossip.onAnnounce(member, body);
    case frameTypes.want:
      return gossip.onWant(member, body);
    case frameTypes.compactBlock:
      return desk.offerCompact(member, body);
    default:
      // Evidence is not in force in this version of the protocol; it is neither needed nor an offence.
      return;
  }
}

function asPeerFault(error: unknown, type: MessageType): unknown {
  if (!isBadBytes(error)) return error;
  const message = `a frame ${type} that cannot be read`;
  return new NodeError("NODE_PEER_FRAME_MALFORMED", message, { type }, error);
}

/**
 * Hands a frame to the part it is for.
 * @throws NODE_PEER_FRAME_MALFORMED
 */
export function onFrame(
  receivers: FrameReceivers,
  member: MemberId,
  type: MessageType,
  body: Uint8Array,
): void | Promise<void> {
  try {
    const done = receive(receivers, member, type, body);
    return done?.catch((error: unknown) => {
      throw asPeerFault(error, type);
    });
  } catch (error) {
    throw asPeerFault(error, type);
  }
}
