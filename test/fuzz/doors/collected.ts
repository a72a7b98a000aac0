import { decode, encode, LedgerError } from "@tegata/ledger/primitives";
import { isAskedFor } from "../../../packages/collect/src/mqtt-topic.ts";
import { readAgentDocument } from "../../../packages/collect/src/mtconnect-document.ts";
import { type AdapterWord, ShdrLines } from "../../../packages/collect/src/shdr-lines.ts";
import { sparkplugTopic, takeSparkplug } from "../../../packages/collect/src/sparkplug.ts";
import { rebirthCommand } from "../../../packages/collect/src/sparkplug-payload.ts";
import { accepted, type Door, refused, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";
import { isCanonical } from "./canonical.ts";

const agentDocument = `<?xml version="1.0"?><MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:1.7">
<Header instanceId="1" nextSequence="12" firstSequence="1" lastSequence="11" bufferSize="131072"/>
<Streams><DeviceStream name="okuma" uuid="1"><ComponentStream component="Linear" name="X">
<Samples><Position dataItemId="xp" sequence="11" timestamp="2026-11-22T08:00:00Z">12.5</Position></Samples>
<Events><Execution dataItemId="ex" sequence="10" timestamp="2026-11-22T08:00:00Z">ACTIVE</Execution></Events>
<Condition><Fault dataItemId="f" sequence="9" timestamp="2026-11-22T08:00:00Z">hot</Fault></Condition>
</ComponentStream></DeviceStream></Streams></MTConnectStreams>
`;

const adapter =
  "2026-11-22T08:00:00Z|Xpos|12.5\n* PONG 10000\n2026-11-22T08:00:01Z|@ASSET@|a|T|<x/>\n";

function readAdapter(bytes: Uint8Array): Verdict {
  const lines = new ShdrLines("adapter");
  const piece = 1 + (bytes[0] ?? 0);
  const words: AdapterWord[] = [];
  for (let start = 0; start < bytes.length; start += piece) {
    words.push(...lines.take(Buffer.from(bytes.subarray(start, start + piece))));
  }
  words.push(...lines.end());
  const odd = words.find(({ type }) => type === "torn" || type === "long" || type === "encoding");
  return odd === undefined ? accepted : refused(odd.type);
}

/** Topic and payload of a message, as one value. */
const messages = ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA"].map((kind) =>
  encode([`spBv1.0/plant/${kind}/edge/press`, rebirthCommand(1_795_132_800_000)]),
);

function readMessage(bytes: Uint8Array): Verdict {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return refused("no message");
    throw error;
  }
  const [topic, payload] = Array.isArray(value) ? value : [];
  if (typeof topic !== "string" || !(payload instanceof Uint8Array)) return refused("no message");
  isAskedFor("spBv1.0/+/#", topic);
  const place = sparkplugTopic(topic);
  if (place === null || place.type === "command") return refused("another topic");
  const nodes = { "plant/edge": { seq: 0, bdSeq: "1", born: { "": {}, press: {} } } };
  const taken = takeSparkplug(place, payload, nodes, 1_795_132_800_000);
  return taken === null ? refused("no payload") : accepted;
}

/** What machines, brokers and agents of the plant say. */
export const collectedDoors: readonly Door[] = [
  {
    name: "plant.adapter",
    what: "what an SHDR adapter sends over its connection",
    limit: "a line, before it is kept",
    form: "text",
    samples: [textBytes(adapter)],
    isOuter: (bytes) => bytes.includes(10),
    read: readAdapter,
  },
  {
    name: "plant.broker",
    what: "topics and Sparkplug B payloads that a broker hands on",
    limit: "the size of a message, and metrics of a payload",
    form: "canonical",
    samples: messages,
    isOuter: isCanonical,
    read: readMessage,
  },
  {
    name: "plant.agent",
    what: "documents of an MTConnect agent",
    limit: "the size of an answer; no entities; tags in tags",
    form: "text",
    samples: [textBytes(agentDocument)],
    isOuter: (bytes) => textOf(bytes).includes("<"),
    read: (bytes) => {
      const document = readAgentDocument(textOf(bytes));
      return document.type === "foreign" ? refused("no document of an agent") : accepted;
    },
  },
];
