import { connect } from "node:net";

const place = /^\/(?:ip4|ip6|dns4)\/([^/]+)\/tcp\/(\d+)$/;
const patienceMs = 3_000;

/** Whether somebody answers at one of these addresses; only that: nothing is said or believed. */
export async function isReachable(addresses: readonly string[]): Promise<boolean> {
  const tried = await Promise.all(addresses.map(answers));
  return tried.some((answered) => answered);
}

function answers(address: string): Promise<boolean> {
  const [, host, port] = place.exec(address) ?? [];
  if (host === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(patienceMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
