export {
  Collector,
  type CollectorCounts,
  type CollectorEvent,
  type CollectorOptions,
  type Interpret,
  type Reading,
} from "./collector.ts";
export { Delivery, type DeliveryEvent, rest } from "./delivery.ts";
export { CollectError, type CollectErrorCode, type CollectErrorDetails } from "./errors.ts";
export { FileMemory } from "./file-memory.ts";
export { Folder, type SettledFile } from "./folder.ts";
export { collectLimits } from "./limits.ts";
export {
  emptyMqttMemo,
  type MqttMemo,
  type MqttWord,
  mqttWord,
  rememberMqtt,
} from "./mqtt-memo.ts";
export { followBroker, type MqttEvent, type MqttPlace } from "./mqtt-source.ts";
export {
  type AgentEvent,
  type AgentMemo,
  agentWord,
  emptyAgentMemo,
  followAgent,
  rememberAgent,
} from "./mtconnect-agent.ts";
export { followPipe, type Pipe } from "./pipe.ts";
export { type Place, takePlace } from "./place.ts";
export {
  adapterWord,
  type ConnectionEvent,
  followAdapter,
  type HostPort,
} from "./shdr-adapter.ts";
export { makeShelves } from "./shelves.ts";
export {
  type FileReader,
  type FileReading,
  type FileRefusal,
  Watch,
  type WatchEvent,
  type WatchTotals,
} from "./watch.ts";
