import type { Stream } from "@tegata/gateway/client";
import { dateTime } from "../print/human.ts";
import { words } from "../words/catalogue.ts";

/** How a stream is called on this company's command line: `press-3`, or `kato/press-3` of others. */
export function streamLabel(stream: Stream): string {
  const name = stream.name ?? stream.id;
  return stream.mine ? name : `${stream.owner.handle}/${name}`;
}

/** The beginning of a span for people. */
export function fromText(ms: number | null, zone: string): string {
  return ms === null || ms <= 0 ? words().sharing.always : dateTime(ms, zone);
}

/** The end of a span for people. */
export function untilText(ms: number | null, zone: string): string {
  return ms === null ? words().sharing.open : dateTime(ms, zone);
}
