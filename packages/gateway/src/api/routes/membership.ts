import { z } from "zod";
import type { Desk } from "../desk.ts";
import {
  addressesBody,
  agendaAnswer,
  inviteAnswer,
  inviteBody,
  partingParams,
  proposalAnswer,
  proposalBody,
  requestSchema,
  rotationBody,
  saidSchema,
  seatSchema,
  standUpAnswer,
  voteAnswer,
  voteBody,
} from "../membership-schemas.ts";
import type { Api } from "../typed-server.ts";
import { dryRunQuery, preferHeaders, wishOf } from "../wish.ts";

const requestParams = z.object({ request: z.coerce.number().int().min(1).max(4_294_967_295) });

/** Who the members are, and what they decide together. */
export function membershipRoutes(api: Api, { membership }: Desk): void {
  const common = { querystring: dryRunQuery, headers: preferHeaders };
  api.get("/membership/requests", { schema: { response: { 200: agendaAnswer } } }, () =>
    membership.agenda(),
  );
  api.get(
    "/membership/requests/:request",
    { schema: { params: requestParams, response: { 200: requestSchema } } },
    ({ params }) => membership.request(params.request),
  );
  const invite = { ...common, body: inviteBody, response: { 200: inviteAnswer } };
  api.post("/membership/invitations", { schema: invite }, ({ body, headers, query }) =>
    membership.invite(body, wishOf(headers.prefer, query.dryRun)),
  );
  const propose = { ...common, body: proposalBody, response: { 200: proposalAnswer } };
  api.post("/membership/requests", { schema: propose }, ({ body, headers, query }) =>
    membership.propose(body, wishOf(headers.prefer, query.dryRun)),
  );
  const vote = { ...common, body: voteBody, response: { 200: voteAnswer } };
  api.post("/membership/votes", { schema: vote }, ({ body, headers, query }) =>
    membership.vote(body, wishOf(headers.prefer, query.dryRun)),
  );
  const said = { ...common, response: { 200: saidSchema } };
  api.post(
    "/membership/addresses",
    { schema: { ...said, body: addressesBody } },
    ({ body, headers, query }) =>
      membership.addresses(body.addresses, wishOf(headers.prefer, query.dryRun)),
  );
  api.post(
    "/membership/rotations",
    { schema: { ...said, body: rotationBody } },
    ({ body, headers, query }) => membership.rotate(body, wishOf(headers.prefer, query.dryRun)),
  );
  api.get("/membership/seat", { schema: { response: { 200: seatSchema } } }, () =>
    membership.seat(),
  );
  api.post(
    "/membership/standing-up",
    { schema: { ...common, response: { 200: standUpAnswer } } },
    ({ headers, query }) => membership.standUp(wishOf(headers.prefer, query.dryRun)),
  );
  api.post(
    "/membership/parting/:what",
    { schema: { ...said, params: partingParams } },
    ({ params, headers, query }) =>
      membership.part(params.what, wishOf(headers.prefer, query.dryRun)),
  );
}
