import { join } from "node:path";
import type { Prng } from "../../packages/consensus/sim/prng.ts";
import { until } from "../helpers/waiting.ts";
import { askSoon } from "./chain-watch.ts";
import type { MovableClock } from "./clock-library.ts";
import {
  type DatabaseName,
  databaseFiles,
  type FileKind,
  flipBytes,
  loseCurrent,
  loseGuard,
  spoilGuardSlot,
  tear,
} from "./damage.ts";
import type { Room } from "./room.ts";
import type { Service } from "./service.ts";

/** A company with everything that can be done to it. */
export interface Target {
  readonly service: Service;
  /** Its disk, where one can be mounted. */
  readonly room: Room | null;
  /** Its wall clock, where it can be moved. */
  readonly clock: MovableClock | null;
}

/** How long a fault lasts: resolves when it is to end. */
export interface Lasting {
  /** Of what stays stopped. */
  readonly stopped: () => Promise<unknown>;
  /** Of a full disk, a wrong clock, and of those who are away. */
  readonly held: () => Promise<unknown>;
}

/** Where a fault happens. */
export interface Scene {
  readonly targets: readonly Target[];
  readonly draw: Prng;
  readonly lasting: Lasting;
}

/** Something that goes wrong at a member, and what ends it. */
export interface Fault {
  readonly name: string;
  /** What it takes beside a company that runs. */
  readonly needs: "clock" | "room" | null;
  /** Resolves when the cause is gone; gives those who have to take part again. */
  run(scene: Scene, victim: Target): Promise<readonly Target[]>;
}

/** What a status may say beside the truth: a proposal takes its way. */
const clockSecondsMax = 10;

type Program = Parameters<Service["signal"]>[1][number];

const wholeCompany: readonly Program[] = ["supervisor", "node", "gateway"];

function kill(name: string, programs: readonly Program[]): Fault {
  return {
    name,
    needs: null,
    run: async (_, victim) => {
      victim.service.signal("SIGKILL", programs);
      return [victim];
    },
  };
}

function freeze(name: string, programs: readonly Program[]): Fault {
  return {
    name,
    needs: null,
    run: async ({ lasting }, victim) => {
      victim.service.signal("SIGSTOP", programs);
      await lasting.stopped();
      victim.service.signal("SIGCONT", programs);
      return [victim];
    },
  };
}

/** Loses power, and while nothing runs something happens to the files. */
function whileDown(name: string, happen: (scene: Scene, home: string) => Promise<void>): Fault {
  return {
    name,
    needs: null,
    run: async (scene, victim) => {
      const { service } = victim;
      await service.cutPower();
      await happen(scene, service.company.home);
      service.start();
      return [victim];
    },
  };
}

const loseCurrentOf = (database: DatabaseName): Fault =>
  whileDown(`CURRENT of ${database} deleted`, (_, home) => loseCurrent(home, database));

/** A file of a kind; tables come with the next opening where there are none yet. */
async function someFile({ draw }: Scene, home: string, kind: FileKind): Promise<string> {
  const files = databaseFiles(home, kind);
  const path = files[draw.below(files.length)];
  if (path === undefined) throw new Error(`no ${kind} in ${home}`);
  return path;
}

const flipWhileDown = (kind: FileKind): Fault =>
  whileDown(`bytes flipped in a ${kind}, stopped`, async (scene, home) =>
    flipBytes(await someFile(scene, home, kind), scene.draw),
  );

/** The rot is met by readers while the node runs, or by the next opening at the latest. */
const flipWhileRunning = (kind: FileKind): Fault => ({
  name: `bytes flipped in a ${kind}, running`,
  needs: null,
  run: async (scene, victim) => {
    const { service } = victim;
    await flipBytes(await someFile(scene, service.company.home, kind), scene.draw);
    await scene.lasting.held();
    await service.stop();
    service.start();
    return [victim];
  },
});

function fillDisk(name: string, leftMebibytes: number): Fault {
  return {
    name,
    needs: "room",
    run: async ({ lasting }, victim) => {
      await victim.room?.fill(leftMebibytes);
      await lasting.held();
      await victim.room?.empty();
      return [victim];
    },
  };
}

/** A wall clock that is moved, and later right again. */
function moveClock(seconds: number, when: "running" | "start"): Fault {
  const hours = seconds / 3_600;
  const text = Math.abs(hours) < 24 ? `${hours} h` : `${hours / 24} d`;
  return {
    name: `clock ${seconds > 0 ? "+" : ""}${text}, ${when === "start" ? "at start" : "running"}`,
    needs: "clock",
    run: async ({ lasting }, victim) => {
      const { service, clock } = victim;
      if (when === "start") await service.stop();
      await clock?.set(seconds);
      if (when === "start") service.start();
      await lasting.held();
      await until(
        `${service.handle} says that its clock is off`,
        async () => {
          const status = await askSoon(service.company, (node) => node.status());
          return Math.abs((status?.clockAheadMs ?? 0) / 1_000 - seconds) < clockSecondsMax;
        },
        300_000,
      );
      await clock?.set(0);
      return [victim];
    },
  };
}

const everybody: Fault = {
  name: "power cut of all four",
  needs: null,
  run: async ({ targets }) => {
    await Promise.all(targets.map(({ service }) => service.cutPower()));
    for (const { service } of targets) service.start();
    return targets;
  },
};

const twoAway: Fault = {
  name: "two of four away and back",
  needs: null,
  run: async ({ targets, draw, lasting }, victim) => {
    const others = targets.filter((one) => one !== victim);
    const other = others[draw.below(others.length)];
    if (other === undefined) throw new Error("there is nobody else");
    const away = [victim, other];
    await Promise.all(away.map(({ service }) => service.cutPower()));
    await lasting.held();
    for (const { service } of away) service.start();
    return away;
  },
};

const hour = 3_600;
const day = 24 * hour;

/** Every sort of fault; the cheap ones come first. */
export const faults: readonly Fault[] = [
  kill("kill -9 of the node", ["node"]),
  kill("kill -9 of the gateway", ["gateway"]),
  kill("kill -9 of the company", wholeCompany),
  everybody,
  freeze("SIGSTOP of the node", ["node"]),
  freeze("SIGSTOP of the company", wholeCompany),
  twoAway,
  loseCurrentOf("bodies"),
  loseCurrentOf("state"),
  flipWhileDown("log"),
  flipWhileDown("table"),
  flipWhileDown("manifest"),
  flipWhileRunning("log"),
  flipWhileRunning("table"),
  whileDown("log of the height torn", ({ draw }, home) => tear(join(home, "node", "wal"), draw)),
  whileDown("slot of the guard spoilt", ({ draw }, home) => spoilGuardSlot(home, draw)),
  whileDown("guard lost", (_, home) => loseGuard(home)),
  fillDisk("disk full", 0),
  fillDisk("disk almost full", 128),
  moveClock(hour, "running"),
  moveClock(-hour, "running"),
  moveClock(day, "running"),
  moveClock(-day, "running"),
  moveClock(hour, "start"),
  moveClock(-hour, "start"),
  moveClock(day, "start"),
  moveClock(-day, "start"),
];
