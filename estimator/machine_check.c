/* machine_check.c - what the values of a machine must be to one another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_check.h"

#include <inttypes.h>
#include <stddef.h>

static void relate(const char *keys[SC_RELATED_KEYS], const char *first, const char *second, const char *third)
{
    keys[0] = first;
    keys[1] = second;
    keys[2] = third;
    keys[3] = NULL;
}

static int check_cache(struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    uint32_t words = machine->str_line_bytes / machine->element_bytes;
    uint64_t way_lines = (uint64_t)machine->str_ways * machine->str_line_bytes;
    relate(keys, "str_cache.line_bytes", "array.element_bytes", NULL);
    if (words == 0 || machine->str_line_bytes % machine->element_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a multiple of array.element_bytes, %" PRIu32, keys[0],
                       machine->str_line_bytes, machine->element_bytes);
    relate(keys, "str_cache.bytes", "str_cache.ways", "str_cache.line_bytes");
    if (machine->str_bytes % way_lines != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu64 "; expected a multiple of ways x line_bytes = %" PRIu32 " x %" PRIu32
                       " = %" PRIu64,
                       keys[0], machine->str_bytes, machine->str_ways, machine->str_line_bytes, way_lines);
    relate(keys, "str_cache.words_per_bank", "str_cache.line_bytes", "array.element_bytes");
    if (machine->str_words_per_bank > words)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected at most the %" PRIu32 " elements of a line", keys[0],
                       machine->str_words_per_bank, words);
    if (machine->str_words_per_bank == 0)
        machine->str_words_per_bank = words;
    return SC_OK;
}

static int check_psram(const struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    uint64_t blocks = machine->psram_bytes / machine->psram_block_bytes;
    relate(keys, "psram.block_bytes", "array.element_bytes", NULL);
    if (machine->psram_block_bytes % machine->element_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a multiple of array.element_bytes, %" PRIu32, keys[0],
                       machine->psram_block_bytes, machine->element_bytes);
    relate(keys, "psram.bytes", "psram.block_bytes", NULL);
    if (machine->psram_bytes % machine->psram_block_bytes != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu64 "; expected a multiple of psram.block_bytes, %" PRIu32, keys[0],
                       machine->psram_bytes, machine->psram_block_bytes);
    relate(keys, "psram.sets", "psram.bytes", "psram.block_bytes");
    if (machine->psram_bytes > 0 && machine->psram_sets > 0 && blocks % machine->psram_sets != 0)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected a divisor of the %" PRIu64 " blocks", keys[0],
                       machine->psram_sets, blocks);
    return SC_OK;
}

int sc_machine_check(struct sc_machine *machine, const char *keys[SC_RELATED_KEYS], struct sc_error *err)
{
    int status = check_cache(machine, keys, err);
    if (status == SC_OK)
        status = check_psram(machine, keys, err);
    if (status != SC_OK)
        return status;
    relate(keys, "sta_fifo.bytes", "array.element_bytes", NULL);
    if (machine->sta_fifo_bytes < machine->element_bytes)
        return sc_fail(err, SC_BAD_INPUT, NULL, 0,
                       "%s: found %" PRIu32 "; expected at least one element of %" PRIu32 " bytes", keys[0],
                       machine->sta_fifo_bytes, machine->element_bytes);
    return SC_OK;
}
