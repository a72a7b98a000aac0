import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the range from which systems lend ports to outgoing connections, which would take one between
// the question and its use.
const portMin = 15_000;
const portMax = 32_000;
const attemptsMax = 1_000;

/**
 * So many different loopback ports that nobody listens on now.
 * @throws RangeError where almost everything is taken
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < attemptsMax && ports.size < count; attempt += 1) {
    const port = randomInt(portMin, portMax);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  if (ports.size < count) throw new RangeError(`there are no ${count} free ports`);
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
