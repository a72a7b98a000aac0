import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "./errors.ts";
import type { EvidenceGossip } from "./evidence/evidence-gossip.ts";
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
  readonly evidence: EvidenceGossip;
}

function receive(
  { host, gossip, desk, evidence }: FrameReceivers,
  member: MemberId,
  type: MessageType,
  body: Uint8Array,
): void | Promise<void> {
  if (isConsensusFrame(type)) return host.onFrame(member, type, body);
  switch (type) {
    case frameTypes.presence:
      return host.onPresence(member, body);
    case frameTypes.transactions:
      return gossip.onTransactions(member, body);
    case frameTypes.announce:
      return gossip.onAnnounce(member, body);
    case frameTypes.want:
      return gossip.onWant(member, body);
    case frameTypes.compactBlock:
      return desk.offerCompact(member, body);
    case frameTypes.evidence:
      return evidence.onFrame(member, body);
    default:
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
 * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_FORGED
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
