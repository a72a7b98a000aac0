import { type ChildProcess, fork } from "node:child_process";
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

async function asked(worker: ChildProcess, order: Order): Promise<DoorResult> {
  const ended = once(worker, "exit").then(([code, signal]) => {
    // A door that ends its process is what the campaign looks for, and nothing after it can be told.
    throw new Error(`the process of door ${order.door} ended with ${code ?? signal}`);
  });
  worker.send(order);
  const [result] = await Promise.race([once(worker, "message"), ended]);
  ended.catch(() => undefined);
  return result as DoorResult;
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
  const elsewhere = async (): Promise<void> => {
    const worker = fork(program, {
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    try {
      for (let door = waiting.shift(); door !== undefined; door = waiting.shift()) {
        take(await asked(worker, { door: door.name, luck }));
      }
    } finally {
      // It ends by itself, and takes its files along.
      if (worker.connected) worker.disconnect();
    }
  };
  if (jobs === 1) await inHere();
  else await Promise.all(Array.from({ length: jobs }, elsewhere));
  return chosen.flatMap(({ name }) => results.get(name) ?? []);
}
