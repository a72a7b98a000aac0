import { z } from "zod";
import type { Desk } from "../desk.ts";
import { proofBody, rawAnswer } from "../schemas.ts";
import type { Api } from "../typed-server.ts";
import { streamParams } from "./streams.ts";

const rawParams = streamParams.extend({ record: z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/) });
const rawQuery = z.object({ facet: z.coerce.number().int().min(0).max(15).default(0) });

/** What can be shown to a third party, and what lies on this disk. */
export function proofRoutes(api: Api, desk: Desk): void {
  api.post("/proofs", { schema: { body: proofBody } }, async ({ body }, reply) =>
    reply.type("application/json").send(await desk.proof(body)),
  );
  api.get(
    "/streams/:stream/raw/:record",
    { schema: { params: rawParams, querystring: rawQuery, response: { 200: rawAnswer } } },
    ({ params, query }) => desk.raw(params.stream, params.record, query.facet),
  );
}
