import {
  currentKey,
  isBarred,
  latestMilestone,
  readMember,
  readRoster,
  readySignBytes,
} from "@tegata/ledger/chain";
import { type MemberId, type NetworkId, publicKey, type Signer } from "@tegata/ledger/primitives";
import type { ReadyBody } from "./api/client.ts";
import type { Ledger } from "./host/ledger.ts";

/** What readiness is judged by. */
export interface ReadinessParts {
  readonly ledger: Pick<Ledger, "reader">;
  readonly network: NetworkId;
  readonly member: MemberId;
  /** The key that will vote. */
  readonly consensusKey: Signer;
  /** Whether the node has followed the chain. */
  readonly isSynced: () => boolean;
}

/**
 * What this company's node signs when it has followed the chain and has no vote; null while it has one or gets
 * one, and while it cannot have one. Source: docs/PROTOCOL.md, Votes of members.
 */
export function readinessOf(parts: ReadinessParts): ReadyBody | null {
  const { ledger, network, member, consensusKey, isSynced } = parts;
  const { reader } = ledger;
  const own = readMember(reader, member);
  if (own === null || own.leftHeight !== null || !isSynced()) return null;
  if (isBarred(reader, member)) return null;
  // A key that was rotated serves as soon as this node has taken it up; another one is not believed.
  if (publicKey(currentKey(own, "consensus").key) !== consensusKey.publicKey) return null;
  const { validators, changes } = readRoster(reader);
  if ([...validators, ...changes].some((one) => one.member === member)) return null;
  const milestone = latestMilestone(reader);
  if (milestone === null) return null;
  const { admission } = own;
  const { height, blockId } = milestone;
  const said = { member, admission, height, blockId };
  const signature = consensusKey.sign(readySignBytes(network, said));
  return { admission, height, blockId, signature };
}
