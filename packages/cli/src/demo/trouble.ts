import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "@tegata/gateway/client";
import { startCompany } from "../dev/consortium.ts";
import { words } from "../words/catalogue.ts";
import { commandText, runCommand } from "./command-line.ts";
import { untilReady } from "./found.ts";
import { checkReader, laterCount, publishLater } from "./share.ts";
import { claim, type Stage } from "./stage.ts";

const victim = "toda";
const patienceMs = 30_000;

/** One company is killed without warning; the others go on, and it catches up when it is back. */
export async function crash(stage: Stage): Promise<string> {
  const { demo } = words();
  const programs = stage.programs.get(victim);
  claim(programs !== undefined, "the company was not running");
  stage.show(victim, commandLineOfKill([programs.node.pid, programs.gateway.pid]));
  programs.node.signal("SIGKILL");
  programs.gateway.signal("SIGKILL");
  await Promise.all([programs.node.ended, programs.gateway.ended]);
  const startMs = performance.now();
  const height = await publishLater(stage, 2, laterCount);
  const withoutMs = performance.now() - startMs;
  stage.show(victim, commandText(["start"]));
  stage.programs.set(victim, await startCompany(stage.company(victim), stage.onStart));
  await untilReady(stage, victim, stage.companies.length);
  const back = await stage.until(`${victim} does not catch up`, patienceMs, async () => {
    const { node } = await stage.ask<Status>(victim, "status");
    return node !== null && node.height >= height ? node.height : null;
  });
  const count = stage.data.rowCount + 2 * laterCount;
  await checkReader(stage, victim, "status", { count, shown: true });
  return demo.crashed(stage.company(victim).name, withoutMs, back);
}

function commandLineOfKill(pids: readonly number[]): string {
  return ["kill", "-9", ...pids].join(" ");
}

/** One value is proven to somebody outside; a copy with another value is not. */
export async function prove(stage: Stage): Promise<string> {
  const { demo } = words();
  const { data, folder, record, networkId } = stage;
  const options = ["--facet", "quality", "--field", data.provenField];
  const out = ["--out", "reading.json"];
  await stage.document("kato", "proof", stage.stream, record, ...options, ...out);
  // Somebody who is no company of the network and has nothing but the file and the network's id.
  const outside = join(folder, "outside");
  await mkdir(outside, { recursive: true });
  const verify = (file: string) => {
    return runCommand(outside, folder, ["verify", file, "--network", networkId, "--json"]);
  };
  stage.show(demo.anybody, commandText(["verify", "reading.json", "--network", networkId]));
  const valid = await verify("reading.json");
  claim(valid.exit === 0, `the proof is not valid: ${valid.stderr.trim()}`);
  const { cells, signers } = JSON.parse(valid.stdout) as {
    readonly cells: Readonly<Record<string, unknown>>;
    readonly signers: readonly unknown[];
  };
  const names = Object.keys(cells);
  claim(names.length === 1 && names[0] === data.provenField, "the proof shows other values");
  await writeFile(
    join(folder, "tampered.json"),
    tampered(await readFile(join(folder, "reading.json"), "utf8")),
  );
  stage.show(demo.anybody, commandText(["verify", "tampered.json", "--network", networkId]));
  const refused = await verify("tampered.json");
  claim(refused.exit === 8, `a tampered proof ends with ${refused.exit}`);
  return demo.proven(data.provenField, String(cells[data.provenField]), signers.length);
}

/** The same proof with another last character of the value that it shows. */
function tampered(text: string): string {
  const proof = JSON.parse(text) as Record<string, unknown>;
  const name = typeof proof.fieldLeaf === "string" ? "fieldLeaf" : "leaf";
  const leaf = Buffer.from(String(proof[name]), "base64");
  leaf[leaf.length - 1] = (leaf[leaf.length - 1] ?? 0) ^ 1;
  return JSON.stringify({ ...proof, [name]: leaf.toString("base64") });
}
