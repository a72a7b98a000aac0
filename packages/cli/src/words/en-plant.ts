import { counted } from "../print/human.ts";

/** English words about the machines of a plant that hand in rows by HTTP. */
export const enPlant = {
  columns: ["Token", "Stream", "Created", "Until", "Used"],
  noTokens: "No machine of the plant has a token.",
  always: "taken back",
  expired: (until: string): string => `expired ${until}`,
  never: "never",
  label: "Plant",
  open: (url: string, tokens: number): string =>
    `open to the plant network: ${url}, ${counted(tokens, "token", "tokens")}`,
  fingerprint: (fingerprint: string): string => `certificate SHA-256 ${fingerprint}`,
  created: (name: string, stream: string, until: string | null): string =>
    `Token "${name}" for ${stream}, ${until === null ? "until it is taken back" : `until ${until}`}; it is shown only now:`,
  createDry: (name: string, stream: string, until: string | null): string =>
    `Would make a token "${name}" for ${stream}, ${until === null ? "until it is taken back" : `until ${until}`}.`,
  where: (url: string): string => `Address      ${url}`,
  certificate: (path: string): string => `Certificate  ${path}; copy it to the machine`,
  sha256: (fingerprint: string): string => `SHA-256      ${fingerprint}`,
  closed:
    'Nobody listens for it yet: say for example listen = "192.168.1.10:7301" under [plant] in config.toml, then tegata stop and tegata start.',
  senders: "What the machine runs, ready to copy: docs/guides/line-engineer.md, HTTP",
  revoked: (name: string, stream: string): string =>
    `The token "${name}" for ${stream} is refused from now on.`,
  revokeDry: (name: string, stream: string): string =>
    `Would take back the token "${name}" for ${stream}.`,
};
