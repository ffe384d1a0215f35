/* shape_move.c - shapes of operators that move or pick data; on small constants, what they pick.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "operators.h"

void sc_onnx_same(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);

    if (numbers && sc_span_is(node->op, "Identity"))
        sc_onnx_give_numbers(graph, node, numbers->number, numbers->count, numbers->scalar, numbers->integer);
    sc_onnx_give(graph, node, 0, sc_onnx_in(graph, node, 0));
}

void sc_onnx_flatten(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape in = *sc_onnx_in(graph, node, 0), head = in, tail = {.rank = 0};
    int64_t axis = sc_onnx_int(graph, node, "axis", 1), rows, columns;

    axis += axis < 0 && in.rank >= 0 ? in.rank : 0;
    if (in.rank < 0 || axis < 0 || axis > in.rank)
        return;
    head.rank = (int)axis;
    tail.rank = in.rank - (int)axis;
    memcpy(tail.dim, in.dim + axis, (size_t)tail.rank * sizeof in.dim[0]);
    rows = sc_onnx_elements(&head, &rows) ? rows : SC_ONNX_UNKNOWN;
    columns = sc_onnx_elements(&tail, &columns) ? columns : SC_ONNX_UNKNOWN;
    sc_onnx_give(graph, node, 0, &(struct sc_onnx_shape){.rank = 2, .dim = {rows, columns}});
}

/* 0 keeps the input's dimension (unless allowzero); one -1 takes what is left. */
void sc_onnx_reshape(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);
    int64_t target[SC_ONNX_LIST], all, rest;
    int count = sc_onnx_list(graph, node, "shape", 1, target), open = -1;
    bool keep_zero = sc_onnx_int(graph, node, "allowzero", 0) != 0;
    struct sc_onnx_shape out = {.rank = count};

    if (count < 0 || count > SC_ONNX_RANK)
        return;
    for (int i = 0; i < count; i++) {
        out.dim[i] = target[i];
        if (target[i] == 0 && !keep_zero)
            out.dim[i] = i < in->rank ? in->dim[i] : SC_ONNX_UNKNOWN;
        if (target[i] != -1)
            continue;
        if (open >= 0)
            return;
        open = i;
        out.dim[i] = 1;
    }
    if (open >= 0) {
        bool divides = sc_onnx_elements(&out, &rest) && sc_onnx_elements(in, &all) && rest > 0 && all % rest == 0;
        out.dim[open] = divides ? all / rest : SC_ONNX_UNKNOWN;
    }
    if (numbers && count <= 1)
        sc_onnx_give_numbers(graph, node, numbers->number, numbers->count, count == 0, numbers->integer);
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_transpose(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    struct sc_onnx_shape out = *in;
    struct sc_onnx_attribute order;

    if (in->rank < 0)
        return;
    bool given = sc_onnx_attribute(graph, node, "perm", &order);
    if (given && order.ints != (size_t)in->rank)
        return;
    for (int i = 0; i < in->rank; i++) {
        int64_t from = given ? order.list[i] : in->rank - 1 - i;
        if (from < 0 || from >= in->rank)
            return;
        out.dim[i] = in->dim[from];
    }
    sc_onnx_give(graph, node, 0, &out);
}

/* Joins small constants that are all known. */
static void join_numbers(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    double joined[SC_ONNX_LIST];
    size_t count = 0;

    for (uint32_t i = 0; i < node->inputs; i++) {
        const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, i);
        if (!numbers || numbers->scalar || count + numbers->count > SC_ONNX_LIST)
            return;
        memcpy(joined + count, numbers->number, numbers->count * sizeof joined[0]);
        count += numbers->count;
    }
    if (count > 0)
        sc_onnx_give_numbers(graph, node, joined, count, false, sc_onnx_numbers(graph, node, 0)->integer);
}

void sc_onnx_concat(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    int axis = sc_onnx_axis(sc_onnx_int(graph, node, "axis", 1), out.rank);

    if (axis < 0)
        return;
    for (uint32_t i = 1; i < node->inputs; i++) {
        const struct sc_onnx_shape *in = sc_onnx_in(graph, node, i);
        bool known = in->rank == out.rank && out.dim[axis] >= 0 && in->dim[axis] >= 0;
        out.dim[axis] = known && out.dim[axis] <= SC_ONNX_LARGEST ? out.dim[axis] + in->dim[axis] : SC_ONNX_UNKNOWN;
    }
    join_numbers(graph, node);
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_squeeze(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);
    int64_t axes[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "axes", 1, axes);
    bool gone[SC_ONNX_RANK] = {false};
    struct sc_onnx_shape out = {.rank = 0};

    if (in->rank < 0 || (count < 0 && sc_onnx_input(graph, node, 1)))
        return;
    for (int i = 0; i < count; i++) {
        int axis = sc_onnx_axis(axes[i], in->rank);
        if (axis < 0)
            return;
        gone[axis] = true;
    }
    for (int i = 0; i < in->rank; i++)
        if (count < 0 ? in->dim[i] != 1 : !gone[i])
            out.dim[out.rank++] = in->dim[i];
    if (numbers && numbers->count == 1 && out.rank == 0)
        sc_onnx_give_numbers(graph, node, numbers->number, 1, true, numbers->integer);
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_unsqueeze(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    const struct sc_onnx_numbers *numbers = sc_onnx_numbers(graph, node, 0);
    int64_t axes[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "axes", 1, axes), from = 0;
    bool added[SC_ONNX_RANK] = {false};
    struct sc_onnx_shape out;

    if (in->rank < 0 || count < 0 || in->rank + count > SC_ONNX_RANK)
        return;
    out.rank = in->rank + count;
    for (int i = 0; i < count; i++) {
        int axis = sc_onnx_axis(axes[i], out.rank);
        if (axis < 0 || added[axis])
            return;
        added[axis] = true;
    }
    for (int i = 0; i < out.rank; i++)
        out.dim[i] = added[i] ? 1 : in->dim[from++];
    if (numbers && numbers->scalar && out.rank == 1)
        sc_onnx_give_numbers(graph, node, numbers->number, 1, false, numbers->integer);
    sc_onnx_give(graph, node, 0, &out);
}

/* Picks elements of a small constant by small constants. */
static void gather_numbers(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_numbers *data = sc_onnx_numbers(graph, node, 0), *which = sc_onnx_numbers(graph, node, 1);
    double picked[SC_ONNX_LIST];

    if (!data || !which || data->scalar)
        return;
    for (size_t i = 0; i < which->count; i++) {
        double index = which->number[i] < 0 ? which->number[i] + (double)data->count : which->number[i];
        if (!(index >= 0 && index < (double)data->count))
            return;
        picked[i] = data->number[(size_t)index];
    }
    sc_onnx_give_numbers(graph, node, picked, which->count, which->scalar, data->integer);
}

void sc_onnx_gather(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *data = sc_onnx_in(graph, node, 0), *which = sc_onnx_in(graph, node, 1);
    int axis = sc_onnx_axis(sc_onnx_int(graph, node, "axis", 0), data->rank);
    struct sc_onnx_shape out = {.rank = 0};

    if (axis < 0 || which->rank < 0 || data->rank - 1 + which->rank > SC_ONNX_RANK)
        return;
    for (int i = 0; i < axis; i++)
        out.dim[out.rank++] = data->dim[i];
    for (int i = 0; i < which->rank; i++)
        out.dim[out.rank++] = which->dim[i];
    for (int i = axis + 1; i < data->rank; i++)
        out.dim[out.rank++] = data->dim[i];
    gather_numbers(graph, node);
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_gather_elements(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    sc_onnx_give(graph, node, 0, sc_onnx_in(graph, node, 1));
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* A slice along one axis: from *start (made to lie inside) to `end` by `step`, negative ones counted from the back. */
static int64_t slice_size(int64_t size, int64_t *start, int64_t end, int64_t step)
{
    int64_t from = *start < 0 ? *start + size : *start, to = end < 0 ? end + size : end;

    *start = step > 0 ? clamp(from, 0, size) : clamp(from, 0, size - 1);
    to = step > 0 ? clamp(to, 0, size) : clamp(to, -1, size - 1);
    int64_t span = step > 0 ? to - *start : *start - to, pace = step > 0 ? step : -step;
    return span <= 0 ? 0 : (span - 1) / pace + 1;
}

/* Picks the slice of a small constant. */
static void slice_numbers(struct sc_onnx_graph *graph, const struct sc_onnx_node *node, int64_t start, int64_t step,
                          int64_t size)
{
    const struct sc_onnx_numbers *data = sc_onnx_numbers(graph, node, 0);
    double picked[SC_ONNX_LIST];

    if (!data || data->scalar || size > SC_ONNX_LIST)
        return;
    for (int64_t i = 0; i < size; i++)
        picked[i] = data->number[start + i * step];
    sc_onnx_give_numbers(graph, node, picked, (size_t)size, false, data->integer);
}

void sc_onnx_slice(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    int64_t start[SC_ONNX_LIST], end[SC_ONNX_LIST], axes[SC_ONNX_LIST], step[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "starts", 1, start), ends = sc_onnx_list(graph, node, "ends", 2, end);
    int named = sc_onnx_list(graph, node, "axes", 3, axes), stepped = sc_onnx_list(graph, node, NULL, 4, step);
    bool sliced[SC_ONNX_RANK] = {false};

    if (out.rank < 0)
        return;
    bool unknown = count < 0 || ends != count || count > out.rank || (named < 0 && sc_onnx_input(graph, node, 3)) ||
                   (stepped < 0 && sc_onnx_input(graph, node, 4)) || (named >= 0 && named != count) ||
                   (stepped >= 0 && stepped != count);
    for (int i = 0; i < out.rank && unknown; i++)
        out.dim[i] = SC_ONNX_UNKNOWN;
    for (int i = 0; i < count && !unknown; i++) {
        int axis = sc_onnx_axis(named < 0 ? i : axes[i], out.rank);
        int64_t pace = stepped < 0 ? 1 : step[i];
        if (axis < 0 || pace == 0 || pace == INT64_MIN || sliced[axis])
            return;
        sliced[axis] = true;
        if (out.dim[axis] < 0)
            continue;
        out.dim[axis] = slice_size(out.dim[axis], &start[i], end[i], pace);
        if (out.rank == 1)
            slice_numbers(graph, node, start[i], pace, out.dim[axis]);
    }
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_split(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    int axis = sc_onnx_axis(sc_onnx_int(graph, node, "axis", 0), out.rank);
    int64_t parts[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "split", 1, parts);

    if (axis < 0)
        return;
    int64_t whole = out.dim[axis], ways = node->outputs, equal = SC_ONNX_UNKNOWN;
    if (whole >= 0 && ways > 0 && count < 0 && !sc_onnx_input(graph, node, 1))
        equal = (whole + ways - 1) / ways;
    for (uint32_t i = 0; i < node->outputs; i++) {
        int64_t left = whole - (int64_t)i * equal;
        out.dim[axis] = count > (int)i ? parts[i] : equal < 0 || left > equal ? equal : left;
        sc_onnx_give(graph, node, i, &out);
    }
}

void sc_onnx_expand(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    int64_t target[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, NULL, 1, target);
    struct sc_onnx_shape wanted = {.rank = count};

    if (count < 0 || count > SC_ONNX_RANK)
        return;
    memcpy(wanted.dim, target, (size_t)count * sizeof target[0]);
    wanted = sc_onnx_broadcast(sc_onnx_in(graph, node, 0), &wanted);
    sc_onnx_give(graph, node, 0, &wanted);
}

void sc_onnx_tile(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    int64_t repeats[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, NULL, 1, repeats);

    if (out.rank < 0 || (count >= 0 && count != out.rank))
        return;
    for (int i = 0; i < out.rank; i++) {
        bool known = count >= 0 && out.dim[i] >= 0 && repeats[i] >= 0 && repeats[i] <= 1 << 20;
        out.dim[i] = known ? out.dim[i] * repeats[i] : SC_ONNX_UNKNOWN;
    }
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_pad(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    int64_t pads[SC_ONNX_LIST], axes[SC_ONNX_LIST];
    int count = sc_onnx_list(graph, node, "pads", 1, pads), named = sc_onnx_list(graph, node, NULL, 3, axes);
    int pairs = named >= 0 ? named : out.rank;

    if (out.rank < 0 || (count >= 0 && count != 2 * pairs))
        return;
    for (int i = 0; i < out.rank && count < 0; i++)
        out.dim[i] = SC_ONNX_UNKNOWN;
    for (int i = 0; i < pairs && count >= 0; i++) {
        int axis = sc_onnx_axis(named >= 0 ? axes[i] : i, out.rank);
        bool small = pads[i] > -SC_ONNX_LARGEST && pads[i] < SC_ONNX_LARGEST && pads[pairs + i] > -SC_ONNX_LARGEST &&
                     pads[pairs + i] < SC_ONNX_LARGEST;
        if (axis < 0 || !small)
            return;
        out.dim[axis] = out.dim[axis] < 0 ? SC_ONNX_UNKNOWN : out.dim[axis] + pads[i] + pads[pairs + i];
    }
    sc_onnx_give(graph, node, 0, &out);
}

/* Sizes are given, or scales that multiply them: Upsample and Resize-10 have the scales second, later Resizes third. */
void sc_onnx_resize(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    struct sc_onnx_shape out = *sc_onnx_in(graph, node, 0);
    const struct sc_onnx_numbers *sizes = sc_onnx_numbers(graph, node, 3);
    const struct sc_onnx_numbers *scales = sc_onnx_numbers(graph, node, node->inputs > 2 ? 2 : 1);
    struct sc_onnx_attribute axes, listed;
    const struct sc_onnx_numbers *given = sizes && sizes->count > 0 ? sizes : scales;
    bool partly = sc_onnx_attribute(graph, node, "axes", &axes);
    bool attribute = !given && sc_onnx_attribute(graph, node, "scales", &listed);
    size_t count = given ? given->count : attribute ? listed.floats : 0;

    if (out.rank < 0 || count == 0 || count > SC_ONNX_LIST || (partly ? axes.ints : (size_t)out.rank) != count)
        return;
    for (size_t i = 0; i < count; i++) {
        int axis = partly ? sc_onnx_axis(axes.list[i], out.rank) : (int)i;
        double number = given ? given->number[i] : (double)listed.float_list[i];
        if (axis < 0 || out.dim[axis] < 0)
            return;
        double size = given == sizes && given ? number : number * (double)out.dim[axis];
        out.dim[axis] = size >= 0 && size < (double)SC_ONNX_LARGEST ? (int64_t)size : SC_ONNX_UNKNOWN;
    }
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_depth_to_space(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    int64_t side = sc_onnx_int(graph, node, "blocksize", 0);

    if (in->rank != 4 || side < 1 || side > 1 << 20 || in->dim[1] < 0 || in->dim[2] < 0 || in->dim[3] < 0)
        return;
    struct sc_onnx_shape out = {.rank = 4,
                                .dim = {in->dim[0], in->dim[1] / side / side, in->dim[2] * side, in->dim[3] * side}};
    sc_onnx_give(graph, node, 0, &out);
}

void sc_onnx_space_to_depth(struct sc_onnx_graph *graph, const struct sc_onnx_node *node)
{
    const struct sc_onnx_shape *in = sc_onnx_in(graph, node, 0);
    int64_t side = sc_onnx_int(graph, node, "blocksize", 0);

    if (in->rank != 4 || side < 1 || side > 1 << 10 || in->dim[1] < 0 || in->dim[2] < 0 || in->dim[3] < 0)
        return;
    struct sc_onnx_shape out = {.rank = 4,
                                .dim = {in->dim[0], in->dim[1] * side * side, in->dim[2] / side, in->dim[3] / side}};
    sc_onnx_give(graph, node, 0, &out);
}
