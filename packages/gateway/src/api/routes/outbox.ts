import type { Desk } from "../desk.ts";
import {
  discardedAnswer,
  outboxAnswer,
  outboxParams,
  outboxQuery,
  outboxRowsAnswer,
} from "../outbox-schemas.ts";
import { submissionSchema } from "../schemas.ts";
import type { Api } from "../typed-server.ts";

/** Acknowledged rows that are not on the ledger. */
export function outboxRoutes(api: Api, { outbox }: Desk): void {
  const list = { querystring: outboxQuery, response: { 200: outboxAnswer } };
  api.get("/outbox", { schema: list }, ({ query }) => outbox.list(query));
  const one = { params: outboxParams };
  const rows = { ...one, querystring: outboxQuery, response: { 200: outboxRowsAnswer } };
  api.get("/outbox/:submission", { schema: rows }, ({ params, query }) =>
    outbox.rows(params.submission, query),
  );
  const retry = { ...one, response: { 202: submissionSchema } };
  api.post("/outbox/:submission/retry", { schema: retry }, async ({ params }, reply) =>
    reply.status(202).send(await outbox.retry(params.submission)),
  );
  const discard = { ...one, response: { 200: discardedAnswer } };
  api.delete("/outbox/:submission", { schema: discard }, async ({ params }) => ({
    rows: await outbox.discard(params.submission),
  }));
}
