import { openMemoryStore } from "../../src/storage/memory-store.ts";
import { keyValueStoreContract } from "./key-value-store.contract.ts";

keyValueStoreContract("the store in memory", async () => openMemoryStore());
