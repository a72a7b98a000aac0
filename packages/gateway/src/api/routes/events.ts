import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { gatewayLimits } from "../../limits.ts";
import type { Desk } from "../desk.ts";
import type { EventsFrom } from "../event-stream.ts";
import { eventsQuery } from "../schemas.ts";
import type { Api } from "../typed-server.ts";

/** Server-sent events: what arrives, resumable by cursor. Source: HTML standard, server-sent events. */
export function eventRoutes(api: Api, desk: Desk): void {
  api.get("/events", { schema: { querystring: eventsQuery } }, async (request, reply) => {
    const gone = new AbortController();
    reply.raw.on("close", () => gone.abort());
    const last = request.headers["last-event-id"];
    const cursor = typeof last === "string" ? last : request.query.cursor;
    const query = cursor === undefined ? request.query : { ...request.query, cursor };
    // A refusal must come as a problem, so nothing is sent before the question is known to be good.
    const from = await desk.events(query, gone.signal);
    reply.hijack();
    await tell(reply.raw, from, gone);
  });
}

async function tell(
  response: ServerResponse,
  { cursor: start, events }: EventsFrom,
  gone: AbortController,
): Promise<void> {
  response.on("error", () => gone.abort());
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  // An id without an event: whoever is cut off before the first one goes on from here.
  response.write(`: tegata\nid: ${start}\n\n`);
  const heartbeat = setInterval(() => response.write(":\n\n"), gatewayLimits.eventHeartbeatMs);
  try {
    for await (const { cursor, event } of events) {
      const text = `id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
      if (!response.write(text)) await once(response, "drain", { signal: gone.signal });
    }
  } catch (error) {
    if (!gone.signal.aborted) response.destroy(error as Error);
  } finally {
    clearInterval(heartbeat);
    gone.abort();
    response.end();
  }
}
