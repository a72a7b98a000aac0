import type { Desk } from "../desk.ts";
import { accessAnswer, membersAnswer, statusAnswer } from "../schemas.ts";
import type { Api } from "../typed-server.ts";

/** The company, its network, and who can read what. */
export function networkRoutes(api: Api, desk: Desk): void {
  api.get("/status", { schema: { response: { 200: statusAnswer } } }, () => desk.status());
  api.get("/members", { schema: { response: { 200: membersAnswer } } }, async () => ({
    items: [...(await desk.members())],
  }));
  api.get("/access", { schema: { response: { 200: accessAnswer } } }, () => desk.access());
}
