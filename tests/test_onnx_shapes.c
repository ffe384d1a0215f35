/* test_onnx_shapes.c - the shapes that follow from ONNX operators, against those that ONNX's own inference gives
 * (tests/onnx/shapes.onnx, written by make_models.py, one node per rule).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "onnx/graph.h"

static void describe(char text[128], const struct sc_onnx_shape *shape)
{
    size_t used = (size_t)sprintf(text, "%s", shape->rank < 0 ? "unknown" : "");
    for (int i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(text + used, 128 - used, "%s%lld", i ? " x " : "", (long long)shape->dim[i]);
}

/* How often the rules say the same as the file, nothing, or something else. */
struct agreement {
    int same, unknown, different;
};

static void compare(const struct sc_onnx_node *node, const struct sc_onnx_shape *ours,
                    const struct sc_onnx_shape *theirs, struct agreement *agreement)
{
    char expected[128], found[128], op[SC_ONNX_TEXT];
    bool unknown = ours->rank < 0, different = ours->rank != theirs->rank;

    for (int i = 0; i < ours->rank && !different; i++) {
        unknown |= ours->dim[i] < 0;
        different |= ours->dim[i] >= 0 && theirs->dim[i] >= 0 && ours->dim[i] != theirs->dim[i];
    }
    describe(found, ours);
    describe(expected, theirs);
    sc_span_text(op, node->op);
    cr_expect(!unknown && !different, "%s gives %s, expected %s", op, found, expected);
    agreement->unknown += unknown;
    agreement->different += different && !unknown;
    agreement->same += !unknown && !different;
}

Test(onnx_shapes, agree_with_onnx)
{
    const char *source = getenv("SPARSECAST_SRCDIR");
    struct sc_onnx_graph graph;
    struct agreement agreement = {.same = 0};
    struct sc_error err;
    unsigned char *bytes;
    char path[1024];
    size_t size;

    snprintf(path, sizeof path, "%s/tests/onnx/shapes.onnx", source ? source : ".");
    cr_assert_eq(sc_file_read(&bytes, &size, path, 1 << 20, &err), SC_OK, "%s", err.message);
    cr_assert_eq(sc_onnx_graph_load(&graph, path, (struct sc_span){bytes, size}, NULL, 0, &err), SC_OK, "%s",
                 err.message);
    for (size_t i = 0; i < graph.nodes; i++) {
        const struct sc_onnx_node *node = &graph.node[i];
        struct sc_onnx_shape declared[4];
        for (uint32_t k = 0; k < node->outputs; k++) { /* our rules are not to see the answer */
            struct sc_onnx_value *output = sc_onnx_output(&graph, node, k);
            declared[k] = output->declared;
            output->declared.rank = output->shape.rank = SC_ONNX_UNKNOWN;
        }
        sc_onnx_infer(&graph, node);
        for (uint32_t k = 0; k < node->outputs; k++)
            compare(node, &sc_onnx_output(&graph, node, k)->shape, &declared[k], &agreement);
    }
    cr_expect_eq(agreement.same, 70, "all outputs of all nodes");
    fprintf(stderr, "ONNX shapes: %d the same, %d unknown, %d different\n", agreement.same, agreement.unknown,
            agreement.different);
    sc_onnx_graph_free(&graph);
    free(bytes);
}
