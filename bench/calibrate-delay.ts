import { connect, createServer, type Socket } from "node:net";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { quantile } from "./formulas.ts";
import { wallMs } from "./samples.ts";

const messageBytes = 200;

/** One way over loopback TCP between two event loops: half the median round trip, in milliseconds. */
export async function calibrateDelay(): Promise<number> {
  const echo = new Worker(new URL(import.meta.url));
  try {
    const port = await new Promise<number>((resolve, reject) => {
      echo.once("message", resolve);
      echo.once("error", reject);
    });
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    const message = new Uint8Array(messageBytes);
    const samples = await wallMs(400, () => roundTrip(socket, message));
    socket.destroy();
    return (quantile(samples, 0.5) as number) / 2;
  } finally {
    await echo.terminate();
  }
}

function roundTrip(socket: Socket, message: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    let left = message.length;
    const take = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take);
    socket.write(message);
  });
}

function serveEcho(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address !== null && typeof address === "object") parentPort?.postMessage(address.port);
  });
}

if (!isMainThread) serveEcho();
