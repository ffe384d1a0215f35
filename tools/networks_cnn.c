/* networks_cnn.c - convolutional networks walked into GEMM shapes.
 *
 * Convolutions lower by im2col: A = weights (filters x channels*R*S), B = patches of the map (channels*R*S x pixels).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "networks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct nw_layer *add(struct nw_list *list, uint64_t M, uint64_t N, uint64_t K, const char *name, va_list args)
{
    if (list->stopped || list->overflow)
        return NULL;
    if (list->n == NW_MAX_LAYERS) {
        list->overflow = true;
        return NULL;
    }
    struct nw_layer *row = &list->rows[list->n++];
    *row = (struct nw_layer){.M = M, .N = N, .K = K, .count = 1, .role = NW_BLOCK, .density_a = 1, .density_b = 1,
                             .pattern_a = "uniform", .source = "definition"};
    vsnprintf(row->name, sizeof row->name, name, args);
    return row;
}

struct nw_layer *nw_add(struct nw_list *list, uint64_t M, uint64_t N, uint64_t K, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    struct nw_layer *row = add(list, M, N, K, name, args);
    va_end(args);
    return row;
}

uint64_t nw_tensor(struct nw_list *list)
{
    return ++list->tensors;
}

void nw_slice(struct nw_list *list, size_t first, size_t count)
{
    if (first > list->n)
        first = list->n;
    if (count > list->n - first)
        count = list->n - first;
    memmove(list->rows, list->rows + first, count * sizeof *list->rows);
    list->n = count;
}

static struct nw_map image(struct nw_list *list, uint64_t size)
{
    return (struct nw_map){.channels = 3, .size = size, .tensor = nw_tensor(list), .dense = true};
}

/* Output size of a window of `kernel` over `in` with padding on both sides; 0 when it does not fit. */
static uint64_t window(uint64_t in, uint64_t kernel, uint64_t stride, uint64_t pad, bool round_up)
{
    uint64_t padded = in + 2 * pad;
    if (padded < kernel)
        return 0;
    return (padded - kernel + (round_up ? stride - 1 : 0)) / stride + 1;
}

static struct nw_map pool(struct nw_list *list, struct nw_map in, uint64_t kernel, uint64_t stride, uint64_t pad,
                          bool round_up)
{
    return (struct nw_map){.channels = in.channels, .size = window(in.size, kernel, stride, pad, round_up),
                           .tensor = nw_tensor(list)};
}

/* Leading padding: of TensorFlow's SAME the smaller half. */
static uint64_t leading_pad(struct nw_map in, struct nw_kernel k, uint64_t out)
{
    if (k.pad != NW_SAME)
        return (uint64_t)k.pad;
    uint64_t needed = (out - 1) * k.stride + k.size;
    return needed > in.size ? (needed - in.size) / 2 : 0;
}

static struct nw_geometry geometry(enum nw_view view, struct nw_map in, struct nw_kernel k, uint64_t out)
{
    bool paper = view == NW_PAPER;
    return (struct nw_geometry){.channels = in.channels, .groups = k.groups, .in = in.size, .kernel = k.size,
                                .stride = paper ? 1 : k.stride, .pad = paper ? 0 : leading_pad(in, k, out), .out = out};
}

/* The map a convolution produces; `recorded` false walks it without a row. */
static struct nw_map convolve(struct nw_list *list, enum nw_view view, bool recorded, struct nw_map in,
                              struct nw_kernel k, const char *name, ...)
{
    uint64_t out = k.pad == NW_SAME ? (in.size + k.stride - 1) / k.stride
                                    : window(in.size, k.size, k.stride, (uint64_t)k.pad, false);
    uint64_t pixels = view == NW_PAPER ? window(in.size, k.size, 1, 0, false) : out;
    if (out == 0 || (recorded && pixels == 0))
        list->stopped = true;
    if (recorded) {
        va_list args;
        va_start(args, name);
        uint64_t patch = in.channels / k.groups * k.size * k.size;
        struct nw_layer *row = add(list, k.filters / k.groups, pixels * pixels, patch, name, args);
        va_end(args);
        if (row) {
            row->convolution = true;
            row->geometry = geometry(view, in, k, pixels);
            row->count = k.groups;
            row->tensor = in.tensor;
            row->dense_b = in.dense;
        }
    }
    return (struct nw_map){.channels = k.filters, .size = out, .tensor = nw_tensor(list)};
}

/* A fully connected layer on all values of the map. */
static struct nw_map linear(struct nw_list *list, struct nw_map in, uint64_t outputs, const char *name)
{
    struct nw_layer *row = nw_add(list, outputs, 1, in.channels * in.size * in.size, "%s", name);
    if (row) {
        row->tensor = in.tensor;
        row->dense_b = in.dense;
    }
    return (struct nw_map){.channels = outputs, .size = 1, .tensor = nw_tensor(list)};
}

/* AlexNet (Krizhevsky 2014, torchvision).  Paper: 7 layers, of which Fig. 1 draws 5 and Table 2's sizes cover only the
 * convolutions (avg csA 0.565 over the five, while fc6 alone would have 43 MiB); the other two are taken to be the
 * next ones in running order, fc6 and fc7. */
void nw_alexnet(struct nw_list *list, enum nw_view view)
{
    struct nw_map x = image(list, 224);
    x = convolve(list, view, true, x, (struct nw_kernel){64, 11, 4, 2, 1}, "conv1_11x11");
    x = pool(list, x, 3, 2, 0, false);
    x = convolve(list, view, true, x, (struct nw_kernel){192, 5, 1, 2, 1}, "conv2_5x5");
    x = pool(list, x, 3, 2, 0, false);
    x = convolve(list, view, true, x, (struct nw_kernel){384, 3, 1, 1, 1}, "conv3_3x3");
    x = convolve(list, view, true, x, (struct nw_kernel){256, 3, 1, 1, 1}, "conv4_3x3");
    x = convolve(list, view, true, x, (struct nw_kernel){256, 3, 1, 1, 1}, "conv5_3x3");
    x = pool(list, x, 3, 2, 0, false);
    x = linear(list, x, 4096, "fc6");
    x = linear(list, x, 4096, "fc7");
    linear(list, x, 1000, "fc8");
}

/* The two-column AlexNet as Caffe's bvlc_alexnet has it at 224 x 224; a grouped layer counts once per group. */
void nw_alexnet_grouped(struct nw_list *list, enum nw_view view)
{
    struct nw_map x = image(list, 224);
    x = convolve(list, view, true, x, (struct nw_kernel){96, 11, 4, 0, 1}, "conv1_11x11");
    x = pool(list, x, 3, 2, 0, false);
    x = convolve(list, view, true, x, (struct nw_kernel){256, 5, 1, 2, 2}, "conv2_5x5");
    x = pool(list, x, 3, 2, 0, false);
    x = convolve(list, view, true, x, (struct nw_kernel){384, 3, 1, 1, 1}, "conv3_3x3");
    x = convolve(list, view, true, x, (struct nw_kernel){384, 3, 1, 1, 2}, "conv4_3x3");
    x = convolve(list, view, true, x, (struct nw_kernel){256, 3, 1, 1, 2}, "conv5_3x3");
    x = pool(list, x, 3, 2, 0, true);
    x = linear(list, x, 4096, "fc6");
    x = linear(list, x, 4096, "fc7");
    linear(list, x, 1000, "fc8");
}

/* Fire module: squeeze 1x1, then 1x1 and 3x3 expansions side by side. */
static struct nw_map fire(struct nw_list *list, enum nw_view view, struct nw_map x, int number, uint64_t squeeze,
                          uint64_t expand)
{
    x = convolve(list, view, true, x, (struct nw_kernel){squeeze, 1, 1, 0, 1}, "fire%d_squeeze1x1", number);
    convolve(list, view, true, x, (struct nw_kernel){expand, 1, 1, 0, 1}, "fire%d_expand1x1", number);
    x = convolve(list, view, true, x, (struct nw_kernel){expand, 3, 1, 1, 1}, "fire%d_expand3x3", number);
    x.channels = 2 * expand;
    return x;
}

/* SqueezeNet (Iandola et al. 2016).  Framework: version 1.1.  Paper: version 1.0, the only one with maps of 54 and 27
 * where SQ5 (64 x 54^2 x 16) and SQ11 (128 x 27^2 x 32) are. */
void nw_squeezenet(struct nw_list *list, enum nw_view view)
{
    static const uint64_t squeeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
    static const uint64_t expand[] = {64, 64, 128, 128, 192, 192, 256, 256};
    bool v10 = view == NW_PAPER;
    struct nw_map x = image(list, 224);
    if (v10)
        x = convolve(list, view, true, x, (struct nw_kernel){96, 7, 2, 0, 1}, "conv1_7x7");
    else
        x = convolve(list, view, true, x, (struct nw_kernel){64, 3, 2, 0, 1}, "conv1_3x3");
    x = pool(list, x, 3, 2, 0, true);
    for (int number = 2; number <= 9; number++) {
        x = fire(list, view, x, number, squeeze[number - 2], expand[number - 2]);
        if (v10 ? number == 4 || number == 8 : number == 3 || number == 5)
            x = pool(list, x, 3, 2, 0, true);
    }
    convolve(list, view, true, x, (struct nw_kernel){1000, 1, 1, 0, 1}, "conv10_1x1");
}

/* VGG (Simonyan and Zisserman 2015): configuration D (VGG-16), in the paper view configuration A (VGG-11).  The paper
 * says VGG-16, but configuration A has exactly its 8 convolutions with the named layers at their index: layer 0 on
 * 222^2 pixels, layer 7 with 512 x 12^2 x 4608, and layer 1 = 128 x 110^2 x 576, whose B is the largest of Table 2
 * (10.42 MiB), which conv1_2 of configuration D would exceed.  Fig. 1 turns from OP to Gust exactly at conv5_1. */
static struct nw_map vgg_features(struct nw_list *list, enum nw_view view, uint64_t size)
{
    static const int depth_d[] = {2, 2, 3, 3, 3}, depth_a[] = {1, 1, 2, 2, 2};
    static const uint64_t filters[] = {64, 128, 256, 512, 512};
    const int *depth = view == NW_PAPER ? depth_a : depth_d;
    struct nw_map x = image(list, size);
    for (int block = 0; block < 5; block++) {
        for (int i = 0; i < depth[block]; i++)
            x = convolve(list, view, true, x, (struct nw_kernel){filters[block], 3, 1, 1, 1}, "conv%d_%d_3x3",
                         block + 1, i + 1);
        x = pool(list, x, 2, 2, 0, false);
    }
    return x;
}

void nw_vgg(struct nw_list *list, enum nw_view view)
{
    struct nw_map x = vgg_features(list, view, 224);
    x = linear(list, x, 4096, "fc6");
    x = linear(list, x, 4096, "fc7");
    linear(list, x, 1000, "fc8");
}

void nw_vgg_32x32(struct nw_list *list, enum nw_view view)
{
    linear(list, vgg_features(list, view, 32), 10, "fc");
}

/* conv1 and the pooling after it, common to the ResNets (He et al. 2016). */
static struct nw_map resnet_stem(struct nw_list *list, enum nw_view view, uint64_t size)
{
    struct nw_map x = image(list, size);
    x = convolve(list, view, true, x, (struct nw_kernel){64, 7, 2, 3, 1}, "conv1_7x7");
    return pool(list, x, 3, 2, 1, false);
}

/* 1x1, 3x3 (carrying the stride: v1.5), 1x1; the shortcut's 1x1 in the first block of a stage, run last. */
static struct nw_map bottleneck(struct nw_list *list, enum nw_view view, struct nw_map in, int stage, int block,
                                uint64_t width, uint64_t stride)
{
    struct nw_map x;
    x = convolve(list, view, true, in, (struct nw_kernel){width, 1, 1, 0, 1}, "conv%d_%d_1x1a", stage, block);
    x = convolve(list, view, true, x, (struct nw_kernel){width, 3, stride, 1, 1}, "conv%d_%d_3x3", stage, block);
    x = convolve(list, view, true, x, (struct nw_kernel){4 * width, 1, 1, 0, 1}, "conv%d_%d_1x1b", stage, block);
    if (block == 1)
        convolve(list, view, true, in, (struct nw_kernel){4 * width, 1, stride, 0, 1}, "conv%d_%d_down1x1", stage,
                 block);
    return x;
}

/* ResNet-50 v1.5.  Paper: all 53 convolutions and the classifier = 54; R4 is the first shortcut, R6 the 3x3 of the
 * second block. */
void nw_resnet50(struct nw_list *list, enum nw_view view)
{
    static const int blocks[] = {3, 4, 6, 3};
    struct nw_map x = resnet_stem(list, view, 224);
    for (int stage = 0; stage < 4; stage++)
        for (int block = 0; block < blocks[stage]; block++)
            x = bottleneck(list, view, x, stage + 2, block + 1, UINT64_C(64) << stage,
                           stage > 0 && block == 0 ? 2 : 1);
    struct nw_map pooled = {.channels = x.channels, .size = 1, .tensor = nw_tensor(list), .dense = true};
    linear(list, pooled, 1000, "fc");
}

/* Two 3x3; the shortcut's 1x1 where the number of channels changes, run last. */
static struct nw_map basic_block(struct nw_list *list, enum nw_view view, struct nw_map in, int stage, int block,
                                 uint64_t width, uint64_t stride)
{
    struct nw_kernel first = {width, 3, stride, 1, 1};
    struct nw_map x = convolve(list, view, true, in, first, "conv%d_%d_3x3a", stage, block);
    x = convolve(list, view, true, x, (struct nw_kernel){width, 3, 1, 1, 1}, "conv%d_%d_3x3b", stage, block);
    if (in.channels != width)
        convolve(list, view, true, in, (struct nw_kernel){width, 1, stride, 0, 1}, "conv%d_%d_down1x1", stage, block);
    return x;
}

static void resnet18_body(struct nw_list *list, enum nw_view view, struct nw_map x, uint64_t classes)
{
    for (int stage = 0; stage < 4; stage++)
        for (int block = 0; block < 2; block++)
            x = basic_block(list, view, x, stage + 2, block + 1, UINT64_C(64) << stage,
                            stage > 0 && block == 0 ? 2 : 1);
    struct nw_map pooled = {.channels = x.channels, .size = 1, .tensor = nw_tensor(list), .dense = true};
    linear(list, pooled, classes, "fc");
}

void nw_resnet18(struct nw_list *list, enum nw_view view)
{
    resnet18_body(list, view, resnet_stem(list, view, 224), 1000);
}

void nw_resnet18_32x32(struct nw_list *list, enum nw_view view)
{
    struct nw_map x = image(list, 32);
    x = convolve(list, view, true, x, (struct nw_kernel){64, 3, 1, 1, 1}, "conv1_3x3");
    resnet18_body(list, view, x, 10);
}

/* SSD-ResNet34 (MLPerf inference, ssd_r34.py with its strides 3,3,2,2,2,2): ResNet-34 up to its third stage, which has
 * stride 1 here, five extra blocks and 3x3 heads (81 classes).  Paper: 300 x 300 pixels, because S-R3 has 73^2 pixels
 * and so a map of 75.  The model is made for 1200 x 1200: at 300 the last extra 3x3 meets a map of 2 x 2 and does not
 * fit, so neither it nor the heads after it can run.  What runs before it, less conv1, is 37 layers, the paper's
 * number; conv1 cannot be among them, its csB would be 48 MiB (12 with its stride) and Table 2's maximum is 10.1. */
void nw_ssd_resnet34(struct nw_list *list, enum nw_view view)
{
    static const int blocks[] = {3, 4, 6};
    static const struct { uint64_t middle, out, stride; int pad; } extra[] = {
        {256, 512, 2, 1}, {256, 512, 2, 1}, {128, 256, 2, 1}, {128, 256, 2, 0}, {128, 256, 1, 0}};
    static const uint64_t anchors[] = {4, 6, 6, 6, 4, 4};
    struct nw_map maps[6];
    struct nw_map x = resnet_stem(list, view, view == NW_PAPER ? 300 : 1200);
    for (int stage = 0; stage < 3; stage++)
        for (int block = 0; block < blocks[stage]; block++)
            x = basic_block(list, view, x, stage + 2, block + 1, UINT64_C(64) << stage,
                            stage == 1 && block == 0 ? 2 : 1);
    maps[0] = x;
    for (int i = 0; i < 5; i++) {
        struct nw_kernel last = {extra[i].out, 3, extra[i].stride, extra[i].pad, 1};
        x = convolve(list, view, true, x, (struct nw_kernel){extra[i].middle, 1, 1, 0, 1}, "extra%d_1x1", i + 1);
        x = convolve(list, view, true, x, last, "extra%d_3x3", i + 1);
        maps[i + 1] = x;
    }
    for (int i = 0; i < 6; i++) {
        convolve(list, view, true, maps[i], (struct nw_kernel){4 * anchors[i], 3, 3, 1, 1}, "loc%d_3x3", i + 1);
        convolve(list, view, true, maps[i], (struct nw_kernel){81 * anchors[i], 3, 3, 1, 1}, "conf%d_3x3", i + 1);
    }
}

/* SSD-MobileNetV1 (MLPerf inference, ssd_mobilenet_v1.py): depthwise-separable backbone with TensorFlow's SAME padding,
 * four extra blocks, 1x1 heads (91 classes).  Paper: only the 1x1 convolutions, 13 + 4 + 12 = 29 layers.  In that
 * program they are the plain nn.Conv2d layers; the first and the depthwise and strided 3x3 ones are of another class.
 * The smallest weight matrix of Table 2 (0.002 MiB = 64 x 32 at 74 %) and the largest (1024 x 1024) agree. */
void nw_ssd_mobilenet(struct nw_list *list, enum nw_view view)
{
    static const struct { uint64_t filters, stride; } separable[] = {
        {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1},
        {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
    static const struct { uint64_t middle, out; } extra[] = {{256, 512}, {128, 256}, {128, 256}, {64, 128}};
    static const uint64_t anchors[] = {3, 6, 6, 6, 6, 6};
    bool all = view == NW_FRAMEWORK;
    struct nw_map maps[6];
    struct nw_map x = image(list, 300);
    x = convolve(list, view, all, x, (struct nw_kernel){32, 3, 2, NW_SAME, 1}, "conv0_3x3");
    for (int i = 0; i < 13; i++) {
        x = convolve(list, view, all, x, (struct nw_kernel){x.channels, 3, separable[i].stride, NW_SAME, x.channels},
                     "conv%d_dw3x3", i + 1);
        x = convolve(list, view, true, x, (struct nw_kernel){separable[i].filters, 1, 1, 0, 1}, "conv%d_pw1x1", i + 1);
        if (i == 10)
            maps[0] = x;
    }
    maps[1] = x;
    for (int i = 0; i < 4; i++) {
        x = convolve(list, view, true, x, (struct nw_kernel){extra[i].middle, 1, 1, 0, 1}, "extra%d_1x1", i + 1);
        x = convolve(list, view, all, x, (struct nw_kernel){extra[i].out, 3, 2, NW_SAME, 1}, "extra%d_3x3", i + 1);
        maps[i + 2] = x;
    }
    for (int i = 0; i < 6; i++) {
        convolve(list, view, true, maps[i], (struct nw_kernel){91 * anchors[i], 1, 1, 0, 1}, "cls%d_1x1", i + 1);
        convolve(list, view, true, maps[i], (struct nw_kernel){4 * anchors[i], 1, 1, 0, 1}, "box%d_1x1", i + 1);
    }
}
