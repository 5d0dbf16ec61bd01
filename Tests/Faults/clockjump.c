// Lets the wall clock jump while the monotonic clocks run on: a library for LD_PRELOAD.
//   cc -shared -fPIC -o clockjump.so clockjump.c -ldl
//   JUMP_FILE=/x/jump LD_PRELOAD=./clockjump.so program
// While the file JUMP_FILE exists, the wall clock is JUMP_DAYS (40) days ahead.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead(void) {
    const char *file = getenv("JUMP_FILE"), *days = getenv("JUMP_DAYS");
    return file && access(file, F_OK) == 0 ? (days ? atol(days) : 40) * 86400L : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
