// What happened under a seed, laid out to be read: time goes down, each member has a column.
import type { Outcome } from "./cluster.ts";
import type { Partition, Swarm } from "./swarm.ts";
import type { Told } from "./world.ts";

const columnsMax = 100;
const timeColumns = 10;
/** With more members than this a column is too narrow for a sentence. */
const besideMax = 5;
/** What happens within so short a time stands in one line. */
const togetherMs = 2;

/** What is shown of a timeline. */
export interface View {
  /** Only the height at which it failed. */
  readonly isFailureOnly: boolean;
  readonly linesMax: number;
}

const whatMatters =
  /proposal|prevote|precommit|certificate|decides|power|starts|guard|VIOLATION|STALLED|partition/;
const place = /(\d+)\/(\d+)/;

function isWorth({ sentence }: Told): boolean {
  return whatMatters.test(sentence);
}

/** What a member says again is no news. */
function withoutRepeats(timeline: readonly Told[]): readonly Told[] {
  const said = new Set<string>();
  return timeline.filter(({ member, sentence }) => {
    if (!place.test(sentence)) return true;
    const key = `${member} ${sentence}`;
    return !said.has(key) && said.add(key) !== null;
  });
}

/** Who does not hear whom, in few words. */
function cutOf(blocked: Partition["blocked"]): string {
  const pairs = blocked.flatMap((row, from) =>
    row.flatMap((isBlocked, to) => (isBlocked ? [[from, to] as const] : [])),
  );
  const lone = blocked.findIndex((_, member) => pairs.every((pair) => pair.includes(member)));
  const isLone = lone !== -1 && pairs.length === 2 * (blocked.length - 1);
  if (isLone) return `partition: member ${lone} is cut off`;
  return `partition: ${pairs.map(([from, to]) => `${from}>${to}`).join(" ")}`;
}

function withPartitions(timeline: readonly Told[], swarm: Swarm): readonly Told[] {
  const lastMs = timeline.at(-1)?.atMs ?? 0;
  const marks = swarm.partitions.flatMap(({ fromMs, untilMs, blocked }): readonly Told[] => {
    const endMs = Math.min(untilMs, swarm.healAtMs);
    if (endMs <= fromMs) return [];
    return [
      { atMs: fromMs, member: null, sentence: cutOf(blocked) },
      { atMs: endMs, member: null, sentence: "partition ends" },
    ];
  });
  return [...timeline, ...marks.filter(({ atMs }) => atMs <= lastMs)].sort(
    (a, b) => a.atMs - b.atMs,
  );
}

function isLiarAt({ liars }: Swarm, index: number | null): boolean {
  return liars.some(({ member }) => member === index);
}

const telling = /^tells (\d+): (.*)$/;

/** What a liar tells several members at once is one line; what it says to itself is none. */
function withoutWhispers(
  timeline: readonly Told[],
  members: number,
  swarm: Swarm,
): readonly Told[] {
  const others = members - 1;
  const lines: { told: Told; to: string[]; what: string }[] = [];
  for (const told of timeline) {
    const [, to, what] = telling.exec(told.sentence) ?? [];
    if (to === undefined || what === undefined) {
      const isInner = isLiarAt(swarm, told.member) && told.sentence.startsWith("sends ");
      if (!isInner) lines.push({ told, to: [], what: told.sentence });
      continue;
    }
    const same = lines.findLast(
      (line) => line.told.member === told.member && line.what === what && line.to.length > 0,
    );
    if (same !== undefined && told.atMs - same.told.atMs <= togetherMs) same.to.push(to);
    else lines.push({ told, to: [to], what });
  }
  return lines.map(({ told, to, what }) =>
    to.length === 0 ? told : { ...told, sentence: to.length === others ? what : `${what} >${to}` },
  );
}

/** A member is judged when it signs; what it then says is read more easily before the judgement. */
function failureLast(timeline: readonly Told[]): readonly Told[] {
  const at = timeline.findIndex(({ sentence }) => sentence.startsWith("VIOLATION"));
  const [failure, next] = timeline.slice(at);
  const isOfIt = at !== -1 && next !== undefined && next.member === failure?.member;
  if (!isOfIt || next.atMs !== failure?.atMs) return timeline;
  return timeline.with(at, next).with(at + 1, failure);
}

/** The height of the failure: the one its sentence names, else the one spoken of last. */
function heightOf(timeline: readonly Told[]): string | null {
  const failure = timeline.find(({ sentence }) => sentence.startsWith("VIOLATION"));
  const named = /(\d+)\/\d+|height (\d+)/.exec(failure?.sentence ?? "");
  const last = timeline.findLast(({ sentence }) => place.test(sentence));
  return named?.[1] ?? named?.[2] ?? place.exec(last?.sentence ?? "")?.[1] ?? null;
}

/** A line where somebody speaks of a height for the first time. */
function withHeights(timeline: readonly Told[]): readonly Told[] {
  let highest = 0;
  return timeline.flatMap((told): readonly Told[] => {
    const at = Number(place.exec(told.sentence)?.[1] ?? 0);
    if (at <= highest) return [told];
    highest = at;
    return [{ atMs: told.atMs, member: null, sentence: `height ${at}` }, told];
  });
}

/** From the first word of a height on, without what is said of other heights. */
function atHeight(timeline: readonly Told[], height: string | null): readonly Told[] {
  const isOther = ({ sentence }: Told): boolean => {
    const at = place.exec(sentence)?.[1] ?? null;
    return at !== null && at !== height;
  };
  const begins = timeline.findIndex((told) => place.exec(told.sentence)?.[1] === height);
  const isEarly = ({ member }: Told, at: number): boolean => member !== null && at < begins;
  return timeline.filter((told, at) => !isEarly(told, at) && !isOther(told));
}

function cell(sentence: string, isLiar: boolean): string {
  if (sentence.startsWith("VIOLATION")) return sentence;
  return sentence
    .replace(/^sends /, "")
    .replace(/ valid round -1/, "")
    .replace(/ valid round /, " vr ")
    .replace(/(\w+(?: certificate)?) \d+\/(\d+)/, "r$2 $1")
    .replace(/(precommit #\w+)$/, isLiar ? "$1" : "$1 locks");
}

/** One line per moment; what concerns everybody has a line of its own. */
function beside(timeline: readonly Told[], members: number, swarm: Swarm): readonly string[] {
  const width = Math.floor((columnsMax - timeColumns) / members);
  const lines: string[] = [];
  let cells: string[] = [];
  let sinceMs = 0;
  const flush = (): void => {
    if (cells.length === 0) return;
    const time = sinceMs.toFixed(0).padStart(timeColumns - 2);
    const row = Array.from({ length: members }, (_, at) => (cells[at] ?? "").padEnd(width));
    lines.push(`${time}  ${row.join("")}`.trimEnd());
    cells = [];
  };
  for (const { atMs, member, sentence } of timeline) {
    const isFailure = sentence.startsWith("VIOLATION");
    const text = cell(sentence, isLiarAt(swarm, member));
    const isFree = member !== null && cells[member] === undefined && text.length < width;
    if (!isFree || isFailure || atMs - sinceMs > togetherMs) flush();
    if (member === null || isFailure || text.length >= width) {
      const who = member === null ? "" : `member ${member}: `;
      lines.push(`${atMs.toFixed(0).padStart(timeColumns - 2)}  ${who}${text}`);
      continue;
    }
    if (cells.length === 0) sinceMs = atMs;
    cells[member] = text;
  }
  flush();
  return lines;
}

function below(timeline: readonly Told[], swarm: Swarm): readonly string[] {
  return timeline.map(({ atMs, member, sentence }) => {
    const time = atMs.toFixed(0).padStart(timeColumns - 2);
    return `${time}  ${(member === null ? "" : `member ${member}`).padEnd(11)}${cell(sentence, isLiarAt(swarm, member))}`;
  });
}

function heading(members: number, swarm: Swarm): readonly string[] {
  const width = Math.floor((columnsMax - timeColumns) / members);
  const names = Array.from({ length: members }, (_, index) => {
    const isLiar = isLiarAt(swarm, index);
    return `member ${index}${isLiar ? " (lies)" : ""}`.padEnd(width);
  });
  return [`${"ms".padStart(timeColumns - 2)}  ${names.join("")}`.trimEnd()];
}

function shortened(lines: readonly string[], linesMax: number): readonly string[] {
  if (lines.length <= linesMax) return lines;
  const head = Math.floor(linesMax / 3);
  const tail = linesMax - head - 1;
  const left = lines.length - head - tail;
  return [...lines.slice(0, head), `  … ${left} lines …`, ...lines.slice(-tail)];
}

/** The timeline of a seed in lines of text. */
export function timelineOf(
  { timeline }: Outcome,
  members: number,
  swarm: Swarm,
  { isFailureOnly, linesMax }: View,
): readonly string[] {
  const height = heightOf(timeline);
  const told = failureLast(withoutWhispers(timeline.filter(isWorth), members, swarm));
  const worth = withPartitions(withoutRepeats(told), swarm);
  const shown = isFailureOnly ? atHeight(worth, height) : withHeights(worth);
  const isBeside = members <= besideMax;
  const lines = isBeside ? beside(shown, members, swarm) : below(shown, swarm);
  const head = isBeside ? heading(members, swarm) : [];
  const liars = swarm.liars.map(({ member, strategy }) => `member ${member} lies: ${strategy}`);
  const title = isFailureOnly && height !== null ? [`height ${height}, rounds r0, r1 …`] : [];
  return [...liars, ...title, ...head, ...shortened(lines, linesMax)];
}
