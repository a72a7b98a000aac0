import { z } from "zod";
import type { Desk } from "../desk.ts";
import { accessAnswer, memberDetailSchema, membersAnswer, statusAnswer } from "../schemas.ts";
import type { Api } from "../typed-server.ts";

const companyParams = z.object({ company: z.string().min(1).max(256) });

/** The company, its network, and who can read what. */
export function networkRoutes(api: Api, desk: Desk): void {
  api.get("/status", { schema: { response: { 200: statusAnswer } } }, () => desk.status());
  api.get("/members", { schema: { response: { 200: membersAnswer } } }, async () => ({
    items: [...(await desk.members())],
  }));
  api.get(
    "/members/:company",
    { schema: { params: companyParams, response: { 200: memberDetailSchema } } },
    ({ params }) => desk.member(params.company),
  );
  api.get("/access", { schema: { response: { 200: accessAnswer } } }, () => desk.access());
}
