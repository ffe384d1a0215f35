/* pair_name.h - what a pair of operands given as files is called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_PAIR_NAME_H
#define SC_PAIR_NAME_H

enum { SC_PAIR_NAME = 408 };

/* "weights_x_input" for x/weights.smtx.gz and input.mtx; standard input ("-") is "stdin". */
void sc_pair_name(char out[SC_PAIR_NAME], const char *a, const char *b);

#endif
