/* networks_transformer.c - transformers walked into GEMM shapes.
 *
 * A linear layer is A = weights (outputs x inputs), B = activations (inputs x tokens).  Attention runs per head with
 * the cached side as A: scores = keys (context x head width) * queries (head width x tokens), context = values
 * transposed (head width x context) * probabilities (context x tokens).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "networks.h"

/* A stack of identical layers.  `gated` has two up projections (SwiGLU). */
struct stack {
    const char *prefix;
    uint64_t layers, width, heads, ffn;
    uint64_t tokens;   /* tokens processed: columns of B */
    uint64_t context;  /* tokens attended to */
    bool gated;
};

static void counted(struct nw_list *list, enum nw_role role, uint64_t count, uint64_t M, uint64_t N, uint64_t K,
                    const char *prefix, const char *name)
{
    struct nw_layer *row = nw_add(list, M, N, K, "%s%s", prefix, name);
    if (row) {
        row->count = count;
        row->role = role;
        row->tensor = nw_tensor(list);
    }
}

static void walk_stack(struct nw_list *list, const struct stack *s)
{
    uint64_t head = s->width / s->heads;
    counted(list, NW_BLOCK, s->layers, s->width, s->tokens, s->width, s->prefix, "q");
    counted(list, NW_BLOCK, s->layers, s->width, s->tokens, s->width, s->prefix, "k");
    counted(list, NW_BLOCK, s->layers, s->width, s->tokens, s->width, s->prefix, "v");
    counted(list, NW_ATTENTION, s->layers * s->heads, s->context, s->tokens, head, s->prefix, "attn_scores");
    counted(list, NW_ATTENTION, s->layers * s->heads, head, s->tokens, s->context, s->prefix, "attn_context");
    counted(list, NW_BLOCK, s->layers, s->width, s->tokens, s->width, s->prefix, "attn_out");
    if (s->gated)
        counted(list, NW_BLOCK, s->layers, s->ffn, s->tokens, s->width, s->prefix, "ffn_gate");
    counted(list, NW_BLOCK, s->layers, s->ffn, s->tokens, s->width, s->prefix, "ffn_up");
    counted(list, NW_BLOCK, s->layers, s->width, s->tokens, s->ffn, s->prefix, "ffn_down");
}

/* The encoder of BERT-base (Devlin et al. 2019) on 128 tokens; no pooler or task head. */
void nw_bert_base(struct nw_list *list, enum nw_view view)
{
    (void)view;
    walk_stack(list, &(struct stack){"encoder_", 12, 768, 12, 3072, 128, 128, false});
}

/* One linear layer of a network listed row by row. */
static void single(struct nw_list *list, uint64_t tensor, uint64_t M, uint64_t N, uint64_t K, int layer,
                   const char *name)
{
    struct nw_layer *row = nw_add(list, M, N, K, "encoder%d_%s", layer, name);
    if (row)
        row->tensor = tensor;
}

/* DistilBERT (Sanh et al. 2019): the encoder of BERT-base with 6 layers; framework view on 128 tokens.  Paper: its 36
 * linear layers on 81 tokens.  Table 2 cuts digits off rather than rounding them (63.4153 is printed 63.41, 26.6496 is
 * 26.64, 0.586 is 0.58), and cut to the printed digits only 81 tokens give its average (0.35), smallest (0.23) and
 * largest csB (0.94 MiB); 80 would give 0.93. */
void nw_distilbert(struct nw_list *list, enum nw_view view)
{
    enum { LAYERS = 6, WIDTH = 768, FFN = 3072, TOKENS = 81 };
    if (view == NW_FRAMEWORK) {
        walk_stack(list, &(struct stack){"encoder_", LAYERS, WIDTH, 12, FFN, 128, 128, false});
        return;
    }
    for (int layer = 1; layer <= LAYERS; layer++) {
        uint64_t in = nw_tensor(list);
        single(list, in, WIDTH, TOKENS, WIDTH, layer, "q");
        single(list, in, WIDTH, TOKENS, WIDTH, layer, "k");
        single(list, in, WIDTH, TOKENS, WIDTH, layer, "v");
        single(list, nw_tensor(list), WIDTH, TOKENS, WIDTH, layer, "attn_out");
        single(list, nw_tensor(list), FFN, TOKENS, WIDTH, layer, "ffn_up");
        single(list, nw_tensor(list), WIDTH, TOKENS, FFN, layer, "ffn_down");
    }
}

/* MobileBERT (Sun et al. 2020): 24 layers between 512-wide states, each working 128 wide: two bottleneck projections in
 * (values and keys/queries share them), attention, four feed-forward nets, one projection out.  Eight tokens: MB215.
 * Paper: 316 layers.  The whole encoder has 24 x 15 linear layers; 316 = the embedding projection + 21 layers x 15, in
 * running order, where index 215 is the value projection of layer 15, 128 x 8 x 512 on dense states, as MB215 is. */
void nw_mobilebert(struct nw_list *list, enum nw_view view)
{
    enum { LAYERS = 24, WIDTH = 512, INNER = 128, EMBEDDING = 128, TOKENS = 8 };
    (void)view;
    /* the embeddings of three neighbouring tokens side by side */
    struct nw_layer *row = nw_add(list, WIDTH, TOKENS, 3 * EMBEDDING, "embedding_projection");
    if (row)
        row->tensor = nw_tensor(list);
    for (int layer = 1; layer <= LAYERS; layer++) {
        uint64_t state = nw_tensor(list), shared = nw_tensor(list);
        single(list, state, INNER, TOKENS, WIDTH, layer, "bottleneck_in");
        single(list, state, INNER, TOKENS, WIDTH, layer, "bottleneck_attn");
        single(list, shared, INNER, TOKENS, INNER, layer, "q");
        single(list, shared, INNER, TOKENS, INNER, layer, "k");
        single(list, state, INNER, TOKENS, WIDTH, layer, "v");
        single(list, nw_tensor(list), INNER, TOKENS, INNER, layer, "attn_out");
        static const char *const up[] = {"ffn1_up", "ffn2_up", "ffn3_up", "ffn4_up"};
        static const char *const down[] = {"ffn1_down", "ffn2_down", "ffn3_down", "ffn4_down"};
        for (int i = 0; i < 4; i++) {
            single(list, nw_tensor(list), WIDTH, TOKENS, INNER, layer, up[i]);
            single(list, nw_tensor(list), INNER, TOKENS, WIDTH, layer, down[i]);
        }
        single(list, nw_tensor(list), WIDTH, TOKENS, INNER, layer, "bottleneck_out");
    }
}

/* ViT-B/16 (Dosovitskiy et al. 2021) at 224 x 224: 14 x 14 patches and a class token, head on the class token. */
void nw_vit_b16(struct nw_list *list, enum nw_view view)
{
    enum { IMAGE = 224, PATCH = 16, CHANNELS = 3, WIDTH = 768, CLASSES = 1000 };
    enum { PATCHES = (IMAGE / PATCH) * (IMAGE / PATCH), TOKENS = PATCHES + 1 };
    (void)view;
    counted(list, NW_EDGE, 1, WIDTH, PATCHES, CHANNELS * PATCH * PATCH, "patch_", "embedding");
    if (list->n > 0) {
        struct nw_layer *row = &list->rows[list->n - 1];
        row->convolution = true;
        row->geometry = (struct nw_geometry){.channels = CHANNELS, .groups = 1, .in = IMAGE, .kernel = PATCH,
                                             .stride = PATCH, .pad = 0, .out = IMAGE / PATCH};
    }
    walk_stack(list, &(struct stack){"encoder_", 12, WIDTH, 12, 3072, TOKENS, TOKENS, false});
    counted(list, NW_EDGE, 1, CLASSES, 1, WIDTH, "", "head");
}

/* Llama-2-7B (Touvron et al. 2023): 32 layers, width 4096, 32 heads (no grouping of keys), SwiGLU of width 11008; the
 * next token's logits need the head for one token only. */
static void llama2_7b(struct nw_list *list, uint64_t tokens, uint64_t context)
{
    enum { WIDTH = 4096, VOCABULARY = 32000 };
    walk_stack(list, &(struct stack){"decoder_", 32, WIDTH, 32, 11008, tokens, context, true});
    counted(list, NW_EDGE, 1, VOCABULARY, 1, WIDTH, "", "lm_head");
}

/* A prompt of 512 tokens; the full square of scores, as without a causal kernel. */
void nw_llama2_7b_prefill(struct nw_list *list, enum nw_view view)
{
    (void)view;
    llama2_7b(list, 512, 512);
}

/* One new token that attends to 2048. */
void nw_llama2_7b_decode(struct nw_list *list, enum nw_view view)
{
    (void)view;
    llama2_7b(list, 1, 2048);
}
