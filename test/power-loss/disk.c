/*
 * A disk with a volatile write cache, below one folder, for LD_PRELOAD: what was not synced may be gone when
 * its power is cut. README.md says what it models; disk.ts reads and writes what stands in its side folder:
 *
 *   control      the numbers of struct control, shared by all programs on this disk
 *   platter/INO  bytes of a file as its last sync left them; none: it was never synced and is empty
 *   attic/INO    a name for every file whose name is gone, so that no number of a file comes twice
 *   names        every change of a name, in order, and which folders were synced when
 *   stuck/INO    bytes that a failed sync threw away although the program still reads them
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#undef fwrite_unlocked
#undef fflush_unlocked

enum kind { WRITE, SYNC, NAME, KINDS };
enum { NO_KIND = KINDS, ANY_KIND };
enum { BEFORE, HALFWAY, AFTER };
enum { PAGE = 4096, CHUNK = 1 << 20 };

struct control {
  _Atomic uint64_t count[KINDS]; /* calls of each kind so far */
  _Atomic uint64_t total;
  _Atomic uint64_t dead;    /* the power is cut */
  uint64_t is_kill;         /* a cut ends this program only, and the disk goes on */
  uint64_t cut_kind;        /* which calls count for the cut */
  uint64_t cut_at;          /* the number of the call, from 1 */
  uint64_t cut_when;        /* before it is carried out, halfway, after it but before it returns */
  uint64_t fault_kind;      /* which calls fail */
  uint64_t fault_from;      /* the first that fails, from 1 */
  uint64_t fault_to;        /* the first that does not */
  uint64_t fault_errno;
  uint64_t is_lying;        /* syncs do nothing and say they did */
  _Atomic uint64_t stuck;   /* a sync failed: look for what it threw away */
  _Atomic uint64_t faults;  /* calls that failed */
};

static struct control *control;
static char root[PATH_MAX], side[PATH_MAX - 64];
static size_t root_length;

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int raw_open(const char *path, int flags, mode_t mode) {
  REAL(open64);
  return real(path, flags | O_CLOEXEC, mode);
}

static ssize_t raw_pwrite(int fd, const void *bytes, size_t length, off_t at) {
  REAL(pwrite64);
  return real(fd, bytes, length, at);
}

static void give_up(const char *why, const char *what) {
  dprintf(2, "disk: %s %s: %s\n", why, what, strerror(errno));
  kill(getpid(), SIGABRT);
}

__attribute__((constructor)) static void attach(void) {
  const char *folder = getenv("POWER_LOSS_ROOT"), *beside = getenv("POWER_LOSS_SIDE");
  if (!folder || !beside || strlen(beside) >= sizeof side) return;
  strncpy(root, folder, sizeof root - 1);
  root_length = strlen(root);
  strcpy(side, beside);
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/control", side);
  int fd = raw_open(path, O_RDWR, 0);
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared != MAP_FAILED) control = shared;
}

static void beside(char *path, const char *folder, uint64_t ino) {
  snprintf(path, PATH_MAX, "%s/%s/%llu", side, folder, (unsigned long long)ino);
}

/* Between processes too; whoever is killed lets go of it. */
static _Thread_local int has_lock;

static int take_lock(void) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/lock", side);
  int fd = raw_open(path, O_RDWR | O_CREAT, 0600);
  if (fd < 0) give_up("lock", path);
  while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {}
  has_lock = 1;
  return fd;
}

static void drop_lock(int fd) {
  has_lock = 0;
  close(fd);
}

static void end_at_once(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Every program ends at its next call; what none of them has synced by now never will be. */
static void cut_power(void) {
  if (!control->is_kill) atomic_store(&control->dead, 1);
  /* A change of a name and what is noted of it belong together. */
  else if (!has_lock) take_lock();
  end_at_once();
}

/* What happens to a call: it fails, with errno; the power is cut while it runs; it is the first that fails. */
struct turn { int fails, cuts, first; };

static struct turn begin(enum kind kind) {
  if (atomic_load(&control->dead)) end_at_once();
  uint64_t of_kind = atomic_fetch_add(&control->count[kind], 1) + 1;
  uint64_t of_all = atomic_fetch_add(&control->total, 1) + 1;
  struct turn turn = {0};
  uint64_t at = control->cut_kind == ANY_KIND ? of_all : of_kind;
  if (control->cut_kind == ANY_KIND || control->cut_kind == kind) turn.cuts = at == control->cut_at;
  if (turn.cuts && control->cut_when == BEFORE) cut_power();
  at = control->fault_kind == ANY_KIND ? of_all : of_kind;
  if (control->fault_kind == ANY_KIND || control->fault_kind == kind) {
    turn.fails = at >= control->fault_from && at < control->fault_to;
    turn.first = at == control->fault_from;
  }
  if (turn.fails) {
    atomic_fetch_add(&control->faults, 1);
    errno = (int)control->fault_errno;
  }
  return turn;
}

static void end(struct turn turn) {
  if (turn.cuts) cut_power();
}

static int is_halfway(struct turn turn) { return turn.cuts && control->cut_when == HALFWAY; }

static int is_below(const char *path) {
  return !strncmp(path, root, root_length) && (path[root_length] == '/' || path[root_length] == 0);
}

/* Whether an open file or folder lies on this disk. */
static int on_disk(int fd, struct stat *status) {
  if (!control || fd < 0 || fstat(fd, status) != 0) return 0;
  if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_below(path);
}

/* A name in a folder of this disk. */
struct name { ino_t folder; const char *last; char path[PATH_MAX]; };

static int name_at(int at, const char *given, struct name *name) {
  if (!control || !given || !*given) return 0;
  int before = errno;
  char folder[PATH_MAX], text[PATH_MAX];
  if (given[0] != '/' && at != AT_FDCWD) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t length = readlink(link, folder, sizeof folder - 1);
    if (length <= 0) return errno = before, 0;
    folder[length] = 0;
    if (snprintf(text, sizeof text, "%s/%s", folder, given) >= (int)sizeof text) return 0;
  } else {
    strncpy(text, given, sizeof text - 1);
    text[sizeof text - 1] = 0;
  }
  for (size_t length = strlen(text); length > 1 && text[length - 1] == '/'; length -= 1) text[length - 1] = 0;
  char *slash = strrchr(text, '/');
  const char *last = slash ? slash + 1 : text;
  if (slash) *slash = 0;
  const char *parent = !slash ? "." : slash == text ? "/" : text;
  struct stat status;
  int is_here = realpath(parent, folder) && is_below(folder) && stat(folder, &status) == 0;
  errno = before;
  if (!is_here) return 0;
  name->folder = status.st_ino;
  if (snprintf(name->path, sizeof name->path, "%s/%s", folder, last) >= (int)sizeof name->path) return 0;
  name->last = strrchr(name->path, '/') + 1;
  return 1;
}

static void note(const char *format, ...) {
  char path[PATH_MAX], line[PATH_MAX];
  snprintf(path, sizeof path, "%s/names", side);
  va_list given;
  va_start(given, format);
  int length = vsnprintf(line, sizeof line, format, given);
  va_end(given);
  int before = errno, fd = raw_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  REAL(write);
  if (fd < 0 || real(fd, line, (size_t)length) != length) give_up("write", path);
  close(fd);
  errno = before;
}

#define INO(number) ((unsigned long long)(number))

static void note_new(const struct name *name, const struct stat *status) {
  const char *type = S_ISDIR(status->st_mode) ? "d" : S_ISREG(status->st_mode) ? "f" : "o";
  note("C\t%llu\t%s\t%llu\t%s\n", INO(name->folder), name->last, INO(status->st_ino), type);
}

/* Keeps a file that loses a name: its bytes may be needed, and its number must not come again. */
static void keep(const struct name *name) {
  struct stat status;
  if (lstat(name->path, &status) != 0 || S_ISDIR(status.st_mode)) return;
  char path[PATH_MAX];
  beside(path, "attic", status.st_ino);
  REAL(link);
  real(name->path, path);
}

/* ---- what makes bytes last ---- */

static ssize_t read_whole(int fd, char *bytes, size_t length, off_t at) {
  size_t done = 0;
  while (fd >= 0 && done < length) {
    ssize_t got = pread(fd, bytes + done, length - done, at + (off_t)done);
    if (got <= 0) break;
    done += (size_t)got;
  }
  memset(bytes + done, 0, length - done);
  return (ssize_t)done;
}

/* Puts what a file holds onto the platter, but for what an earlier failure threw away. `pages_max`: power may go. */
static void put_on_platter(int given, const struct stat *status, uint64_t pages_max) {
  char path[PATH_MAX], link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", given);
  int live = raw_open(link, O_RDONLY, 0);
  if (live < 0) give_up("read", link);
  beside(path, "platter", status->st_ino);
  int platter = raw_open(path, O_RDWR | O_CREAT, 0600);
  if (platter < 0) give_up("open", path);
  int stuck = -1;
  beside(path, "stuck", status->st_ino);
  if (atomic_load(&control->stuck)) stuck = raw_open(path, O_RDONLY, 0);
  struct stat now;
  if (fstat(live, &now) != 0) give_up("look at", link);
  char *bytes = malloc(3 * (size_t)CHUNK), *old = bytes + CHUNK, *lost = old + CHUNK;
  uint64_t pages = 0;
  for (off_t at = 0; at < now.st_size && pages < pages_max; at += CHUNK) {
    size_t size = now.st_size - at < CHUNK ? (size_t)(now.st_size - at) : CHUNK;
    ssize_t there = read_whole(live, bytes, size, at);
    read_whole(platter, old, size, at);
    if (stuck >= 0) read_whole(stuck, lost, size, at);
    for (ssize_t page = 0; page < there && pages < pages_max; page += PAGE) {
      size_t length = there - page < PAGE ? (size_t)(there - page) : PAGE;
      if (!memcmp(bytes + page, old + page, length)) continue;
      if (stuck >= 0 && !memcmp(bytes + page, lost + page, length)) continue;
      raw_pwrite(platter, bytes + page, length, at + page);
      pages += 1;
    }
  }
  free(bytes);
  REAL(ftruncate64);
  if (pages < pages_max && real(platter, now.st_size) != 0) give_up("cut", path);
  close(live);
  close(platter);
  if (stuck >= 0) close(stuck);
}

/* A failed sync: the program still reads its bytes, and no later sync writes them. Source: fsync(2), EIO. */
static void throw_away(int fd, const struct stat *status) {
  char path[PATH_MAX], link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  beside(path, "stuck", status->st_ino);
  int live = raw_open(link, O_RDONLY, 0), stuck = raw_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (live < 0 || stuck < 0) give_up("copy", path);
  char *bytes = malloc(CHUNK);
  for (off_t at = 0;; at += CHUNK) {
    ssize_t got = read_whole(live, bytes, CHUNK, at);
    if (got > 0) raw_pwrite(stuck, bytes, (size_t)got, at);
    if (got < CHUNK) break;
  }
  free(bytes);
  close(live);
  close(stuck);
  atomic_store(&control->stuck, 1);
}

/* What is written again is dirty again. */
static void unstick(const struct stat *status, off_t from, size_t length) {
  if (!atomic_load(&control->stuck)) return;
  char path[PATH_MAX], byte;
  beside(path, "stuck", status->st_ino);
  int fd = raw_open(path, O_RDWR, 0);
  if (fd < 0) return;
  for (off_t at = from - from % PAGE; at < from + (off_t)length; at += PAGE) {
    for (int index = 0; index < PAGE && pread(fd, &byte, 1, at + index) == 1; index += 512) {
      byte = (char)~byte;
      raw_pwrite(fd, &byte, 1, at + index);
    }
  }
  close(fd);
}

static int sync_file(int fd, const struct stat *status) {
  struct turn turn = begin(SYNC);
  if (control->is_lying) return end(turn), 0;
  int lock = take_lock();
  if (atomic_load(&control->dead)) end_at_once();
  int code = errno;
  if (turn.fails) {
    if (!S_ISDIR(status->st_mode)) throw_away(fd, status);
  } else if (S_ISDIR(status->st_mode)) {
    if (!is_halfway(turn)) note("S\t%llu\n", INO(status->st_ino));
  } else {
    put_on_platter(fd, status, is_halfway(turn) ? 1 : UINT64_MAX);
  }
  end(turn);
  drop_lock(lock);
  errno = code;
  return turn.fails ? -1 : 0;
}

int fsync(int fd) {
  REAL(fsync);
  struct stat status;
  return on_disk(fd, &status) ? sync_file(fd, &status) : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  struct stat status;
  return on_disk(fd, &status) ? sync_file(fd, &status) : real(fd);
}

/* ---- what changes bytes ---- */

/* A full disk takes what still fits: the first write that fails takes half. */
#define WRITTEN(fd, length, at, whole, half)                                              \
  struct stat status;                                                                     \
  if (!on_disk(fd, &status)) return whole;                                                \
  struct turn turn = begin(WRITE);                                                        \
  if (turn.fails && !(turn.first && (length) > 1 && control->fault_errno == ENOSPC)) return -1; \
  unstick(&status, at, length);                                                           \
  ssize_t done = turn.fails || is_halfway(turn) ? half : whole;                           \
  end(turn);                                                                              \
  return done

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  if (!control) return real(fd, bytes, length);
  off_t at = lseek(fd, 0, SEEK_CUR);
  WRITTEN(fd, length, fcntl(fd, F_GETFL) & O_APPEND ? status.st_size : at, real(fd, bytes, length),
          real(fd, bytes, length / 2));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  REAL(pwrite64);
  WRITTEN(fd, length, at, real(fd, bytes, length, at), real(fd, bytes, length / 2, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite64(fd, bytes, length, at);
}

static size_t length_of(const struct iovec *parts, int count) {
  size_t length = 0;
  for (int index = 0; index < count; index += 1) length += parts[index].iov_len;
  return length;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  if (!control) return real(fd, parts, count);
  off_t at = lseek(fd, 0, SEEK_CUR);
  size_t length = length_of(parts, count);
  WRITTEN(fd, length, fcntl(fd, F_GETFL) & O_APPEND ? status.st_size : at, real(fd, parts, count),
          real(fd, parts, 1));
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  REAL(pwritev64);
  size_t length = length_of(parts, count);
  WRITTEN(fd, length, at, real(fd, parts, count, at), real(fd, parts, 1, at));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return pwritev64(fd, parts, count, at);
}

int ftruncate64(int fd, off_t size) {
  REAL(ftruncate64);
  struct stat status;
  if (!on_disk(fd, &status)) return real(fd, size);
  struct turn turn = begin(WRITE);
  if (turn.fails && size > status.st_size) return -1;
  int code = real(fd, size);
  end(turn);
  return code;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* LevelDB writes its files through these; what stdio itself does then passes none of the calls above. */
size_t fwrite_unlocked(const void *bytes, size_t size, size_t count, FILE *file) {
  REAL(fwrite_unlocked);
  struct stat status;
  if (!control || !on_disk(fileno(file), &status)) return real(bytes, size, count, file);
  struct turn turn = begin(WRITE);
  if (turn.fails) {
    int code = errno;
    size_t done = turn.first ? real(bytes, 1, size * count / 2, file) / size : 0;
    errno = code;
    return done;
  }
  size_t done = is_halfway(turn) ? real(bytes, 1, size * count / 2, file) : real(bytes, size, count, file);
  end(turn);
  return done;
}

int fflush_unlocked(FILE *file) {
  REAL(fflush_unlocked);
  struct stat status;
  if (!control || !file || !on_disk(fileno(file), &status)) return real(file);
  struct turn turn = begin(WRITE);
  if (turn.fails) return EOF;
  int code = real(file);
  end(turn);
  return code;
}

/* ---- what changes names ---- */

/* A new file in a folder of this disk, by whatever makes it; -1 and NULL as they return. */
#define MADE(type, failed, name, call, number)              \
  struct turn turn = begin(NAME);                           \
  if (turn.fails) return failed;                            \
  if (is_halfway(turn)) cut_power();                        \
  int lock = take_lock();                                   \
  struct stat status;                                       \
  int was = lstat((name).path, &status) == 0;               \
  type made = call;                                         \
  int code = errno;                                         \
  if (!was && made != failed && number) note_new(&name, &status); \
  drop_lock(lock);                                              \
  errno = code;                                             \
  end(turn);                                                \
  return made

static int make_file(int at, const char *path, int flags, mode_t mode,
                     int (*real)(int, const char *, int, ...), int *is_made) {
  struct name name;
  *is_made = 1;
  if (!(flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE || !name_at(at, path, &name)) {
    *is_made = 0;
    return -1;
  }
  if (flags & (O_SYNC | O_DSYNC | O_DIRECT)) give_up("no such writes are modelled", path);
  struct stat before;
  if (lstat(name.path, &before) == 0) return real(at, path, flags, mode);
  MADE(int, -1, name, real(at, path, flags, mode), fstat(made, &status) == 0);
}

static mode_t mode_of(int flags, va_list given) {
  return flags & (O_CREAT | __O_TMPFILE) ? va_arg(given, mode_t) : 0;
}

#define OPENED(at, path)                                                                       \
  va_list given;                                                                               \
  va_start(given, flags);                                                                      \
  mode_t mode = mode_of(flags, given);                                                         \
  va_end(given);                                                                               \
  static int (*real_at)(int, const char *, int, ...);                                          \
  if (!real_at) real_at = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat64");  \
  int is_made;                                                                                 \
  int fd = make_file(at, path, flags, mode, real_at, &is_made);                                \
  return is_made ? fd : real_at(at, path, flags, mode)

int open(const char *path, int flags, ...) { OPENED(AT_FDCWD, path); }
int open64(const char *path, int flags, ...) { OPENED(AT_FDCWD, path); }
int openat(int at, const char *path, int flags, ...) { OPENED(at, path); }
int openat64(int at, const char *path, int flags, ...) { OPENED(at, path); }

FILE *fopen64(const char *path, const char *mode) {
  REAL(fopen64);
  struct name name;
  struct stat before;
  if (mode[0] == 'r' || !name_at(AT_FDCWD, path, &name)) return real(path, mode);
  if (lstat(name.path, &before) == 0) return real(path, mode);
  MADE(FILE *, NULL, name, real(path, mode), fstat(fileno(made), &status) == 0);
}

FILE *fopen(const char *path, const char *mode) { return fopen64(path, mode); }

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  struct name name;
  if (!name_at(AT_FDCWD, path, &name)) return real(path, mode);
  struct stat before;
  if (lstat(name.path, &before) == 0) return real(path, mode);
  MADE(int, -1, name, real(path, mode), lstat(name.path, &status) == 0);
}

int link(const char *from, const char *to) {
  REAL(link);
  struct name name;
  if (!name_at(AT_FDCWD, to, &name)) return real(from, to);
  MADE(int, -1, name, real(from, to), lstat(name.path, &status) == 0);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  struct name old, new;
  struct stat status;
  if (!name_at(AT_FDCWD, from, &old) || !name_at(AT_FDCWD, to, &new)) return real(from, to);
  if (lstat(old.path, &status) != 0) return real(from, to);
  struct turn turn = begin(NAME);
  if (turn.fails) return -1;
  if (is_halfway(turn)) cut_power();
  int lock = take_lock();
  keep(&new);
  int code = real(from, to), why = errno;
  if (code == 0) {
    note("R\t%llu\t%s\t%llu\t%s\t%llu\t%s\n", INO(old.folder), old.last, INO(new.folder), new.last,
         INO(status.st_ino), S_ISDIR(status.st_mode) ? "d" : "f");
  }
  drop_lock(lock);
  errno = why;
  end(turn);
  return code;
}

static int remove_name(int at, const char *path, int flags) {
  REAL(unlinkat);
  struct name name;
  if (!name_at(at, path, &name)) return real(at, path, flags);
  struct stat status;
  if (lstat(name.path, &status) != 0) return real(at, path, flags);
  struct turn turn = begin(NAME);
  if (is_halfway(turn)) cut_power();
  int lock = take_lock();
  keep(&name);
  int code = real(at, path, flags), why = errno;
  if (code == 0) note("D\t%llu\t%s\n", INO(name.folder), name.last);
  drop_lock(lock);
  errno = why;
  end(turn);
  return code;
}

int unlink(const char *path) { return remove_name(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return remove_name(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int at, const char *path, int flags) { return remove_name(at, path, flags); }

int remove(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0) return -1;
  return S_ISDIR(status.st_mode) ? rmdir(path) : unlink(path);
}
