// Opens the chain in the given folder, of the given network, so many times, and says each time how it went.
import { LedgerError, type NetworkId } from "../../src/primitives/index.ts";
import { openChainStore } from "../../src/storage/open-chain-store.ts";

const [folder = "", networkId = "", times = ""] = process.argv.slice(2);
for (let count = 0; count < Number(times); count += 1) {
  try {
    const store = await openChainStore({ folder, networkId: networkId as NetworkId, mode: "open" });
    await store.close();
    console.log("opened");
  } catch (error) {
    console.log(error instanceof LedgerError ? `${error.code} ${error.message}` : error);
  }
}
