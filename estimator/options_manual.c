/* options_manual.c - the manual page of a sub-command in mdoc(7), from its table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>

#include "options.h"

enum { LINE = 76, TEXT = 4096 };

static const char DATE[] = "November 21, 2026"; /* of the last change to what the pages say beside the tables */

/* Whether the character at `at` belongs to an option: its word begins with '-', brackets aside. */
static bool is_in_option(const char *text, size_t at)
{
    size_t begin = at;
    while (begin > 0 && !strchr(" \n", text[begin - 1]))
        begin--;
    return text[begin + strspn(text + begin, "[(\'")] == '-';
}

/* One character of running text; those that roff or its typesetting would take for something else are escaped. */
static void put_character(FILE *out, const char *text, size_t at, bool line_begins)
{
    switch (text[at]) {
    case '\\':
        fputs("\\e", out);
        return;
    case '-': /* an option's, which is typed, not a hyphen */
        fputs(is_in_option(text, at) ? "\\-" : "-", out);
        return;
    case '~':
        fputs("\\(ti", out);
        return;
    case '^':
        fputs("\\(ha", out);
        return;
    case '.':
    case '\'':
        if (line_begins)
            fputs("\\&", out);
    }
    fputc(text[at], out);
}

/* Running text: lines of at most LINE characters, every sentence on lines of its own, every '\n' a paragraph. */
static void put_text(FILE *out, const char *text)
{
    size_t length = 0; /* of the line so far */
    for (size_t i = 0; text[i]; i++) {
        bool sentence = i > 0 && (text[i - 1] == '.' || text[i - 1] == ':') && isupper((unsigned char)text[i + 1]);
        if (text[i] == '\n') {
            fputs("\n.Pp\n", out);
            length = 0;
        } else if (text[i] == ' ' && (sentence || length + 1 + strcspn(text + i + 1, " \n") > LINE)) {
            fputc('\n', out);
            length = 0;
        } else {
            put_character(out, text, i, length == 0);
            length++;
        }
    }
    fputc('\n', out);
}

/* A typed line, blanks and all. */
static void put_literal(FILE *out, const char *line, int length)
{
    for (int i = 0; i < length; i++) {
        if (line[i] == '-')
            fputs("\\-", out);
        else
            put_character(out, line, (size_t)i, i == 0);
    }
    fputc('\n', out);
}

static void put_option_names(FILE *out, const struct sc_option *row)
{
    bool optional = row->argument && row->argument[0] == '[';
    if (row->letter)
        fprintf(out, " Fl %c ,", row->letter);
    fprintf(out, " Fl -%s", row->name);
    if (row->argument)
        fprintf(out, " Ns %s= Ns Ar %.*s", optional ? "Op " : "", (int)strcspn(row->argument + optional, "]"),
                row->argument + optional);
}

static void put_options(FILE *out, const struct sc_option *row)
{
    char text[TEXT];
    bool together = false;
    for (; row->name; row++) {
        fputs(together ? " ," : ".It", out);
        put_option_names(out, row);
        together = !row->help;
        if (together)
            continue;
        fputc('\n', out);
        if (row->more)
            snprintf(text, sizeof text, "%s. %s", row->help, row->more);
        put_text(out, row->more ? text : row->help);
    }
}

static void put_items(FILE *out, const struct sc_command *command)
{
    const char *name, *meaning;
    fputs(".Sh ", out);
    for (const char *c = command->items_title; *c && *c != ' ' && *c != ':'; c++)
        fputc(toupper((unsigned char)*c), out);
    fputc('\n', out);
    if (strchr(command->items_title, ' '))
        put_text(out, command->items_title);
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; command->items(i, &name, &meaning); i++) {
        fprintf(out, ".It Cm %s\n", name);
        put_text(out, meaning);
    }
    fputs(".El\n", out);
}

static void put_synopsis(FILE *out, const struct sc_command *command)
{
    const char *line = command->synopsis;
    do {
        char text[TEXT];
        int length = (int)strcspn(line, "\n");
        fprintf(out, ".Nm sparsecast\n.Cm %s\n", command->name);
        snprintf(text, sizeof text, "%.*s", length, line);
        if (length > 0)
            put_text(out, text);
        line += length + (line[length] == '\n');
    } while (*line);
}

static void put_examples(FILE *out, const char *line)
{
    fputs(".Bd -literal\n", out);
    while (*line) {
        int length = (int)strcspn(line, "\n");
        put_literal(out, line, length);
        line += length + (line[length] == '\n');
    }
    fputs(".Ed\n", out);
}

void sc_manual_print(FILE *out, const struct sc_command *command)
{
    fprintf(out, ".\\\" Written by 'sparsecast --print-manual %s' from its table of options.\n.Dd %s\n", command->name,
            DATE);
    fputs(".Dt SPARSECAST-", out);
    for (const char *c = command->name; *c; c++)
        fputc(toupper((unsigned char)*c), out);
    fprintf(out, " 1\n.Os\n.Sh NAME\n.Nm sparsecast-%s\n.Nd %s\n.Sh SYNOPSIS\n", command->name, command->summary);
    put_synopsis(out, command);
    fputs(".Sh DESCRIPTION\n", out);
    put_text(out, command->about);
    if (command->more) {
        fputs(".Pp\n", out);
        put_text(out, command->more);
    }
    fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
    put_options(out, command->options);
    put_options(out, sc_common_options);
    fputs(".El\n", out);
    if (command->notes) {
        fputs(".Pp\n", out);
        put_text(out, command->notes);
    }
    if (command->items_title)
        put_items(out, command);
    char status[TEXT];
    snprintf(status, sizeof status, "0 on success, 1 on %s, 2 on wrong usage.",
             command->failures ? command->failures : "bad input or failed output");
    fputs(".Sh EXIT STATUS\n", out);
    put_text(out, status);
    fputs(".Sh EXAMPLES\n", out);
    put_examples(out, command->examples);
    fputs(".Sh SEE ALSO\n.Xr sparsecast 1\n", out);
}
