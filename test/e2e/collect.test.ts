import { afterAll, beforeAll, expect, test } from "vitest";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { sharedData } from "../helpers/shared-data.ts";
import { runLine } from "../plant-line/plant-line.ts";
import { edgeMessages, logLines, readingsOf, topicReadings } from "../plant-line/sources.ts";

let consortium: Consortium;

beforeAll(async () => {
  // Three of four decide; the fourth would only take its share of this machine.
  if (sharedData !== null) consortium = await foundConsortium(["nishi"]);
});

afterAll(() => consortium?.close());

test.skipIf(sharedData === null)(
  "an adapter, a broker and a folder at once, through a kill of the gateway, of the broker and of a collector: every row is on the ledger once",
  async () => {
    const agie = readingsOf(logLines("telemetry", "nist-sms", "gfagie01-2016-06-09.shdr.txt"));
    const mazak = logLines("telemetry", "nist-sms", "mazak01-2017-05-16.shdr.txt");
    const { sources, exits } = await runLine({
      ...{ company: consortium.company("kato"), folder: consortium.folder },
      log: logLines("telemetry", "mtconnect-okuma", "okuma-2022-08-08.shdr.txt"),
      ...{ speed: 100, silenceMsMax: 20_000 },
      ...{ messages: topicReadings(mazak, 600), edge: edgeMessages(agie.slice(0, 300)) },
      dropped: logLines("telemetry", "nist-mtc", "plate-hurco04-01of20.shdr.txt"),
      files: 6,
      kills: [
        { share: 0.3, victim: "gateway", pauseMs: 0 },
        { share: 0.5, victim: "broker", pauseMs: 0 },
        { share: 0.7, victim: "adapter", pauseMs: 0 },
      ],
      say: () => undefined,
    });
    const whole = { lost: 0, doubled: 0, foreign: 0, inOrder: true };
    expect(sources).toEqual({
      adapter: { ...whole, expected: 25_507, committed: 25_507 },
      messages: { ...whole, expected: 600, committed: 600 },
      edge: { ...whole, expected: expect.any(Number), committed: expect.any(Number) },
      folder: { ...whole, expected: 7_478, committed: 7_478 },
    });
    expect(exits).toEqual([0, 0, 0, 0]);
  },
);
