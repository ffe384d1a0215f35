/* machine_keys.c - the one table of what a machine file may say, and the conversion of single values.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_keys.h"

#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "text.h"

enum { FOUND_COLUMNS = 40 };

#define FIELD(member) offsetof(struct sc_machine, member), sizeof(((struct sc_machine *)0)->member)
#define TEXT(path, member, initial, meaning) \
    {path, SC_KEY_TEXT, FIELD(member), 0, 0, false, false, initial, "", meaning}
#define OWN_TEXT(path, member, initial, meaning) \
    {path, SC_KEY_TEXT, FIELD(member), 0, 0, false, true, initial, "", meaning}
#define COUNT(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_COUNT, FIELD(member), low, high, false, false, initial, unit, meaning}
#define POWER(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_COUNT, FIELD(member), low, high, true, false, initial, unit, meaning}
#define NUMBER(path, member, low, high, initial, unit, meaning) \
    {path, SC_KEY_NUMBER, FIELD(member), low, high, false, false, initial, unit, meaning}
#define FLAG(path, member, initial, meaning) \
    {path, SC_KEY_FLAG, FIELD(member), 0, 0, false, false, initial, "", meaning}

#define GIGA 1e9
#define TERA 1099511627776.0 /* 2^40: more bytes than any on-chip memory, few enough that line counts fit 32 bits */

/* Ranges keep derived quantities finite and 32-bit counts from overflowing; they are wider than any machine in print.
 * Defaults are the published machine where it says something, else the decisions listed in data/machines/README.md. */
static const struct sc_machine_key keys[] = {
    OWN_TEXT("name", name, NULL, "name printed with every result"),
    OWN_TEXT("description", description, "", "one line for people"),
    {"timing", SC_KEY_TIMING, FIELD(timing), 0, 0, false, false, NULL, "",
     "blocking (as published) or pipelined (physical)"},
    NUMBER("clock_ghz", clock_ghz, 0.001, 100, NULL, "GHz", "clock of the whole machine"),
    COUNT("array.multipliers", multipliers, 2, 4096, NULL, "", "multipliers, also leaves of the merge tree"),
    COUNT("array.element_bytes", element_bytes, 1, 64, "4", "B", "value and coordinate of one element together"),
    COUNT("array.multiplier_latency_cycles", multiplier_latency, 0, 1000, "1", "cycles", "latency of a multiplier"),
    NUMBER("networks.dn_elements_per_cycle", dn_bandwidth, 0.001, 65536, "16", "elements/cycle",
           "distinct elements that the distribution network delivers (pipelined)"),
    NUMBER("networks.rn_elements_per_cycle", rn_bandwidth, 0.001, 65536, "16", "elements/cycle",
           "elements that leave the reduction network towards memory (pipelined)"),
    COUNT("networks.dn_levels", dn_levels, 0, 64, "13", "levels", "switch levels that an element passes on its way"),
    COUNT("str_cache.bytes", str_bytes, 1, TERA, NULL, "B", "capacity of the cache of the streamed operand"),
    POWER("str_cache.line_bytes", str_line_bytes, 1, 65536, "128", "B", "line"),
    COUNT("str_cache.ways", str_ways, 1, 65536, "16", "ways", "associativity"),
    POWER("str_cache.banks", str_banks, 1, 65536, "16", "banks", "banks, interleaved by line"),
    COUNT("str_cache.words_per_bank", str_words_per_bank, 0, 65536, "0", "elements",
          "elements of one line that a bank serves in a cycle (pipelined); 0: the whole line"),
    COUNT("psram.bytes", psram_bytes, 0, TERA, NULL, "B",
          "memory of partial sums; 0: none, they go to DRAM (pipelined)"),
    COUNT("psram.block_bytes", psram_block_bytes, 1, 65536, "64", "B", "unit of allocation (pipelined)"),
    COUNT("psram.sets", psram_sets, 0, GIGA, "0", "sets", "output row mod sets picks the set (pipelined); 0: one pool"),
    COUNT("sta_fifo.bytes", sta_fifo_bytes, 1, GIGA, "256", "B", "FIFO of the stationary operand"),
    NUMBER("dram.latency_ns", dram_latency_ns, 0, 1e6, NULL, "ns", "time from a request to its first byte"),
    NUMBER("dram.bandwidth_gbps", dram_gbps, 0.001, 1e6, NULL, "GB/s", "10^9 bytes per second"),
    NUMBER("blocking.step_cycles", step_fixed, 0, 1e6, "2", "cycles", "fixed part of a step with loads (H)"),
    NUMBER("blocking.stationary_cycles", stationary_fixed, 0, 1e6, "2", "cycles",
           "added to each stationary load (STA_FIX)"),
    NUMBER("blocking.drain_cycles", drain, 0, 1e6, "10", "cycles", "per stationary tile and merge pass (DRAIN)"),
    NUMBER("blocking.empty_step_cycles", empty_step, 0, 1e6, "1", "cycles", "a step without loads (EMPTY_STEP)"),
    NUMBER("blocking.empty_row_cycles", empty_row, 0, 1e6, "3", "cycles",
           "an outer-product merge row without fibers (EMPTY_ROW)"),
    NUMBER("blocking.miss_cycles", miss_fixed, 0, 1e6, "0", "cycles", "added to the DRAM latency of a missing line"),
    COUNT("blocking.line_cycles", line_cycles, 0, 1e6, "0", "cycles",
          "between lines at memory, each replaying its own loads; 0: a step waits for latency, then by bandwidth"),
    NUMBER("blocking.inner_drain_cycles", inner_drain, 0, 1e6, "0", "cycles",
           "drain of an inner-product tile, plus the tree levels of its largest cluster; 0: drain_cycles"),
    NUMBER("blocking.outer_drain_cycles", outer_drain, 0, 1e6, "0", "cycles",
           "drain of an outer-product tile; 0: drain_cycles"),
    FLAG("blocking.stores_sums", stores_sums, "false",
         "the first partial sums of a folded row bring their lines into the cache"),
    NUMBER("blocking.last_store_cycles", last_store, 0, 1e6, "0", "cycles",
           "from the last output to the end of the run, in op and gust also a miss; 0: neither"),
    COUNT("pipelined.window_steps", window_steps, 1, 65536, "64", "steps",
          "stream steps per double-buffered window (W)"),
    COUNT("pipelined.window_buffers", window_buffers, 1, 64, "2", "windows",
          "windows the STR filler runs ahead (NBUF)"),
    FLAG("pipelined.count_pointers", count_pointers, "false", "charge 4 B per row pointer of the output"),
    NUMBER("transitions.ec_bytes_factor", ec_bytes_factor, 0, 100, "2", "x bytes of the matrix",
           "DRAM traffic of an explicit format conversion between layers"),
    TEXT("energy.table", energy_request.table, "nm28-cacti",
         "shipped set, or path of an Accelergy ERT file[,ART file]"),
    NUMBER("energy.node_nm", energy_request.node_nm, 0, 1000, "0", "nm", "process node; 0: the one of the set"),
    NUMBER("energy.supply_v", energy_request.supply_v, 0, 10, "0", "V", "supply of the logic; 0: the one of the set"),
    TEXT("energy.multiply", energy_request.multiply, "fp_mul", "operation charged per product"),
    TEXT("energy.add", energy_request.add, "fp_add", "operation charged per sum"),
    TEXT("energy.compare", energy_request.compare, "compare", "operation charged per comparison of coordinates"),
    TEXT("energy.distribute", energy_request.distribute, "crossbar_1to4",
         "operation charged per two switch levels that an element passes"),
    TEXT("energy.fifo", energy_request.fifo, "register_file_bit",
         "operation charged per bit into or out of small memories"),
    COUNT("energy.value_bits", energy_request.value_bits, 1, 512, "16", "bits", "width of multiply and add"),
    COUNT("energy.coordinate_bits", energy_request.coordinate_bits, 1, 512, "16", "bits", "width of compare"),
    TEXT("energy.dram", energy_request.dram, "HBM2", "type of DRAM in data/energy/dram.csv"),
    COUNT("energy.ert_dram_word_bits", energy_request.ert_dram_word_bits, 1, 65536, "64", "bits",
          "word that the DRAM energies of an ERT file are for"),
};

const struct sc_machine_key *sc_machine_keys(size_t *count)
{
    *count = sizeof keys / sizeof keys[0];
    return keys;
}

/* "KEY: found X; expected Y". */
static int refuse(const struct sc_machine_key *key, const char *text, const char *expected, struct sc_error *err)
{
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, text, FOUND_COLUMNS);
    return sc_fail(err, SC_BAD_INPUT, NULL, 0, "%s: found \"%s\"; expected %s", key->path, shown, expected);
}

static int set_text(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[64];
    snprintf(expected, sizeof expected, "at most %zu bytes of text without control characters", key->size - 1);
    bool plain = strlen(text) < key->size && !(key->initial == NULL && text[0] == '\0');
    uint32_t code;
    const char *rest = text;
    for (size_t step; plain && (step = sc_utf8_next(rest, &code)) > 0; rest += step)
        plain = code >= 0x20 && code != 0x7f && code != 0xfffd;
    if (!plain)
        return refuse(key, text, text[0] ? expected : "a text that is not empty", err);
    memcpy(field, text, strlen(text) + 1);
    return SC_OK;
}

static void expected_range(char *out, size_t size, const struct sc_machine_key *key)
{
    char low[SC_NUMBER_SIZE], high[SC_NUMBER_SIZE];
    sc_format_number(low, key->low, 15);
    sc_format_number(high, key->high, 15);
    snprintf(out, size, "%s from %s to %s%s%s",
             key->type == SC_KEY_NUMBER ? "a number"
             : key->power_of_two        ? "a power of two"
                                        : "a whole number",
             low, high, key->unit[0] ? " " : "", key->unit);
}

static int set_count(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[160];
    uint64_t value;
    expected_range(expected, sizeof expected, key);
    if (!sc_parse_count(text, strlen(text), &value) || (double)value < key->low || (double)value > key->high ||
        (key->power_of_two && (value & (value - 1)) != 0))
        return refuse(key, text, expected, err);
    if (key->size == sizeof(uint64_t))
        memcpy(field, &value, sizeof value);
    else
        memcpy(field, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
    return SC_OK;
}

static int set_number(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    char expected[160];
    double value;
    expected_range(expected, sizeof expected, key);
    if (!sc_parse_number(text, strlen(text), &value) || !(value >= key->low && value <= key->high))
        return refuse(key, text, expected, err);
    memcpy(field, &value, sizeof value);
    return SC_OK;
}

static int set_flag(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    bool on = strcmp(text, "true") == 0;
    if (!on && strcmp(text, "false") != 0)
        return refuse(key, text, "true or false", err);
    memcpy(field, &on, sizeof on);
    return SC_OK;
}

static int set_timing(char *field, const struct sc_machine_key *key, const char *text, struct sc_error *err)
{
    enum sc_timing timing = SC_BLOCKING;
    if (strcmp(text, "pipelined") == 0)
        timing = SC_PIPELINED;
    else if (strcmp(text, "blocking") != 0)
        return refuse(key, text, "blocking or pipelined", err);
    memcpy(field, &timing, sizeof timing);
    return SC_OK;
}

int sc_machine_key_set(struct sc_machine *machine, const struct sc_machine_key *key, const char *text,
                       struct sc_error *err)
{
    char *field = (char *)machine + key->offset;
    switch (key->type) {
    case SC_KEY_TEXT:
        return set_text(field, key, text, err);
    case SC_KEY_COUNT:
        return set_count(field, key, text, err);
    case SC_KEY_NUMBER:
        return set_number(field, key, text, err);
    case SC_KEY_FLAG:
        return set_flag(field, key, text, err);
    case SC_KEY_TIMING:
        return set_timing(field, key, text, err);
    }
    return sc_fail(err, SC_UNSUPPORTED, NULL, 0, "%s: a type of key without a reader", key->path);
}

void sc_machine_key_get(char out[SC_KEY_TEXT_SIZE], const struct sc_machine *machine, const struct sc_machine_key *key)
{
    const char *field = (const char *)machine + key->offset;
    uint64_t wide = 0;
    uint32_t narrow = 0;
    double number = 0;
    char text[SC_NUMBER_SIZE];
    switch (key->type) {
    case SC_KEY_TEXT:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", field);
        break;
    case SC_KEY_COUNT:
        if (key->size == sizeof wide)
            memcpy(&wide, field, sizeof wide);
        else
            memcpy(&narrow, field, sizeof narrow);
        snprintf(out, SC_KEY_TEXT_SIZE, "%llu", (unsigned long long)(wide + narrow));
        break;
    case SC_KEY_NUMBER:
        memcpy(&number, field, sizeof number);
        sc_format_number(text, number, 15);
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", text);
        break;
    case SC_KEY_FLAG:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", *(const bool *)field ? "true" : "false");
        break;
    case SC_KEY_TIMING:
        snprintf(out, SC_KEY_TEXT_SIZE, "%s", machine->timing == SC_BLOCKING ? "blocking" : "pipelined");
        break;
    }
}
