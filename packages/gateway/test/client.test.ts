import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createGatewayClient, type GatewayClient } from "../src/api/client.ts";

/** A client at whose socket somebody answers who is no gateway. */
async function clientOf(answer: (response: ServerResponse) => void): Promise<GatewayClient> {
  const folder = mkdtempSync(join(tmpdir(), "tegata-client-"));
  const socketPath = join(folder, "socket");
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const client = createGatewayClient({ socketPath });
  onTestFinished(() => {
    client.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return client;
}

test.each(["<html>proxy</html>", "", "null", "7", '"text"'])(
  "an answer %j with which no gateway answers is told as one of somebody else",
  async (body) => {
    const client = await clientOf((response) => response.end(body));
    const refused = { code: "GATEWAY_ANSWER_UNKNOWN", detail: { text: body } };
    await expect(client.status()).rejects.toMatchObject(refused);
    await expect(client.streams()).rejects.toMatchObject(refused);
  },
);

test("a list that is none is told as an answer of somebody else", async () => {
  const client = await clientOf((response) => response.end('{"items":7}'));
  await expect(client.members()).rejects.toMatchObject({ code: "GATEWAY_ANSWER_UNKNOWN" });
});

test("a gateway that goes away in the middle of an answer cannot be reached", async () => {
  const client = await clientOf((response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("{", () => response.destroy());
  });
  await expect(client.status()).rejects.toMatchObject({ code: "GATEWAY_UNREACHABLE" });
});

test.each(["{", "null", "[]", "7"])("an event %j that is none ends the listening", async (data) => {
  const client = await clientOf((response) => response.end(`id: 1.0\ndata: ${data}\n\n`));
  const events = client.events({}, new AbortController().signal)[Symbol.asyncIterator]();
  await expect(events.next()).rejects.toMatchObject({ code: "GATEWAY_ANSWER_UNKNOWN" });
});
