/* networks.h - a network definition, walked layer by layer into GEMM shapes.
 *
 * Each walker states a network as its authors define it (filters, kernels, strides, paddings, widths, heads) and
 * follows the feature maps through it; no shape is written down that can be computed.  Only for the tool
 * derive_layers; the library does not use it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NETWORKS_H
#define NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NW_MAX_LAYERS = 512, NW_NAME_SIZE = 48 };

/* How a definition becomes rows. */
enum nw_view {
    /* As the framework runs it: padding and stride as defined, batch 1. */
    NW_FRAMEWORK,
    /* As the Flexagon paper (ASPLOS 2023) ran it.  The feature maps follow the framework, but each convolution is
     * simulated on its map without padding and with stride 1, N = (size - kernel + 1)^2.  Un-padded: Table 6.
     * Stride 1: the largest csB of Table 2 is, to every printed digit, the dense first layer of AlexNet (63.41 MiB =
     * 363 x 214^2 words), ResNet-50 (26.64) and SqueezeNet (26.6) at stride 1, and the average csB of ResNet-50
     * (1.30 MiB) follows only if its other strided layers have stride 1 too (1.300, otherwise 0.75). */
    NW_PAPER
};

/* What the operands are, which decides their densities. */
enum nw_role {
    NW_BLOCK,      /* weights x activations inside the network */
    NW_EDGE,       /* transformers: patch embedding or output head */
    NW_ATTENTION   /* both operands are activations */
};

/* A square convolution on a square map; `pad` on each side, except that as many rows or columns as the last window
 * lacks are padded at the end. */
struct nw_geometry {
    uint64_t channels, groups; /* channels of all groups */
    uint64_t in, kernel, stride, pad, out;
};

/* One row of a layer list: C[M x N] = A[M x K] * B[K x N], `count` times. */
struct nw_layer {
    char name[NW_NAME_SIZE];
    uint64_t M, N, K, count;
    enum nw_role role;
    bool convolution;
    struct nw_geometry geometry; /* of a convolution */
    bool dense_b;          /* the definition leaves no zeros in B: an image, or averages over a map */
    uint64_t tensor;       /* which tensor B is made from; equal numbers mean the same tensor */
    double density_a, density_b;
    const char *pattern_a; /* text of the pattern column; B is always uniform */
    const char *source;    /* where the densities come from */
    const char *group;     /* Table 6 only: the dataflow the paper lists the layer under; else NULL */
};

/* The rows of one network. */
struct nw_list {
    struct nw_layer rows[NW_MAX_LAYERS];
    size_t n;
    uint64_t tensors;  /* tensors numbered so far */
    bool stopped;      /* a kernel did not fit its map: nothing after it runs */
    bool overflow;     /* more than NW_MAX_LAYERS rows: the list is not usable */
};

/* A square feature map. */
struct nw_map {
    uint64_t channels, size;
    uint64_t tensor;
    bool dense;        /* no zeros by definition */
};

/* A convolution; `pad` is NW_SAME for TensorFlow's SAME (output = ceil(input / stride)). */
enum { NW_SAME = -1 };
struct nw_kernel {
    uint64_t filters, size, stride;
    int pad;
    uint64_t groups;
};

typedef void nw_walk(struct nw_list *list, enum nw_view view);

/* Appends a row with count 1 and densities 1; NULL when the list has stopped or is full.  `name` is a printf format. */
struct nw_layer *nw_add(struct nw_list *list, uint64_t M, uint64_t N, uint64_t K, const char *name, ...);

/* Numbers a tensor. */
uint64_t nw_tensor(struct nw_list *list);

/* Removes all rows but the `count` from index `first` on. */
void nw_slice(struct nw_list *list, size_t first, size_t count);

/* Convolutional networks, batch 1.  Framework view: torchvision's alexnet, squeezenet1_1, vgg16, resnet18 and resnet50
 * (v1.5, the stride in the 3x3 convolution) at 224 x 224; ONNX model zoo's bvlc_alexnet (two groups); MLPerf
 * inference's SSD-ResNet34 at 1200 x 1200 and SSD-MobileNetV1 at 300 x 300.  Paper view: see each walker. */
nw_walk nw_alexnet, nw_alexnet_grouped, nw_squeezenet, nw_vgg, nw_resnet18, nw_resnet50, nw_ssd_resnet34,
    nw_ssd_mobilenet;

/* The variants for images of 32 x 32 (CIFAR), as commonly trained there: the classifier of VGG-16 is one layer on the
 * one pixel left, and ResNet-18 begins with a 3x3 convolution of stride 1 without pooling; 10 classes. */
nw_walk nw_vgg_32x32, nw_resnet18_32x32;

/* Transformers.  Framework view: encoder or decoder stacks with one row per kind of GEMM and a count, attention per
 * head; paper view (DistilBERT, MobileBERT): the linear layers, one row each, in the order they run. */
nw_walk nw_bert_base, nw_distilbert, nw_mobilebert, nw_vit_b16, nw_llama2_7b_prefill, nw_llama2_7b_decode;

#endif
