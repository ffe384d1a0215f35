/* dataflow.c - the names of the dataflows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "machine.h"
#include "printable.h"
#include "text.h"

enum { FOUND_COLUMNS = 40 };

#define X(id, name, meaning) name,
static const char *const names[SC_DATAFLOWS] = {SC_DATAFLOW_LIST(X)};
#undef X
#define X(id, name, meaning) meaning,
static const char *const meanings[SC_DATAFLOWS] = {SC_DATAFLOW_LIST(X)};
#undef X

const char *sc_dataflow_name(enum sc_dataflow dataflow)
{
    return (unsigned)dataflow < SC_DATAFLOWS ? names[dataflow] : "unknown";
}

const char *sc_dataflow_meaning(enum sc_dataflow dataflow)
{
    return (unsigned)dataflow < SC_DATAFLOWS ? meanings[dataflow] : "unknown";
}

int sc_dataflow_parse(enum sc_dataflow *dataflow, const char *text, struct sc_error *err)
{
    for (unsigned i = 0; i < SC_DATAFLOWS; i++) {
        if (strcmp(text, names[i]) == 0) {
            *dataflow = (enum sc_dataflow)i;
            return SC_OK;
        }
    }
    char shown[4 * FOUND_COLUMNS + 1];
    sc_printable(shown, text, FOUND_COLUMNS);
    const char *near = sc_nearest_name(text, names, SC_DATAFLOWS);
    if (near)
        return sc_fail(err, SC_BAD_USAGE, NULL, 0, "unknown dataflow \"%s\"; did you mean \"%s\"?", shown, near);
#define X(id, name, meaning) " " name
    return sc_fail(err, SC_BAD_USAGE, NULL, 0, "unknown dataflow \"%s\"; known are" SC_DATAFLOW_LIST(X), shown);
#undef X
}
