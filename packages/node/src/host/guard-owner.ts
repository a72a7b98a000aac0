import { draftSignBytes, type GuardState, guardMemory } from "@tegata/consensus";
import { type NetworkId, type PublicKey, verifySignature } from "@tegata/ledger/primitives";

/** Whose guard is expected. */
export interface GuardOwner {
  readonly consensusKey: PublicKey;
  readonly network: NetworkId;
}

/** Whose guard it is, if not the expected one: it bears its network, and what it remembers is signed. */
export function otherOwner(
  state: GuardState,
  { consensusKey, network }: GuardOwner,
): "network" | "key" | null {
  if (state.network !== network) return "network";
  const last = state.said.at(-1)?.message;
  if (last === undefined) return null;
  const { era, height } = last;
  const isOurs = guardMemory(state, era, height).said.every((message) => {
    const { signature } = message.kind === "vote" ? message.vote : message.proposal;
    return verifySignature(consensusKey, draftSignBytes(message, network, era), signature);
  });
  return isOurs ? null : "key";
}
