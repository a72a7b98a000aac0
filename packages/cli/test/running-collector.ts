import { onTestFinished } from "vitest";
import { type RunningCommand, startTegata } from "../../../test/helpers/command.ts";
import type { WatchedGateway } from "./watched-gateway.ts";

/** What a collector tells, a line each. */
export interface Told {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** Starts `tegata collect …` beside a gateway; what it tells is added to `events`. It ends with the test. */
export function startCollector(
  { home }: WatchedGateway,
  words: readonly string[],
  events: Told[],
): RunningCommand {
  const all = ["collect", ...words, "--backfill", "--json"];
  const running = startTegata(all, { folder: home, home, input: null });
  let open = "";
  running.process.stdout?.on("data", (chunk: Buffer) => {
    const lines = `${open}${chunk.toString("utf8")}`.split("\n");
    open = lines.pop() ?? "";
    events.push(...lines.map((text) => JSON.parse(text) as Told));
  });
  onTestFinished(async () => {
    running.process.kill("SIGKILL");
    await running.ended;
  });
  return running;
}
