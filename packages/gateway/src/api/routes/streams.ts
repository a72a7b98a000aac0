import { z } from "zod";
import type { Desk } from "../desk.ts";
import { createStreamBody, streamAnswer, streamsAnswer } from "../schemas.ts";
import type { Api } from "../typed-server.ts";
import { preferHeaders, wishOf } from "../wish.ts";

/** Name, `handle/name` or id of a stream in a path. */
export const streamParams = z.object({ stream: z.string().min(1).max(256) });

/** Streams: what there is, and new ones. */
export function streamRoutes(api: Api, desk: Desk): void {
  api.get("/streams", { schema: { response: { 200: streamsAnswer } } }, async () => ({
    items: [...(await desk.streams())],
  }));
  api.get(
    "/streams/:stream",
    { schema: { params: streamParams, response: { 200: streamAnswer } } },
    async ({ params }) => ({ stream: await desk.stream(params.stream) }),
  );
  const schema = {
    body: createStreamBody,
    headers: preferHeaders,
    response: { 201: streamAnswer },
  };
  api.post("/streams", { schema }, async ({ body, headers }, reply) => {
    const stream = await desk.createStream(body, wishOf(headers.prefer));
    return reply.status(201).send({ stream });
  });
}
