/* maestro.c - reads MAESTRO models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "maestro.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "layer_reader.h"
#include "printable.h"
#include "text.h"

enum { WORD = 256, CONSTANTS = 256, LETTERS = 26, LARGEST_FILE = 16 << 20 };

struct constant {
    char name[WORD];
    uint64_t value;
};

struct sc_maestro {
    const char *path;
    bool same_padding;
    unsigned char *bytes;
    const char *at; /* what is still to be read; a NUL ends it */
    uint64_t line;
    char word[WORD]; /* the token last taken: a word, or one other character; "" at the end */
    char network[WORD], name[WORD], shown_network[WORD * 4], shown_name[WORD * 4];
    struct constant *constant;
    size_t constants;
    uint64_t skipped;
    char skipped_name[WORD * 2 + 16];
};

/* What a layer says. */
struct facts {
    char type[WORD];
    uint64_t size[LETTERS], stride[LETTERS]; /* by the letter of the dimension; 0: not said */
    uint64_t line;
};

static int fail(const struct sc_maestro *m, const char *expected, struct sc_error *err)
{
    char shown[4 * SC_SHOWN + 1];

    sc_printable(shown, m->word, SC_SHOWN);
    return sc_fail(err, SC_BAD_INPUT, m->path, m->line,
                   *m->word ? "found '%s', expected %s" : "the file ends%s, expected %s", shown, expected);
}

static void skip_blanks(struct sc_maestro *m)
{
    for (; *m->at; m->at++) {
        if (m->at[0] == '/' && m->at[1] == '/')
            m->at += strcspn(m->at, "\n");
        if (!isspace((unsigned char)*m->at))
            return;
        m->line += *m->at == '\n';
    }
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Takes the next token into `word`. */
static void take(struct sc_maestro *m)
{
    size_t length = 0;

    skip_blanks(m);
    while (in_word(m->at[length]))
        length++;
    length = length == 0 && *m->at ? 1 : length;
    snprintf(m->word, sizeof m->word, "%.*s", (int)(length < WORD ? length : WORD - 1), m->at);
    m->at += length;
}

static int expect(struct sc_maestro *m, const char *token, struct sc_error *err)
{
    char expected[32];

    take(m);
    snprintf(expected, sizeof expected, "'%s'", token);
    return strcmp(m->word, token) == 0 ? SC_OK : fail(m, expected, err);
}

static int take_name(struct sc_maestro *m, char name[WORD], struct sc_error *err)
{
    take(m);
    if (!in_word(m->word[0]))
        return fail(m, "a name", err);
    memcpy(name, m->word, WORD);
    return SC_OK;
}

/* A number, or the name of a constant. */
static int take_value(struct sc_maestro *m, uint64_t *value, struct sc_error *err)
{
    take(m);
    if (sc_parse_count(m->word, strlen(m->word), value) && *value > 0)
        return SC_OK;
    for (size_t i = 0; i < m->constants; i++)
        if (strcmp(m->constant[i].name, m->word) == 0) {
            *value = m->constant[i].value;
            return SC_OK;
        }
    return fail(m, "a whole number of at least 1, or a constant", err);
}

/* "Constant NAME VALUE;" */
static int take_constant(struct sc_maestro *m, struct sc_error *err)
{
    struct constant constant;
    int status = take_name(m, constant.name, err);

    if (status == SC_OK)
        status = take_value(m, &constant.value, err);
    if (status == SC_OK)
        status = expect(m, ";", err);
    if (status != SC_OK)
        return status;
    if (m->constants == CONSTANTS)
        return fail(m, "at most 256 constants", err);
    m->constant[m->constants++] = constant;
    return SC_OK;
}

/* "{ K: 64, C 3 ... }": colons and commas may be missing. */
static int take_sizes(struct sc_maestro *m, uint64_t size[LETTERS], struct sc_error *err)
{
    int status = expect(m, "{", err);

    while (status == SC_OK) {
        take(m);
        if (strcmp(m->word, ",") == 0)
            continue;
        if (strcmp(m->word, "}") == 0)
            return SC_OK;
        if (m->word[0] < 'A' || m->word[0] > 'Z' || m->word[1])
            return fail(m, "a dimension such as K, C, R, S, Y, X, N, G, M", err);
        uint64_t *into = &size[m->word[0] - 'A'];
        skip_blanks(m);
        if (*m->at == ':')
            m->at++;
        status = take_value(m, into, err);
    }
    return status;
}

/* Passes over a block, its inner ones too. */
static int skip_block(struct sc_maestro *m, struct sc_error *err)
{
    int status = expect(m, "{", err);

    for (uint64_t depth = 1; depth > 0 && status == SC_OK;) {
        take(m);
        depth += strcmp(m->word, "{") == 0;
        depth -= strcmp(m->word, "}") == 0;
        if (!*m->word)
            return fail(m, "'}'", err);
    }
    return status;
}

static int take_facts(struct sc_maestro *m, struct facts *facts, struct sc_error *err)
{
    int status = take_name(m, m->name, err);

    *facts = (struct facts){.line = m->line};
    if (status == SC_OK)
        status = expect(m, "{", err);
    while (status == SC_OK) {
        take(m);
        if (strcmp(m->word, "}") == 0)
            return SC_OK;
        if (strcmp(m->word, "Type") == 0) {
            if ((status = expect(m, ":", err)) == SC_OK)
                status = take_name(m, facts->type, err);
        } else if (strcmp(m->word, "Stride") == 0) {
            status = take_sizes(m, facts->stride, err);
        } else if (strcmp(m->word, "Dimensions") == 0) {
            status = take_sizes(m, facts->size, err);
        } else if (strcmp(m->word, "Dataflow") == 0) {
            status = skip_block(m, err);
        } else {
            status = fail(m, "Type, Stride, Dimensions, Dataflow or '}'", err);
        }
    }
    return status;
}

/* ---- layers ---- */

static uint64_t size_of(const struct facts *f, char letter)
{
    return f->size[letter - 'A'];
}

/* Which of the letters is not said; 0 when all are. */
static char missing(const struct facts *f, const char *letters)
{
    while (*letters && size_of(f, *letters) > 0)
        letters++;
    return *letters;
}

/* Outputs along one direction, and the padding before the first. */
static bool outputs(const struct sc_maestro *m, uint64_t in, uint64_t filter, uint64_t stride, uint64_t *out,
                    uint64_t *pad)
{
    *pad = 0;
    if (m->same_padding && filter != in) {
        *out = (in - 1) / stride + 1;
        uint64_t covered = (*out - 1) * stride;
        *pad = filter > in - covered ? (filter - (in - covered)) / 2 : 0;
        return true;
    }
    *out = filter > in ? 0 : (in - filter) / stride + 1;
    return filter <= in;
}

static int lower_convolution(const struct sc_maestro *m, const struct facts *f, struct sc_layer *layer,
                             struct sc_error *err)
{
    struct sc_operator *op = &layer->op;
    bool depthwise = strcmp(f->type, "DSCONV") == 0, grouped = strcmp(f->type, "NGCONV") == 0, overflow = false;
    uint64_t sx = f->stride['X' - 'A'], sy = f->stride['Y' - 'A'], groups = depthwise ? size_of(f, 'C') : 1;

    if (grouped)
        groups = size_of(f, 'G');
    if (size_of(f, 'C') % groups != 0)
        return sc_fail(err, SC_BAD_INPUT, m->path, f->line,
                       "found C = %" PRIu64 ", expected a multiple of G = %" PRIu64, size_of(f, 'C'), groups);
    *op = (struct sc_operator){.kind = SC_CONV,
                               .batch = size_of(f, 'N') ? size_of(f, 'N') : 1,
                               .groups = groups,
                               .in_channels = size_of(f, 'C'),
                               .in_height = size_of(f, 'Y'),
                               .in_width = size_of(f, 'X'),
                               .filter_height = size_of(f, 'R'),
                               .filter_width = size_of(f, 'S'),
                               .stride_height = sy ? sy : 1,
                               .stride_width = sx ? sx : 1};
    if (op->in_height > SC_SIZE_MAX || op->in_width > SC_SIZE_MAX ||
        !outputs(m, op->in_height, op->filter_height, op->stride_height, &op->out_height, &op->pad_top) ||
        !outputs(m, op->in_width, op->filter_width, op->stride_width, &op->out_width, &op->pad_left))
        return sc_fail(err, SC_BAD_INPUT, m->path, f->line,
                       "found a filter that is larger than its input, expected at most its size (no padding is added; "
                       "see --same-padding)");
    layer->M = size_of(f, 'K');
    op->filters = sc_multiply_checked(layer->M, groups, &overflow);
    layer->K = sc_multiply_checked(sc_multiply_checked(op->filter_height, op->filter_width, &overflow),
                                   op->in_channels / groups, &overflow);
    layer->N = sc_multiply_checked(sc_multiply_checked(op->out_height, op->out_width, &overflow), op->batch, &overflow);
    layer->count = groups;
    return overflow ? sc_fail(err, SC_BAD_INPUT, m->path, f->line, "sizes overflow, expected products below 2^64")
                    : SC_OK;
}

/* Fills a layer, or returns SC_END for one of a type that is none of ours. */
static int lower(struct sc_maestro *m, const struct facts *f, struct sc_layer *layer, struct sc_error *err)
{
    bool gemm = strcmp(f->type, "GEMM") == 0, grouped = strcmp(f->type, "NGCONV") == 0;
    bool conv = grouped || strcmp(f->type, "CONV") == 0 || strcmp(f->type, "DSCONV") == 0;
    char letter = missing(f, gemm ? "MNK" : grouped ? "GKCRSYX" : "KCRSYX");

    if (!gemm && !conv) {
        if (m->skipped++ == 0)
            snprintf(m->skipped_name, sizeof m->skipped_name, "%s of type %s", m->name, f->type);
        return SC_END;
    }
    if (letter)
        return sc_fail(err, SC_BAD_INPUT, m->path, f->line, "layer '%.80s' of type %s has no dimension %c, expected it",
                       m->name, gemm ? "GEMM" : "CONV", letter);
    sc_printable(m->shown_name, m->name, WORD - 1);
    sc_printable(m->shown_network, m->network, WORD - 1);
    *layer = (struct sc_layer){.name = m->shown_name,
                               .model = m->shown_network,
                               .M = size_of(f, 'M'),
                               .N = size_of(f, 'N'),
                               .K = size_of(f, 'K'),
                               .count = 1,
                               .density_a = 1,
                               .density_b = 1,
                               .line = f->line};
    int status = conv ? lower_convolution(m, f, layer, err) : SC_OK;
    return status == SC_OK ? sc_layer_check_sizes(layer, m->path, f->line, err) : status;
}

int sc_maestro_next(struct sc_maestro *m, struct sc_layer *layer, struct sc_error *err)
{
    struct facts facts;
    int status = SC_OK;

    for (;;) {
        take(m);
        if (!*m->word)
            return SC_END;
        if (strcmp(m->word, "Constant") == 0) {
            status = take_constant(m, err);
        } else if (strcmp(m->word, "Network") == 0) {
            if ((status = take_name(m, m->network, err)) == SC_OK)
                status = expect(m, "{", err);
        } else if (strcmp(m->word, "Layer") == 0) {
            if ((status = take_facts(m, &facts, err)) == SC_OK && (status = lower(m, &facts, layer, err)) != SC_END)
                return status;
            status = status == SC_END ? SC_OK : status;
        } else if (strcmp(m->word, "}") != 0) {
            return fail(m, "Network, Layer, Constant or '}' of a MAESTRO model", err);
        }
        if (status != SC_OK)
            return status;
    }
}

int sc_maestro_open(struct sc_maestro **model, const char *path, bool same_padding, struct sc_error *err)
{
    struct sc_maestro *opened = calloc(1, sizeof *opened);
    size_t size;

    *model = NULL;
    if (opened)
        opened->constant = calloc(CONSTANTS, sizeof *opened->constant);
    if (!opened || !opened->constant) {
        sc_maestro_close(opened);
        return sc_fail(err, SC_NO_MEMORY, path, 0, "out of memory for reading a model");
    }
    opened->path = path;
    opened->same_padding = same_padding;
    opened->line = 1;
    int status = sc_file_read(&opened->bytes, &size, path, LARGEST_FILE, err);
    if (status == SC_OK && memchr(opened->bytes, '\0', size))
        status = sc_fail(err, SC_BAD_INPUT, path, 0, "holds a NUL byte, expected the text of a MAESTRO model");
    if (status != SC_OK) {
        sc_maestro_close(opened);
        return status;
    }
    opened->at = (const char *)opened->bytes;
    *model = opened;
    return SC_OK;
}

uint64_t sc_maestro_skipped(const struct sc_maestro *model, const char **first)
{
    *first = model->skipped_name;
    return model->skipped;
}

void sc_maestro_close(struct sc_maestro *model)
{
    if (!model)
        return;
    free(model->constant);
    free(model->bytes);
    free(model);
}
