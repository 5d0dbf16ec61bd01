// Makes calls on files fail: a library for LD_PRELOAD, for tests of what a failing disk does to a program.
//   cc -shared -fPIC -O1 -o faults.so faults.c -ldl
//   FAULT_PREFIX=/disk FAULT_AT=17 FAULT_ERRNO=28 LD_PRELOAD=./faults.so program
// Calls count whose path, or whose file's path, begins with FAULT_PREFIX: those that change files (open to write or
// create, write, truncate, allocate, sync, rename, link, unlink, mkdir, rmdir). The FAULT_AT-th one fails with
// FAULT_ERRNO, and FAULT_COUNT (1) - 1 more after it; 0 means all that follow. A program that has the library loaded may
// find visage_fault_arm and visage_fault_hits with dlsym and do without the variables. With FAULT_CONTROL, a file of
// 512 zeros, another program arms it while this one runs, and reads how many calls have failed: its layout
// is that of struct state.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// All of 8 bytes, so that other languages can write them; whoever arms it sets `first` last.
static struct state {
    atomic_long first, calls, hits, code, many, reserved[3];
    char prefix[448];
} own = {.many = 1, .code = ENOSPC}, *state = &own;

// Counts from now on. first: the call that fails, from 1; 0 for none. Returns nothing.
void visage_fault_arm(const char *path, long at, int error, long count) {
    atomic_store(&state->first, 0);
    snprintf(state->prefix, sizeof state->prefix, "%s", path);
    atomic_store(&state->calls, 0);
    atomic_store(&state->hits, 0);
    atomic_store(&state->code, error);
    atomic_store(&state->many, count);
    atomic_store(&state->first, at);
}

// How many calls have failed, and how many were counted, since then.
long visage_fault_hits(void) { return atomic_load(&state->hits); }
long visage_fault_calls(void) { return atomic_load(&state->calls); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_PREFIX"), *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO"),
               *count = getenv("FAULT_COUNT"), *control = getenv("FAULT_CONTROL");
    if (control) {
        int file = open(control, O_RDWR | O_CLOEXEC);
        void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (file >= 0) close(file);
        if (shared != MAP_FAILED) state = shared;
    } else if (path) {
        visage_fault_arm(path, at ? atol(at) : 0, error ? atoi(error) : ENOSPC, count ? atol(count) : 1);
    }
}

// Whether this call is to fail; errno is set then.
static int fails(const char *path) {
    long at = atomic_load(&state->first);
    if (!at || !path || !state->prefix[0] || strncmp(path, state->prefix, strlen(state->prefix)) != 0) return 0;
    long call = atomic_fetch_add(&state->calls, 1) + 1, count = atomic_load(&state->many);
    if (call < at || (count > 0 && call >= at + count)) return 0;
    atomic_fetch_add(&state->hits, 1);
    errno = (int)atomic_load(&state->code);
    return 1;
}
static int fails_on(int file) {
    if (!atomic_load(&state->first)) return 0;
    char link[64], path[PATH_MAX];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length <= 0) return 0;
    path[length] = 0;
    return fails(path);
}
static int fails_at(int folder, const char *path) {
    if (!path || path[0] == '/' || folder == AT_FDCWD) return fails(path);
    return fails_on(folder);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define MODE(flags, last) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, last); mode = va_arg(list, mode_t); va_end(list); }
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))

int open(const char *path, int flags, ...) { MODE(flags, flags) REAL(open); return WRITES(flags) && fails(path) ? -1 : real(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) REAL(open64); return WRITES(flags) && fails(path) ? -1 : real(path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags, flags) REAL(openat); return WRITES(flags) && fails_at(folder, path) ? -1 : real(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags, flags) REAL(openat64); return WRITES(flags) && fails_at(folder, path) ? -1 : real(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { REAL(creat); return fails(path) ? -1 : real(path, mode); }
ssize_t write(int file, const void *data, size_t size) { REAL(write); return fails_on(file) ? -1 : real(file, data, size); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { REAL(pwrite); return fails_on(file) ? -1 : real(file, data, size, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { REAL(pwrite64); return fails_on(file) ? -1 : real(file, data, size, at); }
ssize_t writev(int file, const struct iovec *data, int count) { REAL(writev); return fails_on(file) ? -1 : real(file, data, count); }
int fsync(int file) { REAL(fsync); return fails_on(file) ? -1 : real(file); }
int fdatasync(int file) { REAL(fdatasync); return fails_on(file) ? -1 : real(file); }
int ftruncate(int file, off_t size) { REAL(ftruncate); return fails_on(file) ? -1 : real(file, size); }
int ftruncate64(int file, off64_t size) { REAL(ftruncate64); return fails_on(file) ? -1 : real(file, size); }
int truncate(const char *path, off_t size) { REAL(truncate); return fails(path) ? -1 : real(path, size); }
int fallocate(int file, int mode, off_t at, off_t size) { REAL(fallocate); return fails_on(file) ? -1 : real(file, mode, at, size); }
int posix_fallocate(int file, off_t at, off_t size) { REAL(posix_fallocate); return fails_on(file) ? errno : real(file, at, size); }
int rename(const char *from, const char *to) { REAL(rename); return fails(to) ? -1 : real(from, to); }
int renameat(int a, const char *from, int b, const char *to) { REAL(renameat); return fails_at(b, to) ? -1 : real(a, from, b, to); }
int link(const char *from, const char *to) { REAL(link); return fails(to) ? -1 : real(from, to); }
int unlink(const char *path) { REAL(unlink); return fails(path) ? -1 : real(path); }
int unlinkat(int folder, const char *path, int flags) { REAL(unlinkat); return fails_at(folder, path) ? -1 : real(folder, path, flags); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); return fails(path) ? -1 : real(path, mode); }
int rmdir(const char *path) { REAL(rmdir); return fails(path) ? -1 : real(path); }
