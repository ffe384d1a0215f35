/* test_faults.c - what can go wrong with what the program writes: disks, pipes, signals, links, closed streams.
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

Test(faults, disk_is_full)
{
    make_matrix();
    for (int i = 0; i < WRITERS; i++)
        fault_expect(run_writer(i, "/dev/full", NULL), writers[i], "No space left");
}

static void print_to_full_disk(void)
{
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(126);
}

/* The same where the name of the output must end in a certain way, and for standard output. */
Test(faults, disk_is_full_behind_a_link)
{
    static const char *const named[] = {"generate --rows 9 --cols 9 --density 0.3 -o full.mtx",
                                        "generate --rows 9 --cols 9 --density 0.3 -o full.smtx.gz",
                                        "plot r.csv -o full.svg", "report r.csv -o full.html"};
    static const char *const printers[] = {"estimate l.csv",
                                           "machines -v",
                                           "dataflows",
                                           "--help",
                                           "sweep --help",
                                           "help plot",
                                           "--version",
                                           "report r.csv",
                                           "plot r.csv -o -",
                                           "generate --rows 9 --cols 9 --density 0.3 -o -",
                                           "profile --a a.mtx --b a.mtx",
                                           "periodic order --filters=4 --pattern=4:8"};
    static const char *const links[] = {"full.mtx", "full.smtx.gz", "full.svg", "full.html"};
    make_matrix();
    cr_assert_eq(fault_plain("estimate l.csv -f csv -o r.csv")->status, 0);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        cr_assert_eq(symlink("/dev/full", links[i]), 0);
        fault_expect(fault_plain(named[i]), named[i], "No space left");
    }
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
        struct fault_outcome o;
        fault_run(&(struct fault_run){.arguments = printers[i], .prepare = print_to_full_disk}, &o);
        fault_expect(&o, printers[i], "No space left");
    }
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
    fault_expect(o, "a disk of 4 KiB", "No space left");
}

Test(faults, output_cannot_be_there)
{
    static const struct {
        const char *path, *reason;
    } bad[] = {
        {"missing/o.csv", "No such file or directory"},
        {"l.csv/o.csv", "Not a directory"},
        {"directory", "is a directory"},
        {"circle", "symbolic links"},
        {"/proc/o.csv", "/proc/"},
    };
    make_matrix();
    mkdir("directory", 0777);
    cr_assert_eq(symlink("circle", "circle"), 0);
    uint64_t before = fault_directory_digest();
    for (int i = 0; i < WRITERS; i++) {
        const size_t b = (size_t)i % (sizeof bad / sizeof *bad);
        fault_expect(run_writer(i, bad[b].path, NULL), writers[i], bad[b].reason);
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
    static const char *const printers[] = {"estimate l.csv", "machines",  "dataflows",     "--help",
                                           "report --help",  "--version", "formats l.csv", "import l.csv"};
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
        struct fault_outcome o;
        fault_run(&(struct fault_run){.arguments = printers[i], .prepare = close_output_reader}, &o);
        fault_expect(&o, printers[i], "Broken pipe");
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
    fault_expect(&o, "closed output", "Bad file descriptor");
    fault_run(&(struct fault_run){.arguments = "estimate -", .prepare = close_input}, &o);
    fault_expect(&o, "closed input", "Bad file descriptor");
}

/* Waits, a second at most, until a started program has begun, then a little more. */
static void let_it_work(pid_t child)
{
    for (int i = 0; i < 40 && fault_is_running(child); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
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
        "estimate big.csv -f csv -o o.csv",        "simulate big.csv -j 1 --trace t.csv -o o.csv",
        "calibrate --layers 100000 -j 1 -o o.csv", "sweep big.csv --set density_b=0.1:0.9:0.01 -j 1 -o o.csv",
        "reproduce flexagon -j 1 -o o.csv",        "estimate big.csv --refine -o o.csv"};
    static const int deadly[] = {SIGTERM, SIGHUP, SIGKILL, SIGTERM, SIGINT, SIGTERM};
    fault_write_list("big.csv", 40000, 300);
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
    static const char *const long_runs[] = {"estimate big.csv -f csv -o o.csv",
                                            "simulate big.csv -j 1 -f csv -o o.csv"};
    fault_write_list("big.csv", 40000, 300);
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
    fault_write_list("big.csv", 300, 900);
    pid_t child = fault_start(
        &(struct fault_run){.arguments = "estimate big.csv --refine -f csv -o o.csv", .prepare = hear_signals});
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

/* The directory goes while the program is at work; Ctrl-C makes it come to writing soon. */
Test(faults, output_vanishes)
{
    struct fault_outcome o;
    mkdir("sub", 0777);
    fault_write_list("big.csv", 40000, 300);
    pid_t child = fault_start(
        &(struct fault_run){.arguments = "simulate big.csv -j 1 -f csv -o sub/o.csv", .prepare = hear_signals});
    let_it_work(child);
    cr_assert(fault_is_running(child));
    cr_assert_eq(rmdir("sub"), 0);
    kill(child, SIGINT);
    fault_wait(child, &o);
    fault_expect(&o, "the directory was removed", "No such file or directory");
    cr_expect_eq(fault_directory_entries(), 2);
}
