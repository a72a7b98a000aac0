import { Readable } from "node:stream";
import type { Desk } from "../desk.ts";
import type { Api } from "../typed-server.ts";

/** The databases, sealed, for whoever may read the home folder anyway: at the socket alone. */
export function backupRoutes(api: Api, desk: Desk): void {
  api.get("/backup", { schema: { hide: true } }, (_request, reply) => {
    return reply.type("application/octet-stream").send(Readable.from(desk.backup()));
  });
}
