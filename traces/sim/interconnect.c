/* interconnect.c - beats of a network and the latency of the datapath.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "interconnect.h"

#include <math.h>
#include <stdlib.h>

uint64_t sc_network_compute(double per_cycle, uint64_t count)
{
    return (uint64_t)ceil((double)count / per_cycle);
}

int sc_network_init(struct sc_network *network, double per_cycle, uint64_t multipliers, struct sc_error *err)
{
    *network = (struct sc_network){.per_cycle = per_cycle};
    network->beats = calloc((size_t)multipliers + 1, sizeof *network->beats);
    if (!network->beats)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "no memory for a network");
    network->known = multipliers + 1;
    for (uint64_t count = 0; count < network->known; count++)
        network->beats[count] = sc_network_compute(per_cycle, count);
    return SC_OK;
}

void sc_network_free(struct sc_network *network)
{
    free(network->beats);
    *network = (struct sc_network){0};
}

double sc_fill_latency(const struct sc_machine *machine)
{
    uint64_t levels = 0;
    while ((UINT64_C(1) << levels) < machine->multipliers)
        levels++;
    return (double)(machine->dn_levels + machine->multiplier_latency + levels);
}
