#!/usr/bin/env python3
"""Makes the ONNX models of this directory (run here; needs Debian's python3-onnx, written with onnx 1.12).

The models are tiny and their weights count: value i of a tensor is 0 where i % every == 0, else 1 + i % 5, so that the
density of a tensor of n elements is 1 - ceil(n / every) / n.  tests/test_onnx.c says what each must be read as.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper as nh


def weights(name, shape, every=0, dtype=np.float32):
    n = int(np.prod(shape))
    values = np.array([0 if every and i % every == 0 else 1 + i % 5 for i in range(n)], dtype=dtype)
    return nh.from_array(values.reshape(shape), name)


def ints(name, values):
    return nh.from_array(np.array(values, dtype=np.int64), name)


def value(name, shape, kind=T.FLOAT):
    return h.make_tensor_value_info(name, kind, shape)


def save(file, nodes, inputs, outputs, initializers, sparse=(), opset=13, domain=None, **more):
    graph = h.make_graph(nodes, file[:-5], inputs, outputs, initializers, sparse_initializer=list(sparse), **more)
    opsets = [h.make_opsetid("", opset)] + ([h.make_opsetid(domain, 1)] if domain else [])
    model = h.make_model(graph, producer_name="make_models", opset_imports=opsets)
    model.ir_version = 8
    with open(file, "wb") as out:
        out.write(model.SerializeToString())


# Strides, asymmetric and automatic padding, groups, dilation, pools, an unsupported operator, a symbolic batch; no
# value_info.
save("cnn.onnx", [
    h.make_node("Conv", ["x", "w1", "b1"], ["c1"], "first", strides=[2, 2], pads=[0, 0, 1, 1]),
    h.make_node("BatchNormalization", ["c1", "s", "s", "s", "s"], ["n1"], "bn"),
    h.make_node("Relu", ["n1"], ["r1"], "relu"),
    h.make_node("Conv", ["r1", "w2"], ["c2"], "depthwise", group=8, auto_pad="SAME_UPPER", kernel_shape=[3, 3]),
    h.make_node("Clip", ["c2"], ["r2"], "clip"),
    h.make_node("Conv", ["r2", "w3"], ["c3"], "grouped", group=4),
    h.make_node("Conv", ["c3", "w4"], ["c4"], "dilated", dilations=[2, 2], pads=[2, 2, 2, 2]),
    h.make_node("MaxPool", ["c4"], ["p4"], "pool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    h.make_node("ConvTranspose", ["p4", "w5"], ["c5"], "up", strides=[2, 2]),
    h.make_node("GlobalAveragePool", ["c5"], ["g"], "mean"),
    h.make_node("Flatten", ["g"], ["f"], "flat"),
    h.make_node("Gemm", ["f", "w6", "b6"], ["y"], "", transB=1),
], [value("x", ["N", 3, 32, 32])], [value("y", ["N", 10])], [
    weights("w1", (8, 3, 3, 3), 3), weights("b1", (8,)), weights("s", (8,)), weights("w2", (8, 1, 3, 3), 9),
    weights("w3", (12, 2, 1, 1), 4), weights("w4", (6, 12, 3, 3), 2), weights("w5", (6, 4, 2, 2)),
    weights("w6", (10, 4), 5), weights("b6", (10,))])

# Number types and where they lie: raw float16 (with a negative zero), float_data, a sparse initializer, double, bool.
half = weights("w1", (16, 8), 4, np.float16)
data = bytearray(half.raw_data)
data[1] |= 0x80
half.raw_data = bytes(data)
floats = h.make_tensor("w2", T.FLOAT, (16, 12), [0.0 if i % 3 == 0 else 1.5 for i in range(192)])
sparse = h.make_sparse_tensor(h.make_tensor("w3", T.FLOAT, (4,), [1.0, 0.0, 2.0, 3.0]),
                              h.make_tensor("i3", T.INT64, (4,), [0, 5, 6, 20]), (12, 6))
save("mlp.onnx", [
    h.make_node("Gemm", ["x", "w1"], ["a"], "half", transB=1),
    h.make_node("Gemm", ["a", "w2"], ["b"], "floats"),
    h.make_node("MatMul", ["b", "w3"], ["c"], "sparse"),
    h.make_node("MatMul", ["w4", "c"], ["y"], "left"),
], [value("x", [5, 8])], [value("y", [7, 6])],
    [half, floats, weights("w4", (7, 5), 7, np.float64)], [sparse])

# A transformer block as exporters write it: sizes computed from Shape, Gather, Unsqueeze, Concat.
nodes = [
    h.make_node("Shape", ["x"], ["size"]), h.make_node("Gather", ["size", "one"], ["length"], axis=0),
    h.make_node("Unsqueeze", ["length", "zeros"], ["length1"]),
    h.make_node("Concat", ["batch1", "length1", "heads1", "width1"], ["split"], axis=0),
    h.make_node("Concat", ["batch1", "length1", "minus1"], ["merge"], axis=0)]
for p in "qkv":
    nodes += [h.make_node("MatMul", ["x", "w" + p], [p], "block/" + p),
              h.make_node("Add", [p, "bias"], [p + "b"]), h.make_node("Reshape", [p + "b", "split"], [p + "s"]),
              h.make_node("Transpose", [p + "s"], [p + "t"], perm=[0, 2, 3, 1] if p == "k" else [0, 2, 1, 3])]
nodes += [
    h.make_node("MatMul", ["qt", "kt"], ["scores"], "block/scores"), h.make_node("Div", ["scores", "root"], ["scaled"]),
    h.make_node("Softmax", ["scaled"], ["soft"], axis=-1),
    h.make_node("MatMul", ["soft", "vt"], ["mixed"], "block/context"),
    h.make_node("Transpose", ["mixed"], ["turned"], perm=[0, 2, 1, 3]),
    h.make_node("Reshape", ["turned", "merge"], ["joined"]),
    h.make_node("MatMul", ["joined", "wo"], ["o"], "block/out"), h.make_node("Add", ["x", "o"], ["sum"]),
    h.make_node("ReduceMean", ["sum"], ["mean"], axes=[-1]), h.make_node("Sub", ["sum", "mean"], ["centred"]),
    h.make_node("MatMul", ["centred", "w1"], ["h"], "block/up"), h.make_node("Erf", ["h"], ["e"]),
    h.make_node("Mul", ["h", "e"], ["g"]),
    h.make_node("MatMul", ["g", "w2"], ["y"], "block/down")]
save("block.onnx", nodes, [value("x", [1, "tokens", 16])], [value("y", [1, "tokens", 16])], [
    weights("wq", (16, 16), 2), weights("wk", (16, 16), 4), weights("wv", (16, 16)), weights("wo", (16, 16), 8),
    weights("w1", (16, 32), 2), weights("w2", (32, 16), 4), weights("bias", (16,)),
    nh.from_array(np.array(2.0, dtype=np.float32), "root"), nh.from_array(np.array(1, dtype=np.int64), "one"),
    ints("zeros", [0]), ints("batch1", [1]), ints("heads1", [4]), ints("width1", [4]), ints("minus1", [-1])])

# Integers: zero points that are no zero, one per filter, and weights behind a DequantizeLinear.
save("quantised.onnx", [
    h.make_node("QLinearConv", ["x", "s", "zx", "w1", "s", "z3", "s", "zx"], ["a"], "qconv"),
    h.make_node("ConvInteger", ["a", "w2"], ["b"], "iconv"),
    h.make_node("Cast", ["b"], ["c"], to=T.FLOAT),
    h.make_node("DequantizeLinear", ["w3", "sf", "zf"], ["d3"], axis=0),
    h.make_node("Conv", ["c", "d3"], ["e"], "behind"),
    h.make_node("DynamicQuantizeLinear", ["e"], ["q", "qs", "qz"]),
    h.make_node("Reshape", ["q", "flat"], ["r"]),
    h.make_node("MatMulInteger", ["r", "w4", "qz", "z3"], ["y"], "product"),
], [value("x", [1, 2, 6, 6], T.INT8)], [value("y", [1, 3], T.INT32)], [
    nh.from_array(np.array(0.5, dtype=np.float32), "s"), nh.from_array(np.array(0, dtype=np.int8), "zx"),
    nh.from_array(np.array(3, dtype=np.int8), "z3"), weights("w1", (4, 2, 3, 3), 0, np.int8),
    weights("w2", (4, 4, 1, 1), 2, np.int8), weights("w3", (2, 4, 1, 1), 4, np.int8), weights("sf", (2,)),
    nh.from_array(np.array([0, 0], dtype=np.int8), "zf"), ints("flat", [1, -1]), weights("w4", (32, 3), 0, np.int8)],
    opset=13)

# A bidirectional LSTM: sequence 7, batch 2, 5 inputs, 3 units.
save("lstm.onnx", [h.make_node("LSTM", ["x", "w", "r"], ["y"], "lstm", hidden_size=3, direction="bidirectional")],
     [value("x", [7, 2, 5])], [value("y", [7, 2, 2, 3])],
     [weights("w", (2, 12, 5), 3), weights("r", (2, 12, 3), 2)])

# Weights that are not in the file: external, or made by ConstantOfShape.
outside = weights("w1", (4, 8))
outside.ClearField("raw_data")
outside.data_location = T.EXTERNAL
for key, text in (("location", "weights.bin"), ("offset", "0"), ("length", "128")):
    entry = outside.external_data.add()
    entry.key, entry.value = key, text
save("external.onnx", [
    h.make_node("Gemm", ["x", "w1"], ["a"], "outside", transB=1),
    h.make_node("ConstantOfShape", ["shape"], ["w2"]),
    h.make_node("MatMul", ["a", "w2"], ["y"], "made"),
], [value("x", ["batch", 8])], [value("y", ["batch", 3])], [outside, ints("shape", [4, 3])])

# Operators nobody knows the size of, a graph inside a node, a wrong and a right value_info.
body = h.make_graph([h.make_node("Identity", ["x"], ["i"])], "branch", [], [value("i", None)])
save("odd.onnx", [
    h.make_node("NonZero", ["x"], ["places"]),
    h.make_node("MatMul", ["places", "w"], ["lost"], "lost"),
    h.make_node("Wonder", ["x"], ["told"], domain="org.example"),
    h.make_node("MatMul", ["told", "w"], ["kept"], "kept"),
    h.make_node("If", ["flag"], ["chosen"], then_branch=body, else_branch=body),
    h.make_node("Relu", ["x"], ["wrong"]),
    h.make_node("MatMul", ["wrong", "w"], ["y"], "declared, \"so\""),
], [value("x", [4, 6]), value("flag", [], T.BOOL)], [value("y", None)], [weights("w", (6, 2))], domain="org.example",
    value_info=[value("told", [9, 6]), value("wrong", [5, 6])])


# One node per rule of shapes, each with the shape that onnx.shape_inference gives it (as value_info): the reader's own
# rules must agree with all of them.
nodes, extra, names = [], [], []


def rule(op, inputs, outputs=1, **attributes):
    given = [f"o{len(names)}_{i}" for i in range(outputs)]
    names.extend(given)
    nodes.append(h.make_node(op, inputs, given, **attributes))
    return given[0]


def const(values):
    name = f"k{len(extra)}"
    extra.append(ints(name, values))
    return name


rule("AveragePool", ["x"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 0])
rule("MaxPool", ["x"], 2, kernel_shape=[3, 2], strides=[3, 2], dilations=[2, 1], ceil_mode=1)
rule("LpPool", ["x"], kernel_shape=[2, 2], auto_pad="SAME_LOWER", strides=[2, 3])
rule("MaxPool", ["x"], kernel_shape=[3, 3], auto_pad="VALID", strides=[2, 2])
rule("GlobalMaxPool", ["x"])
rule("Conv", ["x", "w"], pads=[1, 2, 0, 1], strides=[2, 1], dilations=[1, 2])
rule("Conv", ["x", "w"], auto_pad="SAME_LOWER", strides=[3, 2])
rule("ConvTranspose", ["x", "v"], strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 2], group=2, dilations=[2, 1])
rule("ConvTranspose", ["x", "v"], strides=[2, 2], group=2, output_shape=[30, 40])
rule("Gemm", ["m", "m"], transA=1)
rule("MatMul", ["x", "t"])
rule("MatMul", ["x", "u"])
rule("MatMul", ["u", "t"])
rule("MatMul", ["u", "u"])
rule("Add", ["x", "n"])
rule("Where", ["b", "n", "x"])
rule("Sum", ["n", "x", "u"])
rule("PRelu", ["x", "u"])
rule("Flatten", ["x"], axis=2)
rule("Flatten", ["x"], axis=-1)
rule("Flatten", ["x"], axis=0)
rule("Reshape", ["x", const([0, -1, 9])])
rule("Reshape", ["x", const([-1])])
rule("Transpose", ["x"])
rule("Transpose", ["x"], perm=[2, 0, 3, 1])
rule("Concat", ["x", "x", "x"], axis=-2)
rule("Squeeze", ["n"])
rule("Squeeze", ["n", const([0])])
rule("Unsqueeze", ["m", const([0, -1])])
rule("Gather", ["x", "g"], axis=1)
rule("GatherElements", ["m", "g"], axis=0)
rule("Slice", ["x", const([1, -3]), const([-1, 9223372036854775807]), const([2, 3])])
rule("Slice", ["x", const([-1]), const([-9223372036854775808]), const([3]), const([-2])])
rule("Slice", ["x", const([2]), const([1])])
rule("Split", ["x", const([1, 4, 1])], 3, axis=1)
rule("Split", ["x"], 2, axis=2)
rule("Expand", ["n", const([2, 1, 1, 9])])
rule("Tile", ["x", const([1, 2, 3, 1])])
rule("Pad", ["x", const([0, 0, 1, 2, 0, 1, 3, -4])])
rule("Resize", ["x", "", "", const([2, 6, 5, 7])])
rule("Resize", ["x", "", "scales"])
rule("DepthToSpace", ["d"], blocksize=2)
rule("SpaceToDepth", ["d"], blocksize=3)
rule("ReduceMean", ["x"], axes=[1, -1])
rule("ReduceMax", ["x"], keepdims=0, axes=[2])
rule("ReduceSum", ["x", const([0, 3])], keepdims=0)
rule("ReduceProd", ["x"], keepdims=0)
rule("ArgMax", ["x"], axis=2, keepdims=0)
rule("LSTM", ["q", "lw", "lr"], 3, hidden_size=3)
rule("Range", ["r0", "r1", "r2"])
rule("ConstantOfShape", [const([3, 4])])
rule("Constant", [], value_ints=[3, 1, 4])
size = rule("Shape", ["x"])
rule("Size", ["x"])
part = rule("Slice", [size, const([0]), const([2])])
rest = rule("Div", [rule("Mul", [rule("Gather", [size, const([3])]), const([4])]), const([9])])
rule("Reshape", ["x", rule("Concat", [part, rule("Cast", [rest], to=T.INT64), const([-1])], axis=0)])
rule("Expand", ["u", rule("Where", [rule("Equal", [const([-1, 9]), const([-1, 9])]), const([8, 9]), const([7, 7])])])
model = h.make_model(h.make_graph(nodes, "shapes", [
    value("x", [2, 6, 8, 9]), value("n", [1, 6, 1, 1]), value("u", [9]), value("t", [9, 5]), value("m", [6, 4]),
    value("b", [8, 1], T.BOOL), value("g", [3, 4], T.INT64), value("d", [1, 36, 6, 9]), value("q", [7, 2, 5]),
], [], extra + [weights("w", (4, 6, 3, 2)), weights("v", (6, 2, 3, 2)), weights("lw", (1, 12, 5)),
                weights("lr", (1, 12, 3)),
                nh.from_array(np.array([1, 1, 2.5, 0.3], dtype=np.float32), "scales"),
                nh.from_array(np.array(1, dtype=np.int64), "r0"), nh.from_array(np.array(12, dtype=np.int64), "r1"),
                nh.from_array(np.array(3, dtype=np.int64), "r2")]),
    producer_name="make_models", opset_imports=[h.make_opsetid("", 13)])
model.ir_version = 8
model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
by_hand = {names[-1]: [8, 9], names[-4]: [2, 6, 4, 18]}  # sizes computed in ways that onnx does not follow
infos = {v.name: v for v in model.graph.value_info}
for name in names:
    if name in by_hand:
        infos[name].CopyFrom(value(name, by_hand[name], infos[name].type.tensor_type.elem_type))
    elif any(not d.HasField("dim_value") for d in infos[name].type.tensor_type.shape.dim):
        print("shapes.onnx: onnx has no shape for", name)
with open("shapes.onnx", "wb") as out:
    out.write(model.SerializeToString())
