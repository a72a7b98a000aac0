import { run } from "./program/run.ts";
import { realWorld } from "./program/world.ts";

process.exitCode = await run(realWorld());
