// Loaded before the code of everything that tests start: it ends when the tests end, however they end.
if (process.channel) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // The channel must not keep a program alive that is done.
  process.channel.unref();
}
