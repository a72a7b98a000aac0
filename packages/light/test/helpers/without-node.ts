// Runs the light verifier as a host other than Node would: the condition "node" of package.json is off (unless
// the first word is "node"), no built-in module can be imported, and Node's own globals are gone.
// Standard input: the steps as JSON; standard output: what was loaded and where the chain ended.
import { registerHooks } from "node:module";
import { text } from "node:stream/consumers";
import type { Task } from "./follow-task.ts";

const isNode = process.argv[2] === "node";
const write = process.stdout.write.bind(process.stdout);
const task = JSON.parse(await text(process.stdin)) as Task;
const loaded = new Set<string>();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const conditions = context.conditions.filter((name) => isNode || !name.startsWith("node"));
    const found = nextResolve(specifier, { ...context, conditions });
    if (found.url.startsWith("node:")) {
      throw new Error(`${context.parentURL ?? "the program"} imports ${found.url}`);
    }
    loaded.add(found.url);
    return found;
  },
});
for (const name of ["Buffer", "process", "global", "setImmediate"]) {
  Reflect.deleteProperty(globalThis, name);
}

const { carryOut } = await import("./follow-task.ts");
write(JSON.stringify({ loaded: [...loaded], result: carryOut(task) }));
