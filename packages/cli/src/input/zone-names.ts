import { nearest } from "../program/nearest.ts";

/** Letters that people write for a zone, where they mean one. */
const letters: Readonly<Record<string, string>> = {
  ...{ JST: "Asia/Tokyo", KST: "Asia/Seoul", ICT: "Asia/Bangkok", IST: "Asia/Kolkata" },
  ...{ BST: "Europe/London", CEST: "Europe/Berlin", MEZ: "Europe/Berlin", MESZ: "Europe/Berlin" },
  ...{ PST: "America/Los_Angeles", PDT: "America/Los_Angeles", EDT: "America/New_York" },
  ...{ CDT: "America/Chicago", Z: "UTC" },
};

/** The zone that was probably meant: by its letters, its city, or a name that is near; null: none. */
export function zoneMeant(zone: string): string | null {
  const known = letters[zone.toUpperCase()];
  if (known !== undefined) return known;
  const all = Intl.supportedValuesOf("timeZone");
  const city = zone.replaceAll(" ", "_").toLowerCase();
  const named = all.find((name) => name.toLowerCase().endsWith(`/${city}`));
  return named ?? nearest(zone, all);
}
