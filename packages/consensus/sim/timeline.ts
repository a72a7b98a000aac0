// What happened under a seed, laid out to be read: time goes down, each member has a column.
import type { Outcome } from "./cluster.ts";
import type { Swarm } from "./swarm.ts";
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

function withPartitions(timeline: readonly Told[], swarm: Swarm): readonly Told[] {
  const lastMs = timeline.at(-1)?.atMs ?? 0;
  const marks = swarm.partitions.flatMap(({ fromMs, untilMs, blocked }): readonly Told[] => {
    const pairs = blocked.flatMap((row, from) =>
      row.flatMap((isBlocked, to) => (isBlocked ? [`${from}>${to}`] : [])),
    );
    return [
      { atMs: fromMs, member: null, sentence: `partition: ${pairs.join(" ")}` },
      { atMs: Math.min(untilMs, swarm.healAtMs), member: null, sentence: "partition ends" },
    ];
  });
  return [...timeline, ...marks.filter(({ atMs }) => atMs <= lastMs)].sort(
    (a, b) => a.atMs - b.atMs,
  );
}

/** The height of the failure: the one its sentence names, else the one spoken of last. */
function heightOf(timeline: readonly Told[]): string | null {
  const failure = timeline.find(({ sentence }) => sentence.startsWith("VIOLATION"));
  const named = /(\d+)\/\d+|height (\d+)/.exec(failure?.sentence ?? "");
  const last = timeline.findLast(({ sentence }) => place.test(sentence));
  return named?.[1] ?? named?.[2] ?? place.exec(last?.sentence ?? "")?.[1] ?? null;
}

/** From the first word of a height on, without what is said of other heights. */
function atHeight(timeline: readonly Told[], height: string | null): readonly Told[] {
  const isOther = ({ sentence }: Told): boolean => {
    const at = place.exec(sentence)?.[1] ?? null;
    return at !== null && at !== height;
  };
  const begins = timeline.findIndex((told) => place.exec(told.sentence)?.[1] === height);
  return timeline.slice(Math.max(0, begins)).filter((told) => !isOther(told));
}

function cell(sentence: string): string {
  return sentence
    .replace(/^sends /, "")
    .replace(/ valid round -1/, "")
    .replace(/ valid round /, " vr ")
    .replace(/(\w+(?: certificate)?) \d+\/(\d+)/, "r$2 $1")
    .replace(/(precommit #\w+)(?! >)/, "$1, locks");
}

/** One line per moment; what concerns everybody has a line of its own. */
function beside(timeline: readonly Told[], members: number): readonly string[] {
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
    const text = cell(sentence);
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

function below(timeline: readonly Told[]): readonly string[] {
  return timeline.map(({ atMs, member, sentence }) => {
    const time = atMs.toFixed(0).padStart(timeColumns - 2);
    return `${time}  ${(member === null ? "" : `member ${member}`).padEnd(11)}${cell(sentence)}`;
  });
}

function heading(members: number, swarm: Swarm): readonly string[] {
  const width = Math.floor((columnsMax - timeColumns) / members);
  const names = Array.from({ length: members }, (_, index) => {
    const isLiar = swarm.liars.some(({ member }) => member === index);
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
  const worth = withPartitions(withoutRepeats(timeline.filter(isWorth)), swarm);
  const shown = isFailureOnly ? atHeight(worth, height) : worth;
  const isBeside = members <= besideMax;
  const lines = isBeside ? beside(shown, members) : below(shown);
  const head = isBeside ? heading(members, swarm) : [];
  const liars = swarm.liars.map(({ member, strategy }) => `member ${member} lies: ${strategy}`);
  const title = isFailureOnly && height !== null ? [`height ${height}`] : [];
  return [...liars, ...title, ...head, ...shortened(lines, linesMax)];
}
