/* sniff.c - which of our tables a file holds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sniff.h"

#include <string.h>
#include <sys/stat.h>

#include "residuals.h"
#include "rows.h"
#include "sensitivity.h"
#include "timeline.h"

int sc_sniff(const char *path, enum sc_table_kind *kind, struct sc_error *err)
{
    struct stat about;
    struct sc_rows *rows;
    struct sc_row header;
    *kind = SC_TABLE_RESULTS;
    if (strcmp(path, "-") == 0 || (stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)))
        return SC_OK;
    int status = sc_rows_open(&rows, path, err);
    if (status != SC_OK)
        return status;
    status = sc_rows_next(rows, &header, err);
    if (status == SC_OK)
        *kind = sc_timeline_is(&header)      ? SC_TABLE_TIMELINE
                : sc_sensitivity_is(&header) ? SC_TABLE_SENSITIVITY
                : sc_residuals_is(&header)   ? SC_TABLE_RESIDUALS
                                             : SC_TABLE_RESULTS;
    sc_rows_close(rows);
    return status == SC_END ? SC_OK : status;
}
