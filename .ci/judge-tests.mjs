// Prints one line with the counts of a vitest JSON report; fails unless all tests ran and passed.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const passed = report.numPassedTests;
const failed = report.numFailedTests;
const skipped = report.numPendingTests + report.numTodoTests;

for (const file of report.testResults) {
  for (const { status, fullName } of file.assertionResults) {
    if (status !== "passed" && status !== "failed") console.error(`skipped: ${fullName}`);
  }
}
if (!report.success && failed === 0) console.error("a test file failed outside its tests");
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (!report.success || passed === 0 || failed > 0 || skipped > 0) process.exitCode = 1;
