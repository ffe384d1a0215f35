/* onnx.h - an ONNX model as layers: convolutions, products and recurrent cells, with what its weights say of density.
 *
 *   Conv, ConvInteger, QLinearConv      the GEMM of one group after im2col, kind conv; its geometry with one or two
 *                                       spatial axes, no dilation and no padding beyond what a last window needs
 *   Gemm, MatMul, MatMulInteger,        A = the constant operand (turned so that M = outputs), or the second where none
 *   QLinearMatMul                       is constant, as in attention; batches of activations make N longer, batches of
 *                                       both operands are counted
 *   RNN, GRU, LSTM                      two GEMMs: all inputs at once, and the state, once a step
 *
 * The model is named after the file (exporters call every graph "main_graph"), a layer after its node, else its output.
 * Density of A: that of the initializer (zero point instead of zero where there is one); of B: 1, no file has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ONNX_H
#define SC_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"
#include "../layer.h"

/* The size of a symbolic dimension: NAME, or INPUT:AXIS of one without a name. */
struct sc_onnx_dim {
    const char *name;
    int64_t size; /* 1 to 2^40 */
};

struct sc_onnx;

/* Opens a model and works out its shapes; at most 2 GiB, as Protocol Buffers have it.  SC_BAD_INPUT names what is
 * damaged, or which symbolic dimension needs a size.  `path` and `dim` are borrowed until sc_onnx_close(). */
int sc_onnx_open(struct sc_onnx **model, const char *path, const struct sc_onnx_dim *dim, size_t dims,
                 struct sc_error *err);

/* The next layer, in the order of the graph: SC_OK, SC_END, or an error.  Strings live until the next call; the one
 * extra cell is sc_onnx_extra[0]'s. */
int sc_onnx_next(struct sc_onnx *model, struct sc_layer *layer, struct sc_error *err);

/* The column beyond those of every list: whether density_a was measured or assumed. */
extern const char *const sc_onnx_extra[1];

/* One sentence on what was read and which operand became which. */
const char *sc_onnx_format(const struct sc_onnx *model);

/* After SC_END: tells in sentences what was not imported and how much of the work that is, which densities are assumed,
 * and where the file contradicts itself; one call of `tell` each. */
void sc_onnx_notes(const struct sc_onnx *model, void (*tell)(void *context, const char *note), void *context);

void sc_onnx_close(struct sc_onnx *model);

#endif
