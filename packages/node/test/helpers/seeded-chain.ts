import {
  type Change,
  genesisValidators,
  initialState,
  type ProtocolActivation,
  requestChange,
  StateView,
  TABLE,
  type ValidatorChange,
  writeGenesisRoster,
  writeProtocolVersions,
} from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import { openChainStore } from "@tegata/ledger/storage";
import { nodePaths } from "../../src/config.ts";
import type { Consortium } from "./consortium.ts";

/** Who votes at height 1 and which changes wait; no transaction asks for such changes yet. */
export interface SeededRoster {
  readonly validators: readonly MemberId[];
  /** Those of them that were suspended before; none where it is left out. */
  readonly suspended?: readonly MemberId[];
  readonly changes: readonly ValidatorChange[];
}

const rosterTables: readonly number[] = [
  TABLE.validators,
  TABLE.sidelined,
  TABLE.lastHeight,
  TABLE.validatorChanges,
  TABLE.consensusKey,
];

function seededState(network: Consortium, roster: SeededRoster): readonly Change[] {
  const { genesis } = network;
  const view = new StateView({ get: () => null });
  for (const [key, value] of initialState(genesis)) {
    if (value !== null && !rosterTables.includes(key[0] ?? 0)) view.set(key, value);
  }
  const { validators, suspended = [] } = roster;
  const founders = genesisValidators(genesis).filter(({ member }) => validators.includes(member));
  writeGenesisRoster(
    view,
    founders.map((one) => ({ ...one, suspended: suspended.includes(one.member) })),
  );
  for (const change of roster.changes) {
    if (!requestChange(view, change).ok) throw new Error(`no change: ${change.type}`);
  }
  return view.changes();
}

/** Makes the chains of all members that have none yet, from a genesis state with another roster. */
export async function seedChains(network: Consortium, roster: SeededRoster): Promise<void> {
  await createChains(network, seededState(network, roster));
}

/** Makes the chains of all members that have none yet, with these versions of the protocol voted for. */
export async function seedVersions(
  network: Consortium,
  versions: readonly ProtocolActivation[],
): Promise<void> {
  const view = new StateView({ get: () => null });
  for (const [key, value] of initialState(network.genesis)) view.set(key, value);
  writeProtocolVersions(view, versions);
  await createChains(network, view.changes());
}

async function createChains(network: Consortium, changes: readonly Change[]): Promise<void> {
  const { networkId, timeMs } = network.genesis;
  for (const { config } of network.members) {
    const folder = nodePaths(config.home).data;
    const genesis = { timeMs, changes };
    const store = await openChainStore({ folder, networkId, mode: "create", genesis });
    await store.close();
  }
}
