// Imported before anything else: log, guard and databases write at the same time, and none may wait for a
// thread. libuv reads this when the first of them starts. Source: docs of libuv, Thread pool work scheduling.
process.env.UV_THREADPOOL_SIZE ??= "16";
