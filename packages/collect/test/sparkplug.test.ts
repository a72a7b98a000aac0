import { expect, test } from "vitest";
import { type EdgeNodes, sparkplugTopic, takeSparkplug } from "../src/sparkplug.ts";
import { readPayload, rebirthCommand } from "../src/sparkplug-payload.ts";
import { bytesOf, fixed, join, metric, payload, type Sent, varint } from "./sparkplug-bytes.ts";

const nowMs = 1_790_000_000_000;

/** Messages of one edge node, taken in order as a collector does. */
function taker() {
  const nodes: EdgeNodes = {};
  return (topic: string, sent: Sent) => {
    const at = sparkplugTopic(topic);
    if (at === null || at.type === "command") throw new Error(topic);
    const taken = takeSparkplug(at, payload(sent), nodes, nowMs);
    if (taken === null) throw new Error("no payload");
    if (taken.node !== null) nodes[`${at.group}/${at.edge}`] = taken.node;
    return taken;
  };
}

const nbirth = "spBv1.0/plant/NBIRTH/edge";
const ndata = "spBv1.0/plant/NDATA/edge";
const birth: Sent = {
  timestamp: nowMs,
  seq: 0,
  metrics: [
    metric({ name: "bdSeq", datatype: 4, long: 7n }),
    metric({ name: "load", alias: 1, datatype: 9, float: 0.1 }),
    metric({ name: "count", alias: 2, datatype: 3, int: 0xff_ff_ff_fe }),
  ],
};

test("a birth names its metrics and data carries aliases alone", () => {
  const take = taker();
  expect(take(nbirth, birth).readings).toEqual([
    [nowMs, "plant/edge/online", "true"],
    [nowMs, "plant/edge/load", "0.1"],
    [nowMs, "plant/edge/count", "-2"],
  ]);
  const metrics = [
    metric({ alias: 1, float: 2.5, timestamp: nowMs + 5 }),
    metric({ alias: 2, int: 0xff_ff_ff_ff }),
    metric({ alias: 2, isNull: true }),
  ];
  expect(take(ndata, { timestamp: nowMs + 9, seq: 1, metrics })).toMatchObject({
    ...{ gap: null, needsBirth: false, misfits: [] },
    readings: [
      [nowMs + 5, "plant/edge/load", "2.5"],
      [nowMs + 9, "plant/edge/count", "-1"],
      [nowMs + 9, "plant/edge/count", null],
    ],
  });
});

test("devices have births of their own and count with their node", () => {
  const take = taker();
  take(nbirth, birth);
  const metrics = [metric({ name: "temp", alias: 1, datatype: 10, double: 21.25 })];
  take("spBv1.0/plant/DBIRTH/edge/d1", { timestamp: nowMs, seq: 1, metrics });
  const data = take("spBv1.0/plant/DDATA/edge/d1", {
    ...{ timestamp: nowMs, seq: 2, metrics: [metric({ alias: 1, double: 22 })] },
  });
  expect(data.readings).toEqual([[nowMs, "plant/edge/d1/temp", "22"]]);
  const death = take("spBv1.0/plant/DDEATH/edge/d1", { timestamp: nowMs, seq: 3, metrics: [] });
  expect(death).toMatchObject({ gap: null, readings: [[nowMs, "plant/edge/d1/online", "false"]] });
});

test("a missing message is noticed, past 255 too, and the births are asked for", () => {
  const take = taker();
  take(nbirth, birth);
  for (let seq = 1; seq < 256; seq += 1) {
    expect(take(ndata, { timestamp: nowMs, seq, metrics: [] }).gap).toBeNull();
  }
  expect(take(ndata, { timestamp: nowMs, seq: 0, metrics: [] }).gap).toBeNull();
  const after = take(ndata, { timestamp: nowMs, seq: 3, metrics: [] });
  expect(after).toMatchObject({ gap: "expected 1, got 3", needsBirth: true });
  expect(take(ndata, { timestamp: nowMs, seq: 4, metrics: [] }).gap).toBeNull();
});

test("data of a node that was not born, and aliases that nobody said, ask for the births", () => {
  const take = taker();
  const unknown = { timestamp: nowMs, seq: 9, metrics: [metric({ alias: 77, int: 1 })] };
  expect(take(ndata, unknown)).toMatchObject({
    ...{ needsBirth: true, gap: null, readings: [], misfits: ["plant/edge#77"] },
  });
  const named = {
    timestamp: nowMs,
    seq: 9,
    metrics: [metric({ name: "x", datatype: 12, string: "a" })],
  };
  expect(take(ndata, named).readings).toEqual([[nowMs, "plant/edge/x", "a"]]);
});

test("the will of an older connection says nothing about the newer one", () => {
  const take = taker();
  take(nbirth, birth);
  const will = (bdSeq: bigint): Sent => {
    return { timestamp: nowMs, metrics: [metric({ name: "bdSeq", datatype: 4, long: bdSeq })] };
  };
  expect(take("spBv1.0/plant/NDEATH/edge", will(6n)).readings).toEqual([]);
  expect(take("spBv1.0/plant/NDEATH/edge", will(7n)).readings).toEqual([
    [nowMs, "plant/edge/online", "false"],
  ]);
});

test("every kind of value keeps what it says; data sets and templates are named and set aside", () => {
  const take = taker();
  const metrics = [
    metric({ name: "i8", datatype: 1, int: 0xff }),
    metric({ name: "i64", datatype: 4, long: 0xff_ff_ff_ff_ff_ff_ff_ffn }),
    metric({ name: "u64", datatype: 8, long: 18_446_744_073_709_551_615n }),
    metric({ name: "at", datatype: 13, long: BigInt(nowMs) }),
    metric({ name: "on", datatype: 11, boolean: false }),
    metric({ name: "raw", datatype: 17, bytes: Buffer.from("ab") }),
    metric({ name: "text", datatype: 12, string: "プレス" }),
    metric({ name: "set", datatype: 16, dataset: Buffer.from([8, 1]) }),
  ];
  const { readings, misfits } = take(ndata, { timestamp: nowMs, seq: 1, metrics });
  expect(readings.map(([, item, value]) => [item.slice("plant/edge/".length), value])).toEqual([
    ["i8", "-1"],
    ["i64", "-1"],
    ["u64", "18446744073709551615"],
    ["at", new Date(nowMs).toISOString()],
    ["on", "false"],
    ["raw", "YWI="],
    ["text", "プレス"],
  ]);
  expect(misfits).toEqual(["plant/edge/set"]);
});

test("bytes that are no payload, or one with too many metrics, are refused without harm", () => {
  const at = sparkplugTopic(ndata);
  if (at === null || at.type === "command") throw new Error();
  expect(takeSparkplug(at, Buffer.from("{not protobuf}"), {}, nowMs)).toBeNull();
  const many = Array.from({ length: 10_001 }, () => metric({ alias: 1, int: 1 }));
  expect(
    takeSparkplug(at, payload({ timestamp: nowMs, seq: 1, metrics: many }), {}, nowMs),
  ).toBeNull();
  for (const topic of ["spBv1.0/plant/NCMD/edge", "spBv1.0/STATE/host"]) {
    expect(sparkplugTopic(topic)).toEqual({ type: "command" });
  }
  expect(sparkplugTopic("line/press")).toBeNull();
});

test("the command that asks for births is, byte for byte, what Sparkplug says", () => {
  const name = Buffer.from("Node Control/Rebirth");
  const metricBytes = join([
    ...[bytesOf(1, name), varint(3, BigInt(nowMs)), varint(4, 11n), varint(14, 1n)],
  ]);
  const expected = join([varint(1, BigInt(nowMs)), bytesOf(2, metricBytes)]);
  expect(Buffer.from(rebirthCommand(nowMs)).toString("hex")).toBe(expected.toString("hex"));
  expect(readPayload(expected)?.metrics[0]?.value).toEqual({ type: "boolean", value: true });
  expect(fixed(12, Buffer.alloc(4)).length).toBe(5);
});
