import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createNodeClient } from "../src/api/client.ts";
import { encodeBody } from "../src/api/wire.ts";

test.each([
  ["nothing", new Uint8Array(0)],
  ["text", new TextEncoder().encode("<html></html>")],
  ["a number", encodeBody(7)],
  ["null", encodeBody(null)],
  ["a torn map", encodeBody({ state: "ready" }).slice(0, 6)],
])("an answer of %s is told as one of no node", async (_what, body) => {
  const folder = mkdtempSync(join(tmpdir(), "tegata-client-"));
  const socketPath = join(folder, "socket");
  const statuses = [200, 400];
  const server = createServer((_request, response) => {
    response.writeHead(statuses.shift() ?? 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const client = createNodeClient({ socketPath });
  onTestFinished(async () => {
    await client.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const refused = { code: "NODE_API_UNREACHABLE", detail: { socketPath } };
  await expect(client.genesis()).rejects.toMatchObject(refused);
  await expect(client.status()).rejects.toMatchObject(refused);
});
