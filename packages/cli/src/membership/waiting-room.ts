import { createServer } from "node:net";

const place = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)$/;

/**
 * Listens where the node will, so that those who vote can see whether they reach it; says nothing to anybody.
 * The answer ends it. A port that is taken is left alone.
 */
export async function holdPlace(listen: readonly string[]): Promise<() => Promise<void>> {
  const servers = listen.map((address) => {
    const [, host, port] = place.exec(address) ?? [];
    const server = createServer((socket) => socket.destroy());
    server.on("error", () => undefined);
    if (host !== undefined) server.listen({ host, port: Number(port) });
    return server;
  });
  return async () => {
    await Promise.all(
      servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  };
}
