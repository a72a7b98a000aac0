import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type DoorResult, type Luck, runDoor } from "./campaign.ts";
import type { Door } from "./door.ts";

const program = join(import.meta.dirname, "worker.ts");

/** What a worker is told. */
export interface Order {
  readonly door: string;
  readonly luck: Luck;
}

/** Tries doors in a process of its own, until there are none left. */
async function tryElsewhere(
  next: () => Door | undefined,
  luck: Luck,
  take: (result: DoorResult) => void,
): Promise<void> {
  const worker = fork(program, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let tried = "";
  const ended = once(worker, "exit").then(([code, signal]) => {
    // A door that ends its process is what the campaign looks for, and nothing after it can be told.
    throw new Error(`the process of door ${tried} ended with ${code ?? signal}`);
  });
  // After its last door it may end.
  ended.catch(() => undefined);
  try {
    for (let door = next(); door !== undefined; door = next()) {
      tried = door.name;
      const told = once(worker, "message");
      const order: Order = { door: tried, luck };
      worker.send(order);
      const [result] = await Promise.race([told, ended]);
      take(result as DoorResult);
    }
  } finally {
    // It ends by itself, and takes its files along.
    if (worker.connected) worker.disconnect();
  }
}

/** Tries doors in as many processes as wanted, the slow ones first; gives the results in the order of the doors. */
export async function runDoors(
  chosen: readonly Door[],
  luck: Luck,
  jobs: number,
  tell: (result: DoorResult) => void,
): Promise<readonly DoorResult[]> {
  const results = new Map<string, DoorResult>();
  const waiting = [...chosen].sort((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
  const take = (result: DoorResult): void => {
    results.set(result.door, result);
    tell(result);
  };
  const inHere = async (): Promise<void> => {
    for (let door = waiting.shift(); door !== undefined; door = waiting.shift()) {
      take(await runDoor(door, luck));
    }
  };
  const elsewhere = () => tryElsewhere(() => waiting.shift(), luck, take);
  if (jobs === 1) await inHere();
  else await Promise.all(Array.from({ length: jobs }, elsewhere));
  return chosen.flatMap(({ name }) => results.get(name) ?? []);
}
