import { ago, bytes, count, counted, duration } from "../print/human.ts";
import type { ToDo } from "../status/to-do.ts";

type Standing = "voting" | "sidelined" | "suspended" | "following";

/** What is being fetched or looked at. */
const syncKinds: Readonly<Record<string, string>> = {
  confirming: "looking at what is here",
  blocks: "blocks",
  snapshot: "state from others, piece",
  history: "earlier blocks, in the background",
};

/** Days of notice before a grant ends. */
const endingDays = 7;

/** `49 rows and 2 changes wait`. */
export function enWaiting(rows: number, changes: number): string {
  const parts = [
    ...(rows > 0 ? [counted(rows, "row", "rows")] : []),
    ...(changes > 0 ? [counted(changes, "change", "changes")] : []),
  ];
  return `${parts.join(" and ")} ${rows + changes === 1 ? "waits" : "wait"}`;
}

function enRoom(hours: number): string {
  const left = counted(Math.floor(hours), "hour", "hours");
  return `no more rows are accepted in ${hours < 1 ? "less than an hour" : left} at the present rate`;
}

function enToDo(one: ToDo): string {
  switch (one.kind) {
    case "node-away":
      return "the node does not answer";
    case "quorum": {
      const who = one.missing.length === 0 ? "more companies are" : one.missing.join(", ");
      const verb = one.missing.length === 0 ? "" : one.missing.length === 1 ? " is" : " are";
      const waits = one.rows + one.changes === 0 ? "" : `; ${enWaiting(one.rows, one.changes)}`;
      return `nothing can be agreed until ${who}${verb} back${waits}`;
    }
    case "sign-state":
      return "your node does not vote: its memory of what it signed is not safe";
    case "suspended":
      return "you signed twice; look for a second copy of this node";
    case "parting":
      return one.what === "leave"
        ? "leave this machine on: your leaving is not in force yet, and the others need your node"
        : "leave this machine on: your vote is not given back yet, and the others need your node";
    case "clock":
      return "this machine's clock is not that of the others";
    case "backup":
      return "the last backup is more than two days old";
    case "disk":
      return `the disk has only ${bytes(one.freeBytes)} left`;
    case "room":
      return enRoom(one.hours);
    case "damaged-copy":
      return `damaged blocks were set aside in ${one.folder}: look at the disk, and delete them only once the others have given all of them again`;
    case "parked":
      return `${one.stream} waits: ${one.code}`;
    case "refused":
      return counted(one.count, "row was refused and is kept", "rows were refused and are kept");
    case "closing":
      return `${counted(one.count, "stream is", "streams are")} being closed to a company that left or lost its key`;
    case "votes":
      return counted(one.count, "vote waits for you", "votes wait for you");
    case "versions":
      return counted(one.count, "company runs another version", "companies run other versions");
    case "grants-ending":
      return `${counted(one.count, "grant ends", "grants end")} within ${endingDays} days`;
  }
}

/** English words of `start`, `stop` and `status`. */
export const enRunning = {
  started: (company: string, network: string): string => `${company} is running on ${network}.`,
  startedApi: (socket: string, port: number | null): string =>
    port === null ? `API      ${socket}` : `API      http://127.0.0.1:${port}/v1 and ${socket}`,
  startDry: (company: string): string => `Would start ${company}: folder and passphrase fit.`,
  unitLine: (path: string, was: "new" | "same", dryRun: boolean): string =>
    was === "same" ? `${path} is there already` : `${dryRun ? "Would write" : "Wrote"} ${path}`,
  serviceHomeUnseen: (home: string): string =>
    `No company in a network is seen in ${home}: if it lies elsewhere, name the folder with --home.`,
  serviceNext: [
    "Next     sudo install -D -m 0600 FILE /etc/tegata/passphrase",
    "         sudo systemctl daemon-reload",
    "         sudo systemctl enable --now tegata.service tegata-backup.timer",
  ],
  notTold: "systemd was not told that this runs; systemd-notify could not do it",
  borrowedNode:
    "This Node came with the packages and is for trying. For production install Node.js 24 from https://nodejs.org.",
  stopping: "Stopping …",
  stopped: (company: string): string => `${company} has stopped.`,
  stopDry: (company: string, pid: number | null): string =>
    `Would stop ${company}${pid === null ? "" : ` (process ${pid})`}.`,
  programBack: (program: string, exit: number, pauseMs: number): string =>
    `the ${program} ended with code ${exit}; it is started again in ${duration(pauseMs)}`,
  programLost: (program: string, exit: number): string =>
    `the ${program} ended with code ${exit} and must not be started again before that is understood`,
  statusTitle: (
    network: string,
    company: string,
    standing: Standing | null,
    version: string,
  ): string =>
    `${network}   you: ${company}${standing === null ? "" : ` (${standing})`}   tegata ${version}`,
  state: {
    starting: "starting",
    "catching-up": "catching up",
    ready: "ready",
    "no-quorum": "waiting: too few companies are connected",
    "sign-state-unsafe": "not voting: its memory of what it signed is not safe",
    unreachable: "the node does not answer",
  },
  stateLabel: "State",
  blockLabel: "Block",
  membersLabel: "Companies",
  outboxLabel: "Outbox",
  dataLabel: "Data",
  syncLabel: "Sync",
  sync: (kind: string, done: number, of: number): string =>
    `${syncKinds[kind] ?? kind}: ${count(done)} of ${count(of)}`,
  diskLabel: "Disk",
  toDoLabel: "To do",
  turn: (round: number, proposer: string | null): string =>
    `   round ${round}${proposer === null ? "" : `   next proposer ${proposer}`}`,
  otherVersions: (count: number): string =>
    `   ${counted(count, "has another version", "have other versions")}`,
  grantsEnding: (count: number): string =>
    `, ${counted(count, "grant ends", "grants end")} within ${endingDays} days`,
  diskFree: (free: number, lastBackupMs: number | null, nowMs: number): string => {
    const backup =
      lastBackupMs === null ? "no backup yet" : `last backup ${ago(lastBackupMs, nowMs)}`;
    return `${bytes(free)} free, ${backup}`;
  },
  toDo: enToDo,
  toDoNext: (text: string, next: string): string => `${text} → ${next}`,
  watchWaits: (next: string): string => `It is looked again every second. Meanwhile: ${next}`,
  block: (height: number, headTimeMs: number, nowMs: number): string =>
    `${count(height)}, ${ago(headTimeMs, nowMs)}`,
  connected: (online: number, all: number, needed: number): string =>
    `${online} of ${all} connected (${needed} needed)`,
  away: (name: string, lastSeenMs: number | null, nowMs: number): string =>
    lastSeenMs === null ? `${name} not seen` : `${name} last seen ${ago(lastSeenMs, nowMs)}`,
  sidelined: (name: string, since: number): string =>
    `${name} did not propose in time: others propose for it since block ${count(since)}, its votes count`,
  sidelinedSelf: (since: number): string =>
    `you did not propose in time: others propose for you since block ${count(since)}, your votes count`,
  suspended: (name: string, since: number): string =>
    `${name} signed twice and is suspended since block ${count(since)}: its votes do not count`,
  suspendedSelf: (since: number): string =>
    `you signed twice and are suspended since block ${count(since)}: your votes do not count; look for a second copy of this node`,
  outboxEmpty: "empty",
  outbox: (rows: number, changes: number, oldestMs: number | null, nowMs: number): string => {
    const since = oldestMs === null ? "" : `, the oldest from ${ago(oldestMs, nowMs)}`;
    return `${enWaiting(rows, changes)}${since}`;
  },
  roomLeft: enRoom,
  refused: (refused: number): string => counted(refused, "row refused", "rows refused"),
  parked: (stream: string, code: string): string => `${stream} waits: ${code}`,
  clockOff: (aheadMs: number): string => {
    const side = aheadMs > 0 ? "ahead of" : "behind";
    return `clock off: this machine is ${duration(Math.abs(aheadMs))} ${side} the others; run NTP, until then your blocks are refused`;
  },
  payloadsMissing: (missing: number): string =>
    `${counted(missing, "piece of data is", "pieces of data are")} still being fetched`,
  data: (mine: number, shared: number): string =>
    `${counted(mine, "stream", "streams")} mine, ${count(shared)} shared with me`,
};
