import { fromBase64 } from "@tegata/ledger/primitives";
import { z } from "zod";
import type { Desk } from "../desk.ts";
import type { Api } from "../typed-server.ts";

const recoverBody = z.object({ recoverySeed: z.string().length(44) });

/** Getting keys back from the ledger, for whoever has the words: at the socket alone. */
export function recoveryRoutes(api: Api, desk: Desk): void {
  api.post("/recovery", { schema: { hide: true, body: recoverBody } }, ({ body }) =>
    desk.recover(fromBase64(body.recoverySeed) ?? new Uint8Array(0)),
  );
}
