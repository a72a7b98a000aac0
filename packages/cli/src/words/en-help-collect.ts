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
      "time-unit":
        "what the numbers of that column count: seconds or milliseconds since 1970, or a spreadsheet's days",
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from a column of another name",
      encoding: "encoding of the files, where it is not seen rightly",
      header: "line with the names of the columns of CSV files, where it is not found rightly",
      "date-order": "which stands first in dates such as 05/06/2026, where no date tells",
      decimal: "what stands before the fraction of numbers",
      backfill: "take rows that are older than a week",
      "skip-invalid": "leave out rows with a mistake instead of refusing the file",
      rejects: "list all rows that are left out of a file in refused/, with line, field and remedy",
      settle: "how long a file must not have changed (5s)",
      once: "end when the folder is empty",
      metrics: "answer /metrics (Prometheus) on this port of this machine",
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
      metrics: "answer /metrics (Prometheus) on this port of this machine",
      "dry-run": "show the first observations, keep and publish nothing",
    },
  },
  "collect mqtt": {
    summary: "publish the messages of an MQTT broker",
    examples: [
      "tegata collect mqtt mqtt://10.0.0.9 press-3 --topic 'line-1/press-3/#'",
      "tegata collect mqtt mqtts://broker.line press-3 --topic 'spBv1.0/plant/#' --user tegata --password-file pw",
    ],
    text: [
      "Subscribes with QoS 1 and acknowledges a message once it is safe on this disk; the broker keeps",
      "what comes while nobody listens. In a stream with the fields time, item and value, item is the",
      "topic and value the payload, or one row for each key of a JSON object. In any other stream the",
      "keys of JSON objects are the fields. Sparkplug B (spBv1.0/…) gives a row for each metric; missing",
      "messages are recorded and the edge node is asked for its births again.",
    ],
    options: {
      topic: "what to listen to; + and # stand for any level and for all below",
      time: "key with the time of the observation (else time, timestamp or ts; else: when it is heard)",
      "time-unit": "what the numbers of that key count",
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from a key of another name",
      user: "name at the broker",
      "password-file": "file with the password",
      ca: "PEM file with who signed the broker's certificate (else as the system trusts)",
      backfill: "take observations that are older than a week when they are heard",
      metrics: "answer /metrics (Prometheus) on this port of this machine",
      "dry-run": "show the first observations, keep and publish nothing",
    },
  },
  "collect mtconnect": {
    summary: "publish what an MTConnect agent knows",
    examples: [
      "tegata collect mtconnect http://10.0.0.8:5000 press-3",
      "tegata collect mtconnect http://10.0.0.8:5000/OKUMA press-3 --interval 5s",
    ],
    text: [
      "Reads how everything is, then every observation by its number, as time, item and value. What was",
      "read is safe on this disk before the next is asked for. What the agent has dropped before it was",
      "read, and where it was started anew, is told and recorded as a row agent/gap.",
    ],
    options: {
      interval: "pause before it is asked again where there was nothing new (1s)",
      tz: "zone of times that name none (else the stream's)",
      map: "take a field from time, item or value where it has another name",
      backfill: "take observations that are older than a week when they are read",
      metrics: "answer /metrics (Prometheus) on this port of this machine",
      "dry-run": "show the first observations, keep and publish nothing",
    },
  },
} satisfies Readonly<Record<string, CommandWords>>;
