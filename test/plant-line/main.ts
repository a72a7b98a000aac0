// `npm run -s chaos:collect -- --speed 50 --log okuma --json`

import { campaignOver, wordsOf } from "../helpers/campaign.ts";
import { foundConsortium } from "../helpers/consortium.ts";
import { dueTimes } from "../helpers/replay.ts";
import { type Kill, type LineResult, runLine, type Victim, victims } from "./plant-line.ts";
import { edgeMessages, logLines, readingsOf, topicReadings } from "./sources.ts";

const usage = `usage: npm run -s chaos:collect -- [--log okuma|hurco] [--speed N] [--minutes M]
         [--silence SECONDS] [--kills N] [--seed S] [--json]
  --log      what the adapter plays (okuma)
  --speed    how many times as fast as it was recorded (50)
  --minutes  play only as much as takes so long; else all of it
  --silence  silence of the log that is played, 20 seconds unless told; a longer one is left out
  --kills    kill -9 of gateway, broker and each collector in turn, so often in all (18)
  --seed     draws the moments and the order
`;

const logs = {
  okuma: ["telemetry", "mtconnect-okuma", "okuma-2022-08-08.shdr.txt"],
  hurco: ["telemetry", "nist-mtc", "cover-hurco04-06of20.shdr.txt"],
} as const;

/** Longest pause between two kills; they follow faster where the log is short. */
const pauseMsMax = 8_000;

interface Options {
  readonly log: keyof typeof logs;
  readonly speed: number;
  readonly minutes: number;
  readonly silence: number;
  readonly kills: number;
  readonly seed: number;
  readonly isJson: boolean;
}

function readOptions(): Options | null {
  const values = wordsOf(usage, {
    log: { type: "string", default: "okuma" },
    speed: { type: "string", default: "50" },
    minutes: { type: "string", default: "Infinity" },
    silence: { type: "string", default: "20" },
    kills: { type: "string", default: "18" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  });
  const { log, json: isJson } = values;
  const [speed, minutes, silence, kills, seed] = [
    ...[values.speed, values.minutes, values.silence, values.kills, values.seed],
  ].map(Number) as [number, number, number, number, number];
  const isRight = speed > 0 && minutes > 0 && silence > 0 && kills >= 0 && seed >= 0;
  if (!isRight || (log !== "okuma" && log !== "hurco")) return null;
  return { log, speed, minutes, silence, kills, seed, isJson };
}

/** Numbers from 0 to 1 that follow from a seed. Source: Mulberry32, T. Ettinger. */
function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each of them once, in a drawn order, before any comes again. */
function drawKills({ kills, seed }: Options, lengthMs: number): readonly Kill[] {
  const draw = drawing(seed);
  const drawn: Victim[] = [];
  while (drawn.length < kills) {
    const round = victims.map((victim) => ({ victim, at: draw() }));
    drawn.push(...round.sort((a, b) => a.at - b.at).map(({ victim }) => victim));
  }
  const longestMs = Math.min(pauseMsMax, lengthMs / kills);
  const shares = Array.from({ length: kills }, () => 0.02 + 0.95 * draw()).sort((a, b) => a - b);
  return shares.map((share, index) => {
    return { share, victim: drawn[index] ?? "gateway", pauseMs: longestMs * draw() };
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(options: Options): Promise<number> {
  const { speed, minutes, silence } = options;
  const silenceMsMax = silence * 1_000;
  const all = logLines(...logs[options.log]);
  const due = dueTimes(all, { speed, silenceMsMax });
  const end = due.findIndex((ms) => ms > minutes * 60_000);
  const log = end === -1 ? all : all.slice(0, end);
  const lengthMs = due[log.length - 1] ?? 0;
  const lengthSeconds = Math.round(lengthMs / 1_000);
  say(`${log.length} of ${all.length} lines in ${lengthSeconds} seconds at ${speed} times`);
  const agie = readingsOf(logLines("telemetry", "nist-sms", "gfagie01-2016-06-09.shdr.txt"));
  const mazak = logLines("telemetry", "nist-sms", "mazak01-2017-05-16.shdr.txt");
  const dropped = logLines("telemetry", "nist-mtc", "plate-hurco04-01of20.shdr.txt");
  const consortium = await foundConsortium(["nishi"]);
  let result: LineResult;
  try {
    result = await runLine({
      ...{ company: consortium.company("kato"), folder: consortium.folder, say },
      ...{ log, speed, silenceMsMax, dropped, files: 24, kills: drawKills(options, lengthMs) },
      ...{ messages: topicReadings(mazak, 3_000), edge: edgeMessages(agie.slice(0, 3_000)) },
    });
  } finally {
    await consortium.close();
  }
  const { isJson, ...asked } = options;
  const head = { schema: "tegata.chaos-collect/1", ...asked, lines: log.length };
  const document = { ...head, linesOfLog: all.length, lengthSeconds, ...result };
  say(JSON.stringify(document, null, 1));
  if (isJson) process.stdout.write(`${JSON.stringify(document)}\n`);
  const isRight = Object.values(result.sources).every(
    ({ lost, doubled, foreign }) => lost + doubled + foreign === 0,
  );
  return isRight && result.exits.every((code) => code === 0) ? 0 : 1;
}

process.exitCode = await campaignOver(readOptions(), usage, main);
