/** Levels of the log, the most talkative first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** The word for "there is none" wherever a setting may be absent. */
export const none = "none";

/** A kind of value: how it stands in TOML, and how one word of text gives it. */
export interface Kind<Value> {
  /** What it may be, for people. */
  readonly expected: string;
  /** Takes what TOML gives: text, bigint, boolean, or a list; null: it does not fit. */
  readonly take: (value: unknown) => { readonly value: Value } | null;
  /** The value of TOML that a word of the environment or the command line means. */
  readonly fromText: (text: string) => unknown;
  /** How a value stands in TOML. */
  readonly toToml: (value: Value) => unknown;
  /** Whether a wrong value may be shown; what may hold a credential is not. */
  readonly isShown: boolean;
}

const same = (value: unknown): unknown => value;

function textKind(expected: string, pattern: RegExp): Kind<string> {
  return {
    expected,
    take: (value) => (typeof value === "string" && pattern.test(value) ? { value } : null),
    fromText: same,
    toToml: same,
    isShown: true,
  };
}

/** As `inner`, or absent. */
function maybe(inner: Kind<string>): Kind<string | null> {
  return {
    expected: `${inner.expected}, or "${none}"`,
    take: (value) => (value === none ? { value: null } : inner.take(value)),
    fromText: same,
    toToml: (value) => value ?? none,
    isShown: true,
  };
}

const wholeNumber = (text: string): unknown => (/^\d{1,15}$/.test(text) ? BigInt(text) : text);

function numberKind(expected: string, min: number, max: number): Kind<number> {
  return {
    expected,
    take: (value) => {
      const fits = typeof value === "bigint" && value >= min && value <= max;
      return fits ? { value: Number(value) } : null;
    },
    fromText: wholeNumber,
    toToml: (value) => value,
    isShown: true,
  };
}

const portNumber = numberKind("", 0, 65_535);
const tcpAddress = /^\/(?:ip4|ip6|dns4|dns6)\/[^/\s]{1,253}\/tcp\/(\d{1,5})$/;

/** The port of a TCP multiaddr, or null when the text is none. */
export function portOf(address: string): number | null {
  const [, port = null] = tcpAddress.exec(address) ?? [];
  return port === null || Number(port) > 65_535 ? null : Number(port);
}

const isAddress = (value: unknown): boolean => typeof value === "string" && portOf(value) !== null;
const addressesMax = 8;

/** A name for people. */
export const nameKind = textKind("text of 1 to 200 characters", /^[^\p{C}]{1,200}$/u);

/** A path. */
export const pathKind = maybe(textKind("a path", /^[^\p{Cc}]{1,4096}$/u));

const proxyForm = /^http:\/\/(?:[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):(\d{1,5})\/?$/;

/** An HTTP proxy; its credentials never stand here, and what may hold some is never shown. */
export const proxyKind: Kind<string | null> = {
  expected: `http://HOST:PORT without user and password, or "${none}"`,
  take: (value) => {
    if (value === none) return { value: null };
    const [, digits = "0"] = typeof value === "string" ? (proxyForm.exec(value) ?? []) : [];
    const port = Number(digits);
    return port < 1 || port > 65_535 ? null : { value: value as string };
  },
  fromText: same,
  toToml: (value) => value ?? none,
  isShown: false,
};

/** A port of this machine; 0 takes a free one, `none` opens none. */
export const portKind: Kind<number | null> = {
  expected: `a port (0 takes a free one), or "${none}"`,
  take: (value) => (value === none ? { value: null } : portNumber.take(value)),
  fromText: wholeNumber,
  toToml: (value) => value ?? none,
  isShown: true,
};

/** Addresses to listen at. */
export const addressesKind: Kind<readonly string[]> = {
  expected: `a list of at most ${addressesMax} addresses such as "/ip4/0.0.0.0/tcp/7000"`,
  take: (value) => {
    if (!Array.isArray(value) || value.length > addressesMax || !value.every(isAddress))
      return null;
    return { value: Object.freeze([...(value as readonly string[])]) };
  },
  fromText: (text) => (text === "" || text === none ? [] : text.split(",")),
  toToml: (value) => [...value],
  isShown: true,
};

/** A place to listen at: a host of this machine and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const hostPortForm = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/;

/** What `HOST:PORT` names, or null when the text is none. */
export function hostPortOf(text: string): HostPort | null {
  const [, six, other, digits] = hostPortForm.exec(text) ?? [];
  const host = six ?? other;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** `HOST:PORT`, or absent. */
export const hostPortKind: Kind<string | null> = maybe({
  expected: "HOST:PORT such as 192.168.1.10:7301",
  take: (value) => (typeof value === "string" && hostPortOf(value) !== null ? { value } : null),
  fromText: same,
  toToml: same,
  isShown: true,
});

/** How much a program says. */
export const levelKind: Kind<LogLevel> = {
  expected: logLevels.join(", "),
  take: (value) => {
    const found = logLevels.find((level) => level === value);
    return found === undefined ? null : { value: found };
  },
  fromText: same,
  toToml: same,
  isShown: true,
};

/** How many of something are kept. */
export const countKind = numberKind("a whole number from 1 to 1000", 1, 1_000);

/** Yes or no. */
export const flagKind: Kind<boolean> = {
  expected: "true or false",
  take: (value) => (typeof value === "boolean" ? { value } : null),
  fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  toToml: same,
  isShown: true,
};
