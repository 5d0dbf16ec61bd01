// System calls that Swift's Glibc module does not show.
#ifndef VISAGE_CLINUX_SHIM_H
#define VISAGE_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// Lets two paths of one file system change places in one step. 0, or -1 with errno.
static inline int visage_exchange(const char *left, const char *right) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, left, AT_FDCWD, right, RENAME_EXCHANGE);
}

/// Names the calling thread, at most 15 bytes. Not pthread_setname_np: Swift's Glibc module has it only by chance, depending
/// on what else is imported.
static inline void visage_set_thread_name(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }

/// Sends one message, with an open file if `descriptor` is not negative. The number of bytes, or -1 with errno.
static inline ssize_t visage_send_message(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {(void *)bytes, count};
    union { char space[CMSG_SPACE(sizeof(int))]; struct cmsghdr alignment; } control;
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do { sent = sendmsg(socket, &message, MSG_NOSIGNAL); } while (sent < 0 && errno == EINTR);
    return sent;
}

/// Receives one message and the open file that came with it, -1 if none did. The number of bytes, 0 at the end, or -1
/// with errno: EMSGSIZE if the message did not fit. Without room for it in `descriptor` (NULL) a file is refused.
static inline ssize_t visage_receive_message(int socket, void *bytes, size_t count, int *descriptor, int flags) {
    struct iovec part = {bytes, count};
    union { char space[CMSG_SPACE(sizeof(int))]; struct cmsghdr alignment; } control;
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor) {
        *descriptor = -1;
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
    }
    ssize_t received;
    do { received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags); } while (received < 0 && errno == EINTR);
    if (received < 0) return received;
    if (descriptor) {
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS
            && header->cmsg_len == CMSG_LEN(sizeof(int)))
            memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    }
    if (message.msg_flags & MSG_TRUNC) {
        if (descriptor && *descriptor >= 0) { close(*descriptor); *descriptor = -1; }
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

/// A file without a name in `folder`, which nobody else can open. -1 with errno.
static inline int visage_open_unnamed(const char *folder) {
    // O_TMPFILE, which the header shows to GNU sources only.
    const int unnamed = 020000000 | O_DIRECTORY;
    return open(folder, unnamed | O_RDWR | O_CLOEXEC, 0600);
}

/// A descriptor that only names `path` (O_PATH, which the header shows to GNU sources only). -1 with errno.
static inline int visage_open_path(const char *path) { return open(path, 010000000 | O_CLOEXEC); }

/// A word in memory that another process shares.
static inline uint32_t visage_load(const void *word) { return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE); }
static inline void visage_store(void *word, uint32_t value) {
    __atomic_store_n((uint32_t *)word, value, __ATOMIC_RELEASE);
}

/// From Linux 5.11 on; refers to the process even when its number is given to another one. -1 with errno.
static inline int visage_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static inline int visage_prctl(int option, unsigned long value) { return prctl(option, value, 0, 0, 0); }

/// Sets the limit of another process of the same user. 0, or -1 with errno.
static inline int visage_set_cpu_limit(pid_t process, rlim_t seconds) {
    struct { uint64_t soft, hard; } limit = {seconds, ~(uint64_t)0};
    return (int)syscall(SYS_prlimit64, process, RLIMIT_CPU, &limit, NULL);
}

static inline int visage_set_limit(int resource, rlim_t value) {
    struct rlimit limit = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

/// The newest Landlock that the kernel has; negative with errno if it has none.
static inline int visage_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}
/// A set of rules that forbids all that `rights` names; -1 with errno.
static inline int visage_landlock_create(uint64_t rights) {
    struct landlock_ruleset_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.handled_access_fs = rights;
    return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
}
/// Allows `rights` on what is open as `parent`. 0, or -1 with errno.
static inline int visage_landlock_allow(int rules, uint64_t rights, int parent) {
    struct landlock_path_beneath_attr attributes = {rights, parent};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &attributes, 0);
}
static inline int visage_landlock_restrict(int rules) { return (int)syscall(SYS_landlock_restrict_self, rules, 0); }

/// For tests of what is forbidden: 0 if a process could be started, which ends at once.
static inline int visage_try_fork(void) {
    pid_t process = fork();
    if (process == 0) _exit(0);
    return process > 0 ? 0 : -1;
}
/// For tests of what is forbidden: 0 if the process could be traced.
static inline int visage_try_trace(pid_t process) { return (int)syscall(SYS_ptrace, 0x4206, process, NULL, NULL); }

/// Starts `path` with `input` as its standard input and nothing else open but standard error. 0, or an error number.
static inline int visage_spawn(
    pid_t *process, const char *path, int input, char *const arguments[], char *const environment[]
) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int code = posix_spawn_file_actions_init(&actions);
    if (code) return code;
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    code = posix_spawn_file_actions_adddup2(&actions, input, 0);
    if (!code) code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (!code) code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!code) code = posix_spawn(process, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/// The kind of the file system that holds a file: a number of linux/magic.h, or -1 with errno.
static inline long visage_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : -1;
}

#endif
