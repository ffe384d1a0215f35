/* options.h - one table per sub-command, from which come the reading of its words, --help, its manual page and its
 * completion.  Part of the program, not of the library.
 *
 * A table feeds getopt_long().  glibc's argp was the alternative: it prints help, but its exit status and messages are
 * not ours, it knows nothing of manual pages and completion, and other C libraries lack it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_OPTIONS_H
#define SC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

/* What an option does to the field of the request that its row names. */
enum sc_option_kind {
    SC_OPTION_FLAG,   /* bool: true */
    SC_OPTION_TEXT,   /* const char *: the value, borrowed from the command line */
    SC_OPTION_COUNT,  /* an integer of 4 or 8 bytes: a whole number from low to high */
    SC_OPTION_NUMBER, /* double: a number from least to most */
    SC_OPTION_WORD,   /* an enum: the position of the value among words */
    SC_OPTION_CALL,   /* whatever take() does */
};

/* What completion offers for a value or a word; words of the row come first. */
enum sc_completion { SC_COMPLETE_NOTHING, SC_COMPLETE_FILE, SC_COMPLETE_MACHINE, SC_COMPLETE_DATAFLOW,
                     SC_COMPLETE_ITEM };

/* Takes the value of an option (NULL when an optional one is absent) into a field of the request. */
typedef int sc_take_option(void *field, const char *value, struct sc_error *err);

struct sc_option {
    const char *name, *argument; /* argument: NULL for none, "[NAME]" when it may be left out */
    char letter;                 /* 0: none */
    const char *help;            /* NULL: told with the row below */
    const char *more;            /* for the manual page only; may be NULL */
    enum sc_option_kind kind;
    size_t offset, size;         /* of the field in the request */
    uint64_t low, high;
    double least, most;
    const char *const *words;    /* up to NULL */
    sc_take_option *take;
    enum sc_completion completion;
};

/* What the rows of tables are written with: T is the type of the request, m the field. */
#define SC_INTO(T, m) .offset = offsetof(T, m), .size = sizeof ((T *)0)->m
#define SC_FLAG(T, m) .kind = SC_OPTION_FLAG, SC_INTO(T, m)
#define SC_TEXT(T, m) .kind = SC_OPTION_TEXT, SC_INTO(T, m)
#define SC_FILE(T, m) SC_TEXT(T, m), .completion = SC_COMPLETE_FILE
#define SC_COUNT(T, m, from, to) .kind = SC_OPTION_COUNT, SC_INTO(T, m), .low = (from), .high = (to)
#define SC_NUMBER(T, m, from, to) .kind = SC_OPTION_NUMBER, SC_INTO(T, m), .least = (from), .most = (to)
#define SC_WORD(T, m, list) .kind = SC_OPTION_WORD, SC_INTO(T, m), .words = (list)
#define SC_CALL(T, m, function) .kind = SC_OPTION_CALL, SC_INTO(T, m), .take = (function)
#define SC_TAKE(function) .kind = SC_OPTION_CALL, .take = (function) /* the field is the request */
#define SC_OPTIONS_END {.name = NULL}

/* A list that help ends with, such as the figures of `plot`: the name and the meaning of item `i`; false behind the
 * last. */
typedef bool sc_item(size_t i, const char **name, const char **meaning);

struct sc_command {
    const char *name, *summary;  /* "estimate", "forecast the layers of a list by closed forms" */
    const char *synopsis;        /* what may follow the name, a line per form */
    const char *about;           /* what it does */
    const char *more;            /* the same in depth, for the manual page only; may be NULL */
    const struct sc_option *options; /* up to SC_OPTIONS_END; --help and --version are added */
    const char *notes;           /* behind the options; may be NULL */
    const char *items_title;     /* "Figures:"; NULL: no list */
    sc_item *items;
    bool items_are_words;        /* they may be typed where no option stands: completion offers them */
    enum sc_completion completion; /* of words that are no options */
    const char *examples;        /* a command per line, each runs in a clone of the sources */
    const char *failures;        /* when the exit status is 1; NULL: "bad input or failed output" */
};

enum { SC_GO_ON = -1 }; /* what reading words returns instead of an exit status when the command is to run */

/* The words of a command line that are no options, in order; they are those of argv. */
struct sc_words {
    char **word;
    int count;
};

/* Reads the options among argv[1..argc) into the request.  Returns SC_GO_ON, or the exit status after it has printed
 * help, the version or what is wrong. */
int sc_options_read(const struct sc_command *command, int argc, char **argv, void *request, struct sc_words *words);

/* Takes the one word that a command needs into *out, NULL allowed: `what` names it in complaints, as in "which layer
 * list?".  Returns SC_GO_ON or an exit status. */
int sc_take_one_word(const struct sc_command *command, const struct sc_words *words, const char *what,
                     const char **out);

/* Prints what --help prints. */
void sc_help_print(FILE *out, const struct sc_command *command);

/* Prints the manual page of a command, in mdoc(7). */
void sc_manual_print(FILE *out, const struct sc_command *command);

/* Prints the completion of bash for all commands. */
int sc_completion_print(FILE *out, const struct sc_command *const *commands, size_t count, struct sc_error *err);

/* The words that stand for "--name", "-n" and "=VALUE" in `out`, such as "-o, --output=FILE". */
enum { SC_OPTION_LABEL = 128 };
void sc_option_label(char out[SC_OPTION_LABEL], const struct sc_option *option);

/* --help and --version, which every command has; up to SC_OPTIONS_END. */
extern const struct sc_option sc_common_options[];

#endif
