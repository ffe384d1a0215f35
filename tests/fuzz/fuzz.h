/* fuzz.h - what the fuzz targets share: their list, inputs as files, and what must hold whatever the input is.
 *
 * A target feeds one reader with arbitrary bytes and aborts, with a line on standard error, when something does not
 * hold.  libFuzzer drives them (entry.c, `make fuzz`), and tests/test_fuzz_corpus.c replays the corpus.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "layer.h"
#include "machine.h"
#include "result.h"
#include "traces/pattern.h"

/* X(name of target, corpus directory and dictionary). */
#define FUZZ_TARGETS(X)                                                                              \
    X(layers)                                                                                        \
    X(scalesim)                                                                                      \
    X(machine)                                                                                       \
    X(matrix_market)                                                                                 \
    X(smtx)                                                                                          \
    X(gzip)                                                                                          \
    X(calibration)                                                                                   \
    X(ert)                                                                                           \
    X(energy)                                                                                        \
    X(sweep)                                                                                         \
    X(pattern)                                                                                       \
    X(results)                                                                                       \
    X(timeline)                                                                                      \
    X(onnx)

/* Runs one input; bytes[0..size) is followed by nothing. */
typedef void fuzz_target(const uint8_t *bytes, size_t size);
#define X(name) fuzz_target fuzz_##name;
FUZZ_TARGETS(X)
#undef X

/* The target called `name`, or NULL. */
fuzz_target *fuzz_find(const char *name);

/* The input that sentences of fuzz_fail() are to begin with; borrowed, NULL for none. */
void fuzz_input_name(const char *name);

/* Prints the sentence and aborts. */
_Noreturn void fuzz_fail(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

#define FUZZ_CHECK(condition, ...)                                                                   \
    do {                                                                                             \
        if (!(condition))                                                                            \
            fuzz_fail(__VA_ARGS__);                                                                  \
    } while (0)

/* Writes an input to a file `name` of this process in $TMPDIR (else /tmp) and returns its path.  fuzz_clean()
 * removes all of them. */
const char *fuzz_file(const char *name, const void *bytes, size_t size);
void fuzz_clean(void);

/* Text of the input with a NUL behind it, to free(). */
char *fuzz_text(const uint8_t *bytes, size_t size);

/* Names a line, unless it is about the whole file. */
enum fuzz_place { FUZZ_ANYWHERE, FUZZ_LINE };

/* An error must have a status, and a sentence that can be shown: not empty, valid UTF-8 without control characters. */
void fuzz_error(int status, const struct sc_error *err, enum fuzz_place place);

/* Numbers of a row must be finite and not negative, phases add up to cycles, and so on. */
void fuzz_row(const struct sc_result *row, const char *where);

/* What a reader promises of every layer (layer.h). */
void fuzz_layer_holds(const struct sc_layer *layer);

/* Estimates on some of the shipped machines (which ones `choice` says), all of their dataflows, and for small layers
 * simulations. */
void fuzz_layer(const struct sc_layer *layer, unsigned choice);

/* Two layers on a machine, all of its dataflows: simulations, and estimates of some machines. */
void fuzz_run_machine(const struct sc_machine *machine);

/* Areas, powers and the energy of a made-up run are finite. */
void fuzz_machine_energy(const struct sc_machine *machine);

/* Invariants of a pattern that a reader accepted, its way through a writer and back, and its profile. */
void fuzz_pattern_holds(const struct sc_pattern *pattern);

/* A layer list: everything accepted is estimated, written and read again. */
void fuzz_list(const char *path, const struct sc_layer_options *options);

/* A matrix file under every combination of options. */
void fuzz_matrix_file(const char *path);

#endif
