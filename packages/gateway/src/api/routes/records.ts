import { z } from "zod";
import type { Desk } from "../desk.ts";
import {
  apiLimits,
  recordsAnswer,
  recordsQuery,
  submissionSchema,
  submitRowsBody,
} from "../schemas.ts";
import type { Api } from "../typed-server.ts";
import { preferHeaders, wishOf } from "../wish.ts";
import { streamParams } from "./streams.ts";

const submitHeaders = preferHeaders.extend({
  "idempotency-key": z
    .string()
    .min(1)
    .max(apiLimits.idempotencyKeyLength)
    .optional()
    .describe(
      "The same key with the same rows is answered as before until a week after they were committed; with other rows it is refused.",
    ),
});
const submissionParams = z.object({ id: z.string().regex(/^[0-9a-f]{32}$/) });
const waitQuery = z.object({
  waitMs: z.coerce.number().int().min(0).max(apiLimits.waitMs).default(0),
});

/** Rows on their way to the ledger, and records that are there. */
export function recordRoutes(api: Api, desk: Desk): void {
  const submit = {
    params: streamParams,
    body: submitRowsBody,
    headers: submitHeaders,
    response: { 201: submissionSchema, 202: submissionSchema },
  };
  api.post("/streams/:stream/records", { schema: submit }, async (request, reply) => {
    const { params, body, headers } = request;
    const key = headers["idempotency-key"] ?? null;
    const submission = await desk.submitRows(params.stream, body, key, wishOf(headers.prefer));
    void reply.header("location", `/v1/submissions/${submission.submission}`);
    if (submission.replayed) void reply.header("idempotent-replayed", "true");
    return reply.status(submission.state === "committed" ? 201 : 202).send(submission);
  });
  const follow = {
    params: submissionParams,
    querystring: waitQuery,
    response: { 200: submissionSchema },
  };
  api.get("/submissions/:id", { schema: follow }, ({ params, query }) =>
    desk.submission(params.id, { waitMs: query.waitMs, dryRun: false }),
  );
  const read = {
    params: streamParams,
    querystring: recordsQuery,
    response: { 200: recordsAnswer },
  };
  api.get("/streams/:stream/records", { schema: read }, ({ params, query }) =>
    desk.records(params.stream, query),
  );
}
