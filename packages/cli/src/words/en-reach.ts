/** Why a company's node could not be dialed. */
const dialFailures: Readonly<Record<string, string>> = {
  "no-such-name": "no such name",
  refused: "connection refused",
  unreachable: "no way there",
  "timed-out": "no answer in time",
  "wrong-key": "somebody else's key answers there",
  "turned-away": "it hangs up",
  "proxy-unreachable": "the proxy cannot be reached",
  "proxy-refused": "the proxy refuses",
  failed: "the connection fails",
};

/** English words of how companies' nodes reach each other. */
export const enReach = {
  reach: {
    "direct-in": "dials you",
    "direct-out": "you dial it",
    "through-others": "through others",
    away: "no",
  },
  version: "Version",
  failure: (reason: string, address: string): string => {
    const why = dialFailures[reason] ?? reason;
    return address === "" ? why : `${why} at ${address}`;
  },
  throughOthers: (name: string): string => `${name} is reached through others`,
};
