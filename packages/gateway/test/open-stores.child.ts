// Opens the databases in the given folder, with the given key and owner, so many times, and says each time how it went.
import { fromHex } from "@tegata/ledger/primitives";
import { GatewayError } from "../src/errors.ts";
import { exitCodeOf } from "../src/exit-codes.ts";
import { openLocalStores } from "../src/store/open-stores.ts";

const [folder = "", localKey = "", owner = "", times = ""] = process.argv.slice(2);
for (let count = 0; count < Number(times); count += 1) {
  try {
    const stores = await openLocalStores(folder, fromHex(localKey), JSON.parse(owner));
    await Promise.all([stores.outbox.close(), stores.index.close()]);
    console.log("opened");
  } catch (error) {
    const detail = error instanceof GatewayError ? error.detail : error;
    console.log(JSON.stringify({ exit: exitCodeOf(error), ...(detail as object) }));
  }
}
