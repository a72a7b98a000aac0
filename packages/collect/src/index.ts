export { Delivery, type DeliveryEvent, rest } from "./delivery.ts";
export { CollectError, type CollectErrorCode, type CollectErrorDetails } from "./errors.ts";
export { FileMemory } from "./file-memory.ts";
export { Folder, type SettledFile } from "./folder.ts";
export { collectLimits } from "./limits.ts";
export { type Place, takePlace } from "./place.ts";
export { makeShelves } from "./shelves.ts";
export {
  type FileReader,
  type FileReading,
  type FileRefusal,
  Watch,
  type WatchEvent,
  type WatchTotals,
} from "./watch.ts";
