/* test_faults.c - what can go wrong around the program: disks, pipes, signals, links, odd files and environments.
 * Nothing lost, nothing half-written, message and exit status right.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault_run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char LIST[] = "layer,M,N,K,density_a,density_b\nfirst,24,30,20,0.3,0.5\nsecond,16,8,24,0.5,1\n";
static const char OLD[] = "what was there before\n";

static void set_up(void)
{
    fault_enter();
    fault_write("l.csv", LIST);
}

TestSuite(faults, .init = set_up, .fini = fault_leave, .timeout = 100);

/* Every command that writes, its output last: "%s" is its file. */
static const char *const writers[] = {
    "estimate l.csv -f csv -o %s",
    "estimate l.csv --refine=1 -o %s",
    "simulate l.csv -j 1 -f json -o %s",
    "simulate l.csv -j 1 --compare --trace %s",
    "calibrate --layers 4 --variants 0 -j 1 -o %s",
    "calibrate --judged 1 -j 1 --report=%s",
    "sweep l.csv --set array.multipliers=32,64 -j 1 -f csv -o %s",
    "profile --a a.mtx --b a.mtx -o %s",
    "formats l.csv -o %s",
    "periodic target -o %s",
    "import l.csv -o %s",
    "reproduce sps --estimate-only -o %s",
};
enum { WRITERS = sizeof writers / sizeof *writers };

static void make_matrix(void)
{
    fault_write("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 1\n3 2\n");
}

/* Runs a writer with its output at `path`. */
static const struct fault_outcome *run_writer(int which, const char *path, void (*prepare)(void))
{
    static struct fault_outcome o;
    char arguments[500];
    snprintf(arguments, sizeof arguments, writers[which], path);
    fault_run(&(struct fault_run){.arguments = arguments, .prepare = prepare}, &o);
    return &o;
}

static void expect_failure(const struct fault_outcome *o, const char *what, const char *reason)
{
    cr_expect_eq(o->status, 1, "%s: status %d, %s", what, o->status, o->err);
    cr_expect_eq(o->out_size, 0, "%s: printed '%.60s'", what, o->out);
    cr_expect(strstr(o->err, "sparsecast: ") && strstr(o->err, reason), "%s: %s", what, o->err);
}

Test(faults, disk_is_full)
{
    make_matrix();
    for (int i = 0; i < WRITERS; i++)
        expect_failure(run_writer(i, "/dev/full", NULL), writers[i], "No space left");
}

/* No file may grow beyond 100 bytes; the signal that comes with it is the program's to ignore. */
static void limit_files(void)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, 100});
}

Test(faults, file_reaches_its_limit)
{
    make_matrix();
    fault_write("o.csv", OLD);
    uint64_t before = fault_directory_digest();
    for (int i = 0; i < WRITERS; i++) {
        const struct fault_outcome *o = run_writer(i, "o.csv", limit_files);
        if (o->err[0] && strlen(o->err) < 100) /* messages are limited too */
            cr_expect_not_null(strstr(o->err, "File too large"), "%s: %s", writers[i], o->err);
        cr_expect_eq(o->status, 1, "%s: status %d", writers[i], o->status);
        cr_expect_eq(fault_directory_digest(), before, "%s: the old file is not as it was", writers[i]);
    }
}

static void mount_tiny_disk(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "tiny", "tmpfs", 0, "size=4k") != 0)
        _exit(77);
}

Test(faults, tiny_disk)
{
    char long_list[20000] = "layer,M,N,K,density_a,density_b\n";
    for (int i = 0; i < 60; i++)
        snprintf(long_list + strlen(long_list), 100, "layer%d,24,30,20,0.3,0.5\n", i);
    fault_write("l.csv", long_list);
    mkdir("tiny", 0777);
    const struct fault_outcome *o = run_writer(0, "tiny/o.csv", mount_tiny_disk);
    if (o->status == 77)
        cr_skip_test("no right to mount a file system");
    expect_failure(o, "a disk of 4 KiB", "No space left");
}

Test(faults, output_cannot_be_there)
{
    static const struct {
        const char *path, *reason;
    } bad[] = {
        {"missing/o.csv", "No such file or directory"}, {"l.csv/o.csv", "Not a directory"}, {"directory", "is a directory"},
        {"circle", "symbolic links"},                   {"/proc/o.csv", "/proc/"},
    };
    make_matrix();
    mkdir("directory", 0777);
    cr_assert_eq(symlink("circle", "circle"), 0);
    uint64_t before = fault_directory_digest();
    for (int i = 0; i < WRITERS; i++) {
        const size_t b = (size_t)i % (sizeof bad / sizeof *bad);
        expect_failure(run_writer(i, bad[b].path, NULL), writers[i], bad[b].reason);
        cr_expect_eq(fault_directory_digest(), before, "%s", writers[i]);
    }
}

/* A link stays a link: what it points to is written. */
Test(faults, output_through_links)
{
    struct stat about;
    make_matrix();
    mkdir("there", 0777);
    fault_write("there/old", OLD);
    cr_assert_eq(symlink("there/old", "link"), 0);
    cr_assert_eq(symlink("there/new", "dangling"), 0);
    for (int i = 0; i < WRITERS; i += 4) {
        cr_expect_eq(run_writer(i, "link", NULL)->status, 0, "%s", writers[i]);
        cr_expect_eq(run_writer(i, "dangling", NULL)->status, 0, "%s", writers[i]);
        cr_expect(lstat("link", &about) == 0 && S_ISLNK(about.st_mode), "%s: the link is gone", writers[i]);
        cr_expect(lstat("dangling", &about) == 0 && S_ISLNK(about.st_mode), "%s: the link is gone", writers[i]);
        cr_expect_eq(fault_file_digest("there/old"), fault_file_digest("there/new"), "%s", writers[i]);
        cr_expect_str_neq(fault_read("there/old"), OLD, "%s", writers[i]);
        unlink("there/new");
    }
}

Test(faults, output_is_the_input)
{
    cr_expect_eq(fault_plain("estimate l.csv -f csv -o l.csv")->status, 0);
    cr_expect_not_null(strstr(fault_read("l.csv"), "utilization"));
    fault_write("l.csv", LIST);
    cr_expect_eq(fault_plain("import l.csv -o l.csv")->status, 0);
    cr_expect_not_null(strstr(fault_read("l.csv"), "second"));
    cr_expect_eq(fault_directory_entries(), 1);
}

static void close_output_reader(void)
{
    int ends[2];
    if (pipe(ends) != 0 || close(ends[0]) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
        _exit(126);
}

Test(faults, nobody_reads_the_pipe)
{
    static const char *const printers[] = {"estimate l.csv", "machines", "dataflows", "--help", "report --help", "--version",
                                           "formats l.csv", "import l.csv"};
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
        struct fault_outcome o;
        fault_run(&(struct fault_run){.arguments = printers[i], .prepare = close_output_reader}, &o);
        expect_failure(&o, printers[i], "Broken pipe");
    }
}

static void close_input(void)
{
    close(STDIN_FILENO);
}

static void close_output(void)
{
    close(STDOUT_FILENO);
}

static void close_errors(void)
{
    close(STDERR_FILENO);
}

static void close_all(void)
{
    close_input();
    close_output();
    close_errors();
}

/* A closed stream's number must not become that of a file: a warning would end up in the results. */
Test(faults, standard_streams_are_closed)
{
    struct fault_outcome o;
    char expected[4000];
    fault_write("warned.csv", "layer,M,N,K,density_a,density_b\nfirst,400000,300000,900000,0.3,0.5\n"); /* outside */
    cr_assert_eq(fault_plain("estimate warned.csv -f csv -o o.csv")->status, 0);
    cr_assert_str_not_empty(fault_plain("estimate warned.csv -f csv -o o.csv")->err, "no warning to lose");
    snprintf(expected, sizeof expected, "%s", fault_read("o.csv"));
    void (*const closings[])(void) = {close_input, close_output, close_errors, close_all};
    for (size_t i = 0; i < sizeof closings / sizeof *closings; i++) {
        unlink("o.csv");
        fault_run(&(struct fault_run){.arguments = "estimate warned.csv -f csv -o o.csv", .prepare = closings[i]}, &o);
        cr_expect_eq(o.status, 0, "closing %zu: %s", i, o.err);
        cr_expect_str_eq(fault_read("o.csv"), expected, "closing %zu", i);
    }
    fault_run(&(struct fault_run){.arguments = "estimate l.csv", .prepare = close_output}, &o);
    expect_failure(&o, "closed output", "Bad file descriptor");
    fault_run(&(struct fault_run){.arguments = "estimate -", .prepare = close_input}, &o);
    expect_failure(&o, "closed input", "Bad file descriptor");
}

/* Waits, a second at most, until a started program has begun, then a little more. */
static void let_it_work(pid_t child)
{
    for (int i = 0; i < 40 && fault_is_running(child); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void write_long_list(const char *name, int layers, int size)
{
    FILE *f = fopen(name, "wb");
    cr_assert_not_null(f);
    fputs("layer,M,N,K,density_a,density_b\n", f);
    for (int i = 0; i < layers; i++)
        fprintf(f, "l%d,%d,%d,%d,0.%d,0.%d\n", i, size + i % 700, size + i % 300, size, 1 + i % 9, 1 + i % 8);
    fclose(f);
}

/* Signals' handling is as a shell leaves it for a command in the foreground. */
static void hear_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

/* What ends by a signal leaves the files as they were. */
Test(faults, killed)
{
    static const char *const long_runs[] = {
        "estimate big.csv -f csv -o o.csv", "simulate big.csv -j 1 --trace t.csv -o o.csv",
        "calibrate --layers 100000 -j 1 -o o.csv", "sweep big.csv --set density_b=0.1:0.9:0.01 -j 1 -o o.csv",
        "reproduce flexagon -j 1 -o o.csv", "estimate big.csv --refine -o o.csv"};
    static const int deadly[] = {SIGTERM, SIGHUP, SIGKILL, SIGTERM, SIGINT, SIGTERM};
    write_long_list("big.csv", 40000, 300);
    fault_write("o.csv", OLD);
    fault_write("t.csv", OLD);
    uint64_t before = fault_directory_digest();
    for (size_t i = 0; i < sizeof long_runs / sizeof *long_runs; i++) {
        struct fault_outcome o;
        pid_t child = fault_start(&(struct fault_run){.arguments = long_runs[i], .prepare = hear_signals});
        let_it_work(child);
        kill(child, deadly[i]);
        fault_wait(child, &o);
        cr_expect_eq(o.status, 256 + deadly[i], "%s: status %d, %s", long_runs[i], o.status, o.err);
        cr_expect_eq(fault_directory_digest(), before, "%s: files were changed or left", long_runs[i]);
    }
}

/* Ctrl-C keeps the finished rows of estimate and simulate: status 1, and the message says how many. */
Test(faults, interrupted)
{
    static const char *const long_runs[] = {"estimate big.csv -f csv -o o.csv", "simulate big.csv -j 1 -f csv -o o.csv"};
    write_long_list("big.csv", 40000, 300);
    for (size_t i = 0; i < sizeof long_runs / sizeof *long_runs; i++) {
        struct fault_outcome o;
        fault_write("o.csv", OLD);
        pid_t child = fault_start(&(struct fault_run){.arguments = long_runs[i], .prepare = hear_signals});
        let_it_work(child);
        kill(child, SIGINT);
        fault_wait(child, &o);
        cr_expect_eq(o.status, 1, "%s: status %d, %s", long_runs[i], o.status, o.err);
        cr_expect_not_null(strstr(o.err, "interrupted"), "%s: %s", long_runs[i], o.err);
        cr_expect_not_null(strstr(o.err, "kept"), "%s: %s", long_runs[i], o.err);
        const char *kept = fault_read("o.csv");
        cr_expect(strncmp(kept, "layer,", 6) == 0, "%s: %.60s", long_runs[i], kept);
        cr_expect_eq(fault_directory_entries(), 3, "%s", long_runs[i]); /* both lists, the output */
    }
}

/* Ctrl-C during --refine ends the simulations; the rows are written as they are then. */
Test(faults, refining_interrupted)
{
    struct fault_outcome o;
    write_long_list("big.csv", 300, 900);
    pid_t child = fault_start(&(struct fault_run){.arguments = "estimate big.csv --refine -f csv -o o.csv", .prepare = hear_signals});
    let_it_work(child);
    kill(child, SIGINT);
    fault_wait(child, &o);
    cr_expect_eq(o.status, 1, "status %d, %s", o.status, o.err);
    cr_expect_not_null(strstr(o.err, "interrupted"), "%s", o.err);
    cr_expect(strncmp(fault_read("o.csv"), "layer,", 6) == 0);
}

static void make_slow_gnuplot(void)
{
    mkdir("../bin", 0777);
    fault_write("../bin/gnuplot", "#!/bin/sh\nexec sleep 2\n");
    chmod("../bin/gnuplot", 0777);
}

static void use_slow_gnuplot(void)
{
    char path[4000];
    snprintf(path, sizeof path, "../bin:%s", getenv("PATH"));
    setenv("PATH", path, 1);
    hear_signals();
}

Test(faults, killed_while_drawing)
{
    static const char *const drawings[] = {"plot r.csv -o o.svg", "report r.csv -o o.svg", "plot fig13 -o o.svg"};
    cr_assert_eq(fault_plain("estimate l.csv -f csv -o r.csv")->status, 0);
    make_slow_gnuplot();
    mkdir("temporary", 0777);
    fault_write("o.svg", OLD);
    uint64_t before = fault_directory_digest();
    for (size_t i = 0; i < sizeof drawings / sizeof *drawings; i++) {
        struct fault_outcome o;
        pid_t child = fault_start(&(struct fault_run){.arguments = drawings[i],
                                                      .environment = (const char *const[]){"TMPDIR=temporary", NULL},
                                                      .prepare = use_slow_gnuplot});
        let_it_work(child);
        kill(child, i == 0 ? SIGINT : SIGTERM);
        fault_wait(child, &o);
        cr_expect_eq(o.status, 256 + (i == 0 ? SIGINT : SIGTERM), "%s: status %d, %s", drawings[i], o.status, o.err);
        cr_expect_eq(fault_directory_digest(), before, "%s: files were changed or left", drawings[i]);
        cr_expect_eq(rmdir("temporary"), 0, "%s: a temporary file was left", drawings[i]);
        mkdir("temporary", 0777);
    }
}

/* The directory goes while the program is at work. */
Test(faults, output_vanishes)
{
    struct fault_outcome o;
    mkdir("sub", 0777);
    write_long_list("big.csv", 3, 1500);
    pid_t child = fault_start(&(struct fault_run){.arguments = "simulate big.csv -d ip-m -j 1 -f csv -o sub/o.csv"});
    while (fault_is_running(child) && rmdir("sub") != 0)
        ;
    fault_wait(child, &o);
    expect_failure(&o, "the directory was removed", "No such file or directory");
    cr_expect_eq(fault_directory_entries(), 2);
}

/* Files that are not what a command reads, for each kind of input: "%s". */
Test(faults, inputs_that_are_none)
{
    static const char *const readers[] = {
        "estimate %s", "estimate l.csv -m ./%s", "estimate l.csv --calibration=%s", "estimate l.csv --energy-table=./%s",
        "profile --a %s --b %s", "formats --a %s --b %s", "import %s", "report %s", "plot %s -o o.svg",
        "periodic check %s --pattern=4:8", "sweep %s --set M=1,2", "calibrate %s -o o.yaml --layers 1 --variants 0"};
    static const char *const files[] = {"directory", "empty", "nul", "missing", "dangling", "circle", "binary"};
    mkdir("directory", 0777);
    fault_write("empty", "");
    cr_assert_eq(symlink("nowhere", "dangling"), 0);
    cr_assert_eq(symlink("circle", "circle"), 0);
    fault_write("binary", "\x7f" "ELF\x02\x01\x01");
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

Test(faults, pipes_for_files)
{
    static struct fault_outcome o;
    static char results[20000];
    static const struct {
        const char *arguments, *text;
    } reads[] = {{"estimate fifo", LIST}, {"import fifo", LIST}, {"formats fifo", LIST}, {"report fifo", results},
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
Test(faults, descriptors_for_files)
{
    static struct fault_outcome o;
    fault_write("log", OLD);
    fault_run(&(struct fault_run){.arguments = "estimate l.csv -f csv -o /dev/fd/3", .prepare = open_third_to_append}, &o);
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

Test(faults, huge_inputs)
{
    static const char head[] = "layer,M,N,K,density_a,density_b\n", matrix[] = "%%MatrixMarket matrix coordinate pattern general\n";
    static const struct {
        const char *arguments, *reason;
    } runs[] = {{"estimate columns", "columns:1"}, {"report columns", "columns:1"}, {"estimate cell", "cell:2"},
                {"report cell", "cell:2"},         {"profile --a token --b token", "token:2"},
                {"estimate sparse", "sparse:2"},   {"import sparse", "sparse:2"},
                {"profile --a sparse.mtx --b sparse.mtx", "sparse.mtx:2"}, {"estimate l.csv -m ./sparse.yaml", "sparse.yaml"},
                {"estimate l.csv --calibration=sparse.yaml", "sparse.yaml"}};
    write_repeated("columns", "layer", ",column", 1000000, "\n");
    write_repeated("cell", head, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                   1000000, ",1,1,1,1,1\n");
    write_repeated("token", matrix, "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
                   100000, " 1 1\n");
    write_sparse("sparse", head, (off_t)5 << 30);
    write_sparse("sparse.mtx", matrix, (off_t)5 << 30);
    write_sparse("sparse.yaml", "name: x\n", (off_t)5 << 30);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        static struct fault_outcome o;
        fault_run(&(struct fault_run){.arguments = runs[i].arguments, .prepare = limit_memory}, &o);
        expect_failure(&o, runs[i].arguments, runs[i].reason);
    }
}

/* A list that grows, or is cut short, while it is read: an answer or a message, no crash, nothing half-written. */
Test(faults, list_changes_while_it_is_read)
{
    for (int grows = 0; grows < 2; grows++) {
        static struct fault_outcome o;
        write_long_list("big.csv", 20000, 40);
        fault_write("o.csv", OLD);
        pid_t child = fault_start(&(struct fault_run){.arguments = "estimate big.csv -d ip-m --calibration=none -f csv -o o.csv"});
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
            cr_expect(o.status == 1 && strcmp(fault_read("o.csv"), OLD) == 0 && strstr(o.err, "big.csv:"), "status %d: %s",
                      o.status, o.err);
    }
}

/* Results do not depend on where and when the program runs. */
Test(faults, environment_changes_nothing)
{
    static const char *const environments[][6] = {
        {"LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8", NULL}, {"LC_ALL=tr_TR.UTF-8", NULL}, {"LC_ALL=nonsense", NULL},
        {"TZ=Pacific/Kiritimati", NULL}, {"TZ=:/nonexistent", NULL}, {"HOME", "TMPDIR=/nonexistent", NULL},
        {"HOME=/proc", "TERM", "COLUMNS=7", NULL}, {"OMP_NUM_THREADS=3", NULL}};
    static const char *const runs[] = {
        "estimate l.csv -f csv", "estimate l.csv", "simulate l.csv -f json -j 1", "formats l.csv -f json",
        "periodic target -f csv", "machines -v flexagon", "sweep l.csv --set density_a=0.25,0.5 -f csv", "report r.csv",
        "calibrate --layers 4 --variants 0 -o /dev/stdout"};
    cr_assert_eq(fault_plain("estimate l.csv -f csv -o r.csv")->status, 0);
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        const uint64_t usual = fault_plain(runs[r])->out_digest;
        for (size_t e = r % 3; e < sizeof environments / sizeof *environments; e += 3) {
            static struct fault_outcome o;
            fault_run(&(struct fault_run){.arguments = runs[r], .environment = environments[e]}, &o);
            cr_expect_eq(o.status, 0, "%s under %s: %s", runs[r], environments[e][0], o.err);
            cr_expect_eq(o.out_digest, usual, "%s under %s prints something else: %.200s", runs[r], environments[e][0], o.out);
        }
    }
}
