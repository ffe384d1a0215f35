/* options_manual.c - the manual page of a sub-command in mdoc(7), from its table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>

#include "options.h"

static const char DATE[] = "November 21, 2026"; /* of the last change to what the pages say beside the tables */

/* One character of running text; those that roff or its typesetting would take for something else are escaped. */
static void put_character(FILE *out, const char *text, size_t at, bool line_begins)
{
    switch (text[at]) {
    case '\\':
        fputs("\\e", out);
        return;
    case '-': /* an option's, which is typed, not a hyphen */
        fputs(at == 0 || strchr(" -('", text[at - 1]) ? "\\-" : "-", out);
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

/* Running text, every sentence on a line of its own, every '\n' a paragraph. */
static void put_text(FILE *out, const char *text)
{
    bool line_begins = true;
    for (size_t i = 0; text[i]; i++) {
        bool sentence = text[i] == ' ' && i > 0 && (text[i - 1] == '.' || text[i - 1] == ':') &&
                        isupper((unsigned char)text[i + 1]);
        if (text[i] == ' ' && (line_begins || text[i + 1] == ' '))
            continue;
        if (text[i] == '\n')
            fputs("\n.Pp\n", out);
        else if (sentence)
            fputc('\n', out);
        else
            put_character(out, text, i, line_begins);
        line_begins = sentence || text[i] == '\n';
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
        fprintf(out, " Ns %s Ns Ar %.*s%s", optional ? "[=" : "=", (int)strcspn(row->argument + optional, "]"),
                row->argument + optional, optional ? " Ns ]" : "");
}

static void put_options(FILE *out, const struct sc_option *row)
{
    bool together = false;
    for (; row->name; row++) {
        fputs(together ? " ," : ".It", out);
        put_option_names(out, row);
        together = !row->help;
        if (together)
            continue;
        fputc('\n', out);
        put_text(out, row->help);
        if (row->more)
            put_text(out, row->more);
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
        int length = (int)strcspn(line, "\n");
        fprintf(out, ".Nm sparsecast\n.Cm %s\n", command->name);
        if (length > 0)
            put_literal(out, line, length);
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
    fputs(".Sh EXIT STATUS\n", out);
    fprintf(out, "0 on success, 1 on %s, 2 on wrong usage.\n",
            command->failures ? command->failures : "bad input or failed output");
    fputs(".Sh EXAMPLES\n", out);
    put_examples(out, command->examples);
    fputs(".Sh SEE ALSO\n.Xr sparsecast 1\n", out);
}
