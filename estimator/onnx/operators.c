/* operators.c - the table of ONNX operators: which rule gives their shapes, what their work is counted by.
 *
 * Products that become layers (products.c) are here for their shapes alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "operators.h"

#include <stdlib.h>
#include <string.h>

#define MOVES SC_ONNX_MOVES, NULL
#define PER_OUT SC_ONNX_PER_OUT, NULL
#define PER_IN SC_ONNX_PER_IN, NULL
#define WINDOW SC_ONNX_WINDOW, NULL

/* In the order of strcmp(). */
static const struct sc_onnx_operator operators[] = {
    {"Abs", sc_onnx_same, PER_OUT},
    {"Acos", sc_onnx_same, PER_OUT},
    {"Acosh", sc_onnx_same, PER_OUT},
    {"Add", sc_onnx_arithmetic, PER_OUT},
    {"And", sc_onnx_broadcasts, PER_OUT},
    {"ArgMax", sc_onnx_arg, PER_IN},
    {"ArgMin", sc_onnx_arg, PER_IN},
    {"Asin", sc_onnx_same, PER_OUT},
    {"Asinh", sc_onnx_same, PER_OUT},
    {"Atan", sc_onnx_same, PER_OUT},
    {"Atanh", sc_onnx_same, PER_OUT},
    {"AveragePool", sc_onnx_pool, WINDOW},
    {"BatchNormalization", sc_onnx_same, PER_OUT},
    {"Bernoulli", sc_onnx_same, PER_OUT},
    {"BitShift", sc_onnx_broadcasts, PER_OUT},
    {"BitwiseAnd", sc_onnx_broadcasts, PER_OUT},
    {"BitwiseNot", sc_onnx_same, PER_OUT},
    {"BitwiseOr", sc_onnx_broadcasts, PER_OUT},
    {"BitwiseXor", sc_onnx_broadcasts, PER_OUT},
    {"Cast", sc_onnx_cast, MOVES},
    {"CastLike", sc_onnx_same, MOVES},
    {"Ceil", sc_onnx_rounding, PER_OUT},
    {"Celu", sc_onnx_same, PER_OUT},
    {"Clip", sc_onnx_same, PER_OUT},
    {"Compress", NULL, MOVES},
    {"Concat", sc_onnx_concat, MOVES},
    {"Constant", sc_onnx_constant, MOVES},
    {"ConstantOfShape", sc_onnx_constant_of_shape, MOVES},
    {"Conv", sc_onnx_conv, MOVES},
    {"ConvInteger", sc_onnx_conv_integer, MOVES},
    {"ConvTranspose", sc_onnx_conv_transpose, SC_ONNX_OWN, sc_onnx_conv_transpose_work},
    {"Cos", sc_onnx_same, PER_OUT},
    {"Cosh", sc_onnx_same, PER_OUT},
    {"CumSum", sc_onnx_same, PER_OUT},
    {"DepthToSpace", sc_onnx_depth_to_space, MOVES},
    {"DequantizeLinear", sc_onnx_same, PER_OUT},
    {"Div", sc_onnx_arithmetic, PER_OUT},
    {"Dropout", sc_onnx_same, MOVES},
    {"DynamicQuantizeLinear", sc_onnx_same, PER_OUT},
    {"Einsum", NULL, SC_ONNX_OWN, sc_onnx_einsum_work},
    {"Elu", sc_onnx_same, PER_OUT},
    {"Equal", sc_onnx_arithmetic, PER_OUT},
    {"Erf", sc_onnx_same, PER_OUT},
    {"Exp", sc_onnx_same, PER_OUT},
    {"Expand", sc_onnx_expand, MOVES},
    {"EyeLike", sc_onnx_same, MOVES},
    {"Flatten", sc_onnx_flatten, MOVES},
    {"Floor", sc_onnx_rounding, PER_OUT},
    {"GRU", sc_onnx_recurrent, MOVES},
    {"Gather", sc_onnx_gather, MOVES},
    {"GatherElements", sc_onnx_gather_elements, MOVES},
    {"GatherND", NULL, MOVES},
    {"Gelu", sc_onnx_same, PER_OUT},
    {"Gemm", sc_onnx_gemm, MOVES},
    {"GlobalAveragePool", sc_onnx_global_pool, WINDOW},
    {"GlobalLpPool", sc_onnx_global_pool, WINDOW},
    {"GlobalMaxPool", sc_onnx_global_pool, WINDOW},
    {"Greater", sc_onnx_arithmetic, PER_OUT},
    {"GreaterOrEqual", sc_onnx_broadcasts, PER_OUT},
    {"GroupNormalization", sc_onnx_same, PER_OUT},
    {"HardSigmoid", sc_onnx_same, PER_OUT},
    {"HardSwish", sc_onnx_same, PER_OUT},
    {"Hardmax", sc_onnx_same, PER_OUT},
    {"Identity", sc_onnx_same, MOVES},
    {"InstanceNormalization", sc_onnx_same, PER_OUT},
    {"IsInf", sc_onnx_same, PER_OUT},
    {"IsNaN", sc_onnx_same, PER_OUT},
    {"LRN", sc_onnx_same, PER_OUT},
    {"LSTM", sc_onnx_recurrent, MOVES},
    {"LayerNormalization", sc_onnx_same, PER_OUT},
    {"LeakyRelu", sc_onnx_same, PER_OUT},
    {"Less", sc_onnx_arithmetic, PER_OUT},
    {"LessOrEqual", sc_onnx_broadcasts, PER_OUT},
    {"Log", sc_onnx_same, PER_OUT},
    {"LogSoftmax", sc_onnx_same, PER_OUT},
    {"LpNormalization", sc_onnx_same, PER_OUT},
    {"LpPool", sc_onnx_pool, WINDOW},
    {"MatMul", sc_onnx_matmul, MOVES},
    {"MatMulInteger", sc_onnx_matmul, MOVES},
    {"Max", sc_onnx_arithmetic, PER_OUT},
    {"MaxPool", sc_onnx_pool, WINDOW},
    {"Mean", sc_onnx_broadcasts, PER_OUT},
    {"MeanVarianceNormalization", sc_onnx_same, PER_OUT},
    {"Min", sc_onnx_arithmetic, PER_OUT},
    {"Mish", sc_onnx_same, PER_OUT},
    {"Mod", sc_onnx_broadcasts, PER_OUT},
    {"Mul", sc_onnx_arithmetic, PER_OUT},
    {"Neg", sc_onnx_same, PER_OUT},
    {"Not", sc_onnx_same, PER_OUT},
    {"Or", sc_onnx_broadcasts, PER_OUT},
    {"PRelu", sc_onnx_same, PER_OUT},
    {"Pad", sc_onnx_pad, MOVES},
    {"Pow", sc_onnx_broadcasts, PER_OUT},
    {"QLinearConv", sc_onnx_conv_quantized, MOVES},
    {"QLinearMatMul", sc_onnx_matmul_quantized, MOVES},
    {"QuantizeLinear", sc_onnx_same, PER_OUT},
    {"RMSNormalization", sc_onnx_same, PER_OUT},
    {"RNN", sc_onnx_recurrent, MOVES},
    {"RandomNormalLike", sc_onnx_same, PER_OUT},
    {"RandomUniformLike", sc_onnx_same, PER_OUT},
    {"Range", sc_onnx_range, MOVES},
    {"Reciprocal", sc_onnx_same, PER_OUT},
    {"ReduceL1", sc_onnx_reduce, PER_IN},
    {"ReduceL2", sc_onnx_reduce, PER_IN},
    {"ReduceLogSum", sc_onnx_reduce, PER_IN},
    {"ReduceLogSumExp", sc_onnx_reduce, PER_IN},
    {"ReduceMax", sc_onnx_reduce, PER_IN},
    {"ReduceMean", sc_onnx_reduce, PER_IN},
    {"ReduceMin", sc_onnx_reduce, PER_IN},
    {"ReduceProd", sc_onnx_reduce, PER_IN},
    {"ReduceSum", sc_onnx_reduce, PER_IN},
    {"ReduceSumSquare", sc_onnx_reduce, PER_IN},
    {"Relu", sc_onnx_same, PER_OUT},
    {"Reshape", sc_onnx_reshape, MOVES},
    {"Resize", sc_onnx_resize, PER_OUT},
    {"ReverseSequence", sc_onnx_same, MOVES},
    {"Round", sc_onnx_same, PER_OUT},
    {"ScatterElements", sc_onnx_same, MOVES},
    {"ScatterND", sc_onnx_same, MOVES},
    {"Selu", sc_onnx_same, PER_OUT},
    {"Shape", sc_onnx_shape_of, MOVES},
    {"Shrink", sc_onnx_same, PER_OUT},
    {"Sigmoid", sc_onnx_same, PER_OUT},
    {"Sign", sc_onnx_same, PER_OUT},
    {"Sin", sc_onnx_same, PER_OUT},
    {"Sinh", sc_onnx_same, PER_OUT},
    {"Size", sc_onnx_size, MOVES},
    {"Slice", sc_onnx_slice, MOVES},
    {"Softmax", sc_onnx_same, PER_OUT},
    {"Softplus", sc_onnx_same, PER_OUT},
    {"Softsign", sc_onnx_same, PER_OUT},
    {"SpaceToDepth", sc_onnx_space_to_depth, MOVES},
    {"Split", sc_onnx_split, MOVES},
    {"Sqrt", sc_onnx_same, PER_OUT},
    {"Squeeze", sc_onnx_squeeze, MOVES},
    {"Sub", sc_onnx_arithmetic, PER_OUT},
    {"Sum", sc_onnx_broadcasts, PER_OUT},
    {"Swish", sc_onnx_same, PER_OUT},
    {"Tan", sc_onnx_same, PER_OUT},
    {"Tanh", sc_onnx_same, PER_OUT},
    {"ThresholdedRelu", sc_onnx_same, PER_OUT},
    {"Tile", sc_onnx_tile, MOVES},
    {"Transpose", sc_onnx_transpose, MOVES},
    {"Trilu", sc_onnx_same, MOVES},
    {"Unsqueeze", sc_onnx_unsqueeze, MOVES},
    {"Upsample", sc_onnx_resize, PER_OUT},
    {"Where", sc_onnx_where, PER_OUT},
    {"Xor", sc_onnx_broadcasts, PER_OUT},
};

/* Compares the bytes of a name with a NUL-terminated one as strcmp() does. */
static int compare(const void *key, const void *row)
{
    const struct sc_span *name = key;
    const char *other = ((const struct sc_onnx_operator *)row)->name;
    size_t length = strlen(other), common = name->size < length ? name->size : length;
    int order = memcmp(name->at, other, common);

    return order != 0 ? order : name->size < length ? -1 : name->size > length;
}

const struct sc_onnx_operator *sc_onnx_operator(const struct sc_onnx_node *node)
{
    if (node->domain.size > 0 && !sc_span_is(node->domain, "ai.onnx"))
        return NULL;
    return bsearch(&node->op, operators, sizeof operators / sizeof operators[0], sizeof operators[0], compare);
}
