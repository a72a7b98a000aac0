import type { IncomingMessage } from "node:http";
import { GatewayError } from "../errors.ts";
import type { StreamEvent } from "./schemas.ts";

/** An event with the cursor to go on after it. */
export interface PlacedEvent {
  readonly cursor: string;
  readonly event: StreamEvent;
}

/** Events, and the cursor from which they were listened to. */
export interface EventsFrom {
  readonly cursor: string;
  readonly events: AsyncIterable<PlacedEvent>;
}

const lineLengthMax = 4 * 1_048_576;

/**
 * Events of a server-sent event stream; a stream that ends is opened again after the last cursor, until
 * the signal is aborted or a connection cannot be made at all. `onPlace` hears from where on it is listened.
 */
export async function* readEvents(
  open: (cursor: string | null) => Promise<IncomingMessage>,
  signal: AbortSignal,
  onPlace: (cursor: string) => void,
): AsyncGenerator<PlacedEvent> {
  let cursor: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const placed of parse(await open(cursor))) {
        cursor = placed.cursor;
        if (placed.event === null) onPlace(cursor);
        else yield { cursor, event: placed.event };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isBroken(error)) throw error;
    }
  }
}

/** A place without an event is where the stream begins. Source: HTML standard, server-sent events; `data` is one line here. */
async function* parse(
  response: IncomingMessage,
): AsyncGenerator<{ readonly cursor: string; readonly event: StreamEvent | null }> {
  let rest = "";
  let cursor = "";
  let isOpen = false;
  response.setEncoding("utf8");
  for await (const chunk of response) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineLengthMax) return;
    for (const line of lines) {
      if (line.startsWith("id: ")) {
        cursor = line.slice(4);
        isOpen = true;
      }
      if (line.startsWith("data: ")) {
        isOpen = false;
        yield { cursor, event: readEvent(line.slice(6)) };
      }
      if (line === "" && isOpen) {
        isOpen = false;
        yield { cursor, event: null };
      }
    }
  }
}

/** @throws GATEWAY_ANSWER_UNKNOWN: somebody else may sit where a gateway is looked for */
function readEvent(text: string): StreamEvent {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === "object" && event !== null && "type" in event) return event as StreamEvent;
  } catch {
    // Said below, with the beginning of what came.
  }
  throw new GatewayError("GATEWAY_ANSWER_UNKNOWN", { text: text.slice(0, 200) });
}

/** Whether a connection that had been made broke; one that cannot be made is the caller's to hear. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}
