// Fails unless the campaign's JSON result says that power was cut and nothing acknowledged was lost or doubled;
// with --broken, unless the result of every store and the exit code say that missing syncs were noticed.
import { readFileSync } from "node:fs";

const words = process.argv.slice(2);
const isBroken = words[0] === "--broken";
const [file, code] = isBroken ? words.slice(1) : words;
const { schema, stores, ...result } = JSON.parse(readFileSync(file, "utf8"));
const { cuts, kills, faults, acknowledged, kept, lost, doubled, wrong } = result;
const says = JSON.stringify({ cuts, kills, faults, acknowledged, kept, lost, doubled, wrong });
console.log(`power loss${isBroken ? " without syncs" : ""}: ${says}`);

const isClean = lost === 0 && doubled === 0 && wrong === 0 && kept === acknowledged;
const isCut = stores.every(({ powerCuts, undone }) => powerCuts > 0 && undone > 0);
const isNoticed = stores.every((store) => store.lost + store.wrong > 0) && Number(code) === 1;
const holds = schema === "tegata.power/1" && isCut && (isBroken ? isNoticed : isClean);
if (!holds) process.exitCode = 1;
