import type { CheckName, Finding, FindingDetail } from "../doctor/finding.ts";
import { ago, bytes, count, counted, duration } from "../print/human.ts";
import { enReach } from "./en-reach.ts";
import { enWaiting } from "./en-running.ts";

/** What a person reads about a finding; `next: null`: there is nothing to do. */
export interface FindingWords {
  readonly text: string;
  readonly next: string | null;
}

type Writer = (detail: FindingDetail, nowMs: number) => string | readonly [string, string];

type Value = FindingDetail[string] | undefined;

const number = (value: Value): string => count(Number(value ?? 0));
const since = (value: Value, nowMs: number): string => ago(Number(value), nowMs);
const renewal = (path: string): string =>
  `put a new one in its place (where the gateway made it: remove ${path}), tegata stop, tegata start, copy it to each machine`;
const wayTo = ({ reason, address }: FindingDetail): string =>
  enReach.failure(String(reason), String(address ?? ""));

const checks: Readonly<Record<CheckName, string>> = {
  program: "Program",
  home: "Home folder",
  settings: "Settings",
  keys: "Keys",
  guard: "Signer guard",
  copies: "Second copy",
  disk: "Disk",
  clock: "Clock",
  processes: "Processes",
  node: "Node",
  gateway: "Gateway",
  plant: "Plant network",
  membership: "Membership",
  reach: "Others",
  inbound: "Own port",
  quorum: "Quorum",
  sync: "Chain",
  outbox: "Outbox",
  backup: "Backup",
  versions: "Versions",
  dial: "Dial",
};

const stopped = "not looked at: the node is not running";

const ofMachine: Readonly<Record<string, Writer>> = {
  program: ({ node, version }) => `tegata ${version}, Node ${node}`,
  "node-too-old": ({ node }) => [
    `Node ${node} is too old`,
    "install Node.js 24 from https://nodejs.org",
  ],
  "node-borrowed": ({ node }) => [
    `Node ${node} came with the packages and is for trying`,
    "install Node.js 24 from https://nodejs.org",
  ],
  home: ({ path }) => String(path),
  "home-missing": ({ path }) => [
    `there is no folder ${path}`,
    "name the right one with --home, or make a company with tegata card",
  ],
  "card-missing": ({ path }) => [
    `no company lies in ${path}`,
    "name the right one with --home, or make a company with tegata card",
  ],
  "folder-open": ({ path, mode }) => [
    `others of this machine have access to ${path} (mode ${mode})`,
    `chmod 700 ${path}, and think about who may have been in there`,
  ],
  "home-open": ({ path, mode }) => [
    `others of this machine may look into ${path} (mode ${mode})`,
    `chmod 700 ${path}`,
  ],
  "home-of-other": ({ path }) => [
    `${path} belongs to another user`,
    "run this as the user that runs the company, or give it the folder with chown -R",
  ],
  "damaged-copy": ({ folder }) => [
    `blocks that were damaged were set aside in ${folder}; the others' copy is used`,
    "look at the disk; once the line Chain has everything, take that folder away",
  ],
  settings: ({ path }) => String(path),
  "settings-old": () => [
    "the settings lie in a config.json of an older version",
    "tegata config show takes them over once, and keeps the old file",
  ],
  "settings-wrong": ({ text, count: all }) => [
    `cannot be used: ${text}${Number(all) > 1 ? ` (and ${Number(all) - 1} more)` : ""}`,
    "tegata config check lists all of it",
  ],
  "settings-open": ({ path }) => [
    `others of this machine can write ${path} or its folder`,
    `chmod go-w ${path} and its folder`,
  ],
  keys: () => "both keystores can be read",
  "keys-none": () => "there are none yet",
  "keys-exposed": ({ text }) => [
    String(text),
    "chmod 600 the file, and think about who may have read it",
  ],
  "keys-unreadable": ({ text }) => [
    `a keystore cannot be used: ${text}`,
    "restore it from a backup; the recovery words restore what it seals",
  ],
  guard: ({ height }) =>
    height === null ? "whole; nothing signed yet" : `whole; signed last at ${number(height)}`,
  "guard-early": () => "there is none before a network is founded or joined",
  "guard-later-key": () => "whole; it belongs to a later key than that of the card",
  "guard-missing": () => [
    "there is no memory of what was signed",
    "start all the same: the node follows in silence until it is safe; never copy an old one back",
  ],
  "guard-damaged": () => [
    "the memory of what was signed is damaged",
    "start all the same: the node follows in silence until it is safe; never copy an old one back",
  ],
  "guard-unreadable": ({ text }) => [`it cannot be read: ${text}`, "look at the folder guard"],
  "guard-foreign": ({ other }) => [
    `it is that of another ${other}`,
    "put your own file back; see tegata help NODE_GUARD_FOREIGN",
  ],
  disk: ({ freeBytes }) => `${bytes(Number(freeBytes))} free`,
  "disk-unknown": () => "the system does not tell",
  "disk-scarce": ({ freeBytes }) => [
    `only ${bytes(Number(freeBytes))} free`,
    "make space or move the home folder to a larger disk",
  ],
  "disk-full": ({ freeBytes }) => [
    `only ${bytes(Number(freeBytes))} free; the node stops before it could lose anything`,
    "make space, then tegata start",
  ],
  clock: () => "not seen to be off",
  "clock-unknown": () => "the blocks of the others show it once the node runs",
  "clock-off": ({ aheadMs }) => {
    const ms = Number(aheadMs);
    const way = ms > 0 ? "ahead of" : "behind";
    return [
      `${duration(Math.abs(ms))} ${way} those of the others`,
      "run NTP (timedatectl set-ntp true), then look again after a few blocks",
    ];
  },
  "clock-hours": ({ hours }) => {
    const all = Number(hours);
    const way = all > 0 ? "ahead of" : "behind";
    return [
      `${counted(Math.abs(all), "whole hour", "whole hours")} ${way} those of the others`,
      "local time was taken for UTC, or daylight saving counted twice: see timedatectl, set the time zone, run NTP",
    ];
  },
};

const ofPrograms: Readonly<Record<string, Writer>> = {
  copies: () => "no second copy is known",
  "copies-none": () => "there is no company yet",
  "second-copy": ({ program, code }) => [
    `the ${program} stopped because another copy of this company is at work (${code})`,
    `stop one of the two for good before you start this one; see tegata help ${code}`,
  ],
  "signed-twice": ({ height }) => [
    `two contradicting messages were signed with this key${height === null ? "" : ` at block ${number(height)}`}`,
    "find the second copy of this node and end it for good, then ask the others to readmit you",
  ],
  "stray-program": () => [
    "a program of this company runs that tegata start did not start, or whose supervisor is gone",
    "end it, then tegata start",
  ],
  running: ({ pid }) => (pid === null ? "running" : `running, process ${pid}`),
  "processes-early": () => "nothing to run before a network is founded or joined",
  stopped: () => ["not running; it was stopped", "tegata start"],
  ended: ({ program, code, text }) => [
    `the ${program} ended by itself: ${text} (${code})`,
    `tegata help ${code}`,
  ],
  node: ({ height, state }) => `answers; block ${number(height)}, ${state}`,
  "node-stopped": () => "not running",
  "node-silent": () => [
    "it is started and does not answer",
    "look at the end of log/node.log in the home folder",
  ],
  "sign-state-unsafe": ({ height }) => [
    `it follows at block ${number(height)} and does not vote: its memory of what it signed is not safe`,
    "wait until later heights are decided; it votes again by itself",
  ],
  gateway: () => "answers",
  "gateway-stopped": () => "not running",
  "gateway-silent": () => [
    "it is started and does not answer",
    "look at the end of log/gateway.log in the home folder",
  ],
  plant: ({ at, days }) => `open at ${at}; the certificate holds for ${number(days)} days`,
  "plant-closed": () => "not open to machines of the plant (plant.listen)",
  "plant-early": ({ at }) => `to be open at ${at}; the certificate is made with the first start`,
  "plant-unreadable": ({ path }) => [
    `${path} cannot be read, or is not what it should be`,
    "correct plant.certificateFile and plant.keyFile, then tegata stop, tegata start",
  ],
  "plant-key-exposed": ({ path, mode }) => [
    `${path} has mode ${mode}: others of this machine can pass for it`,
    `chmod 600 ${path}; if it may have been read, use a new key and a new certificate`,
  ],
  "plant-expired": ({ path, untilMs }, nowMs) => [
    `${path} ran out ${since(untilMs, nowMs)}: machines send nothing any more`,
    renewal(String(path)),
  ],
  "plant-expiring": ({ path, days }) => [
    `${path} runs out in ${number(days)} days; then machines send nothing any more`,
    renewal(String(path)),
  ],
  "plant-other": ({ path }) => [
    `the gateway still shows the certificate that was in ${path} before`,
    "tegata stop, then tegata start",
  ],
  "start-again": ({ running, installed }) => [
    `${running} runs and ${installed} is installed`,
    "tegata stop, then tegata start",
  ],
};

const ofNetwork: Readonly<Record<string, Writer>> = {
  "no-company": () => "there is no company yet",
  "no-network": () => [
    "this company belongs to no network yet",
    "tegata init with the cards of the others or their genesis, or tegata join with an invitation",
  ],
  "founder-stopped": ({ network }) =>
    `founder of ${network}; the rest is known while the node runs`,
  "member-stopped": ({ network }) => `${network}; the rest is known while the node runs`,
  "not-admitted": ({ network }) => [
    `not admitted: ${network} does not count this company among its members`,
    "ask the members to approve the request; they see it with tegata vote list",
  ],
  left: ({ network, height }) => [
    `this company left ${network} at block ${number(height)}, or was removed`,
    "ask the members if that was not meant; to come back it needs an invitation",
  ],
  "not-ready": ({ network }) => [
    `admitted to ${network}, but not ready: it follows without a vote`,
    "let it catch up; it says by itself that it is ready",
  ],
  observer: ({ network }) => `member of ${network} without a vote, as node.validator says`,
  voting: ({ network }) => `member of ${network}, voting`,
  sidelined: ({ since: height }) => [
    `others propose for you since block ${number(height)}; your votes count`,
    "look at machine, line and clock; it ends by itself",
  ],
  suspended: ({ since: height }) => [
    `suspended since block ${number(height)}: your votes do not count`,
    "find the second copy of this node, then ask the others to readmit you",
  ],
  reach: ({ count: all, through }) =>
    `${counted(Number(all), "company", "companies")} reached${Number(through) > 0 ? `, ${number(through)} through others` : ""}`,
  "reach-unknown": () => stopped,
  "reach-alone": () => "there are no others",
  "member-away": (detail, nowMs) => {
    const { name, lastSeenMs, reason } = detail;
    const seen = lastSeenMs === null ? "not seen" : `last seen ${since(lastSeenMs, nowMs)}`;
    const why = reason === null ? "" : `: ${wayTo(detail)}`;
    return [`${name} ${seen}${why}`, "tell its operators; tegata doctor --dial shows more"];
  },
  "cannot-dial": (detail) => [
    `admitted, but cannot dial: none of ${counted(Number(detail.count), "company", "companies")} is reached (${wayTo(detail)})`,
    "open the way out in your firewall, or set network.proxy; tegata doctor --dial HOST:PORT tries one",
  ],
  "turned-away": ({ count: all }) => [
    `not admitted by the others: ${counted(Number(all), "company answers", "companies answer")} and hang up`,
    "compare the network id with theirs (tegata init shows it); ask whether they have admitted you, and this key",
  ],
  "nobody-here": ({ count: all }) => [
    `none of ${counted(Number(all), "company", "companies")} is here`,
    "ask whether they run; who has no address must dial you",
  ],
  inbound: ({ lastMs }, nowMs) => `open: another company dialed it ${since(lastMs, nowMs)}`,
  "inbound-unknown": () => stopped,
  "inbound-alone": () => "there are no others to dial it",
  "inbound-early": () => "the others have not had the time to dial it",
  "dials-only": () => "none: this node dials the others (network.listen is empty)",
  "not-listening": ({ address }) => [
    `nothing listens at ${address}`,
    "look at network.listen and at the end of log/node.log",
  ],
  "never-dialed": ({ address, sinceMs }, nowMs) => [
    `own port closed from outside? No company has dialed ${address} since the start ${since(sinceMs, nowMs)}`,
    "open it in firewall and router, then ask another company to run tegata doctor --dial YOUR-HOST:PORT",
  ],
  quorum: ({ online, needed }) =>
    `${number(online)} voting companies are here, ${number(needed)} needed`,
  "quorum-unknown": () => stopped,
  "no-quorum": ({ online, needed, missing }) => [
    `${number(online)} voting companies are here, ${number(needed)} needed; missing: ${missing}`,
    "nothing is lost: rows wait in the outbox and leave when enough are back; call the missing ones",
  ],
  sync: ({ height }) => `has everything up to block ${number(height)}`,
  "sync-unknown": () => stopped,
  "catching-up": ({ height, kind, done, of }) => [
    `catching up, at block ${number(height)}${kind === "none" ? "" : `: ${kind} ${number(done)} of ${number(of)}`}`,
    "wait; tegata status --watch shows it move",
  ],
  "payloads-missing": ({ count: all }) => [
    `${counted(Number(all), "piece of data is", "pieces of data are")} still being fetched`,
    "wait; it goes on while others are reached",
  ],
  stalled: ({ height, headTimeMs }, nowMs) => [
    `no block since ${number(height)}, ${since(headTimeMs, nowMs)}, although enough companies are here`,
    "ask the others what tegata doctor tells them; keep the bundle of --bundle",
  ],
  versions: ({ version }) => `all known ones run ${version}`,
  "versions-unknown": () => stopped,
  "versions-differ": ({ version, names }) => [
    `this is ${version}; others run: ${names}`,
    "agree on a version and update who is behind",
  ],
};

const ofData: Readonly<Record<string, Writer>> = {
  outbox: ({ rows, changes }) =>
    Number(rows) + Number(changes) === 0
      ? "empty"
      : `${enWaiting(Number(rows), Number(changes))} for the next blocks`,
  "outbox-unknown": () => "not looked at: the gateway is not running",
  parked: ({ stream, code }) => [`${stream} waits: ${code}`, `tegata help ${code}`],
  refused: ({ count: all }) => [
    `${counted(Number(all), "row was", "rows were")} refused`,
    "tegata outbox list names them and why",
  ],
  "waits-long": ({ rows, changes, oldestMs }, nowMs) => [
    `${enWaiting(Number(rows), Number(changes))}, the oldest from ${since(oldestMs, nowMs)}`,
    "see the lines Quorum and Chain; nothing is lost",
  ],
  backup: ({ lastMs }, nowMs) => `the last one is from ${since(lastMs, nowMs)}`,
  "backup-unknown": () => "not looked at",
  "backup-dev": () => "throw-away keys need none",
  "backup-unset": () => [
    "none was made, and backup.folder names no place for one",
    "set backup.folder, and make a backup every night",
  ],
  "backup-none": () => ["none was made yet", "make one now, and see why the timer did not"],
  "backup-old": ({ lastMs }, nowMs) => [
    `the last one is from ${since(lastMs, nowMs)}`,
    "make one now, and see why the timer did not",
  ],
  "backup-unwritable": ({ folder, reason }) => [
    `nothing can be written into ${folder} (${reason})`,
    "mount it, give this user access, or correct backup.folder",
  ],
  "dial-name": ({ host, address }) => `${host} is ${address}`,
  "dial-no-name": ({ host }) => [
    `there is no name ${host}`,
    "compare it with the company's card; ask your name server",
  ],
  "dial-open": ({ host, port, ms, proxy }) =>
    `${host}:${port} opens in ${number(ms)} ms${proxy === null ? "" : ` through ${proxy}`}`,
  "dial-closed": ({ host, port, reason, proxy }) => [
    `${host}:${port} does not open: ${dialReason(String(reason))}`,
    proxy === null
      ? "ask its operators whether it runs and the port is open, and yours whether the way out is"
      : "ask who runs the proxy whether it lets connections to that port through",
  ],
  "dial-node": ({ host, port }) => `a node answers at ${host}:${port}`,
  "dial-hung-up": ({ host, port }) => [
    `${host}:${port} opens and hangs up`,
    "something in between, or a node that takes no connection from here: wait, then ask its operators",
  ],
  "dial-silent": ({ host, port }) => [
    `${host}:${port} opens and says nothing`,
    "another program listens there, or a firewall answers in its place: compare the port with the card",
  ],
  "dial-other": ({ host, port }) => [
    `what answers at ${host}:${port} is no node`,
    "compare host and port with the company's card",
  ],
};

function dialReason(reason: string): string {
  switch (reason) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ETIMEDOUT":
      return "no answer; a firewall may keep it";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no way there";
    default:
      return reason.startsWith("PROXY_") ? `the proxy says ${reason.slice(6)}` : reason;
  }
}

const findings: Readonly<Record<string, Writer>> = {
  ...{ ...ofMachine, ...ofPrograms, ...ofNetwork, ...ofData },
  "look-failed": ({ text }) => [
    `could not be looked at: ${text}`,
    "run the command with --debug and report what it prints",
  ],
};

/** English words of `tegata doctor`. */
export const enDoctor = {
  checks,
  results: { pass: "ok", warn: "warn", fail: "FAIL", skip: "-" },
  finding: ({ code, detail }: Finding, nowMs: number): FindingWords => {
    const said = findings[code]?.(detail, nowMs) ?? code;
    return typeof said === "string" ? { text: said, next: null } : { text: said[0], next: said[1] };
  },
  known: Object.keys(findings),
  summary: (fails: number, warns: number): string =>
    fails + warns === 0
      ? "Nothing is wrong that this can see."
      : `${counted(fails, "problem", "problems")}, ${counted(warns, "warning", "warnings")}.`,
  bundled: (path: string): string =>
    `Wrote ${path}. It holds no keys, tokens, data or names of streams; look into it before you send it.`,
  badTarget: (text: string) => ({
    text: `--dial cannot be ${text === "" ? "empty" : text}`,
    next: "give HOST:PORT, [IPV6]:PORT or an address such as /dns4/node.example/tcp/7000",
  }),
};
