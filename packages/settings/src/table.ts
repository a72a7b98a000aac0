import {
  addressesKind,
  countKind,
  flagKind,
  hostPortKind,
  type Kind,
  type LogLevel,
  levelKind,
  nameKind,
  pathKind,
  portKind,
  proxyKind,
} from "./kinds.ts";

/** Who reads a setting: one of the two programs of a company, or the command line. */
export type SettingReader = "node" | "gateway" | "tegata";

/** One setting. */
export interface Setting<Value> {
  readonly kind: Kind<Value>;
  /** What holds where nothing is said; null: it must be said. */
  readonly initial: { readonly value: Value } | null;
  readonly readBy: readonly SettingReader[];
  /** One sentence for people. */
  readonly text: string;
}

function setting<Value>(
  kind: Kind<Value>,
  initial: Setting<Value>["initial"],
  readBy: readonly SettingReader[],
  text: string,
): Setting<Value> {
  return { kind, initial, readBy, text };
}

const both = ["node", "gateway"] as const;

/**
 * Every setting there is, by its name in TOML. Reading, writing, `tegata config`, docs/SETTINGS.md and the
 * names in the environment are made from this table.
 */
export const settingsTable = Object.freeze({
  "network.name": setting(nameKind, null, both, "Name of the network, as in its genesis."),
  "network.listen": setting(
    addressesKind,
    { value: [] },
    ["node"],
    "Where the node waits for the other companies' nodes; with none it only dials out.",
  ),
  "network.joinListen": setting(
    addressesKind,
    { value: [] },
    ["node"],
    "Where a company that was invited may call; with none one port above network.listen.",
  ),
  "network.proxy": setting(
    proxyKind,
    { value: null },
    ["node"],
    "HTTP proxy through which the node dials out.",
  ),
  "network.proxyCredentialsFile": setting(
    pathKind,
    { value: null },
    ["node"],
    "File with USER:PASSWORD for the proxy, readable by its owner alone.",
  ),
  "company.handle": setting(nameKind, null, both, "Handle of your company, as on its card."),
  "node.validator": setting(
    flagKind,
    { value: true },
    ["gateway"],
    "Whether your company votes on blocks once it is admitted and ready.",
  ),
  "api.port": setting(
    portKind,
    { value: 7201 },
    ["gateway"],
    "Port of your API on this machine, beside its socket.",
  ),
  "plant.listen": setting(
    hostPortKind,
    { value: null },
    ["gateway"],
    "Where machines of your plant may hand in rows, with TLS and a token each; nothing else is offered there.",
  ),
  "plant.certificateFile": setting(
    pathKind,
    { value: null },
    ["gateway"],
    "Certificate for it as PEM, with what leads to its issuer; without one the gateway makes plant.crt itself.",
  ),
  "plant.keyFile": setting(
    pathKind,
    { value: null },
    ["gateway"],
    "Private key of that certificate as PEM, readable by its owner alone.",
  ),
  "operations.nodePort": setting(
    portKind,
    { value: 7101 },
    ["node"],
    "Port of the node's health and metrics on this machine.",
  ),
  "operations.gatewayPort": setting(
    portKind,
    { value: 7102 },
    ["gateway"],
    "Port of the gateway's health and metrics on this machine.",
  ),
  "log.level": setting<LogLevel>(levelKind, { value: "info" }, both, "How much both programs log."),
  "backup.folder": setting(
    pathKind,
    { value: null },
    ["tegata"],
    "Where backups go when the command names no file.",
  ),
  "backup.keep": setting(
    countKind,
    { value: 7 },
    ["tegata"],
    "How many backups stay in that folder.",
  ),
  dev: setting(
    flagKind,
    { value: false },
    both,
    "Whether the keys are throw-away ones for trying things out.",
  ),
});

/** Name of a setting. */
export type SettingName = keyof typeof settingsTable;

type ValueOf<Entry> = Entry extends Setting<infer Value> ? Value : never;

/** A value for every setting. */
export type Settings = {
  readonly [Name in SettingName]: ValueOf<(typeof settingsTable)[Name]>;
};

/** Values for some settings. */
export type SomeSettings = { readonly [Name in SettingName]?: Settings[Name] };

/** Names of all settings in the order of the table. */
export const settingNames: readonly SettingName[] = Object.freeze(
  Object.keys(settingsTable) as SettingName[],
);

/** Whether a text names a setting. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingsTable, name);
}

/** The variable of the environment that sets it: `network.joinListen` is `TEGATA_NETWORK_JOIN_LISTEN`. */
export function variableOf(name: SettingName): string {
  const words = name.replaceAll(".", "_").replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return `TEGATA_${words.toUpperCase()}`;
}
