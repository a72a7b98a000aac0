// Fails unless the simulator's JSON result says that all seeds ran and none broke agreement or stood still;
// with --broken, unless the result and the exit code say that the broken rule was noticed.
import { readFileSync } from "node:fs";

const words = process.argv.slice(2);
const isBroken = words[0] === "--broken";
const [file, number] = isBroken ? words.slice(1) : words;
const result = JSON.parse(readFileSync(file, "utf8"));
const { schema, seeds, members, violations, stalls, seedsPerMinute, patch } = result;
const says = JSON.stringify({ seeds, members, violations, stalls, seedsPerMinute });
console.log(`simulation${isBroken ? " without the lock rule" : ""}: ${says}`);

const isClean = violations === 0 && stalls === 0 && seeds === Number(number) && patch === null;
const isNoticed = violations > 0 && Number(number) === 1 && patch === "no-lock";
const holds = schema === "tegata.sim/1" && (isBroken ? isNoticed : isClean);
if (!holds) process.exitCode = 1;
