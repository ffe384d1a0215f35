/* graph.h - the graph of an ONNX model in memory: its values, its nodes, what is known of their shapes and numbers.
 *
 * Names, attributes and tensors stay where they lie in the file.  Field numbers and meanings: onnx.proto and the
 * operators' specifications of the ONNX project.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SC_ONNX_GRAPH_H
#define SC_ONNX_GRAPH_H

#include "onnx.h"
#include "wire.h"

enum {
    SC_ONNX_RANK = 8,           /* most dimensions of a tensor; of more, the shape counts as unknown */
    SC_ONNX_LIST = 64,          /* most numbers of an attribute or of a folded constant that are looked at */
    SC_ONNX_NODES = 1 << 20,    /* most nodes, */
    SC_ONNX_VALUES = 1 << 22,   /* most values, and most inputs and outputs of all nodes: a bound on memory */
    SC_ONNX_TEXT = 800          /* room for a name in messages and lists */
};

#define SC_ONNX_UNKNOWN (-1)                   /* a dimension */
#define SC_ONNX_LARGEST ((int64_t)1 << 40)     /* of a dimension; no element count of ours overflows a double's range */

/* A shape; rank SC_ONNX_UNKNOWN when not even that is known. */
struct sc_onnx_shape {
    int rank;
    int64_t dim[SC_ONNX_RANK];
};

/* A small constant: what shapes are computed from.  NAN stands for a number that is not known. */
struct sc_onnx_numbers {
    bool scalar;  /* of rank 0, else of rank 1 */
    bool integer; /* divisions truncate */
    size_t count;
    double number[]; /* count of them */
};

/* Where the elements of a constant lie. */
enum sc_onnx_origin {
    SC_ONNX_COMPUTED, /* no constant, or one whose elements are not in the file as such */
    SC_ONNX_DENSE,    /* in a TensorProto */
    SC_ONNX_SPARSE    /* in a SparseTensorProto */
};

struct sc_onnx_value {
    struct sc_span name;
    struct sc_onnx_shape declared; /* what the file says */
    struct sc_onnx_shape shape;    /* the same with what follows from the operators */
    bool constant;                 /* a weight, or computed from nothing but weights */
    enum sc_onnx_origin origin;
    struct sc_span elements;      /* the tensor they lie in */
    int64_t zero_point;           /* the value whose one number means zero; SC_ONNX_UNKNOWN: none */
    struct sc_onnx_numbers *numbers; /* NULL: not known, or too many */
};

struct sc_onnx_node {
    struct sc_span body, op, domain, name;
    uint32_t first_input, inputs;   /* in graph.link */
    uint32_t first_output, outputs;
};

struct sc_onnx_graph {
    struct sc_wire wire;
    const struct sc_onnx_dim *dim; /* borrowed */
    size_t dims;
    bool *dim_used; /* by the shapes of the file */
    char open[800]; /* options that would size what is symbolic in the inputs; "" when nothing is */

    struct sc_span producer;
    int64_t ir_version, opset; /* 0: not said */
    uint64_t functions;        /* of the model itself, not looked into */

    struct sc_onnx_value *value;
    size_t values, value_room;
    uint32_t *bucket; /* hash table of names: 1 + an index of value, 0: free */
    size_t buckets;
    struct sc_onnx_node *node;
    size_t nodes, node_room;
    int64_t *link; /* values by index; SC_ONNX_UNKNOWN: an input that is left out */
    size_t links, link_room;

    uint64_t conflicts;       /* shapes where the file and the operators disagree */
    const struct sc_onnx_node *conflict; /* the first such node */
    bool no_memory;           /* a constant could not be kept */
};

/* Takes a model apart (bytes stay the caller's): SC_BAD_INPUT names what is damaged, what is symbolic and has no size
 * among `dim`, or what of `dim` the model lacks.  Free with sc_onnx_graph_free(), whatever was returned. */
int sc_onnx_graph_load(struct sc_onnx_graph *graph, const char *path, struct sc_span bytes,
                       const struct sc_onnx_dim *dim, size_t dims, struct sc_error *err);
void sc_onnx_graph_free(struct sc_onnx_graph *graph);

/* Whether the bytes are this text. */
bool sc_span_is(struct sc_span span, const char *text);

/* A copy for messages and lists: cut to fit, control characters replaced. */
void sc_span_text(char out[SC_ONNX_TEXT], struct sc_span span);

/* Input or output `index` of a node, NULL where it has none or leaves it out. */
struct sc_onnx_value *sc_onnx_input(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                    uint32_t index);
struct sc_onnx_value *sc_onnx_output(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node,
                                     uint32_t index);

/* An attribute; numbers beyond SC_ONNX_LIST are counted, not kept. */
struct sc_onnx_attribute {
    int64_t i;
    float f;
    struct sc_span text, tensor;
    bool has_tensor, sparse, has_graph, has_int, has_float;
    size_t ints, floats;
    int64_t list[SC_ONNX_LIST];
    float float_list[SC_ONNX_LIST];
};

/* Finds an attribute of a node; false without one of this name. */
bool sc_onnx_attribute(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *name,
                       struct sc_onnx_attribute *attribute);

/* An integer attribute, or `otherwise`. */
int64_t sc_onnx_int(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node, const char *name,
                    int64_t otherwise);

/* ---- tensors (tensor.c) ---- */

/* The head of a TensorProto. */
struct sc_onnx_tensor {
    struct sc_span name, body, raw;
    struct sc_onnx_shape shape;
    uint64_t elements; /* product of all dimensions, those beyond SC_ONNX_RANK too */
    int64_t type;      /* TensorProto.DataType */
    bool has_raw, external;
};

/* Reads a tensor's head and checks that its elements are as many as its dimensions say. */
int sc_onnx_tensor_head(const struct sc_wire *wire, struct sc_span body, struct sc_onnx_tensor *tensor,
                        struct sc_error *err);

/* Reads the head of a SparseTensorProto: its dimensions, and the tensor of its values. */
int sc_onnx_sparse_head(const struct sc_wire *wire, struct sc_span body, struct sc_onnx_shape *shape,
                        uint64_t *elements, struct sc_onnx_tensor *values, struct sc_error *err);

/* The numbers of a tensor of rank 0 or 1 with at most SC_ONNX_LIST elements in the file; *numbers is NULL for others,
 * else to be freed.  SC_NO_MEMORY is the only failure. */
int sc_onnx_tensor_numbers(const struct sc_wire *wire, const struct sc_onnx_tensor *tensor,
                           struct sc_onnx_numbers **numbers);

/* Fraction of a constant's elements that are not zero (with a zero point, `zero` or else the value's own: that differ
 * from it), or -1 where the file does not say: no constant, computed, external or left out. */
double sc_onnx_density(const struct sc_onnx_graph *graph, const struct sc_onnx_value *value,
                       const struct sc_onnx_value *zero);

/* ---- shapes (infer.c and the table of operators, operators.c) ---- */

/* All elements; false when a dimension is unknown or the product leaves 62 bits. */
bool sc_onnx_elements(const struct sc_onnx_shape *shape, int64_t *elements);

/* Works out what follows from a node for its outputs: shapes, small constants, which are weights. */
void sc_onnx_infer(struct sc_onnx_graph *graph, const struct sc_onnx_node *node);

/* Operations of a node that is no layer: an operation per element, a multiply-accumulate counting as one; 0 for what
 * only moves data, NAN where it is not known. */
double sc_onnx_work(const struct sc_onnx_graph *graph, const struct sc_onnx_node *node);

#endif
