/* test_output.c - files appear whole or not at all; failed writes are reported; names are shown safely.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_stream.h"
#include "output.h"
#include "printable.h"
#include "run_program.h"

TestSuite(output, .init = enter_directory, .fini = leave_directory);

static int entries(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static void expect_file(const char *path, const char *text)
{
    char got[256] = "";
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in, "%s is missing", path);
    got[fread(got, 1, sizeof got - 1, in)] = '\0';
    fclose(in);
    cr_expect_str_eq(got, text);
}

static int write_text(const char *path, const char *text, struct sc_error *err)
{
    struct sc_output *output;
    int status = sc_output_open(&output, path, err);
    if (status != SC_OK)
        return status;
    status = sc_output_write(output, text, strlen(text), err);
    if (status == SC_OK)
        return sc_output_close(output, err);
    sc_output_abandon(output);
    return status;
}

Test(output, target_appears_at_close)
{
    struct sc_output *output;
    struct sc_error err = {0};
    struct stat status;

    umask(027);
    cr_assert_eq(sc_output_open(&output, "out.csv", &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_output_write(output, "text", 4, &err), SC_OK);
    cr_expect_neq(access("out.csv", F_OK), 0);
    cr_assert_eq(sc_output_close(output, &err), SC_OK, "%s", err.message);
    expect_file("out.csv", "text");
    cr_expect_eq(entries("."), 1);
    stat("out.csv", &status);
    cr_expect_eq(status.st_mode & 0777, 0640, "umask: got %o", (unsigned)status.st_mode & 0777);
}

Test(output, abandon_leaves_everything_as_it_was)
{
    struct sc_output *output;
    struct sc_error err = {0};
    put_file("out.csv", "old");
    for (int existing = 0; existing < 2; existing++) {
        cr_assert_eq(sc_output_open(&output, existing ? "out.csv" : "new.csv", &err), SC_OK);
        cr_assert_eq(sc_output_write(output, "text", 4, &err), SC_OK);
        sc_output_abandon(output);
    }
    expect_file("out.csv", "old");
    cr_expect_eq(entries("."), 1);
}

Test(output, replaced_file_keeps_its_mode)
{
    struct sc_error err = {0};
    struct stat status;
    put_file("out.csv", "old");
    chmod("out.csv", 0604);
    cr_assert_eq(write_text("out.csv", "new", &err), SC_OK, "%s", err.message);
    expect_file("out.csv", "new");
    stat("out.csv", &status);
    cr_expect_eq(status.st_mode & 0777, 0604);
}

Test(output, symbolic_links_are_followed)
{
    static const char *const links[] = {"there", "absolute", "dangling", "twice"};
    struct sc_error err = {0};
    struct stat status;
    char absolute[64];

    mkdir("sub", 0777);
    put_file("sub/file", "old");
    snprintf(absolute, sizeof absolute, "%s/sub/absolute", test_directory());
    cr_assert_eq(symlink("sub/file", "there"), 0);
    cr_assert_eq(symlink(absolute, "absolute"), 0);
    cr_assert_eq(symlink("sub/new", "dangling"), 0);
    cr_assert_eq(symlink("../second", "sub/first"), 0);
    cr_assert_eq(symlink("sub/first", "twice"), 0);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        cr_assert_eq(write_text(links[i], links[i], &err), SC_OK, "%s: %s", links[i], err.message);
        lstat(links[i], &status);
        cr_expect(S_ISLNK(status.st_mode), "%s is no link any more", links[i]);
    }
    expect_file("sub/file", "there");
    expect_file("sub/absolute", "absolute");
    expect_file("sub/new", "dangling");
    expect_file("second", "twice");
    cr_assert_eq(symlink("loop", "loop"), 0);
    cr_expect_eq(write_text("loop", "x", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "symbolic links"), "%s", err.message);
}

Test(output, unusable_targets_are_refused_with_the_reason)
{
    static const struct {
        const char *path, *reason;
    } cases[] = {
        {"missing/out.csv", "directory 'missing/': No such file or directory"},
        {"file/out.csv", "Not a directory"},
        {"sub", "is a directory"},
        {"sub/", "is a directory"},
        {"", "is empty"},
    };
    mkdir("sub", 0777);
    put_file("file", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_error err = {0};
        cr_expect_neq(write_text(cases[i].path, "x", &err), SC_OK, "%s", cases[i].path);
        cr_expect_not_null(strstr(err.message, cases[i].reason), "%s: %s", cases[i].path, err.message);
    }
}

Test(output, unwritable_file_or_directory)
{
    struct sc_error err = {0};

    put_file("readonly", "old");
    chmod("readonly", 0444);
    chmod(".", 0777);
    mkdir("closed", 0555);
    if (geteuid() == 0 && seteuid(65534) != 0)
        cr_skip_test("runs as root and cannot become another user");
    cr_expect_eq(write_text("readonly", "x", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "Permission denied"), "%s", err.message);
    expect_file("readonly", "old");
    cr_expect_eq(write_text("closed/out.csv", "x", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "directory 'closed/': Permission denied"), "%s", err.message);
    cr_expect_eq(write_text("new", "x", &err), SC_OK, "%s", err.message);
    cr_assert_eq(seteuid(getuid()), 0);
}

Test(output, devices_and_pipes_are_written_directly)
{
    struct sc_error err = {0};
    struct stat status;
    char got[8] = "";

    cr_expect_eq(write_text("/dev/null", "x", &err), SC_OK, "%s", err.message);
    stat("/dev/null", &status);
    cr_expect(S_ISCHR(status.st_mode), "/dev/null was replaced");
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    cr_expect_eq(write_text("pipe", "text", &err), SC_OK, "%s", err.message);
    cr_expect_eq(read(reader, got, sizeof got), 4);
    cr_expect_str_eq(got, "text");
    close(reader);
}

Test(output, full_disk_is_an_error)
{
    struct sc_error err = {0};
    cr_expect_eq(write_text("/dev/full", "x", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "No space left"), "%s", err.message);
    cr_expect_str_eq(err.file, "/dev/full");
}

/* Fills more than the buffer, and points standard output at `target` first. */
static int print_megabytes(const char *target, int megabytes, int close_it, struct sc_error *err)
{
    static char block[1 << 20];
    struct sc_output *output;
    int saved = dup(STDOUT_FILENO), fd = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int status = sc_output_open(&output, "-", err);

    cr_assert_eq(status, SC_OK);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    for (int i = 0; i < megabytes && status == SC_OK; i++) {
        memset(block, 'a' + i, sizeof block);
        status = sc_output_write(output, block, sizeof block, err);
    }
    if (status == SC_OK && close_it)
        status = sc_output_close(output, err);
    else
        sc_output_abandon(output);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return status;
}

Test(output, standard_output_is_all_or_nothing)
{
    struct sc_error err = {0};
    struct stat status;

    for (int megabytes = 0; megabytes <= 3; megabytes += 3) {
        cr_assert_eq(print_megabytes("out", megabytes, 0, &err), SC_OK, "%s", err.message);
        stat("out", &status);
        cr_expect_eq(status.st_size, 0, "an abandoned output printed %ld bytes", (long)status.st_size);
        cr_assert_eq(print_megabytes("out", megabytes, 1, &err), SC_OK, "%s", err.message);
        stat("out", &status);
        cr_expect_eq(status.st_size, (off_t)megabytes << 20);
    }
    FILE *in = fopen("out", "r");
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(fseek(in, ((long)i << 20) + 12345, SEEK_SET), 0);
        cr_expect_eq(fgetc(in), 'a' + i, "megabyte %d is out of order", i);
    }
    fclose(in);
    cr_expect_eq(entries("."), 1);
}

Test(output, standard_output_failures_are_errors)
{
    struct sc_error err = {0};
    cr_expect_eq(print_megabytes("/dev/full", 1, 1, &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "No space left"), "%s", err.message);
    cr_expect_str_eq(err.file, "standard output");
    setenv("TMPDIR", "/nonexistent", 1);
    cr_expect_eq(print_megabytes("out", 3, 1, &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "TMPDIR"), "%s", err.message);
}

/* Text, in small and large pieces, is gathered whole, and ends in a NUL that is not counted. */
Test(output, memory_stream_gathers_text)
{
    static char block[70000];
    char *text = NULL;
    size_t size = 7;
    FILE *out = sc_memory_stream(&text, &size);
    cr_assert_not_null(out);
    cr_assert_eq(fclose(out), 0);
    cr_expect_eq(size, 0u);
    cr_expect_str_eq(text, "");
    free(text);
    memset(block, 'x', sizeof block);
    out = sc_memory_stream(&text, &size);
    cr_assert_not_null(out);
    for (int i = 0; i < 5000; i++)
        cr_assert_eq(fprintf(out, "%04d\n", i), 5);
    cr_assert_eq(fwrite(block, 1, sizeof block, out), sizeof block);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(size, 25000u + sizeof block);
    cr_expect_eq(text[size], '\0');
    for (int i = 0; i < 5000; i++)
        cr_assert_eq(atoi(text + 5 * i), i);
    cr_expect_eq(memcmp(text + 25000, block, sizeof block), 0);
    free(text);
}

/* A file that one name or another will not take is written to where its descriptor stands. */
Test(output, descriptors_are_written_as_they_are)
{
    struct sc_error err = {0};
    char path[32];
    put_file("log", "before\n");
    int fd = open("log", O_WRONLY | O_APPEND);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    cr_expect_eq(write_text(path, "after\n", &err), SC_OK, "%s", err.message);
    expect_file("log", "before\nafter\n");
    cr_assert_eq(unlink("log"), 0);
    cr_expect_eq(write_text(path, "lost\n", &err), SC_OK, "%s", err.message);
    cr_expect_eq(entries("."), 0, "a file was made for one that is gone");
    close(fd);
    cr_expect_eq(write_text(path, "x", &err), SC_IO);
    cr_expect_not_null(strstr(err.message, "Bad file descriptor"), "%s", err.message);
}

Test(output, closed_pipe_is_an_error)
{
    struct sc_error err = {0};
    struct sc_output *output;
    int ends[2], saved = dup(STDOUT_FILENO);

    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    cr_assert_eq(sc_output_open(&output, NULL, &err), SC_OK);
    cr_assert_eq(sc_output_write(output, "x", 1, &err), SC_OK);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    cr_expect_eq(sc_output_close(output, &err), SC_IO);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    cr_expect_not_null(strstr(err.message, "Broken pipe"), "%s", err.message);
}

Test(printable, text_is_cut_by_characters_and_made_safe)
{
    static const struct {
        const char *text;
        unsigned columns, written;
        const char *shown;
    } cases[] = {
        {"", 5, 0, ""},
        {"abcde", 5, 5, "abcde"},
        {"abcdef", 5, 5, "abcd\u2026"},
        {"abc", 1, 1, "\u2026"},
        {"abc", 0, 0, ""},
        {"\u00e9\u00e9\u00e9", 3, 3, "\u00e9\u00e9\u00e9"},
        {"\u00e9\u00e9\u00e9\u00e9", 3, 3, "\u00e9\u00e9\u2026"},
        {"\x1b[0m\x7f", 9, 5, "?[0m?"},
        {"\xc0\xaf", 9, 2, "??"},                 /* overlong slash */
        {"\xe2\x82", 9, 2, "??"},                 /* cut off in mid-character */
        {"\xf5\x80\x80\x80", 9, 4, "????"},       /* beyond U+10FFFF */
        {"\xf0\x9f\x98\x80", 9, 1, "\U0001f600"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        cr_expect_eq(sc_printable(out, cases[i].text, cases[i].columns), cases[i].written, "case %zu", i);
        cr_expect_str_eq(out, cases[i].shown, "case %zu: '%s'", i, out);
    }
}
