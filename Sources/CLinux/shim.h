// System calls that Swift's Glibc module does not show.
#ifndef VISAGE_CLINUX_SHIM_H
#define VISAGE_CLINUX_SHIM_H

#include <fcntl.h>
#include <linux/fs.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// Lets two paths of one file system change places in one step. 0, or -1 with errno.
static inline int visage_exchange(const char *left, const char *right) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, left, AT_FDCWD, right, RENAME_EXCHANGE);
}

/// The kind of the file system that holds a file: a number of linux/magic.h, or -1 with errno.
static inline long visage_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : -1;
}

#endif
