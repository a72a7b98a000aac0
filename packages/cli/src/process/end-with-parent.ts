// Loaded into every program of a company before its own code: a program whose supervisor is gone ends,
// however the supervisor went.
const graceMs = 10_000;

if (process.channel) {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs).unref();
  });
  // The channel must not keep a program alive that is done.
  process.channel.unref();
}
