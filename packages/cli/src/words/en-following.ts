import { count } from "../print/human.ts";

/** English words of what a gateway tells as it happens. */
export const enFollowing = {
  away: "the gateway does not answer; it is asked again without end, from the last event on",
  back: "The gateway answers again.",
  record: (stream: string, record: string, time: string, values: readonly string[]): string =>
    ["record ", stream, record, time, ...values].join("  "),
  grant: (stream: string, company: string, facets: readonly string[], until: string): string =>
    `grant    ${company} may read ${facets.join(", ")} of ${stream} until ${until}`,
  closed: (stream: string, companies: readonly string[]): string =>
    companies.length === 0
      ? `closed   ${stream}: a new key for the records to come`
      : `closed   ${stream}: the records to come are closed to ${companies.join(", ")}`,
  ended: {
    revoked: (company: string) => company,
    left: (company: string) => `${company} (it left)`,
    "key-compromised": (company: string) => `${company} (its key is in other hands)`,
  },
  stream: (owner: string, name: string | null): string =>
    `stream   ${name ?? "one whose name is closed to you"}, made by ${owner}`,
  membership: (text: string, height: number): string => `members  ${text}; block ${count(height)}`,
  requested: (by: string, what: string): string => `${by} asks to decide: ${what}`,
  voted: (by: string, request: number, approve: boolean): string =>
    `${by} votes ${approve ? "for" : "against"} request ${request}`,
  changes: {
    admitted: (company: string) => `${company} is a member`,
    voting: (company: string) => `${company} proposes and votes`,
    "stood-down": (company: string) => `${company} has no vote any more`,
    suspended: (company: string) => `${company} is suspended`,
    readmitted: (company: string) => `the suspension of ${company} is lifted`,
    removed: (company: string) => `${company} is removed`,
    left: (company: string) => `${company} left`,
    "root-replaced": (company: string) => `${company} has a new root key`,
  },
  rotated: (company: string, key: string, isCompromised: boolean): string =>
    `${company} has a new ${key} key${isCompromised ? "; the old one is in other hands" : ""}`,
  addresses: (company: string, addresses: string): string =>
    `${company} is now at ${addresses === "" ? "no address: it dials the others" : addresses}`,
  version: (version: number, height: number): string =>
    `protocol version ${version} from block ${count(height)} on`,
  block: (height: number, time: string): string => `block    ${count(height)}, ${time}`,
};
