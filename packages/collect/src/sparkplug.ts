import { collectLimits } from "./limits.ts";
import { type Metric, readPayload, type SparkplugPayload } from "./sparkplug-payload.ts";
import { metricText } from "./sparkplug-value.ts";

/** What is remembered of a metric by its birth: name and datatype. */
type BornMetric = readonly [name: string, datatype: number | null];

/** What is remembered of an edge node. */
export interface EdgeNode {
  /** Number of its last message; null: not known. */
  readonly seq: number | null;
  readonly bdSeq: string | null;
  /** Metrics by alias, and by name, of the node itself (key "") and of its devices. */
  readonly born: Readonly<Record<string, Readonly<Record<string, BornMetric>>>>;
}

/** Edge nodes by group and name. */
export type EdgeNodes = Record<string, EdgeNode>;

/** One reading: time (UTC milliseconds), what was read, and its text; null: no value. */
export type SparkplugReading = readonly [timeMs: number, item: string, value: string | null];

/** What a message came to. */
export interface SparkplugTaken {
  readonly readings: readonly SparkplugReading[];
  /** Metrics that are none of what can be kept, by name or alias. */
  readonly misfits: readonly string[];
  /** What is to be remembered of the node from now on; null: as it is. */
  readonly node: EdgeNode | null;
  /** Numbers of messages that are missing, as text; null: none is. */
  readonly gap: string | null;
  /** Whether the node has to be asked for its births. */
  readonly needsBirth: boolean;
}

/** Which message of whom. */
export interface EdgeTopic {
  readonly type: "NBIRTH" | "NDEATH" | "NDATA" | "DBIRTH" | "DDEATH" | "DDATA";
  readonly group: string;
  readonly edge: string;
  /** Empty for the node itself. */
  readonly device: string;
}

/** A topic of Sparkplug B; commands and the state of hosts are not for us. */
export type SparkplugTopic = { readonly type: "command" } | EdgeTopic;

const prefix = "spBv1.0/";
const seqCount = 256;

/** Reads a topic; null: it is not of Sparkplug B. Source: Sparkplug 3.0.0, section 4.1. */
export function sparkplugTopic(topic: string): SparkplugTopic | null {
  if (!topic.startsWith(prefix)) return null;
  const [, group = "", type = "", edge = "", ...rest] = topic.split("/");
  switch (type) {
    case "NBIRTH":
    case "NDEATH":
    case "NDATA":
      return { type, group, edge, device: "" };
    case "DBIRTH":
    case "DDEATH":
    case "DDATA":
      return { type, group, edge, device: rest.join("/") };
    default:
      return { type: "command" };
  }
}

/** Name under which a node is remembered. */
export function nodeName({
  group,
  edge,
}: {
  readonly group: string;
  readonly edge: string;
}): string {
  return `${group}/${edge}`;
}

/**
 * Takes one message of an edge node. Births say what aliases stand for; the numbers of a node's messages
 * follow one another, so that a missing one is noticed. Null: the payload is none.
 */
export function takeSparkplug(
  topic: EdgeTopic,
  bytes: Uint8Array,
  nodes: EdgeNodes,
  heardMs: number,
): SparkplugTaken | null {
  const payload = readPayload(bytes);
  if (payload === null) return null;
  const known = nodes[nodeName(topic)] ?? null;
  const timeMs = payload.timestampMs ?? heardMs;
  const path = topic.device === "" ? nodeName(topic) : `${nodeName(topic)}/${topic.device}`;
  const online = (value: boolean): SparkplugReading => [timeMs, `${path}/online`, `${value}`];
  switch (topic.type) {
    case "NDEATH": {
      // The will of a connection that a birth has replaced since says nothing.
      const isStale = known !== null && known.bdSeq !== null && known.bdSeq !== bdSeqOf(payload);
      return { ...nothing, readings: isStale ? [] : [online(false)] };
    }
    case "NBIRTH": {
      const node = { seq: payload.seq, bdSeq: bdSeqOf(payload), born: { "": bornOf(payload) } };
      return birth(node, nodes, topic, read(payload, node.born[""], path, timeMs), online(true));
    }
    case "DBIRTH": {
      const before = known ?? { seq: null, bdSeq: null, born: {} };
      const born = { ...before.born, [topic.device]: bornOf(payload) };
      const node = { ...before, seq: payload.seq, born };
      const taken = read(payload, born[topic.device], path, timeMs);
      return { ...birth(node, nodes, topic, taken, online(true)), ...follow(known, payload) };
    }
    case "DDEATH":
      return {
        ...nothing,
        ...follow(known, payload),
        ...after(known, payload),
        readings: [online(false)],
      };
    case "NDATA":
    case "DDATA": {
      const taken = read(payload, known?.born[topic.device], path, timeMs);
      const { gap, needsBirth } = follow(known, payload);
      const isUnborn = known === null || taken.isUnknown;
      return {
        ...nothing,
        ...taken,
        ...after(known, payload),
        gap,
        needsBirth: needsBirth || isUnborn,
      };
    }
  }
}

const nothing: SparkplugTaken = {
  ...{ readings: [], misfits: [], node: null, gap: null, needsBirth: false },
};

interface Read {
  readonly readings: readonly SparkplugReading[];
  readonly misfits: readonly string[];
  readonly isUnknown: boolean;
}

function birth(
  node: EdgeNode,
  nodes: EdgeNodes,
  topic: { readonly group: string; readonly edge: string },
  { readings, misfits }: Read,
  online: SparkplugReading,
): SparkplugTaken {
  const others = Object.entries(nodes).filter(([name]) => name !== nodeName(topic));
  const count = [node, ...others.map(([, other]) => other)].reduce(
    (sum, { born }) =>
      sum + Object.values(born).reduce((all, metrics) => all + Object.keys(metrics).length, 0),
    0,
  );
  // Names come with each message then, or it is set aside.
  const isKept = count <= 2 * collectLimits.birthMetricsMax;
  const kept = isKept ? node : { ...node, born: {} };
  return { ...nothing, readings: [online, ...readings], misfits, node: kept };
}

/** Whether a message follows the one before it. */
function follow(
  known: EdgeNode | null,
  { seq }: SparkplugPayload,
): Pick<SparkplugTaken, "gap" | "needsBirth"> {
  if (known === null || known.seq === null || seq === null) {
    return { gap: null, needsBirth: known === null };
  }
  const expected = (known.seq + 1) % seqCount;
  if (seq === expected) return { gap: null, needsBirth: false };
  return { gap: `expected ${expected}, got ${seq}`, needsBirth: true };
}

function after(known: EdgeNode | null, { seq }: SparkplugPayload): Pick<SparkplugTaken, "node"> {
  return { node: known === null ? null : { ...known, seq } };
}

/** By alias where there is one; by name always. */
function bornOf({ metrics }: SparkplugPayload): Readonly<Record<string, BornMetric>> {
  const born = metrics.flatMap(({ name, alias, datatype }) => {
    if (name === null) return [];
    const metric: BornMetric = [name, datatype];
    const byName = [[`=${name}`, metric]] as const;
    return alias === null ? byName : [[`#${alias}`, metric] as const, ...byName];
  });
  return Object.fromEntries(born);
}

function bdSeqOf({ metrics }: SparkplugPayload): string | null {
  const value = metrics.find(({ name }) => name === "bdSeq")?.value;
  return value?.type === "int" || value?.type === "long" ? String(value.value) : null;
}

function read(
  payload: SparkplugPayload,
  born: Readonly<Record<string, BornMetric>> | undefined,
  path: string,
  timeMs: number,
): Read {
  const readings: SparkplugReading[] = [];
  const misfits: string[] = [];
  let isUnknown = false;
  for (const metric of payload.metrics) {
    const [name, datatype] = namedBy(metric, born);
    if (name === "bdSeq") continue;
    const said = metricText(metric.value, datatype);
    if (name === null) {
      isUnknown = true;
      misfits.push(`${path}#${metric.alias ?? ""}`);
    } else if (said.type === "other") misfits.push(`${path}/${name}`);
    else {
      const value = said.type === "text" ? said.text : null;
      readings.push([metric.timestampMs ?? timeMs, `${path}/${name}`, value]);
    }
  }
  return { readings, misfits, isUnknown };
}

function namedBy(
  { name, alias, datatype }: Metric,
  born: Readonly<Record<string, BornMetric>> | undefined,
): readonly [name: string | null, datatype: number | null] {
  const key = name === null ? `#${alias}` : `=${name}`;
  const known = born !== undefined && Object.hasOwn(born, key) ? born[key] : undefined;
  return [name ?? known?.[0] ?? null, datatype ?? known?.[1] ?? null];
}
