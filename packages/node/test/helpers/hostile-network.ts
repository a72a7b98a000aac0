import { decodeMessage, encodeMessage, type Vote, voteSignBytes } from "@tegata/consensus";
import type { BlockId, MemberId, NetworkId, Signer } from "@tegata/ledger/primitives";
import { frameTypes, type MessageType } from "../../src/network/limits.ts";
import { createNetwork } from "../../src/network/mesh.ts";
import type { Network } from "../../src/network/network.ts";

/** What a member that equivocates does. */
export interface Hostility {
  /** Heights at which it contradicts itself. */
  readonly heights: { readonly first: number; readonly last: number };
  readonly votes: readonly Vote["type"][];
  /** `both`: everybody hears both votes; `apart`: one half of the others hears one, the other half the other. */
  readonly tell: "both" | "apart";
}

/** A block that nobody made, for votes that contradict a vote for nil. */
const inventedBlock = "5e".repeat(32) as BlockId;

/**
 * The real mesh under a node that signs beside its guard: of each vote that leaves in the given heights
 * there is a second one, for nil or, where the first is for nil, for a block that nobody made.
 */
export function hostileNetwork(
  signer: Signer,
  networkId: NetworkId,
  hostility: Hostility,
): typeof createNetwork {
  return (options, handlers) => {
    const network = createNetwork(options, handlers);
    const second = (type: MessageType, body: Uint8Array): Uint8Array | null =>
      type === frameTypes.vote ? contradiction(body, signer, networkId, hostility) : null;
    const isFar = (member: MemberId): boolean =>
      [...network.connected()].sort().indexOf(member) % 2 === 1;
    const send = (member: MemberId, type: MessageType, body: Uint8Array): boolean => {
      const other = second(type, body);
      if (other === null) return network.send(member, type, body);
      if (hostility.tell === "apart") {
        return network.send(member, type, isFar(member) ? other : body);
      }
      return network.send(member, type, body) && network.send(member, type, other);
    };
    return new WrappedNetwork(network, send);
  };
}

function contradiction(
  body: Uint8Array,
  signer: Signer,
  networkId: NetworkId,
  { heights, votes }: Hostility,
): Uint8Array | null {
  const message = decodeMessage("vote", body);
  if (message.kind !== "vote") return null;
  const { vote } = message;
  const isMeant = votes.includes(vote.type);
  if (!isMeant || vote.height < heights.first || vote.height > heights.last) return null;
  const other = { ...vote, blockId: vote.blockId === null ? inventedBlock : null };
  const signature = signer.sign(voteSignBytes(other, networkId, 0));
  // Others' votes are passed on as they are: their keys are not at hand.
  return isOwn(vote, signer, networkId)
    ? encodeMessage({ kind: "vote", vote: { ...other, signature } })
    : null;
}

/** Signatures are deterministic: an own vote is one that would be signed the same again. */
function isOwn(vote: Vote, signer: Signer, networkId: NetworkId): boolean {
  return Buffer.from(signer.sign(voteSignBytes(vote, networkId, 0))).equals(vote.signature);
}

/** A network whose frames leave as its own `send` wants it; everything else is the real one's. */
export class WrappedNetwork implements Network {
  readonly #network: Network;
  readonly send: Network["send"];

  constructor(network: Network, send: Network["send"]) {
    this.#network = network;
    this.send = send;
  }

  get peerId(): string {
    return this.#network.peerId;
  }

  start(): Promise<void> {
    return this.#network.start();
  }

  stop(): Promise<void> {
    return this.#network.stop();
  }

  addresses(): readonly string[] {
    return this.#network.addresses();
  }

  setMembers(members: Parameters<Network["setMembers"]>[0]): void {
    this.#network.setMembers(members);
  }

  connected(): readonly MemberId[] {
    return this.#network.connected();
  }

  broadcast(type: MessageType, body: Uint8Array): number {
    return this.connected().filter((member) => this.send(member, type, body)).length;
  }

  request(...asked: Parameters<Network["request"]>): Promise<Uint8Array> {
    return this.#network.request(...asked);
  }

  peers(): ReturnType<Network["peers"]> {
    return this.#network.peers();
  }

  stats(): ReturnType<Network["stats"]> {
    return this.#network.stats();
  }
}
