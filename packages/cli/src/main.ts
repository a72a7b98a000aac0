import { run } from "./program/run.ts";
import { realWorld } from "./program/world.ts";

// A terminal that was closed takes no messages any more; what is under way ends in order all the same.
process.stderr.on("error", () => undefined);
process.exitCode = await run(realWorld());
