import { frameTypes as consensusFrames, encodeMessage, type Message } from "@tegata/consensus";
import { encodeCompactBlock } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import { frameTypes, type MessageType } from "../network/limits.ts";
import type { Network } from "../network/network.ts";
import type { BlockDesk } from "./block-desk.ts";

/** Sends consensus messages; beside a proposal travels the compact form of its block. */
export class Messenger {
  readonly #network: Pick<Network, "send" | "broadcast">;
  readonly #desk: BlockDesk;

  constructor(network: Pick<Network, "send" | "broadcast">, desk: BlockDesk) {
    this.#network = network;
    this.#desk = desk;
  }

  broadcast(message: Message): void {
    const compact = this.#compactOf(message);
    if (compact !== null) this.#network.broadcast(frameTypes.compactBlock, compact);
    this.#network.broadcast(consensusFrames[message.kind] as MessageType, encodeMessage(message));
  }

  send(member: MemberId, message: Message): void {
    const compact = this.#compactOf(message);
    if (compact !== null) this.#network.send(member, frameTypes.compactBlock, compact);
    this.#network.send(
      member,
      consensusFrames[message.kind] as MessageType,
      encodeMessage(message),
    );
  }

  /** A proposal names its block only; without the body here, others have to be asked for it. */
  #compactOf(message: Message): Uint8Array | null {
    if (message.kind !== "proposal") return null;
    const block = this.#desk.held(message.proposal.blockId);
    return block === null ? null : encodeCompactBlock(block);
  }
}
