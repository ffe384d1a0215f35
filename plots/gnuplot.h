/* gnuplot.h - runs gnuplot and turns what it draws into a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_GNUPLOT_H
#define SC_GNUPLOT_H

#include <stddef.h>
#include <stdio.h>

#include "error.h"

/* Feeds gnuplot the commands text[0..length), then the script file, and writes the picture it prints to `output`
 * ("-": standard output; a file appears whole or not at all).  SC_UNSUPPORTED when gnuplot is not installed.  What
 * gnuplot itself has to say goes to standard error.  Callers ignore SIGPIPE. */
int sc_gnuplot(const char *text, size_t length, const char *script, const char *output, struct sc_error *err);

/* The same with the picture in *picture (free() it), a text that ends in NUL. */
int sc_gnuplot_text(const char *text, size_t length, const char *script, char **picture, struct sc_error *err);

/* Writes a gnuplot string in single quotes.  A quote inside is doubled; one at the beginning or beside another becomes
 * U+2019: gnuplot 5.4 ends a string at four quotes in a row and would run what follows. */
void sc_gnuplot_string(FILE *out, const char *text);

#endif
