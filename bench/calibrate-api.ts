import { Agent, createServer, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { decodeBody, encodeBody } from "../packages/node/src/api/wire.ts";
import { wallMs } from "./samples.ts";
import { type BatchSize, jsonRowsOf, type Signed } from "./workload.ts";

/** How a body is written and read. */
interface Format {
  readonly write: (value: unknown) => Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
}

const json: Format = {
  write: (value) => Buffer.from(JSON.stringify(value)),
  read: (bytes) => JSON.parse(Buffer.from(bytes).toString("utf8")),
};
const cbor: Format = { write: encodeBody, read: decodeBody };

/**
 * CPU of one call over a unix socket with a plain server of Node, client and server together: the rows of a
 * batch as JSON, and a signed transaction as CBOR.
 */
export async function calibrateApi(
  folder: string,
  { transaction, payloads }: Signed,
  size: BatchSize,
): Promise<{ readonly jsonUs: number; readonly handOverUs: number }> {
  const rows = jsonRowsOf(size, Date.now());
  const socket = (name: string): string => join(folder, `${name}-${size}.sock`);
  return {
    jsonUs: await callUs(socket("j"), json, { rows, backfill: false }),
    handOverUs: await callUs(socket("c"), cbor, { transaction, payloads }),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function callUs(socketPath: string, format: Format, value: unknown): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    bodyOf(incoming).then((bytes) => {
      format.read(bytes);
      outgoing.end(format.write({ ok: true, id: "00".repeat(32) }));
    }, outgoing.destroy);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    // Both ends share one thread that has nothing to wait for, so time is CPU time; the least of many calls.
    const samples = await wallMs(1_500, async () => {
      const body = format.write(value);
      const headers = { "content-length": body.length };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { agent, socketPath, method: "POST", path: "/", headers };
        request(options, resolve).on("error", reject).end(body);
      });
      format.read(await bodyOf(answer));
    });
    return Math.min(...samples) * 1_000;
  } finally {
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
