import { Readable } from "node:stream";
import { z } from "zod";
import type { Desk } from "../desk.ts";
import { documentsAnswer } from "../schemas.ts";
import type { Api } from "../typed-server.ts";
import { streamParams } from "./streams.ts";

const documentParams = streamParams.extend({ document: z.string().min(1).max(1_024) });

/** Files of a stream of documents. */
export function documentRoutes(api: Api, desk: Desk): void {
  api.get(
    "/streams/:stream/documents",
    { schema: { params: streamParams, response: { 200: documentsAnswer } } },
    async ({ params }) => ({ items: [...(await desk.documents(params.stream))] }),
  );
  api.get(
    "/streams/:stream/documents/:document",
    { schema: { params: documentParams } },
    async ({ params }, reply) => {
      const chunks = await desk.document(params.stream, params.document);
      return reply.type("application/octet-stream").send(Readable.from(chunks));
    },
  );
}
