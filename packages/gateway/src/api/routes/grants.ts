import type { Desk } from "../desk.ts";
import {
  grantAnswer,
  grantBody,
  grantsAnswer,
  purgeAnswer,
  purgeBody,
  revokeAnswer,
  revokeBody,
} from "../schemas.ts";
import type { Api } from "../typed-server.ts";
import { dryRunQuery, preferHeaders, wishOf } from "../wish.ts";
import { streamParams } from "./streams.ts";

/** Who may read a stream, and what of it nobody shall have any more. */
export function grantRoutes(api: Api, desk: Desk): void {
  api.get(
    "/streams/:stream/grants",
    { schema: { params: streamParams, response: { 200: grantsAnswer } } },
    async ({ params }) => ({ items: [...(await desk.grants(params.stream))] }),
  );
  const common = { params: streamParams, querystring: dryRunQuery, headers: preferHeaders };
  const grant = { ...common, body: grantBody, response: { 200: grantAnswer, 201: grantAnswer } };
  api.post("/streams/:stream/grants", { schema: grant }, async (request, reply) => {
    const wish = wishOf(request.headers.prefer, request.query.dryRun);
    const answer = await desk.grant(request.params.stream, request.body, wish);
    return reply.status(answer.submitted ? 201 : 200).send(answer);
  });
  const purge = { ...common, body: purgeBody, response: { 200: purgeAnswer, 201: purgeAnswer } };
  api.post("/streams/:stream/purges", { schema: purge }, async (request, reply) => {
    const wish = wishOf(request.headers.prefer, request.query.dryRun);
    const answer = await desk.purge(request.params.stream, request.body, wish);
    return reply.status(answer.submitted ? 201 : 200).send(answer);
  });
  const revoke = {
    ...common,
    body: revokeBody,
    response: { 200: revokeAnswer, 201: revokeAnswer },
  };
  api.post("/streams/:stream/revocations", { schema: revoke }, async (request, reply) => {
    const wish = wishOf(request.headers.prefer, request.query.dryRun);
    const answer = await desk.revoke(request.params.stream, request.body, wish);
    return reply.status(answer.submitted ? 201 : 200).send(answer);
  });
}
