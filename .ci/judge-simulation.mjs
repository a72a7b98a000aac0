// Fails unless the simulator's JSON result says that no seed broke agreement or stood still.
import { readFileSync } from "node:fs";

const { violations, stalls } = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(`simulation: ${JSON.stringify({ violations, stalls })}`);
if (violations !== 0 || stalls !== 0) process.exitCode = 1;
