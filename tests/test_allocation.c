/* test_allocation.c - every command, with every allocation it makes failing in turn: status 1, a message about memory,
 * nothing written, nothing lost, nothing leaked.
 *
 * Allocations with the same chain of callers are one case, the first of them.  `make check` takes a part of the cases,
 * evenly spread; `make faults` takes all.  In every fourth case the failure lasts, as when memory is really gone.  The
 * failing allocator is preloaded (alloc_fault.c), which AddressSanitizer does not bear.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault_run.h"
#include "machine_files.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SITES_MAX = 20000, OUTPUTS_MAX = 4, SHARE_CASES = 5, YAML_LEAKS = 1 };

/* A command and the files it writes. */
struct faulted {
    const char *arguments;
    const char *const *outputs; /* NULL at the end */
};

/* What the program says about itself, through the preloaded allocator. */
struct memory_report {
    uint64_t allocations;
    size_t sites;
    size_t live; /* blocks not freed, but for those of libraries that leak where their own allocations fail */
    uint64_t site[SITES_MAX]; /* in order */
    uint64_t leak;            /* one block that was never freed, or 0 */
};

static char preload[1024] = "LD_PRELOAD=";

/* One of the test models, into the working directory. */
static void copy_file(const char *name)
{
    char relative[64], path[TEST_PATH], bytes[65536];
    snprintf(relative, sizeof relative, "tests/onnx/%s", name);
    FILE *in = fopen(in_source(path, relative), "rb"), *out = fopen(name, "wb");
    cr_assert(in && out, "cannot copy %s", path);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, in)) > 0;)
        fwrite(bytes, 1, got, out);
    fclose(in);
    cr_assert_eq(fclose(out), 0);
}

static void make_inputs(void)
{
    static const char *const made[] = {
        "generate --rows 12 --cols 20 --density 0.3 -o a.mtx",
        "generate --rows 20 --cols 9 --density 0.4 --pattern rowskew:0.8 -o b.smtx.gz",
        "generate --rows 8 --cols 72 --pattern periodic:4:8:d -o w.mtx",
        "estimate l.csv -m flexagon -m sigma-like -f csv -o results.csv",
        "simulate l.csv -m flexagon -f csv -o simulated.csv --trace timeline.csv",
        "calibrate -m flexagon --layers 4 --variants 0 -o calibration.yaml",
        "sweep l.csv --set array.multipliers=32,64 -f csv -o swept.csv",
    };
    fault_write("l.csv", "layer,model,M,N,K,density_a,density_b,pattern_a,own\n"
                         "first,net,24,30,20,0.3,0.5,rowskew:0.8,x\nsecond,net,16,8,24,0.5,1,,\"y, z\"\n");
    fault_write(
        "conv.csv",
        "layer,kind,in_channels,in_height,in_width,filters,filter_height,filter_width,density_a,density_b,pattern_a\n"
        "first,conv,8,6,6,8,3,3,,0.5,periodic:4:8\n");
    fault_write("fft.csv", "layer,M,N,K,kind\nfirst,64,8,,fft\nsecond,64,8,64,bpmm\n");
    fault_write("topology.csv",
                "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
                "Conv1, 8, 8, 3, 3, 4, 8, 1,\n");
    fault_write("own.yaml", "name: own\nbase: flexagon\nstr_cache: {bytes: 262144}\n");
    copy_file("cnn.onnx");
    copy_file("lstm.onnx");
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        cr_assert_eq(fault_plain(made[i])->status, 0, "%s: %s", made[i], fault_plain(made[i])->err);
}

static void set_up(void)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("AddressSanitizer brings its own allocator");
#endif
    const char *shim = getenv("SPARSECAST_ALLOC_FAULT");
    if (!shim || access(shim, R_OK) != 0)
        cr_skip_test("SPARSECAST_ALLOC_FAULT does not name the failing allocator");
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", shim);
    setenv("OMP_NUM_THREADS", "1", 1);
    fault_enter();
    make_inputs();
}

TestSuite(allocation, .init = set_up, .fini = fault_leave, .timeout = 3600);

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void read_report(struct memory_report *report)
{
    char line[400];
    uint64_t number, yaml = 0;
    FILE *in = fopen("../memory", "r");
    *report = (struct memory_report){0};
    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, "allocations %" SCNu64, &number) == 1)
            report->allocations = number;
        if (sscanf(line, "site %" SCNu64, &number) == 1 && report->sites < SITES_MAX)
            report->site[report->sites++] = number;
        if (sscanf(line, "live %" SCNu64, &number) != 1 || strstr(line, "libgsl") ||
            (strstr(line, "libyaml") && yaml++ < YAML_LEAKS))
            continue;
        report->leak = number;
        report->live++;
    }
    if (in)
        fclose(in);
    qsort(report->site, report->sites, sizeof *report->site, ascending);
}

/* Runs a command while allocation `at` fails (0: none). */
static void run_failing(const char *arguments, uint64_t at, bool lasting, struct fault_outcome *o,
                        struct memory_report *report)
{
    char which[64];
    snprintf(which, sizeof which, "ALLOC_FAULT_AT=%" PRIu64, at);
    const char *environment[] = {preload, which, "ALLOC_FAULT_REPORT=../memory",
                                 lasting ? "ALLOC_FAULT_LASTING=1" : NULL, NULL};
    remove("../memory");
    fault_run(&(struct fault_run){.arguments = arguments, .environment = environment}, o);
    read_report(report);
}

/* What a command starts from and what it leaves when all goes well, as digests of files and of standard output. */
struct goal {
    uint64_t directory, printed;
    uint64_t old, made[OUTPUTS_MAX];
    size_t live;
};

static void put_old(const char *const *outputs)
{
    for (; *outputs; outputs++)
        fault_write(*outputs, "what was there before\n");
}

/* Whether every output is whole, the old one or the new one, and not all of them are new. */
static bool nothing_is_half_done(const char *const *outputs, const struct goal *goal)
{
    size_t made = 0, i;
    for (i = 0; outputs[i]; i++) {
        uint64_t digest = fault_file_digest(outputs[i]);
        made += digest == goal->made[i];
        if (digest != goal->made[i] && digest != goal->old)
            return false;
    }
    put_old(outputs);
    return (i == 0 || made < i) && fault_directory_digest() == goal->directory;
}

static bool everything_is_done(const char *const *outputs, const struct goal *goal)
{
    for (size_t i = 0; outputs[i]; i++)
        if (fault_file_digest(outputs[i]) != goal->made[i])
            return false;
    put_old(outputs);
    return fault_directory_digest() == goal->directory;
}

/* A failure that was borne (a buffer done without) leaves what success leaves; a simulation that only `--refine` wanted
 * is named. */
static void check_case(const struct faulted *f, uint64_t at, const struct goal *goal, const struct fault_outcome *o,
                       const struct memory_report *report)
{
    char which[600];
    snprintf(which, sizeof which, "'%s', allocation %" PRIu64, f->arguments, at);
    if (o->status == 0) {
        bool named = strstr(o->err, "cannot be simulated here") || strstr(o->err, "memory is too small for them");
        cr_expect(named || everything_is_done(f->outputs, goal), "%s: status 0, but other files than usual", which);
        cr_expect(named || o->out_digest == goal->printed, "%s: status 0, but printed: %.60s", which, o->out);
    } else {
        cr_expect_eq(o->status, 1, "%s: status %d: %s", which, o->status, o->err);
        cr_expect(nothing_is_half_done(f->outputs, goal), "%s: files are not as before: %s", which, o->err);
        cr_expect_eq(o->out_size, 0, "%s: printed before it failed: %s", which, o->out);
        cr_expect_not_null(strstr(o->err, "emory"), "%s: the message does not speak of memory: %s", which, o->err);
    }
    if (o->status < 128 && !strstr(o->err, "libgomp: Out of memory")) /* after which libgomp calls exit() */
        cr_expect_leq(report->live, goal->live, "%s: %zu blocks not freed, such as %" PRIu64 ": %s", which,
                      report->live, report->leak, o->err);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The run in which nothing fails. */
static void find_goal(const struct faulted *f, struct goal *goal, struct memory_report *whole)
{
    struct fault_outcome o;
    put_old(f->outputs);
    goal->directory = fault_directory_digest();
    run_failing(f->arguments, 0, false, &o, whole);
    cr_assert_eq(o.status, 0, "'%s': %s", f->arguments, o.err);
    cr_assert_gt(whole->allocations, 0, "'%s': the allocator was not there", f->arguments);
    for (size_t i = 0; f->outputs[i]; i++)
        goal->made[i] = fault_file_digest(f->outputs[i]);
    put_old(f->outputs);
    goal->old = f->outputs[0] ? fault_file_digest(f->outputs[0]) : 0;
    goal->printed = o.out_digest;
    goal->live = whole->live;
}

static void fail_each(const struct faulted *f)
{
    static struct memory_report whole, report;
    struct fault_outcome o;
    struct goal goal;
    const char *all = getenv("SPARSECAST_FAULTS");
    double start = seconds();
    find_goal(f, &goal, &whole);
    size_t step = all || whole.sites < SHARE_CASES ? 1 : whole.sites / SHARE_CASES, cases = 0;
    for (size_t i = strlen(f->arguments) % step; i < whole.sites; i += step, cases++) {
        put_old(f->outputs);
        run_failing(f->arguments, whole.site[i], cases % 4 == 3, &o, &report);
        check_case(f, whole.site[i], &goal, &o, &report);
    }
    for (size_t i = 0; f->outputs[i]; i++)
        remove(f->outputs[i]);
    fprintf(stderr, "%s: %" PRIu64 " allocations, %zu chains of callers, %zu failed in turn, %.1f s\n", f->arguments,
            whole.allocations, whole.sites, cases, seconds() - start);
}

static void fail_all(const struct faulted *commands, size_t count)
{
    const char *only = getenv("SPARSECAST_FAULTS_ONLY");
    for (size_t i = 0; i < count; i++)
        if (!only || strstr(commands[i].arguments, only))
            fail_each(&commands[i]);
}

#define OUTPUTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})
#define FAIL_ALL(...)                                                                                                  \
    do {                                                                                                               \
        const struct faulted commands[] = {__VA_ARGS__};                                                               \
        fail_all(commands, sizeof commands / sizeof *commands);                                                        \
    } while (0)

Test(allocation, estimate)
{
    FAIL_ALL({"estimate l.csv -m flexagon -f csv -o o.csv", OUTPUTS("o.csv")},
             {"estimate l.csv -m flexagon --calibration calibration.yaml --best --totals", NOTHING},
             {"estimate l.csv -m sigma-like -m dstc-v100 --network -f json -o o.json", OUTPUTS("o.json")},
             {"estimate l.csv -m flexagon --refine=3 -f csv -o o.csv", OUTPUTS("o.csv")},
             {"estimate conv.csv -m sps -m v100 -f csv", NOTHING},
             {"estimate fft.csv -m fabnet-be40 -m butterfly-array", NOTHING},
             {"estimate topology.csv --split-depthwise --energy=high", NOTHING});
}

Test(allocation, simulate)
{
    FAIL_ALL({"simulate l.csv -m flexagon --compare -f csv -o o.csv -j 1", OUTPUTS("o.csv")},
             {"simulate l.csv -m flexagon-asplos23 -d op-m --trace t.csv -j 1", OUTPUTS("t.csv")},
             {"simulate l.csv -m dstc-v100 -j 1", NOTHING}, {"simulate conv.csv -m sps -m sps-csr -j 1", NOTHING},
             {"simulate fft.csv -m fabnet-be40 -m butterfly-array -j 1", NOTHING},
             {"simulate --a a.mtx --b b.smtx.gz -m sparch-like --compare -j 1", NOTHING});
}

Test(allocation, calibrate)
{
    FAIL_ALL({"calibrate -m flexagon --layers 4 --variants 1 --cost 1e5 -o c.yaml -j 1", OUTPUTS("c.yaml")},
             {"calibrate l.csv -m sps --layers 4 --variants 1 --cost 1e5 -o c.yaml --report=r.txt --judged 1 --folds 2"
              " --held-out l.csv --rows rows.csv -j 1",
              OUTPUTS("c.yaml", "r.txt", "rows.csv")});
}

Test(allocation, sweep)
{
    FAIL_ALL(
        {"sweep l.csv --set array.multipliers=32:64:*2 --set density_b=0.3,0.6 -f csv -o o.csv -j 1", OUTPUTS("o.csv")},
        {"sweep l.csv --set array.multipliers=32,64 --refine=2 -f csv -o o.csv -j 1", OUTPUTS("o.csv")},
        {"sweep l.csv -m own.yaml --set str_cache.bytes=65536,131072 --each-layer -j 1", NOTHING});
}

Test(allocation, patterns)
{
    FAIL_ALL({"profile --a a.mtx --b b.smtx.gz -o o.csv", OUTPUTS("o.csv")},
             {"generate --rows 12 --cols 20 --density 0.3 --pattern block:2x2 -o o.mtx", OUTPUTS("o.mtx")},
             {"generate --rows 12 --cols 20 --density 0.3 --pattern banded:9 -o o.smtx.gz", OUTPUTS("o.smtx.gz")},
             {"formats l.csv -f csv -o o.csv", OUTPUTS("o.csv")}, {"formats conv.csv --measure -f json", NOTHING},
             {"formats --a a.mtx --b b.smtx.gz", NOTHING});
}

Test(allocation, periodic)
{
    FAIL_ALL({"periodic target --sensitivity -f csv -o o.csv", OUTPUTS("o.csv")},
             {"periodic losses conv.csv --pattern 4:8 --per-layer", NOTHING},
             {"periodic order --filters=16 --pattern=4:8:d", NOTHING},
             {"periodic check w.mtx --pattern=4:8:d", NOTHING});
}

Test(allocation, lists)
{
    FAIL_ALL({"import topology.csv -o o.csv", OUTPUTS("o.csv")}, {"import l.csv", NOTHING},
             {"import cnn.onnx --dim N=1 -o o.csv", OUTPUTS("o.csv")}, {"import lstm.onnx", NOTHING},
             {"machines", NOTHING}, {"machines -v flexagon own.yaml", NOTHING}, {"dataflows", NOTHING},
             {"--help", NOTHING}, {"estimate --help", NOTHING});
}

Test(allocation, papers)
{
    FAIL_ALL({"reproduce butterfly --estimate-only -f csv -o o.csv", OUTPUTS("o.csv")},
             {"reproduce sps --estimate-only -f json", NOTHING}, {"reproduce dstc --estimate-only", NOTHING});
}

Test(allocation, pictures)
{
    FAIL_ALL({"plot results.csv -o o.svg", OUTPUTS("o.svg")}, {"plot timeline.csv -o o.svg", OUTPUTS("o.svg")},
             {"report results.csv -o o.html", OUTPUTS("o.html")}, {"report swept.csv", NOTHING});
}
