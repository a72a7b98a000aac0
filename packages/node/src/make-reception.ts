import { type Basics, networkMembers } from "./basics.ts";
import { nodePaths } from "./config.ts";
import type { Ledger } from "./host/ledger.ts";
import { joinListenOf, Reception } from "./join/reception.ts";
import type { NodeInput } from "./node-input.ts";
import { Signal } from "./signal.ts";

/** The reception of a node for companies that join. */
export function makeReception(
  { config, genesis, card, log }: NodeInput,
  ledger: Ledger,
  { clock, timers }: Basics,
  onFault: (error: unknown) => void,
): Reception {
  return new Reception({
    member: card.memberId,
    networkId: genesis.networkId,
    networkName: genesis.networkName,
    genesis: genesis.bytes,
    ledger,
    networkMembers: () => networkMembers(ledger, clock.nowMs()),
    folder: nodePaths(config.home).data,
    listen: joinListenOf(config.joinListen, config.p2pListen),
    clock,
    log,
    changed: new Signal(timers),
    onFault,
  });
}
