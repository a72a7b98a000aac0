import { currentKey, type MemberState, type Validator } from "@tegata/ledger/chain";
import { createSigner, type MemberId, type PublicKey, publicKey } from "@tegata/ledger/primitives";
import type { NodeSecrets } from "./home.ts";

/** Roles whose keys a node works with. */
export type NodeRole = "network" | "consensus";

/** The keys by which the others know this member now. */
export type WantedKeys = Readonly<Record<NodeRole, PublicKey>>;

/**
 * The keys that serve at the height after the head: a new consensus key votes once the set has changed, and
 * the old one until then. Null for who is no member.
 */
export function wantedKeys(
  state: MemberState | null,
  validators: readonly Validator[],
  self: MemberId,
): WantedKeys | null {
  if (state === null) return null;
  const seat = validators.find(({ member }) => member === self);
  return {
    network: publicKey(currentKey(state, "network").key),
    consensus: seat?.key ?? publicKey(currentKey(state, "consensus").key),
  };
}

/** All seeds of a role that are here, oldest first. */
function seedsOf(secrets: NodeSecrets, role: NodeRole): readonly Uint8Array[] {
  const first = role === "network" ? secrets.networkSeed : secrets.consensusSeed;
  const later = secrets.laterSeeds ?? [];
  return [first, ...later.filter((one) => one.role === role).map(({ seed }) => seed)];
}

/** The secrets with which a node works when these keys are wanted, and roles whose wanted key is not here. */
export function secretsFor(
  secrets: NodeSecrets,
  wanted: WantedKeys | null,
): { readonly used: NodeSecrets; readonly missing: readonly NodeRole[] } {
  if (wanted === null) return { used: secrets, missing: [] };
  const find = (role: NodeRole): Uint8Array | null =>
    seedsOf(secrets, role).find((seed) => createSigner(seed).publicKey === wanted[role]) ?? null;
  const [network, consensus] = [find("network"), find("consensus")];
  const missing: NodeRole[] = [];
  if (network === null) missing.push("network");
  if (consensus === null) missing.push("consensus");
  const { networkSeed, consensusSeed } = secrets;
  return {
    used: { networkSeed: network ?? networkSeed, consensusSeed: consensus ?? consensusSeed },
    missing,
  };
}
