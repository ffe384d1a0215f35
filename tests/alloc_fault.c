/* alloc_fault.c - a shared object to preload: counts allocations, fails chosen ones, and tells what was never freed.
 *
 * Environment:
 *   ALLOC_FAULT_AT      the allocation that fails, counted from 1; unset or 0: none
 *   ALLOC_FAULT_LASTING set: every later one fails too, as when memory is really gone
 *   ALLOC_FAULT_REPORT  a file that gets, when the process exits: a line "allocations N", a line "site N KEY" for the
 *                       first allocation of every distinct chain of callers (only when none is to fail), a line "live N
 *                       LIBRARY" for every block not freed, with the file whose code allocated it
 *   ALLOC_FAULT_DEPTH   callers that make a chain (default: 24), the innermost ones
 *   ALLOC_FAULT_SHOW    the allocation whose callers are printed to standard error, for whoever looks for a leak
 *
 * Counting starts with main(): what the dynamic linker and library constructors take before it is not the program's.
 * Needs glibc (its names __libc_malloc and so on), as the whole test does; not to be mixed with AddressSanitizer, which
 * brings its own allocator.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

enum {
    SITES = 1 << 16,  /* distinct chains of callers remembered; a power of two */
    BLOCKS = 1 << 20, /* live blocks remembered; a power of two */
    OWN_CALLS = 2,    /* of the shim, at the head of a chain */
    CALLERS = 24 + 2  /* most callers of a chain */
};

static struct {
    pthread_mutex_t lock;
    bool counting, lasting, sites_wanted;
    uint64_t count, fail_at, show;
    int depth;
    const char *report;
    uint64_t site_keys[SITES];
    uint64_t site_first[SITES];
    struct {
        void *block;
        uint64_t number;
        const void *caller;
    } live[BLOCKS];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* This thread is inside the shim: what the unwinder allocates for itself is not the program's. */
static _Thread_local bool inside;

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static void remember_site(uint64_t number)
{
    void *callers[CALLERS];
    int depth = backtrace(callers, CALLERS);
    uint64_t key = 1;
    for (int i = OWN_CALLS; i < depth && i < OWN_CALLS + state.depth; i++)
        key = mix(key, (uint64_t)(uintptr_t)callers[i]);
    key |= 1;
    for (size_t i = 0, at = key >> 8; i < SITES; i++, at++) {
        uint64_t *slot = &state.site_keys[at % SITES];
        if (*slot == key)
            return;
        if (!*slot) {
            *slot = key;
            state.site_first[at % SITES] = number;
            return;
        }
    }
}

static void remember_block(void *block, uint64_t number, const void *caller)
{
    for (size_t i = 0, at = mix(1, (uint64_t)(uintptr_t)block); i < BLOCKS; i++, at++)
        if (!state.live[at % BLOCKS].number || state.live[at % BLOCKS].block == block ||
            !state.live[at % BLOCKS].block) {
            state.live[at % BLOCKS].block = block;
            state.live[at % BLOCKS].number = number;
            state.live[at % BLOCKS].caller = caller;
            return;
        }
}

static uint64_t forget_block(void *block)
{
    uint64_t number = 0;
    if (!block)
        return 0;
    for (size_t i = 0, at = mix(1, (uint64_t)(uintptr_t)block); i < BLOCKS && state.live[at % BLOCKS].number; i++, at++)
        if (state.live[at % BLOCKS].block == block) {
            number = state.live[at % BLOCKS].number;
            state.live[at % BLOCKS].block = NULL; /* its number stays, so that probing goes on past it */
            break;
        }
    return number;
}

/* Takes the next number; whether the allocation it stands for is to fail. */
static bool take(uint64_t *number)
{
    bool fails = false;
    *number = 0;
    if (!state.counting || inside)
        return false;
    inside = true;
    pthread_mutex_lock(&state.lock);
    *number = ++state.count;
    fails = state.fail_at && (state.lasting ? *number >= state.fail_at : *number == state.fail_at);
    if (state.sites_wanted)
        remember_site(*number);
    if (*number == state.show) {
        void *callers[CALLERS];
        backtrace_symbols_fd(callers, backtrace(callers, CALLERS), STDERR_FILENO);
    }
    pthread_mutex_unlock(&state.lock);
    inside = false;
    if (fails)
        errno = ENOMEM;
    return fails;
}

static void *keep(void *block, uint64_t number, const void *caller)
{
    if (block && number) {
        pthread_mutex_lock(&state.lock);
        remember_block(block, number, caller);
        pthread_mutex_unlock(&state.lock);
    }
    return block;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    uint64_t number;
    return take(&number) ? NULL : keep(__libc_malloc(size), number, CALLER);
}

void *calloc(size_t count, size_t size)
{
    uint64_t number;
    return take(&number) ? NULL : keep(__libc_calloc(count, size), number, CALLER);
}

void *realloc(void *block, size_t size)
{
    uint64_t number, old = 0;
    if (take(&number))
        return NULL;
    if (number) {
        pthread_mutex_lock(&state.lock);
        old = forget_block(block);
        pthread_mutex_unlock(&state.lock);
    }
    void *moved = __libc_realloc(block, size);
    if (moved)
        return keep(moved, number, CALLER);
    if (size > 0) /* the old block stays */
        keep(block, old, CALLER);
    return NULL;
}

void *memalign(size_t alignment, size_t size)
{
    uint64_t number;
    return take(&number) ? NULL : keep(__libc_memalign(alignment, size), number, CALLER);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);
    if (block)
        *out = block;
    return block ? 0 : ENOMEM;
}

void free(void *block)
{
    int kept = errno;
    if (state.counting && block) {
        pthread_mutex_lock(&state.lock);
        forget_block(block);
        pthread_mutex_unlock(&state.lock);
    }
    __libc_free(block);
    errno = kept;
}

static void write_report(void)
{
    inside = true;
    state.counting = false;
    FILE *out = fopen(state.report, "w");
    if (!out)
        return;
    fprintf(out, "allocations %llu\n", (unsigned long long)state.count);
    for (size_t i = 0; i < SITES; i++)
        if (state.site_keys[i])
            fprintf(out, "site %llu %016llx\n", (unsigned long long)state.site_first[i],
                    (unsigned long long)state.site_keys[i]);
    for (size_t i = 0; i < BLOCKS; i++) {
        Dl_info from = {.dli_fname = NULL};
        if (!state.live[i].block)
            continue;
        dladdr(state.live[i].caller, &from);
        fprintf(out, "live %llu %s\n", (unsigned long long)state.live[i].number, from.dli_fname ? from.dli_fname : "?");
    }
    fclose(out);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* main() is entered through this function of glibc; what follows is counted. */
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, int (*init)(int, char **, char **),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*next)(int (*)(int, char **, char **), int, char **, int (*)(int, char **, char **), void (*)(void),
                void (*)(void), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "__libc_start_main");
    void *callers[2];
    backtrace(callers, 2); /* loads the unwinder now */
    state.fail_at = setting("ALLOC_FAULT_AT", 0);
    state.show = setting("ALLOC_FAULT_SHOW", 0);
    state.depth = (int)setting("ALLOC_FAULT_DEPTH", CALLERS);
    state.lasting = getenv("ALLOC_FAULT_LASTING") != NULL;
    state.report = getenv("ALLOC_FAULT_REPORT");
    state.sites_wanted = state.report && !state.fail_at;
    if (state.report)
        atexit(write_report);
    unsetenv("LD_PRELOAD"); /* gnuplot, too, needs memory */
    state.counting = true;
    return next(main, argc, argv, init, fini, rtld_fini, stack_end);
}
