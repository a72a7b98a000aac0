// Opens or creates the sample chain in the given folder and commits blocks until it is killed. It says each
// height only after its commit resolved. The second word is how many blocks it commits together.
import { createChainOrOpen, extendWithState } from "./write-loop.ts";

const store = await createChainOrOpen(process.argv[2] ?? "");
for (;;) {
  await extendWithState(store, Number(process.argv[3] ?? 1));
  console.log(store.head().height);
}
