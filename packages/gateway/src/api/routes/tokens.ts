import type { Desk } from "../desk.ts";
import {
  tokenAnswer,
  tokenBody,
  tokenParams,
  tokenSchema,
  tokensAnswer,
} from "../token-schemas.ts";
import type { Api } from "../typed-server.ts";
import { dryRunQuery } from "../wish.ts";

/** Tokens for machines of the plant: at the socket alone, for whoever may read the home folder anyway. */
export function tokenRoutes(api: Api, { tokens }: Desk): void {
  api.get("/tokens", { schema: { response: { 200: tokensAnswer } } }, () => tokens.list());
  const create = { body: tokenBody, querystring: dryRunQuery, response: { 201: tokenAnswer } };
  api.post("/tokens", { schema: create }, async ({ body, query }, reply) =>
    reply.status(201).send(await tokens.create(body, query.dryRun === "true")),
  );
  const revoke = { params: tokenParams, querystring: dryRunQuery, response: { 200: tokenSchema } };
  api.delete("/tokens/:name", { schema: revoke }, ({ params, query }) =>
    tokens.revoke(params.name, query.dryRun === "true"),
  );
}
