import { writeBundle } from "../doctor/bundle.ts";
import { dialTarget } from "../doctor/dial.ts";
import { examine } from "../doctor/examine.ts";
import { gatherFacts } from "../doctor/facts.ts";
import { type Finding, type Result, worstOf } from "../doctor/finding.ts";
import type { Style } from "../print/colour.ts";
import { type ExitCode, exitCodes } from "../print/exit-codes.ts";
import { printable } from "../print/printable.ts";
import { displayWidth, pad } from "../print/width.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { englishWords, type Words, words } from "../words/catalogue.ts";

const styles: Readonly<Record<Result, Style>> = {
  pass: "good",
  warn: "warning",
  fail: "bad",
  skip: "quiet",
};

/** `tegata doctor`: looks at everything that keeps a company from working, whether it runs or not. */
export async function run(context: Context, given: Given): Promise<ExitCode> {
  const dial = given.text("dial");
  const target = dial === null ? null : dialTarget(dial);
  const bundle = given.text("bundle");
  const facts = await gatherFacts(context);
  const findings = await examine(facts, target);
  const document = documentOf(findings, facts.nowMs);
  if (bundle !== null) {
    const path = context.path(bundle);
    await writeBundle(path, facts, findings);
    context.say(words().doctor.bundled(path));
  }
  await context.result(document, linesOf(context, findings, facts.nowMs));
  return document.result === "fail" ? exitCodes.failed : exitCodes.done;
}

/** The same in every language. */
function documentOf(findings: readonly Finding[], nowMs: number) {
  const checks = findings.map((finding) => ({
    ...finding,
    ...wordsOf(finding, nowMs, englishWords),
  }));
  return { schema: "tegata.doctor/1", result: worstOf(findings), checks } as const;
}

function wordsOf(finding: Finding, nowMs: number, { doctor }: Words) {
  const { text, next } = doctor.finding(finding, nowMs);
  return { text: printable(text), next: next === null ? null : printable(next) };
}

function linesOf(context: Context, findings: readonly Finding[], nowMs: number): readonly string[] {
  const { doctor } = words();
  const widthOf = (texts: readonly string[]): number => Math.max(...texts.map(displayWidth));
  const resultWidth = widthOf(Object.values(doctor.results));
  const checkWidth = widthOf(Object.values(doctor.checks));
  const lines = findings.flatMap((finding) => {
    const { text, next } = wordsOf(finding, nowMs, words());
    const result = pad(doctor.results[finding.result], resultWidth, "left");
    const label = pad(doctor.checks[finding.check], checkWidth, "left");
    const line = `${context.paint(styles[finding.result], result)}  ${label}  ${text}`;
    const indent = " ".repeat(resultWidth + checkWidth + 4);
    return next === null ? [line] : [line, `${indent}→ ${next}`];
  });
  const countOf = (wanted: Result): number =>
    findings.filter(({ result }) => result === wanted).length;
  return [...lines, "", doctor.summary(countOf("fail"), countOf("warn"))];
}
