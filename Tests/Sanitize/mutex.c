// Tells ThreadSanitizer of the waiting side of Swift's `Mutex`, for `LD_PRELOAD`.
//
// Taking a free `Mutex` is an atomic operation that is compiled into the program, where ThreadSanitizer sees it. Waiting
// for one that is taken, and waking who waits, are functions of libswiftSynchronization, which is not built for
// ThreadSanitizer: whatever a mutex that was ever waited for protects looks like a race. These functions take their place
// and call them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *
// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> () and _unlockSlow() -> (), Swift 6.3
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

typedef SWIFT void (*lock_function)(uint32_t thread, SELF);
typedef SWIFT void (*unlock_function)(SELF);
static lock_function real_lock;
static unlock_function real_unlock;

__attribute__((constructor)) static void find(void) {
    real_lock = (lock_function)dlsym(RTLD_NEXT, LOCK);
    real_unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void visage_lock(uint32_t thread, SELF self) __asm__(LOCK);
SWIFT void visage_lock(uint32_t thread, SELF self) {
    if (!real_lock) abort();
    real_lock(thread, self);
    __tsan_acquire(self);
}

SWIFT void visage_unlock(SELF self) __asm__(UNLOCK);
SWIFT void visage_unlock(SELF self) {
    if (!real_unlock) abort();
    __tsan_release(self);
    real_unlock(self);
}
