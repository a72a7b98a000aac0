import { type Interpret, type MqttWord, mqttWord, type Reading } from "@tegata/collect";
import { parseJsonLine } from "../input/ndjson.ts";
import { absent, JsonNumber, type SourceCell } from "../input/row.ts";
import { jsonCells } from "./json-cells.ts";
import { type LineOrders, misfitOf, type RowReader, rowReader } from "./line-reader.ts";

/** Columns of streams in which each reading names what was read. */
const itemColumns = ["time", "item", "value"] as const;
/** Keys that say when something was observed, where nobody said which. */
const timeKeys: readonly string[] = ["time", "timestamp", "ts"];

/** What a person said about the messages of a broker; `time: null`: one of the usual keys. */
export type MessageOrders = LineOrders;

type Message = Extract<MqttWord, { type: "message" }>;

/** Whether a payload says when it was observed. */
export function saysWhen(orders: MessageOrders): (payload: string) => boolean {
  const keys = orders.time === null ? timeKeys : [orders.time.column];
  const marks = keys.map((key) => JSON.stringify(key));
  return (payload) => /^\s*[{[]/.test(payload) && marks.some((mark) => payload.includes(mark));
}

/** Reads messages as rows of a stream. @throws CLI_INPUT_BROKEN where no message could fit it */
export function messageReader(orders: MessageOrders): Interpret {
  const names = orders.schema.fields.map(({ name }) => name);
  const mapped = new Set(names.map((name) => columnOf(orders, name)));
  const isItems = itemColumns.every((column) => mapped.has(column)) && names.length === 3;
  const items = isItems ? rowReader({ ...orders, time: itemTime }, itemColumns) : null;
  const objects = isItems ? null : objectReader(orders);
  return (heard) => {
    const word = mqttWord(heard);
    switch (word.type) {
      case "binary":
        return [misfitOf(({ collect }) => collect.notText)];
      case "long":
        return [misfitOf(({ collect }) => collect.misfit.long)];
      case "sparkplug":
        return [misfitOf(({ collect }) => collect.notSparkplug)];
      case "readings": {
        const misfits = word.misfits.map((name) =>
          misfitOf(({ collect }) => collect.noSingleValue(name)),
        );
        if (items === null) return [misfitOf(({ collect }) => collect.needsItems), ...misfits];
        const rows = word.readings.map(([timeMs, item, value]) => {
          const cells = [new Date(timeMs).toISOString(), item, value];
          return items({ line: 1, cells }, heard.heardMs);
        });
        return [...rows, ...misfits];
      }
      case "message":
        return items === null
          ? (objects?.(word, heard.heardMs) ?? [])
          : itemsOf(word, orders, items, heard.heardMs);
    }
  };
}

const itemTime = { column: "time", unit: "text" } as const;

function columnOf({ renames }: MessageOrders, field: string): string {
  return [...renames].find(([, named]) => named === field)?.[0] ?? field;
}

/** One row for a value, or one for each value of an object. */
function itemsOf(
  { topic, payload }: Message,
  orders: MessageOrders,
  read: RowReader,
  heardMs: number,
): readonly Reading[] {
  const row = (time: string, item: string, value: SourceCell): Reading =>
    read({ line: 1, cells: [time, item, value] }, heardMs);
  const heard = new Date(heardMs).toISOString();
  const lines = jsonCells(payload);
  if (lines.type === "plain") return [row(heard, topic, payload.trim())];
  return lines.objects.flatMap((text) => {
    const parsed = parseJsonLine(text, 1);
    if (!parsed.ok) return [row(heard, topic, text)];
    const cells = new Map(parsed.row);
    const key = (orders.time === null ? timeKeys : [orders.time.column]).find((one) =>
      cells.has(one),
    );
    const time = key === undefined ? heard : timeText(cells.get(key) ?? null, orders, heard);
    if (key !== undefined) cells.delete(key);
    const isOne = cells.size === 1 && cells.has("value");
    return [...cells].map(([name, value]) => {
      return row(time, isOne ? topic : `${topic}/${name}`, textOf(value));
    });
  });
}

/** Numbers count milliseconds since 1970, or seconds where they are too small for that. */
function timeText(cell: SourceCell, { time }: MessageOrders, heard: string): string {
  if (cell === null || cell === "") return heard;
  const text = textOf(cell);
  const count = Number(text);
  if (typeof text !== "string" || !(cell instanceof JsonNumber || time?.unit !== "text")) {
    return String(text);
  }
  const isSeconds =
    time === null || time.unit === "text" ? count < 100_000_000_000 : time.unit === "s";
  const ms = isSeconds ? count * 1_000 : count;
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : text;
}

function textOf(cell: SourceCell): string | null {
  if (cell === null || cell === absent) return null;
  return cell instanceof JsonNumber ? cell.source : String(cell);
}

/** Objects whose keys are the fields; a field `topic` gets the topic where the object has none. */
function objectReader(
  orders: MessageOrders,
): (message: Message, heardMs: number) => readonly Reading[] {
  const { schema } = orders;
  const fields = schema.fields.map(({ name }) => columnOf(orders, name));
  const usual = timeKeys.find((key) => fields.includes(key)) ?? null;
  const time = orders.time ?? (usual === null ? null : { column: usual, unit: "text" as const });
  const columns = time === null || fields.includes(time.column) ? fields : [...fields, time.column];
  const read = rowReader({ ...orders, time }, columns);
  return ({ topic, payload }, heardMs) => {
    const found = jsonCells(payload);
    if (found.type === "plain") return [misfitOf(({ collect }) => collect.noObject)];
    return found.objects.map((text): Reading => {
      const parsed = parseJsonLine(text, 1);
      const unknown = parsed.ok ? [...parsed.row.keys()].find((key) => !columns.includes(key)) : "";
      if (!parsed.ok || unknown !== undefined) {
        const reason = unknown === undefined || unknown === "" ? "" : `: ${unknown}`;
        return misfitOf(({ collect }) => `${collect.noObject}${reason}`);
      }
      const cells = columns.map((name): SourceCell => {
        if (parsed.row.has(name)) return parsed.row.get(name) ?? null;
        if (name === "topic") return topic;
        return name === time?.column ? new Date(heardMs).toISOString() : absent;
      });
      return read({ line: 1, cells }, heardMs);
    });
  };
}
