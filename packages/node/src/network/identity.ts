import { privateKeyFromRaw, publicKeyFromRaw } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import {
  assert,
  concat,
  createSigner,
  fromHex,
  idBytes,
  type PublicKey,
} from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { NetworkMember } from "./network.ts";

/** Peer id of a member as libp2p writes it. */
export type PeerIdText = string;

/** What can be dialed: a host and a TCP port, and nothing that leads elsewhere. */
const addressPattern = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/[0-9]{1,5}$/;

/** Whether a text is an address that can be dialed: host and TCP port. */
export function isDialAddress(address: string): boolean {
  return addressPattern.test(address);
}

/**
 * The node's libp2p key.
 * The library takes the 32 bytes of a seed for a secp256k1 key without a word; seed and public key
 * together are an Ed25519 key.
 */
export function networkKeyFromSeed(seed: Uint8Array): PrivateKey {
  const key = privateKeyFromRaw(concat(seed, idBytes(createSigner(seed).publicKey)));
  assert(key.type === "Ed25519", "a network key is an Ed25519 key");
  return key;
}

/** Peer id of an Ed25519 public key; throws whatever the library throws for bytes that are none. */
export function peerIdOfKey(key: PublicKey): PeerIdText {
  const raw = fromHex(key);
  assert(raw.length === 32, "an Ed25519 key has 32 bytes");
  return peerIdFromPublicKey(publicKeyFromRaw(raw)).toString();
}

/**
 * Peer id of a member.
 * @throws NODE_BAD_MEMBER
 */
export function peerIdOf(member: Pick<NetworkMember, "memberId" | "networkKey">): PeerIdText {
  try {
    return peerIdOfKey(member.networkKey);
  } catch (cause) {
    const detail = { memberId: member.memberId, reason: "the network key is no Ed25519 key" };
    throw new NodeError("NODE_BAD_MEMBER", detail.reason, detail, cause);
  }
}

/**
 * The addresses of a member, bound to its key: whoever else answers there is refused.
 * @throws NODE_BAD_MEMBER
 */
export function dialAddresses(member: NetworkMember, peerId: PeerIdText): readonly Multiaddr[] {
  return member.addresses.map((address) => {
    try {
      if (!isDialAddress(address)) throw new Error("not host and TCP port");
      return multiaddr(address).encapsulate(`/p2p/${peerId}`);
    } catch (cause) {
      const detail = { memberId: member.memberId, reason: `address ${address} cannot be dialed` };
      throw new NodeError("NODE_BAD_MEMBER", detail.reason, detail, cause);
    }
  });
}

/** Host of an address, e.g. `10.0.0.1`; empty where there is none. */
export function hostOf(address: Multiaddr): string {
  return address.getComponents()[0]?.value ?? "";
}

/**
 * What counts as one host: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives to one
 * customer, who has all the others behind them.
 */
export function hostGroupOf(host: string): string {
  if (!host.includes(":")) return host;
  const [head = "", tail] = host.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const parts = [...first, ...Array.from({ length: zeros }, () => "0"), ...last].slice(0, 4);
  return parts.map((part) => Number.parseInt(part, 16).toString(16)).join(":");
}

/** An address as it stands on a card: without the peer id. */
export function bareAddress(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, "");
}
