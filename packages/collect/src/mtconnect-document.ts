import { XMLParser } from "fast-xml-parser";
import { collectLimits } from "./limits.ts";

/** What stands at the head of an agent's answer. */
export interface AgentHeader {
  /** Changes when the agent begins to count anew. */
  readonly instance: string;
  /** Number of the oldest observation it still has; 0 where the answer names none. */
  readonly first: number;
  readonly last: number;
  readonly next: number;
}

/** One observation: number, time as written, what was read, and its text. */
export type AgentObservation = readonly [
  sequence: number,
  time: string,
  item: string,
  value: string,
];

/** An agent's answer; `foreign`: anything else that answered. */
export type AgentDocument =
  | { readonly type: "devices"; readonly header: AgentHeader; readonly names: readonly string[] }
  | {
      readonly type: "streams";
      readonly header: AgentHeader;
      readonly observations: readonly AgentObservation[];
    }
  | { readonly type: "error"; readonly codes: readonly string[] }
  | { readonly type: "foreign"; readonly reason: string };

type Plain = Readonly<Record<string, unknown>>;

// Entities are put in by hand: the five of XML and numbers, and none that a document declares.
const parser = new XMLParser({
  ...{ ignoreAttributes: false, attributeNamePrefix: "@", textNodeName: "#", trimValues: false },
  ...{ parseTagValue: false, parseAttributeValue: false, processEntities: false },
  ...{ removeNSPrefix: true, ignoreDeclaration: true, ignorePiTags: true, maxNestedTags: 64 },
});

const groups = ["Samples", "Events", "Condition"] as const;

/** Reads an agent's answer. Source: MTConnect standard, parts 1 and 3; XML 1.0, 4.6. */
export function readAgentDocument(text: string): AgentDocument {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return foreign("DOCTYPE");
  try {
    const root = parser.parse(text) as Plain;
    const streams = asPlain(root.MTConnectStreams);
    const devices = asPlain(root.MTConnectDevices);
    const error = asPlain(root.MTConnectError);
    if (error !== null) return { type: "error", codes: codesOf(error) };
    if (devices !== null) return devicesOf(devices);
    if (streams === null) return foreign("no MTConnect document");
    const header = headerOf(streams);
    if (header === null) return foreign("no header");
    const observations = observationsIn(streams);
    return observations.length > collectLimits.agentObservationsMax
      ? foreign("too many observations")
      : { type: "streams", header, observations };
  } catch (error) {
    return foreign(error instanceof Error ? error.message.slice(0, 200) : "no XML");
  }
}

function foreign(reason: string): AgentDocument {
  return { type: "foreign", reason };
}

function devicesOf(root: Plain): AgentDocument {
  const header = headerOf(root);
  if (header === null) return foreign("no header");
  const devices = listOf(asPlain(root.Devices)?.Device);
  return {
    type: "devices",
    header,
    names: devices.map((device) => attribute(device, "name") ?? ""),
  };
}

function headerOf(root: Plain): AgentHeader | null {
  const header = asPlain(root.Header);
  const instance = header === null ? null : attribute(header, "instanceId");
  if (header === null || instance === null || instance.length > 64) return null;
  const number = (name: string): number => {
    const value = Number(attribute(header, name) ?? "0");
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const [first, last, next] = ["firstSequence", "lastSequence", "nextSequence"].map(number);
  return { instance, first: first ?? 0, last: last ?? 0, next: next ?? 0 };
}

/** In the order of their numbers; items of several devices carry the device's name. */
function observationsIn(root: Plain): readonly AgentObservation[] {
  const devices = listOf(asPlain(root.Streams)?.DeviceStream);
  const found = devices.flatMap((device) => {
    const prefix = devices.length > 1 ? `${attribute(device, "name") ?? ""}/` : "";
    return listOf(device.ComponentStream).flatMap((component) =>
      groups.flatMap((group) => groupOf(asPlain(component[group]), group, prefix)),
    );
  });
  return found.sort(([a], [b]) => a - b);
}

function groupOf(
  group: Plain | null,
  kind: (typeof groups)[number],
  prefix: string,
): readonly AgentObservation[] {
  return Object.entries(group ?? {}).flatMap(([tag, elements]) =>
    listOf(elements).flatMap((element): readonly AgentObservation[] => {
      const sequence = Number(attribute(element, "sequence"));
      const id = attribute(element, "name") ?? attribute(element, "dataItemId");
      if (!Number.isSafeInteger(sequence) || id === null) return [];
      const value = kind === "Condition" ? conditionText(tag, element) : valueText(element);
      return [[sequence, attribute(element, "timestamp") ?? "", `${prefix}${id}`, value]];
    }),
  );
}

/** As an adapter says it: `level|code|severity|qualifier|text`. */
function conditionText(level: string, element: Plain): string {
  const attributes = ["nativeCode", "nativeSeverity", "qualifier"].map((name) => {
    return attribute(element, name) ?? "";
  });
  return [level.toUpperCase(), ...attributes, textOf(element)].join("|");
}

/** Entries of a set as an adapter says them: `key=value key=value`. */
function valueText(element: Plain): string {
  const entries = listOf(element.Entry);
  if (entries.length === 0) return textOf(element);
  return entries.map((entry) => `${attribute(entry, "key") ?? ""}=${textOf(entry)}`).join(" ");
}

function codesOf(root: Plain): readonly string[] {
  const many = listOf(asPlain(root.Errors)?.Error);
  return [...many, ...listOf(root.Error)].map((error) => attribute(error, "errorCode") ?? "");
}

function attribute(element: Plain, name: string): string | null {
  const value = Object.hasOwn(element, `@${name}`) ? element[`@${name}`] : null;
  return typeof value === "string" ? decode(value) : null;
}

function textOf(element: Plain): string {
  const text = element["#"];
  return typeof text === "string" ? decode(text).trim() : "";
}

/** An element without attributes is its text alone to the parser, and one of a kind is no list. */
function listOf(value: unknown): readonly Plain[] {
  const all = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return all.flatMap((one) => {
    if (typeof one === "string") return [{ "#": one }];
    const plain = asPlain(one);
    return plain === null ? [] : [plain];
  });
}

function asPlain(value: unknown): Plain | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Plain)
    : null;
}

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi,
    (whole, ...at) => {
      const [decimal, hex, name] = at as (string | undefined)[];
      if (name !== undefined) return named[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    },
  );
}
