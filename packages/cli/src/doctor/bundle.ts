import { open, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { createGatewayClient } from "@tegata/gateway/client";
import { settingNames, tomlValue } from "@tegata/settings";
import { CliError } from "../errors.ts";
import { type Facts, inTime } from "./facts.ts";
import { type Finding, worstOf } from "./finding.ts";
import { createScrubber, type Scrubber } from "./scrub.ts";
import { type TarFile, tar } from "./tar.ts";

const logBytesMax = 262_144;
const metricsBytesMax = 4_194_304;
const metricsMs = 3_000;
const logNames = ["node.log", "gateway.log", "tegata.log"] as const;
const metricLine = /^(?:# (?:HELP|TYPE) )?(?:tegata|process|nodejs)_/;

/**
 * Writes what helps somebody else to help: settings, states, findings, the ends of the logs, metrics. Keys,
 * tokens, data and the names of streams stay out of it.
 * @throws CLI_FILE_NOT_WRITTEN
 */
export async function writeBundle(
  path: string,
  facts: Facts,
  findings: readonly Finding[],
): Promise<void> {
  const scrubber = createScrubber(await secretWords(facts));
  const texts: (readonly [name: string, text: string])[] = [
    ["doctor.json", jsonOf(bareFindings(findings))],
    ["settings.json", jsonOf(settingsOf(facts))],
    ["status-gateway.json", jsonOf(gatewayStatusOf(facts))],
    ["status-node.json", jsonOf(facts.node)],
    ["about.json", jsonOf(aboutOf(facts))],
  ];
  const { settings, paths } = facts;
  for (const [name, port] of [
    ["metrics-node.txt", settings?.["operations.nodePort"] ?? null],
    ["metrics-gateway.txt", settings?.["operations.gatewayPort"] ?? null],
  ] as const) {
    texts.push([name, port === null || port === 0 ? "" : await metricsAt(port)]);
  }
  const files = texts.map(([name, text]) => file(name, scrubber.text(text)));
  for (const name of logNames) files.push(await logEnd(join(paths.log, name), scrubber));
  await writeNew(path, gzipSync(tar(files, facts.nowMs)));
}

function file(name: string, text: string): TarFile {
  return { name: `tegata-doctor/${name}`, bytes: Buffer.from(text, "utf8") };
}

const jsonOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Words that are taken out wherever they stand: the token of the API, and names of the business. */
async function secretWords({ paths, gateway }: Facts): Promise<readonly string[]> {
  const token = await readFile(join(paths.home, "gateway", "token"), "utf8").catch(() => "");
  const parked = gateway?.outbox.parked.map(({ stream }) => stream) ?? [];
  const list = [token.trim(), ...parked];
  if (gateway === null) return list;
  const client = createGatewayClient({ socketPath: paths.gatewaySocket });
  const streams = (await inTime(client.streams()).finally(() => client.close())) ?? [];
  for (const { name, facets, fields } of streams) {
    list.push(name ?? "", ...facets.map((facet) => facet.name ?? ""));
    list.push(...fields.map((field) => field.name));
  }
  return list.flatMap((word) => [word, ...word.split("/")]);
}

/** Details that may quote what a person wrote, or name a stream. */
const quoting: ReadonlySet<string> = new Set(["text", "stream"]);

/** Findings by their codes; the sentences made of them quote too much. */
function bareFindings(findings: readonly Finding[]): object {
  const checks = findings.map(({ check, result, code, detail }) => {
    const kept = Object.entries(detail).filter(([name]) => !quoting.has(name));
    return { check, result, code, detail: Object.fromEntries(kept) };
  });
  return { schema: "tegata.doctor/1", result: worstOf(findings), checks };
}

function settingsOf({ settings, settingsError, settingsFile }: Facts): unknown {
  if (settings === null) return { file: settingsFile, code: settingsError?.code ?? null };
  const values = settingNames.map((name) => [name, tomlValue(name, settings[name])]);
  return { file: settingsFile, settings: Object.fromEntries(values) };
}

function gatewayStatusOf({ gateway }: Facts): unknown {
  if (gateway === null) return null;
  const parked = gateway.outbox.parked.map(({ code }) => ({ code }));
  return { ...gateway, outbox: { ...gateway.outbox, parked } };
}

function aboutOf({ card, genesis, supervisor, nowMs }: Facts): object {
  const { platform, arch, version } = process;
  const company = card === null ? null : { member: card.memberId, handle: card.handle };
  const network = genesis === null ? null : { id: genesis.networkId, name: genesis.networkName };
  return { timeMs: nowMs, platform, arch, node: version, company, network, supervisor };
}

/** The metrics of a program; nothing else that may listen there. */
async function metricsAt(port: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(metricsMs);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal });
    const text = (await answer.text()).slice(0, metricsBytesMax);
    const lines = text.split("\n").filter((line) => metricLine.test(line));
    return `${lines.join("\n")}\n`;
  } catch {
    return "";
  }
}

async function logEnd(path: string, scrubber: Scrubber): Promise<TarFile> {
  const lines = (await endOf(path)).split("\n").flatMap((line) => scrubber.logLine(line) ?? []);
  return file(`log/${basename(path)}`, `${lines.join("\n")}\n`);
}

/** The last whole lines of a file; nothing where there is none. */
async function endOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    const from = Math.max(0, size - logBytesMax);
    const log = await open(path, "r");
    try {
      const bytes = Buffer.alloc(size - from);
      const { bytesRead } = await log.read(bytes, 0, bytes.length, from);
      const text = bytes.toString("utf8", 0, bytesRead);
      return from === 0 ? text : text.slice(text.indexOf("\n") + 1);
    } finally {
      await log.close();
    }
  } catch {
    return "";
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  let isOurs = false;
  try {
    const made = await open(path, "wx", 0o600);
    isOurs = true;
    try {
      await made.writeFile(bytes);
      await made.sync();
    } finally {
      await made.close();
    }
  } catch (cause) {
    if (isOurs) await rm(path, { force: true });
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason }, cause);
  }
}
