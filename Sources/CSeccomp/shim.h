// libseccomp for Swift: what it has as macros and variadic functions.
#ifndef VISAGE_CSECCOMP_SHIM_H
#define VISAGE_CSECCOMP_SHIM_H

#include <errno.h>
#include <seccomp.h>

static inline uint32_t visage_seccomp_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t visage_seccomp_refuse(int error) { return SCMP_ACT_ERRNO(error); }
static inline uint32_t visage_seccomp_kill(void) { return SCMP_ACT_KILL_PROCESS; }
/// The argument `index` of a system call, compared after `mask`.
static inline struct scmp_arg_cmp visage_seccomp_masked(unsigned index, uint64_t mask, uint64_t value) {
    return SCMP_CMP(index, SCMP_CMP_MASKED_EQ, mask, value);
}

#endif
