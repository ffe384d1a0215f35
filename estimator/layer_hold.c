/* layer_hold.c - copies of layers that outlive their reader.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer_hold.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* Copies one text and moves on; measuring when `at` is NULL. */
static const char *keep_text(char **at, size_t *size, const char *text)
{
    size_t length = text ? strlen(text) + 1 : 0;
    *size += length;
    if (!*at || !text)
        return text;
    const char *copy = memcpy(*at, text, length);
    *at += length;
    return copy;
}

/* Points the layer's texts at copies written to `at`, or only adds up their size when `at` is NULL. */
static size_t keep_texts(struct sc_layer *layer, const char **extra, char *at)
{
    size_t size = 0;
    layer->name = keep_text(&at, &size, layer->name);
    layer->model = keep_text(&at, &size, layer->model);
    layer->a_file = keep_text(&at, &size, layer->a_file);
    layer->b_file = keep_text(&at, &size, layer->b_file);
    for (size_t i = 0; i < layer->extras; i++) {
        const char *copy = keep_text(&at, &size, layer->extra[i]);
        if (extra)
            extra[i] = copy;
    }
    if (extra)
        layer->extra = extra;
    return size;
}

/* The texts of a layer are one allocation that begins with its array of extra texts. */
int sc_hold_layer(struct sc_held_layers *held, const struct sc_layer *layer, struct sc_error *err)
{
    struct sc_layer *grown = sc_grow(held->layer, held->layers, &held->room, sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", held->layers);
    held->layer = grown;
    struct sc_layer copy = *layer;
    size_t head = (layer->extras + 1) * sizeof(char *);
    char *block = malloc(head + keep_texts(&copy, NULL, NULL));
    if (!block)
        return sc_fail(err, SC_NO_MEMORY, NULL, 0, "out of memory for %zu layers", held->layers);
    keep_texts(&copy, (const char **)(void *)block, block + head);
    held->layer[held->layers++] = copy;
    return SC_OK;
}

void sc_release_last_layer(struct sc_held_layers *held)
{
    free((void *)held->layer[--held->layers].extra); /* the block of sc_hold_layer() */
}

void sc_release_layers(struct sc_held_layers *held)
{
    while (held->layers > 0)
        sc_release_last_layer(held);
}

void sc_held_layers_free(struct sc_held_layers *held)
{
    sc_release_layers(held);
    free(held->layer);
    *held = (struct sc_held_layers){0};
}
