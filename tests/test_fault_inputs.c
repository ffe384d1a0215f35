/* test_fault_inputs.c - what can go wrong with what the program reads: odd files, pipes, huge and changing files, and
 * environments that must not matter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault_run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char LIST[] = "layer,M,N,K,density_a,density_b\nfirst,24,30,20,0.3,0.5\nsecond,16,8,24,0.5,1\n";
static const char OLD[] = "what was there before\n";

static void set_up(void)
{
    fault_enter();
    fault_write("l.csv", LIST);
}

TestSuite(fault_inputs, .init = set_up, .fini = fault_leave, .timeout = 100);

/* Files that are not what a command reads, for each kind of input: "%s". */
Test(fault_inputs, inputs_that_are_none)
{
    static const char *const readers[] = {"estimate %s",
                                          "estimate l.csv -m ./%s",
                                          "estimate l.csv --calibration=%s",
                                          "estimate l.csv --energy-table=./%s",
                                          "profile --a %s --b %s",
                                          "formats --a %s --b %s",
                                          "import %s",
                                          "report %s",
                                          "plot %s -o o.svg",
                                          "periodic check %s --pattern=4:8",
                                          "sweep %s --set M=1,2",
                                          "calibrate %s -o o.yaml --layers 1 --variants 0"};
    static const char *const files[] = {"directory", "empty", "nul", "missing", "dangling", "circle", "binary"};
    mkdir("directory", 0777);
    fault_write("empty", "");
    cr_assert_eq(symlink("nowhere", "dangling"), 0);
    cr_assert_eq(symlink("circle", "circle"), 0);
    fault_write("binary", "\x7f"
                          "ELF\x02\x01\x01");
    FILE *nul = fopen("nul", "wb");
    fwrite("layer,M,N,K\0\0,density_a\nx,1,1,1,1\n", 1, 34, nul);
    fclose(nul);
    uint64_t before = fault_directory_digest();
    for (size_t r = 0; r < sizeof readers / sizeof *readers; r++)
        for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
            char arguments[300];
            snprintf(arguments, sizeof arguments, readers[r], files[f], files[f]);
            const struct fault_outcome *o = fault_plain(arguments);
            cr_expect_eq(o->status, 1, "%s: status %d, %s", arguments, o->status, o->err);
            cr_expect_eq(o->out_size, 0, "%s: printed '%.60s'", arguments, o->out);
            cr_expect_not_null(strstr(o->err, files[f]), "%s: %s", arguments, o->err);
            cr_expect_eq(fault_directory_digest(), before, "%s: files were changed", arguments);
        }
}

static const char *pipe_text;

/* A process that writes pipe_text into the pipe "fifo", which the program reads. */
static void feed_fifo(void)
{
    if (fork() == 0) {
        int fd = open("fifo", O_WRONLY);
        if (fd >= 0 && write(fd, pipe_text, strlen(pipe_text)) < 0)
            _exit(1);
        _exit(0);
    }
}

Test(fault_inputs, pipes_for_files)
{
    static struct fault_outcome o;
    static char results[20000];
    static const struct {
        const char *arguments, *text;
    } reads[] = {{"estimate fifo", LIST},
                 {"import fifo", LIST},
                 {"formats fifo", LIST},
                 {"report fifo", results},
                 {"estimate l.csv -m ./fifo", "name: own\nbase: flexagon\n"}};
    cr_assert_eq(fault_plain("estimate l.csv -f csv -o r.csv")->status, 0);
    snprintf(results, sizeof results, "%s", fault_read("r.csv"));
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        pipe_text = reads[i].text;
        fault_run(&(struct fault_run){.arguments = reads[i].arguments, .prepare = feed_fifo}, &o);
        cr_expect_eq(o.status, 0, "%s: %s", reads[i].arguments, o.err);
        cr_expect_gt(o.out_size, 0, "%s", reads[i].arguments);
    }
    pid_t child = fault_start(&(struct fault_run){.arguments = "estimate l.csv -f csv -o fifo"});
    char first[7] = "";
    int fd = open("fifo", O_RDONLY);
    cr_expect_eq(read(fd, first, 6), 6);
    close(fd);
    fault_wait(child, &o);
    cr_expect_str_eq(first, "layer,");
}

static void open_third_to_append(void)
{
    int fd = open("log", O_WRONLY | O_APPEND);
    if (fd < 0 || dup2(fd, 3) != 3)
        _exit(126);
}

/* A descriptor that the shell has opened is written as it is: appended to, not replaced. */
Test(fault_inputs, descriptors_for_files)
{
    static struct fault_outcome o;
    fault_write("log", OLD);
    fault_run(&(struct fault_run){.arguments = "estimate l.csv -f csv -o /dev/fd/3", .prepare = open_third_to_append},
              &o);
    cr_expect_eq(o.status, 0, "%s", o.err);
    cr_expect(strncmp(fault_read("log"), OLD, strlen(OLD)) == 0, "the log's beginning is lost");
    cr_expect_not_null(strstr(fault_read("log"), "\nlayer,"));
    cr_expect_eq(fault_plain("estimate l.csv -o /dev/fd/77")->status, 1);
    cr_expect_eq(fault_plain("estimate l.csv -o /dev/null")->status, 0);
    cr_expect_eq(fault_directory_entries(), 2);
}

/* `count` times `text`, then `end`. */
static void write_repeated(const char *name, const char *start, const char *text, size_t count, const char *end)
{
    FILE *f = fopen(name, "wb");
    cr_assert_not_null(f);
    fputs(start, f);
    for (size_t i = 0; i < count; i++)
        fputs(text, f);
    fputs(end, f);
    cr_assert_eq(fclose(f), 0);
}

static void write_sparse(const char *name, const char *start, off_t size)
{
    fault_write(name, start);
    if (truncate(name, size) != 0)
        cr_skip_test("the file system takes no file of 5 GB");
}

/* Refused quickly and in little memory: 512 MB of address space must do. */
static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
    setrlimit(RLIMIT_AS, &(struct rlimit){512 << 20, 512 << 20});
#endif
}

Test(fault_inputs, huge_inputs)
{
    static const char head[] = "layer,M,N,K,density_a,density_b\n",
                      matrix[] = "%%MatrixMarket matrix coordinate pattern general\n";
    static const struct {
        const char *arguments, *reason;
    } runs[] = {{"estimate columns", "columns:1"},
                {"report columns", "columns:1"},
                {"estimate cell", "cell:2"},
                {"report cell", "cell:2"},
                {"profile --a token --b token", "token:2"},
                {"estimate sparse", "sparse:2"},
                {"import sparse", "sparse:2"},
                {"profile --a sparse.mtx --b sparse.mtx", "sparse.mtx:2"},
                {"estimate l.csv -m ./sparse.yaml", "sparse.yaml"},
                {"estimate l.csv --calibration=sparse.yaml", "sparse.yaml"}};
    write_repeated("columns", "layer", ",column", 1000000, "\n");
    write_repeated(
        "cell", head,
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1000000,
        ",1,1,1,1,1\n");
    write_repeated("token", matrix,
                   "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
                   100000, " 1 1\n");
    write_sparse("sparse", head, (off_t)5 << 30);
    write_sparse("sparse.mtx", matrix, (off_t)5 << 30);
    write_sparse("sparse.yaml", "name: x\n", (off_t)5 << 30);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        static struct fault_outcome o;
        fault_run(&(struct fault_run){.arguments = runs[i].arguments, .prepare = limit_memory}, &o);
        fault_expect(&o, runs[i].arguments, runs[i].reason);
    }
}

/* A list that grows, or is cut short, while it is read: an answer or a message, no crash, nothing half-written. */
Test(fault_inputs, list_changes_while_it_is_read)
{
    for (int grows = 0; grows < 2; grows++) {
        static struct fault_outcome o;
        fault_write_list("big.csv", 20000, 40);
        fault_write("o.csv", OLD);
        pid_t child = fault_start(
            &(struct fault_run){.arguments = "estimate big.csv -d ip-m --calibration=none -f csv -o o.csv"});
        for (int i = 0; i < 20 && fault_is_running(child); i++) {
            struct stat about;
            cr_assert_eq(stat("big.csv", &about), 0);
            cr_expect_eq(truncate("big.csv", grows ? about.st_size + 10 : about.st_size / 2 + 7), 0);
            nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
        }
        fault_wait(child, &o);
        if (o.status == 0)
            cr_expect(strncmp(fault_read("o.csv"), "layer,", 6) == 0);
        else
            cr_expect(o.status == 1 && strcmp(fault_read("o.csv"), OLD) == 0 && strstr(o.err, "big.csv:"),
                      "status %d: %s", o.status, o.err);
    }
}

/* Results do not depend on where and when the program runs. */
Test(fault_inputs, environment_changes_nothing)
{
    static const char *const environments[][6] = {{"LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8", NULL},
                                                  {"LC_ALL=tr_TR.UTF-8", NULL},
                                                  {"LC_ALL=nonsense", NULL},
                                                  {"TZ=Pacific/Kiritimati", NULL},
                                                  {"TZ=:/nonexistent", NULL},
                                                  {"HOME", "TMPDIR=/nonexistent", NULL},
                                                  {"HOME=/proc", "TERM", "COLUMNS=7", NULL},
                                                  {"OMP_NUM_THREADS=3", NULL}};
    static const char *const runs[] = {"estimate l.csv -f csv",
                                       "estimate l.csv",
                                       "simulate l.csv -f json -j 1",
                                       "formats l.csv -f json",
                                       "periodic target -f csv",
                                       "machines -v flexagon",
                                       "sweep l.csv --set density_a=0.25,0.5 -f csv",
                                       "report r.csv",
                                       "calibrate --layers 4 --variants 0 -o /dev/stdout"};
    cr_assert_eq(fault_plain("estimate l.csv -f csv -o r.csv")->status, 0);
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        const uint64_t usual = fault_plain(runs[r])->out_digest;
        for (size_t e = r % 3; e < sizeof environments / sizeof *environments; e += 3) {
            static struct fault_outcome o;
            fault_run(&(struct fault_run){.arguments = runs[r], .environment = environments[e]}, &o);
            cr_expect_eq(o.status, 0, "%s under %s: %s", runs[r], environments[e][0], o.err);
            cr_expect_eq(o.out_digest, usual, "%s under %s prints something else: %.200s", runs[r], environments[e][0],
                         o.out);
        }
    }
}
