/* fault_run.c - runs the program for the fault tests; see fault_run.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault_run.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "machine_files.h"

enum { WORDS_MAX = 60, COMMAND_SIZE = 2000 };

static char directory[256];

void fault_enter(void)
{
    use_source_data();
    if (!getenv("SPARSECAST_PROGRAM"))
        cr_skip_test("SPARSECAST_PROGRAM does not name the program");
    snprintf(directory, sizeof directory, "/tmp/sparsecast-fault-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(chdir(directory), 0);
    cr_assert_eq(mkdir("work", 0777), 0);
    cr_assert_eq(chdir("work"), 0);
}

void fault_leave(void)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (directory[0])
        cr_assert_eq(system(command), 0);
}

static void redirect(const char *name, int flags, int fd)
{
    int opened = open(name, flags, 0666);
    if (opened < 0 || dup2(opened, fd) != fd)
        _exit(126);
    close(opened);
}

static void set_variable(const char *setting)
{
    char name[64];
    const char *equals = strchr(setting, '=');
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - setting) : 63, setting);
    if (equals)
        setenv(name, equals + 1, 1);
    else
        unsetenv(name);
}

pid_t fault_start(const struct fault_run *run)
{
    char copy[COMMAND_SIZE], *words[WORDS_MAX] = {"sparsecast"}, *rest = NULL;
    int count = 1;
    snprintf(copy, sizeof copy, "%s", run->arguments);
    for (char *word = strtok_r(copy, " ", &rest); word && count + 1 < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child > 0)
        return child;
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect("../out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect("../err", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, STDERR_FILENO);
    personality(ADDR_NO_RANDOMIZE); /* the same callers have the same addresses in every run */
    for (const char *const *setting = run->environment; setting && *setting; setting++)
        set_variable(*setting);
    if (run->prepare)
        run->prepare();
    execv(getenv("SPARSECAST_PROGRAM"), words);
    _exit(127);
}

/* Reads a file whole, keeps its beginning as a string; returns its digest over `state`. */
static uint64_t read_file(const char *name, char *text, size_t size, size_t *total, uint64_t state)
{
    unsigned char bytes[65536];
    size_t got, kept = 0;
    FILE *in = fopen(name, "rb");
    *total = 0;
    while (in && (got = fread(bytes, 1, sizeof bytes, in)) > 0) {
        size_t fits = got < size - 1 - kept ? got : size - 1 - kept;
        memcpy(text + kept, bytes, fits);
        kept += fits;
        *total += got;
        state = sc_digest(state, bytes, got);
    }
    text[kept] = '\0';
    if (in)
        fclose(in);
    return state;
}

bool fault_is_running(pid_t child)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void fault_wait(pid_t child, struct fault_outcome *outcome)
{
    int status;
    size_t size;
    cr_assert_eq(waitpid(child, &status, 0), child);
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
    outcome->out_digest = read_file("../out", outcome->out, sizeof outcome->out, &outcome->out_size, SC_DIGEST_START);
    read_file("../err", outcome->err, sizeof outcome->err, &size, SC_DIGEST_START);
}

void fault_run(const struct fault_run *run, struct fault_outcome *outcome)
{
    fault_wait(fault_start(run), outcome);
}

const struct fault_outcome *fault_plain(const char *arguments)
{
    static struct fault_outcome outcome;
    fault_run(&(struct fault_run){.arguments = arguments}, &outcome);
    return &outcome;
}

uint64_t fault_file_digest(const char *name)
{
    char text[2];
    size_t size;
    return read_file(name, text, sizeof text, &size, SC_DIGEST_START);
}

static int visible(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

uint64_t fault_directory_digest(void)
{
    struct dirent **entry;
    uint64_t state = SC_DIGEST_START;
    int count = scandir(".", &entry, visible, alphasort);
    cr_assert(count >= 0);
    for (int i = 0; i < count; i++) {
        struct stat about;
        const char *name = entry[i]->d_name;
        state = sc_digest(state, (const unsigned char *)name, strlen(name) + 1);
        if (stat(name, &about) == 0 && S_ISREG(about.st_mode))
            state = sc_digest(state, (const unsigned char *)&(uint64_t){fault_file_digest(name)}, sizeof(uint64_t));
        free(entry[i]);
    }
    free(entry);
    return state;
}

int fault_directory_entries(void)
{
    struct dirent **entry;
    int count = scandir(".", &entry, visible, alphasort);
    cr_assert(count >= 0);
    for (int i = 0; i < count; i++)
        free(entry[i]);
    free(entry);
    return count;
}

void fault_write(const char *name, const char *text)
{
    FILE *f = fopen(name, "wb");
    cr_assert_not_null(f, "cannot create %s", name);
    fputs(text, f);
    cr_assert_eq(fclose(f), 0);
}

void fault_write_list(const char *name, int layers, int size)
{
    FILE *f = fopen(name, "wb");
    cr_assert_not_null(f, "cannot create %s", name);
    fputs("layer,M,N,K,density_a,density_b\n", f);
    for (int i = 0; i < layers; i++)
        fprintf(f, "l%d,%d,%d,%d,0.%d,0.%d\n", i, size + i % 700, size + i % 300, size, 1 + i % 9, 1 + i % 8);
    cr_assert_eq(fclose(f), 0);
}

void fault_expect(const struct fault_outcome *o, const char *what, const char *reason)
{
    cr_expect_eq(o->status, 1, "%s: status %d, %s", what, o->status, o->err);
    cr_expect_eq(o->out_size, 0, "%s: printed '%.60s'", what, o->out);
    cr_expect(strstr(o->err, "sparsecast: ") && strstr(o->err, reason), "%s: %s", what, o->err);
}

const char *fault_read(const char *name)
{
    static char text[100000];
    size_t size;
    read_file(name, text, sizeof text, &size, SC_DIGEST_START);
    return text;
}
