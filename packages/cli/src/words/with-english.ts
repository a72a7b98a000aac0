/** What was wrong with a command line, and what to do. */
export interface Said {
  readonly text: string;
  readonly next: string;
}

/** The same in English beside it, for what programs read. */
export interface SaidTwice extends Said {
  readonly english?: Said;
}

/**
 * Words of another language in which every {@link Said} carries the English one, because it is put into an
 * error before it is known who reads it.
 */
export function withEnglish<Section>(words: Section, english: Section): Section {
  return paired(words, english) as Section;
}

function paired(own: unknown, english: unknown): unknown {
  if (own === english) return own;
  if (typeof own === "function" && typeof english === "function") {
    return (...given: readonly unknown[]) => {
      const told: unknown = own(...given);
      return isSaid(told) ? { ...told, english: english(...given) as Said } : told;
    };
  }
  if (isSaid(own)) return { ...own, english };
  if (!isSection(own) || !isSection(english)) return own;
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, paired(value, english[name])]),
  );
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSaid(value: unknown): value is Said {
  if (!isSection(value)) return false;
  const { text, next } = value;
  return typeof text === "string" && typeof next === "string";
}
