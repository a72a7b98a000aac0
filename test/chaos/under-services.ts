import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Consortium, companyNames, foundConsortium } from "../helpers/consortium.ts";
import { MovableClock } from "./clock-library.ts";
import type { Target } from "./faults.ts";
import { Room } from "./room.ts";
import { Service } from "./service.ts";

/** What four companies of a campaign stand on. */
export interface Surroundings {
  /** Whether each home folder gets a disk of its own, which takes the right to mount. */
  readonly hasRooms: boolean;
  /** libfaketime; null: clocks stay as they are. */
  readonly clockLibrary: string | null;
  /** Copies of the home folders go here at the end; null: nowhere. */
  readonly keep: string | null;
}

async function prepare(
  { clockLibrary, hasRooms }: Surroundings,
  consortium: Consortium,
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const company of consortium.companies) {
    const room = hasRooms ? await Room.around(company.home) : null;
    const clock =
      clockLibrary === null ? null : new MovableClock(clockLibrary, company.path("clock"));
    await clock?.set(0);
    company.variables = clock?.variables ?? {};
    targets.push({ service: new Service(company), room, clock });
  }
  return targets;
}

async function keepHomes(keep: string, consortium: Consortium): Promise<void> {
  await mkdir(keep, { recursive: true });
  for (const { home, handle } of consortium.companies) {
    const isSocket = /\.sock$/;
    const filter = (path: string): boolean => !isSocket.test(path);
    await cp(home, join(keep, handle), { recursive: true, filter }).catch(() => undefined);
  }
}

/** Founds four companies, each under something that does what a service manager does, and ends them afterwards. */
export async function underServices<T>(
  surroundings: Surroundings,
  run: (consortium: Consortium, targets: readonly Target[]) => Promise<T>,
): Promise<T> {
  const consortium = await foundConsortium(Object.keys(companyNames));
  let targets: readonly Target[] = [];
  try {
    targets = await prepare(surroundings, consortium);
    return await run(consortium, targets);
  } finally {
    await Promise.all(targets.map(({ service }) => service.stop()));
    if (surroundings.keep !== null) await keepHomes(surroundings.keep, consortium);
    await Promise.all(targets.map(({ room }) => room?.unmount()));
    await consortium.close();
  }
}
