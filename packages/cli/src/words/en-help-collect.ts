import type { CommandWords } from "./command-words.ts";

/** English help of the commands that take data from the line. */
export const enHelpCollect = {
  watch: {
    summary: "publish the files that appear in a folder",
    examples: [
      "tegata watch press-3 /srv/press-3",
      "tegata watch press-3 /srv/press-3 --time ts --tz Asia/Tokyo",
      "tegata watch press-3 /srv/press-3 --once --json",
    ],
    text: [
      "Takes each finished file (CSV, NDJSON or SHDR) of a folder, the one changed longest ago first,",
      "publishes its rows and moves it to done/ within the folder once they are safe on this disk. A",
      "file with a mistake goes to refused/ whole, with a text beside it that names line, field and",
      "remedy. A file that is still copied is left until it has not changed for a while. The same",
      "content is published once, whatever the file is called; a crash doubles and loses nothing.",
      "Empty files, hidden ones and those that copying programs still write (.tmp) are passed over.",
    ],
    options: {
      format: "form of the files, where it is not seen rightly",
      time: "column with the time of the observation (else: when the file last changed)",
      "time-unit": "what the numbers of that column count",
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from a column of another name",
      encoding: "encoding of the files, where it is not seen rightly",
      backfill: "take rows that are older than a week",
      "skip-invalid": "leave out rows with a mistake instead of refusing the file",
      settle: "how long a file must not have changed (5s)",
      once: "end when the folder is empty",
      "dry-run": "check the files that are there, publish and move nothing",
    },
  },
  "collect shdr": {
    summary: "publish what an MTConnect adapter says",
    examples: [
      "tegata collect shdr 10.0.0.7:7878 press-3",
      "tegata collect shdr 10.0.0.7:7878 press-3 --dry-run",
    ],
    text: [
      "Connects to an adapter (SHDR) and publishes each observation as time, item and value, until",
      "Ctrl-C. What was heard is safe on this disk before it counts, and sent from there: neither a",
      "crash here nor one of the gateway loses or doubles any of it. It connects again by itself. What",
      "does not fit is set aside in the folder collect of the home folder, with the reason.",
    ],
    options: {
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from time, item or value where it has another name",
      backfill: "take observations that are older than a week when they are heard",
      "dry-run": "show the first observations, keep and publish nothing",
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
