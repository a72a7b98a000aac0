import { limits } from "@tegata/ledger/chain";
import { type BlockId, publicKey } from "@tegata/ledger/primitives";
import { networkLimits } from "../../src/network/limits.ts";
import { createNetwork } from "../../src/network/mesh.ts";
import type { Head, Network, NetworkHandlers } from "../../src/network/network.ts";
import type { Consortium } from "./consortium.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** What a rogue says of itself and how it answers. */
export interface RogueOptions {
  readonly seed: Uint8Array;
  readonly listen: readonly string[];
  readonly head: Head;
  readonly onRequest: NetworkHandlers["onRequest"];
}

/** Somebody on the network who does not run our program. */
export async function startRogue(consortium: Consortium, options: RogueOptions): Promise<Network> {
  const network = createNetwork(
    {
      networkSeed: options.seed,
      listen: options.listen,
      proxy: null,
      networkId: consortium.genesis.networkId,
      era: 0,
      limits: networkLimits,
      log: silent,
      head: () => options.head,
      versionInForce: () => 1,
    },
    {
      onFrame: () => undefined,
      onRequest: options.onRequest,
      onConnected: () => undefined,
      onDisconnected: () => undefined,
      onFault: () => undefined,
    },
  );
  network.setMembers(
    consortium.members.map(({ memberId, card, config }) => ({
      memberId,
      networkKey: publicKey(Buffer.from(card.networkKey, "hex")),
      addresses: config.p2pListen,
    })),
  );
  await network.start();
  return network;
}

/** A head that nobody has. */
export const inventedHead: Head = {
  height: 1_000_000,
  blockId: "77".repeat(32) as BlockId,
};

/** Bytes that are no answer to anything. */
export function nonsense(): Uint8Array {
  return new Uint8Array(Math.min(5_000, limits.headerBytesMax)).fill(0x5a);
}
