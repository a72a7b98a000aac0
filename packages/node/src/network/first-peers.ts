import { existsSync, readFileSync } from "node:fs";
import { isAddress, limits } from "@tegata/ledger/chain";
import { type MemberId, publicKey } from "@tegata/ledger/primitives";
import type { NetworkMember } from "./network.ts";

/** A line has at most this many characters: two ids and four addresses. */
const lineLengthMax = 1_024;
const id = /^[0-9a-f]{64}$/;

/**
 * Reads where a newcomer finds the members that its genesis does not know: a line for each, with its id,
 * its network key and its addresses. It is what the inviter said, so nothing is believed of it but whom to
 * try: a line that is none is left out. Source: docs/PROTOCOL.md section 9.
 */
export function parseFirstPeers(text: string): readonly NetworkMember[] {
  const peers = new Map<string, NetworkMember>();
  const keys = new Set<string>();
  for (const line of text.split("\n").slice(0, limits.membersMax)) {
    const peer = line.length > lineLengthMax ? null : parseLine(line);
    if (peer === null || keys.has(peer.networkKey)) continue;
    keys.add(peer.networkKey);
    peers.set(peer.memberId, peer);
  }
  return [...peers.values()];
}

function parseLine(line: string): NetworkMember | null {
  const [memberId = "", key = "", ...addresses] = line.trim().split(" ");
  if (!id.test(memberId) || !id.test(key) || addresses.length > limits.addressesMax) return null;
  if (!addresses.every(isAddress)) return null;
  try {
    const networkKey = publicKey(Uint8Array.from(Buffer.from(key, "hex")));
    return { memberId: memberId as MemberId, networkKey, addresses };
  } catch {
    return null;
  }
}

/** The file {@link parseFirstPeers} reads. */
export function firstPeersText(peers: readonly NetworkMember[]): string {
  const lines = peers.map(({ memberId, networkKey, addresses }) =>
    [memberId, networkKey, ...addresses].join(" "),
  );
  return `${lines.join("\n")}\n`;
}

/** Reads the file of a home folder; none where there is no such file. */
export function readFirstPeers(path: string): readonly NetworkMember[] {
  return existsSync(path) ? parseFirstPeers(readFileSync(path, "utf8")) : [];
}

/**
 * Whom to connect with: the members of the ledger; as long as that does not know this company itself, with the
 * key that it has here, the first peers too, whose keys and addresses are newer than those of an old state.
 */
export function peersOf(
  members: readonly NetworkMember[],
  firstPeers: readonly NetworkMember[],
  self: Pick<NetworkMember, "memberId" | "networkKey">,
): readonly NetworkMember[] {
  const isSelf = ({ memberId, networkKey }: NetworkMember): boolean =>
    memberId === self.memberId && networkKey === self.networkKey;
  if (members.some(isSelf)) return members;
  const known = new Set(firstPeers.map(({ memberId }) => memberId));
  const keys = new Set(firstPeers.map(({ networkKey }) => networkKey));
  const others = members.filter((one) => !known.has(one.memberId) && !keys.has(one.networkKey));
  return [...firstPeers, ...others];
}
