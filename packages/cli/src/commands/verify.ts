import { limits } from "@tegata/ledger/chain";
import { CliError } from "../errors.ts";
import { readGenesis } from "../founding/genesis.ts";
import { exists, homePaths } from "../founding/home.ts";
import type { Cell } from "../input/cells.ts";
import { fromCell } from "../input/cells.ts";
import { openSource, stdinPath } from "../input/source.ts";
import { localZone } from "../input/time.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { dateTime } from "../print/human.ts";
import { jsonRow } from "../print/json.ts";
import { printable } from "../print/printable.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { type CheckedProof, checkProof, networkIdOf } from "../proof/check.ts";
import { words } from "../words/catalogue.ts";

/** `tegata verify`: checks a proof without any network. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  const anchor = await anchorOf(context, given.text("network"));
  const checked = checkProof(await readProof(context, given.argument("file")), anchor);
  if (context.json) await context.out.write(`${documentText(checked)}\n`);
  else await context.out.write(`${linesOf(context, checked).join("\n")}\n`);
  if (checked.verdict === "valid") return exitCodes.done;
  context.warn(words().data.notAnchored);
  return exitCodes.notVerified;
}

/** The network somebody named, else the own one, else none. */
async function anchorOf(context: Context, named: string | null) {
  if (named !== null) {
    const id = networkIdOf(named);
    if (id === null) throw usageOf(words().usage.networkId(named));
    return id;
  }
  const { genesis } = homePaths(context.home);
  return (await exists(genesis)) ? (await readGenesis(genesis)).networkId : null;
}

async function readProof(context: Context, file: string): Promise<string> {
  const path = file === stdinPath ? file : context.path(file);
  const { stdin } = context.world;
  await using source = await openSource(path, { stdin, spoolBytesMax: limits.proofBytesMax });
  if (source.sizeBytes > limits.proofBytesMax) {
    throw new CliError("CLI_PROOF_INVALID", { code: "LEDGER_PROOF_FORMAT" });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** One JSON document; values keep every digit they were written with. */
function documentText({ verdict, facts, signers, companyCount }: CheckedProof): string {
  const { values, ...rest } = facts;
  const head = JSON.stringify({
    schema: "tegata.verify/1",
    verdict,
    ...rest,
    fields: values.map(({ name, type, unit }) => ({ name, type, unit })),
    signers: signers.map(({ name, handle }) => ({ name, handle })),
    companyCount,
  });
  const names = values.map(({ name }) => name);
  const cells = values.map(({ cell }) => cell as Cell);
  return `${head.slice(0, -1)},"cells":${jsonRow(names, cells)}}`;
}

function linesOf(context: Context, checked: CheckedProof): readonly string[] {
  const { data } = words();
  const { verdict, facts, signers, companyCount } = checked;
  const zone = localZone();
  const style = verdict === "valid" ? "good" : "warning";
  const columns = [
    { title: data.field, align: "left" },
    { title: data.value, align: "left" },
    { title: data.unit, align: "left" },
  ] as const;
  const rows = facts.values.map(({ name, cell, unit }) => [
    name,
    fromCell(cell as Cell),
    unit ?? "",
  ]);
  const names = signers.map(({ name }) => name).join(", ");
  const head = data.verified(data.verdicts[verdict], facts.streamName, facts.facetName);
  return [
    context.paint(style, printable(head)),
    printable(data.writtenBy(facts.owner.name, facts.owner.handle)),
    data.inBlock(facts.height, dateTime(facts.blockTimeMs, zone)),
    ...(facts.observedMs === null ? [] : [data.observedAt(dateTime(facts.observedMs, zone))]),
    printable(data.signedBy(signers.length, companyCount, names)),
    printable(data.ofNetwork(facts.networkName, facts.networkId)),
    "",
    ...context.table(columns, rows),
  ];
}
