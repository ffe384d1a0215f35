/* options.c - reads the words of a command line by the table of its sub-command; see options.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "text.h"

enum { OPTIONS_MOST = 64, FIRST_VALUE = 256, COMPLAINT = 400 };

enum { OWN_HELP, OWN_VERSION }; /* of sc_common_options */

const struct sc_option sc_common_options[] = {
    {"help", NULL, 'h', .help = "print this and exit"},
    {"version", NULL, 0, .help = "print the version and exit"},
    SC_OPTIONS_END,
};

/* The rows of a command and what getopt_long() is told about them. */
struct table {
    const struct sc_option *row[OPTIONS_MOST];
    struct option option[OPTIONS_MOST + 1];
    char letters[2 * OPTIONS_MOST + 2];
    int count, lettered;
};

/* No command has nearly as many options as there is room for. */
static void add_rows(struct table *table, const struct sc_option *row)
{
    for (; row->name && table->count < OPTIONS_MOST; row++) {
        int has = !row->argument ? no_argument : row->argument[0] == '[' ? optional_argument : required_argument;
        table->option[table->count] = (struct option){row->name, has, NULL, FIRST_VALUE + table->count};
        table->row[table->count++] = row;
        if (row->letter) {
            table->letters[table->lettered++] = row->letter;
            if (has == required_argument)
                table->letters[table->lettered++] = ':';
        }
    }
}

/* The row of what getopt_long() has found, which is a letter or a value of ours. */
static const struct sc_option *find_row(const struct table *table, int found)
{
    if (found >= FIRST_VALUE)
        return table->row[found - FIRST_VALUE];
    for (int i = 0; i < table->count; i++)
        if (table->row[i]->letter == found)
            return table->row[i];
    return NULL;
}

/* Says what is wrong with a long option that getopt_long() does not know: `word` begins with "--". */
static int unknown_long(const struct sc_command *command, const struct table *table, const char *word)
{
    char name[COMPLAINT / 2], what[COMPLAINT];
    const char *names[OPTIONS_MOST], *begin[2] = {NULL, NULL};
    int begins = 0;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (int i = 0; i < table->count; i++) {
        names[i] = table->row[i]->name;
        if (strncmp(names[i], name, strlen(name)) == 0 && begins++ < 2)
            begin[begins - 1] = names[i];
    }
    const char *near = sc_nearest_name(name, names, (size_t)table->count);
    if (begins > 1)
        snprintf(what, sizeof what, "option '--%s' is ambiguous: --%s or --%s", name, begin[0], begin[1]);
    else
        snprintf(what, sizeof what, "unknown option '--%s'%s%s%s", name, near ? ", did you mean '--" : "",
                 near ? near : "", near ? "'?" : "");
    return sc_wrong_usage(command->name, what, "");
}

/* Says what getopt_long() stumbled over: `found` is ':' or '?', `word` the word it has left behind. */
static int complain(const struct sc_command *command, const struct table *table, int found, const char *word)
{
    char what[COMPLAINT];
    const struct sc_option *row = optopt ? find_row(table, optopt) : NULL;
    bool is_long = strncmp(word, "--", 2) == 0 && (optopt == 0 || optopt >= FIRST_VALUE);
    if (found == ':' && row && is_long)
        snprintf(what, sizeof what, "option '--%s' needs a value: --%s=%s", row->name, row->name, row->argument);
    else if (found == ':' && row)
        snprintf(what, sizeof what, "option '-%c' needs a value: -%c %s", row->letter, row->letter, row->argument);
    else if (is_long && row)
        snprintf(what, sizeof what, "option '--%s' takes no value; found '%.100s'", row->name, word);
    else if (is_long)
        return unknown_long(command, table, word);
    else
        snprintf(what, sizeof what, "unknown option '-%c'", optopt);
    return sc_wrong_usage(command->name, what, "");
}

static int bad_count(const struct sc_option *row, const char *value, struct sc_error *err)
{
    if (row->high < UINT64_MAX)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0,
                       "--%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not %.200s", row->name, row->low,
                       row->high, value);
    if (row->low > 0)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--%s takes a whole number from %" PRIu64 " on, not %.200s",
                       row->name, row->low, value);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--%s takes a whole number below 2^64, not %.200s", row->name, value);
}

static int take_count(const struct sc_option *row, void *field, const char *value, struct sc_error *err)
{
    uint64_t count;
    if (!sc_parse_count(value, strlen(value), &count) || count < row->low || count > row->high)
        return bad_count(row, value, err);
    uint32_t narrow = (uint32_t)count;
    if (row->size == sizeof count)
        memcpy(field, &count, sizeof count);
    else
        memcpy(field, &narrow, sizeof narrow);
    return SC_OK;
}

static int take_number(const struct sc_option *row, double *field, const char *value, struct sc_error *err)
{
    char least[SC_NUMBER_SIZE], most[SC_NUMBER_SIZE];
    if (sc_parse_number(value, strlen(value), field) && *field >= row->least && *field <= row->most)
        return SC_OK;
    sc_format_number(least, row->least, 6);
    sc_format_number(most, row->most, 6);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--%s takes a number from %s to %s, not %.200s", row->name, least, most,
                   value);
}

/* "table, csv or json" */
static void join_words(char *out, size_t size, const char *const *words)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static int take_word(const struct sc_option *row, void *field, const char *value, struct sc_error *err)
{
    char words[COMPLAINT];
    for (int i = 0; row->words[i]; i++)
        if (strcmp(value, row->words[i]) == 0) {
            memcpy(field, &i, sizeof i);
            return SC_OK;
        }
    join_words(words, sizeof words, row->words);
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "--%s takes %s, not %.200s", row->name, words, value);
}

static int take(const struct sc_option *row, void *request, const char *value, struct sc_error *err)
{
    void *field = (char *)request + row->offset;
    switch (row->kind) {
    case SC_OPTION_FLAG:
        *(bool *)field = true;
        return SC_OK;
    case SC_OPTION_TEXT:
        *(const char **)field = value;
        return SC_OK;
    case SC_OPTION_COUNT:
        return take_count(row, field, value, err);
    case SC_OPTION_NUMBER:
        return take_number(row, field, value, err);
    case SC_OPTION_WORD:
        return take_word(row, field, value, err);
    case SC_OPTION_CALL:
        return row->take(field, value, err);
    }
    return SC_OK;
}

/* One option; returns SC_GO_ON or an exit status. */
static int take_found(const struct sc_command *command, const struct sc_option *row, void *request)
{
    struct sc_error err;
    if (row == &sc_common_options[OWN_HELP] || row == &sc_common_options[OWN_VERSION]) {
        if (row == &sc_common_options[OWN_HELP])
            sc_help_print(stdout, command);
        else
            fputs(sc_version_line(), stdout);
        return 0;
    }
    int status = take(row, request, optarg, &err);
    if (status == SC_BAD_USAGE)
        return sc_wrong_usage(command->name, err.message, "");
    return status == SC_OK ? SC_GO_ON : sc_error_print(&err);
}

int sc_options_read(const struct sc_command *command, int argc, char **argv, void *request, struct sc_words *words)
{
    struct table table = {.letters = ":", .lettered = 1};
    int status = SC_GO_ON;
    add_rows(&table, command->options);
    add_rows(&table, sc_common_options);
    optind = 0; /* start afresh: the front door or an earlier call may have used getopt */
    opterr = 0;
    for (int found; status == SC_GO_ON &&
                    (found = getopt_long(argc, argv, table.letters, table.option, NULL)) != -1;) {
        const struct sc_option *row = found == ':' || found == '?' ? NULL : find_row(&table, found);
        status = row ? take_found(command, row, request) : complain(command, &table, found, argv[optind - 1]);
    }
    *words = (struct sc_words){argv + optind, argc - optind};
    return status;
}

int sc_take_one_word(const struct sc_command *command, const struct sc_words *words, const char *what,
                     const char **out)
{
    char complaint[COMPLAINT];
    if (words->count == 1) {
        *out = words->word[0];
        return SC_GO_ON;
    }
    if (words->count == 0)
        snprintf(complaint, sizeof complaint, "which %s? give its name", what);
    else
        snprintf(complaint, sizeof complaint, "one %s at a time; the second is ", what);
    return sc_wrong_usage(command->name, complaint, words->count == 0 ? "" : words->word[1]);
}
