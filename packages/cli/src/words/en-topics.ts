import { settingNames, settingsTable, tomlValue } from "@tegata/settings";

/** Every setting with its default and what it means, in English. */
export function settingLines(): readonly string[] {
  return settingNames.flatMap((name) => {
    const { initial, text } = settingsTable[name];
    const value = initial === null ? "" : ` = ${JSON.stringify(tomlValue(name, initial.value))}`;
    return [`  ${name}${value}`, `      ${text}`];
  });
}

/** English pages of `tegata help TOPIC`. */
export const enTopics = {
  "exit-codes": [
    "  tegata verify reading.json || echo 'not proven'",
    "",
    "Every command ends with one of these numbers; they never change their meaning.",
    "",
    "   0  done, healthy, valid                     8  proof not valid, or not anchored",
    "   1  failed                                   9  rows refused by the stream or the network",
    "   2  command line not understood             75  try again later",
    "   3  not found                               76  a person must look: two truths on one ledger",
    "   4  not allowed                             77  a person must look: do not start again",
    "   5  node or gateway not reachable           78  configuration",
    "   6  conflict, or in use                     79  the network went on: update this program",
    "   7  safe here, not confirmed by the others 130  ended by Ctrl-C",
  ],
  config: [
    "  tegata config show --origin",
    "  TEGATA_LOG_LEVEL=debug tegata start",
    "  tegata start --set log.level=debug",
    "",
    "Settings lie in config.toml: with --home DIR in that folder, else in ~/.config/tegata unless the data",
    "folder has one. A name network.listen is listen in the table [network]. The environment comes over the",
    "file (network.joinListen is TEGATA_NETWORK_JOIN_LISTEN), --set over both. What is unknown or wrong is",
    "refused with its line, and nothing starts. Secrets are no settings: see --passphrase-file.",
    "",
    ...settingLines(),
  ],
  time: [
    "  tegata query press-3 --since 1h",
    "  tegata query press-3 --since 2026-11-21T09:00:00+09:00 --until 2026-11-22",
    "  tegata submit press-3 readings.csv --time ts --tz Asia/Tokyo",
    "",
    "Every record has the time at which it was observed. Grants and queries mean that time, not the",
    "time of publication.",
    "",
    "A time reads 2026-11-21T09:00:00Z, with +09:00 in place of Z, or without: then --tz says the zone,",
    "else the zone of the stream (submit) or of this machine. A day alone means its beginning.",
    "A length reads 100ms, 30s, 15m, 1h or 7d: --since 1h is an hour ago, --until 90d is in 90 days.",
    "An end is never included.",
  ],
  grants: [
    "  tegata grant press-3 --to aoki --facet quality --until 90d --dry-run",
    "  tegata access",
    "  tegata revoke press-3 --from aoki",
    "",
    "A grant opens facets of one stream to one company, for a span of time. Records that exist already",
    "and records to come are opened alike, as long as they are observed within the span; it ends by",
    "itself. Spans are rounded outwards to whole hours (or what --smallest-span said), and grant shows them.",
    "",
    "Revoking closes the records to come. What a company could read it keeps: no program takes that back.",
    "Names, fields and values are closed to everybody without a grant. Whoever may read one facet of a",
    "stream sees the names and units of all its fields, and the values of that facet alone. That two",
    "companies share something is visible to all.",
  ],
} satisfies Readonly<Record<string, readonly string[]>>;
