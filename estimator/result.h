/* result.h - one row of output: what an estimate or a simulation of a layer on a machine says.
 *
 * SC_RESULT_COLUMNS is the single definition of every column; the CSV header, JSON names, terminal table, man page and
 * README table come from it.  Estimates and simulations fill the same struct.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_RESULT_H
#define SC_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"

/* X(name, kind, unit, meaning); kind is TEXT (const char *), FLAG (bool, written 0/1) or NUMBER (double; counts are
 * exact below 2^53).  cycles = stationary + stream + merge + stall. */
#define SC_RESULT_COLUMNS(X)                                                                       \
    X(layer, TEXT, "", "layer name from the list")                                                 \
    X(model, TEXT, "", "network the layer belongs to")                                             \
    X(machine, TEXT, "", "machine name")                                                           \
    X(dataflow, TEXT, "", "dataflow name")                                                         \
    X(best, FLAG, "0/1", "1 on the dataflow with the fewest cycles for this layer on this machine") \
    X(cycles, NUMBER, "cycles", "total for one occurrence of the layer")                           \
    X(cycles_low, NUMBER, "cycles", "lower end of the interval")                                   \
    X(cycles_high, NUMBER, "cycles", "upper end of the interval")                                  \
    X(stationary_cycles, NUMBER, "cycles", "loading stationary operands")                          \
    X(stream_cycles, NUMBER, "cycles", "streaming, multiplying and merging on the fly")            \
    X(merge_cycles, NUMBER, "cycles", "separate merging phase")                                    \
    X(stall_cycles, NUMBER, "cycles", "waiting for DRAM")                                          \
    X(utilization, NUMBER, "fraction", "products / (multipliers x cycles)")                        \
    X(products, NUMBER, "count", "effectual multiplies")                                           \
    X(nnz_a, NUMBER, "count", "nonzeros of A")                                                     \
    X(nnz_b, NUMBER, "count", "nonzeros of B")                                                     \
    X(nnz_c, NUMBER, "count", "structural nonzeros of C")                                          \
    X(l1_reads, NUMBER, "words", "words of the streamed operand read through the STR cache")       \
    X(l1_misses, NUMBER, "lines", "line misses of the STR cache")                                  \
    X(psum_writes, NUMBER, "words", "partial sums written on chip")                                \
    X(psum_reads, NUMBER, "words", "partial sums read back")                                       \
    X(spill_bytes, NUMBER, "bytes", "partial sums moved to DRAM and back, both ways")              \
    X(dram_read_bytes, NUMBER, "bytes", "read from DRAM, refills of spilled sums included")        \
    X(dram_write_bytes, NUMBER, "bytes", "written to DRAM, spills included")                       \
    X(time_s, NUMBER, "s", "cycles / clock")                                                       \
    X(energy_j, NUMBER, "J", "sum over events of count x energy per event")                        \
    X(edp_js, NUMBER, "J s", "energy x time")                                                      \
    X(area_mm2, NUMBER, "mm2", "area of the machine")                                              \
    X(source, TEXT, "", "estimate or simulation")                                                  \
    X(config, TEXT, "", "machine file @ digest and energy table @ digest the row was computed with") \
    X(note, TEXT, "", "what limits the estimate: uncalibrated, or what is outside the calibrated domain") \
    X(bound, TEXT, "", "what limits the layer: the busiest resource or the longest phase, by name (families/bound.h)")

/* One result row.  Text fields are borrowed.  Numbers are finite and >= 0; area_mm2 < 0 means unknown and is written
 * blank. */
struct sc_result {
#define SC_TEXT_FIELD(name) const char *name;
#define SC_FLAG_FIELD(name) bool name;
#define SC_NUMBER_FIELD(name) double name;
#define X(name, kind, unit, meaning) SC_##kind##_FIELD(name)
    SC_RESULT_COLUMNS(X)
#undef X
#undef SC_TEXT_FIELD
#undef SC_FLAG_FIELD
#undef SC_NUMBER_FIELD
};

enum sc_format { SC_FORMAT_TABLE, SC_FORMAT_CSV, SC_FORMAT_JSON };

struct sc_writer;

/* Facts about the run for the JSON `meta` object and the table's footer: name/value pairs, borrowed until close. */
struct sc_meta {
    const char *name, *value;
};

/* Starts writing results to `path` ("-" or NULL: standard output).  Nothing is seen of the output before
 * sc_writer_close(): a file is written under a temporary name and renamed, standard output waits in memory or, beyond
 * 1 MiB, in an unnamed file in $TMPDIR (output.h).  `extra_names` are passed-through columns appended after ours,
 * borrowed until close; one that has the name of one of ours is left out.  Memory does not grow with rows (a TABLE
 * keeps column widths fixed).  Free with sc_writer_close() or sc_writer_abandon(). */
int sc_writer_open(struct sc_writer **writer, const char *path, enum sc_format format, const struct sc_meta *meta,
                   size_t metas, const char *const *extra_names, size_t extras, struct sc_error *err);
/* The last extra column holds numbers: JSON has them without quotes, and null for an empty cell. */
void sc_writer_last_is_number(struct sc_writer *writer);
/* Appends a row; SC_BAD_INPUT when one of its numbers is not finite. */
int sc_writer_row(struct sc_writer *writer, const struct sc_result *row, const char *const *extra,
                  struct sc_error *err);
/* Completes the output (JSON tail, flush, rename).  A failed write (disk full, closed pipe) is reported here at the
 * latest. */
int sc_writer_close(struct sc_writer *writer, struct sc_error *err);
/* Gives up: frees, removes the temporary file. */
void sc_writer_abandon(struct sc_writer *writer);

#endif
