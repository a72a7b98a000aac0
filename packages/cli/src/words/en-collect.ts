import { count, counted, duration } from "../print/human.ts";

/** English words of what is collected from folders, adapters, brokers and agents. */
export const enCollect = {
  whichTime: (fields: readonly string[]) => ({
    text: `the stream has several fields that are times: ${fields.join(", ")}`,
    next: "say which one gives the rows their time, with --time COLUMN",
  }),
  notPublished: (name: string): string => `${name} was not published: nothing of it was submitted.`,
  partlyPublished: (name: string, rows: number): string =>
    `${name} was not published whole: the first ${counted(rows, "row is", "rows are")} safe, the others were not submitted.`,
  perhapsPublished: (name: string): string =>
    `${name} changed after it was begun: some of the rows it began with may have been published, nothing else was.`,
  putMissing: "See with tegata query what is there, and put the rest into the folder again.",
  putAgain: "Correct the file and put it into the folder again.",
  putRest: (rows: number): string =>
    `Put the rows after the first ${count(rows)} into the folder again, as a file of their own.`,
  leftOut: (name: string, rows: number): string =>
    `${name} was published without ${counted(rows, "row", "rows")} that did not fit; the first of them:`,
  watching: (folder: string, stream: string): string =>
    `Watching ${folder} for ${stream}; Ctrl-C ends it.`,
  published: (file: string, rows: number, movedTo: string): string =>
    `${file}: ${counted(rows, "row", "rows")} safe on this disk, on the way to the others → ${movedTo}`,
  replayed: (rows: number): string =>
    `${counted(rows, "row", "rows")} of them had been sent before; nothing was doubled`,
  leftOutRows: (rows: number): string =>
    `${counted(rows, "row was", "rows were")} left out, see the folder refused`,
  refused: (file: string, code: string, movedTo: string): string =>
    `${file}: refused (${code}) → ${movedTo}; the text beside it says why`,
  same: (file: string, as: string, at: string, movedTo: string): string =>
    `${file}: the same content as ${as}, published ${at}; nothing was doubled → ${movedTo}`,
  takenAway: "it was taken away meanwhile",
  unfinished: (file: string): string =>
    `${file} changed while it was read; it is looked at again later`,
  stuck: (file: string, reason: string): string =>
    `${file} cannot be read or moved (${reason}); it is tried again`,
  folderGone: (folder: string, reason: string): string =>
    `the folder ${folder} is not there (${reason}); waiting for it`,
  folderBack: (folder: string): string => `the folder ${folder} is there again`,
  waiting: (message: string): string =>
    `${message}; nothing is lost, it is tried again without end`,
  again: (ms: number): string => `the gateway takes rows again, after ${duration(ms)}`,
  wouldPublish: (file: string, rows: number): string =>
    `${file}: ${counted(rows, "row fits", "rows fit")}`,
  wouldRefuse: (file: string): string => `${file}: does not fit`,
  noAddress: (got: string) => ({
    text: `an adapter is named as HOST:PORT, not ${got}`,
    next: "say for example tegata collect shdr 10.0.0.7:7878 press-3",
  }),
  onlyPipe: {
    text: "--follow takes lines from standard input",
    next: "name - as the file; tegata watch publishes files as they appear",
  },
  noHeaderInPipe: {
    text: "CSV is not published line by line: its first line alone says what the columns are",
    next: "leave out --follow, or send one JSON object a line with --format ndjson",
  },
  collecting: (source: string, stream: string): string =>
    `Collecting from ${source} into ${stream}; Ctrl-C ends it.`,
  connected: (source: string): string => `connected to ${source}`,
  disconnected: (source: string, reason: string): string =>
    `no connection to ${source} (${reason}); it is tried again without end`,
  noBroker: (got: string) => ({
    text: `a broker is named as mqtt://HOST:PORT or mqtts://HOST:PORT, not ${got}`,
    next: "say for example tegata collect mqtt mqtt://10.0.0.9 press-3 --topic 'line/#'; name and password go into --user and --password-file",
  }),
  noAgent: (got: string) => ({
    text: `an agent is named as http://HOST:PORT or https://HOST:PORT, not ${got}`,
    next: "say for example tegata collect mtconnect http://10.0.0.8:5000 press-3",
  }),
  sessionLost: (source: string): string =>
    `the broker ${source} has forgotten what it kept for us: what was published meanwhile may be missing`,
  gap: (of: string, missing: string): string =>
    `some of what ${of} said is missing (${missing}); this is recorded`,
  subscriptionRefused: (topic: string): string =>
    `the broker does not let us listen to ${topic}; check the topic and the rights of --user`,
  notText: "not text in UTF-8",
  notSparkplug: "not a Sparkplug B payload",
  noSingleValue: (name: string): string =>
    `${name} is no single value, or nobody has said its name`,
  noObject: "expected a JSON object with the stream's fields as keys",
  needsItems: "Sparkplug B needs a stream with the fields time, item and value",
  diskRefuses: (reason: string): string =>
    `this disk takes nothing (${reason}); the source is not read on until it does`,
  diskAgain: "this disk takes what is heard again",
  cut: (size: string): string =>
    `an earlier run was cut off while it wrote; ${size} that had not counted yet are left out`,
  misfit: {
    line: "",
    command: "",
    torn: "the connection broke in the middle of it",
    long: "longer than 1 MiB",
    asset: "an asset, not an observation; assets can be published as documents",
    encoding: "not UTF-8",
  },
  misfitTold: (text: string, reason: string): string => `set aside: ${text}: ${reason}`,
  keptByGateway: (rows: number): string =>
    `${counted(rows, "row", "rows")} had been sent before, read with other options; nothing was doubled`,
  status: (heard: number, rows: number, misfits: number, waiting: string): string =>
    `${count(heard)} heard, ${counted(rows, "row", "rows")} safe with the gateway, ${count(misfits)} set aside, ${waiting} waiting`,
  setAside: (misfits: number): string =>
    `${counted(misfits, "line was", "lines were")} set aside, with the reasons in the folder collect of the home folder.`,
  wouldSetAside: (reason: string): string => `would be set aside: ${reason}`,
  nothingKept: "Nothing was kept and nothing published.",
  total: (files: number, rows: number, refused: number): string =>
    `${counted(files, "file", "files")} with ${counted(rows, "row", "rows")} published, ${count(refused)} refused.`,
};
