/** Whether a topic is one that a filter asks for. Source: MQTT 3.1.1, section 4.7; 5.0, 4.8.2 for `$share`. */
export function isAskedFor(filter: string, topic: string): boolean {
  const shared = /^\$share\/[^/]+\/(.+)$/s.exec(filter)?.[1];
  const wanted = (shared ?? filter).split("/");
  const levels = topic.split("/");
  // Topics of the broker itself are asked for by their own name alone.
  if (topic.startsWith("$") && /^[+#]$/.test(wanted[0] ?? "")) return false;
  for (const [index, want] of wanted.entries()) {
    if (want === "#") return true;
    if (index >= levels.length || (want !== "+" && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
