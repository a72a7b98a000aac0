import { join } from "node:path";
import { FileMemory } from "../../../packages/collect/src/file-memory.ts";
import { takePlace } from "../../../packages/collect/src/place.ts";
import { Spool, type SpoolEntry } from "../../../packages/collect/src/spool.ts";
import type { Store } from "./store.ts";

const stepsMax = 12;
const textBytesMax = 3_000;

function textOf(step: number): string {
  return `${step} ${"x".repeat((step * 733) % textBytesMax)}`;
}

const contentOf = (step: number): string => step.toString(16).padStart(64, "0");

function openSpool(folder: string, signal: AbortSignal): Promise<Spool> {
  return Spool.open({ folder, from: 0, tell: async () => undefined, signal });
}

async function everything(spool: Spool): Promise<readonly SpoolEntry[]> {
  const all: SpoolEntry[] = [];
  for (let at = 0; ; ) {
    const entries = await spool.read(at);
    const last = entries.at(-1);
    if (last === undefined) return all;
    all.push(...entries);
    at = last.end;
  }
}

/** What is kept of collecting: what was heard and not yet handed over, and which files were. */
export const collecting: Store = {
  name: "collecting",
  async work(folder, { said, say }) {
    const { folder: place, release } = await takePlace(join(folder, "collect"), "shdr", ["press"]);
    const { signal } = new AbortController();
    const spool = await openSpool(place, signal);
    const memory = await FileMemory.open(join(place, "files"));
    // What was heard and not acknowledged may be there: a source does not say it twice by itself.
    const heard = (await everything(spool)).map(({ text }) => Number(text.split(" ")[0]));
    const steps = [...heard, ...said.map((text) => Number(text.split(" ")[1]))];
    const first = Math.max(0, ...steps) + 1;
    for (let step = first; step < first + stepsMax; step += 1) {
      spool.append({ heardMs: step, text: textOf(step) });
      await spool.commit();
      say(`heard ${step}`);
      const file = { content: contentOf(step), name: `${step}.csv`, atMs: step, timeMs: 1 };
      await memory.set({ ...file, state: "sent", rows: step });
      say(`file ${step}`);
    }
    await spool.close(0);
    await memory.close();
    release();
  },
  async look(folder, said) {
    const { folder: place, release } = await takePlace(join(folder, "collect"), "shdr", ["press"]);
    const stopping = new AbortController();
    const spool = await openSpool(place, stopping.signal);
    const memory = await FileMemory.open(join(place, "files"));
    const counts = new Map<string, number>();
    for (const { text } of await everything(spool)) counts.set(text, (counts.get(text) ?? 0) + 1);
    const lost = said.filter((text) => {
      const [what, step] = text.split(" ");
      if (what === "file") return memory.get(contentOf(Number(step)))?.rows !== Number(step);
      return !counts.has(textOf(Number(step)));
    });
    // What was acknowledged is never said again; what was not may be.
    const acknowledged = said.filter((text) => text.startsWith("heard "));
    const doubled = acknowledged.filter(
      (text) => (counts.get(textOf(Number(text.split(" ")[1]))) ?? 0) > 1,
    );
    await spool.close(0);
    await memory.close();
    release();
    return { kept: said.length - lost.length, lost, doubled };
  },
};
