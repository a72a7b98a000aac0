// Opens or creates the sample chain in the given folder and commits blocks until it is killed. It says each
// height only after its commit resolved.
import { createChainOrOpen, extendWithState } from "./write-loop.ts";

const store = await createChainOrOpen(process.argv[2] ?? "");
for (;;) {
  await extendWithState(store);
  console.log(store.head().height);
}
