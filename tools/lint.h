/* lint.h - included before every source under tools/lint.sh: tells the analyzers what they cannot see from a file
 * alone, that sc_fail() returns the status it is given.  Without it they follow paths on which a failure is none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_LINT_H
#define SC_LINT_H

#include "estimator/error.h"

#define sc_fail(err, status, ...) ((void)sc_fail(err, status, __VA_ARGS__), (int)(status))

#endif
