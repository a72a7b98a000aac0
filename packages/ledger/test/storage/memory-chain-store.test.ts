import { openMemoryChainStore } from "../../src/storage/index.ts";
import { chainStoreContract } from "./chain-store.contract.ts";
import { genesis, networkId } from "./sample-chain.ts";

chainStoreContract("the chain in memory", () => openMemoryChainStore({ networkId, genesis }));
