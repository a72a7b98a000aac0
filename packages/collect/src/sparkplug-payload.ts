import protobuf from "protobufjs/light.js";
import { collectLimits } from "./limits.ts";

/** One metric of a payload. Source: Sparkplug 3.0.0, section 6.4. */
export interface Metric {
  readonly name: string | null;
  /** Unsigned 64 bit as decimal text. */
  readonly alias: string | null;
  readonly timestampMs: number | null;
  readonly datatype: number | null;
  readonly value: MetricValue;
}

/** Unsigned 64-bit numbers are texts; `other`: a data set, a template or an extension. */
export type MetricValue =
  | { readonly type: "null" | "other" }
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "long"; readonly value: string }
  | { readonly type: "float" | "double"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bytes"; readonly value: string };

/** What one message of an edge node holds. */
export interface SparkplugPayload {
  readonly timestampMs: number | null;
  readonly seq: number | null;
  readonly metrics: readonly Metric[];
}

// A 0 that is written is not one that is missing.
const optional = (type: string, id: number) => {
  return { type, id, options: { features: { field_presence: "EXPLICIT" } } };
};

// What is not read stays bytes: the same on the wire. Source: sparkplug_b.proto of Eclipse Tahu.
const schema = protobuf.Root.fromJSON({
  nested: {
    Metric: {
      oneofs: {
        value: {
          oneof: [
            ...["int", "long", "float", "double", "boolean", "string", "bytes"],
            ...["dataset", "template", "extension"],
          ],
        },
      },
      fields: {
        name: optional("string", 1),
        alias: optional("uint64", 2),
        timestamp: optional("uint64", 3),
        datatype: optional("uint32", 4),
        isNull: optional("bool", 7),
        int: optional("uint32", 10),
        long: optional("uint64", 11),
        float: optional("float", 12),
        double: optional("double", 13),
        boolean: optional("bool", 14),
        string: optional("string", 15),
        bytes: optional("bytes", 16),
        dataset: optional("bytes", 17),
        template: optional("bytes", 18),
        extension: optional("bytes", 19),
      },
    },
    Payload: {
      fields: {
        timestamp: optional("uint64", 1),
        metrics: { rule: "repeated", type: "Metric", id: 2 },
        seq: optional("uint64", 3),
      },
    },
  },
});
const payloadType = schema.lookupType("Payload");

type Plain = Readonly<Record<string, unknown>>;

/** Reads a payload; null: it is none, or holds more than is taken. */
export function readPayload(bytes: Uint8Array): SparkplugPayload | null {
  try {
    const message = payloadType.decode(bytes);
    const plain = payloadType.toObject(message, { longs: String, bytes: String, oneofs: true });
    const metrics = Array.isArray(plain.metrics) ? (plain.metrics as readonly Plain[]) : [];
    if (metrics.length > collectLimits.payloadMetricsMax) return null;
    const seq = numberOf(plain.seq);
    return {
      timestampMs: numberOf(plain.timestamp),
      seq: seq !== null && seq <= 255 ? seq : null,
      metrics: metrics.map(metricOf),
    };
  } catch {
    return null;
  }
}

/** The command by which an edge node is asked to send its births again. Source: Sparkplug 3.0.0, 6.4.20. */
export function rebirthCommand(nowMs: number): Uint8Array {
  const metrics = [{ name: "Node Control/Rebirth", timestamp: nowMs, datatype: 11, boolean: true }];
  return payloadType.encode(payloadType.create({ timestamp: nowMs, metrics })).finish();
}

function metricOf(plain: Plain): Metric {
  return {
    name: typeof plain.name === "string" ? plain.name : null,
    alias: typeof plain.alias === "string" ? plain.alias : null,
    timestampMs: numberOf(plain.timestamp),
    datatype: typeof plain.datatype === "number" ? plain.datatype : null,
    value: plain.isNull === true ? { type: "null" } : valueIn(plain),
  };
}

function valueIn(plain: Plain): MetricValue {
  const kind = plain.value;
  const value = plain[String(kind)];
  switch (kind) {
    case "int":
    case "float":
    case "double":
      return { type: kind, value: Number(value) };
    case "long":
    case "string":
    case "bytes":
      return { type: kind, value: String(value) };
    case "boolean":
      return { type: "boolean", value: value === true };
    case undefined:
      return { type: "null" };
    default:
      return { type: "other" };
  }
}

/** Milliseconds and sequence numbers fit a number; anything larger is no time. */
function numberOf(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number <= 8_640_000_000_000_000 ? number : null;
}
