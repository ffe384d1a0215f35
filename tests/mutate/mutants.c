/* mutants.c - finds the places of C files where one token or statement can be changed, and makes such a change.
 *
 * mutants list SEED COUNT FILE...: COUNT of all mutants of the files (0: all), drawn with SEED, in the order of the
 *             files: FILE:LINE <tab> offset <tab> length <tab> new text <tab> what changes
 * mutants apply FILE OFFSET LENGTH TEXT: prints the file with that change.
 *
 * A mutant changes an operator (with blanks on both sides, so that * and & are binary ones), a number, a minimum or
 * ceiling, a truth value, or leaves out a statement.  Left alone are comments, strings, preprocessor lines, the
 * arguments of sc_fail(), fractions up to 1e-6 (they keep quotients finite and take up rounding; half of them is as
 * good); arrays and allocations are never made longer than they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 64, WHAT_BYTES = 160, AROUND = 20, SHOWN = 48 };

struct source {
    const char *path;
    char *text;
    size_t size;
};

struct mutant {
    const char *path;
    unsigned line;
    size_t offset, length;
    char text[TEXT_BYTES], what[WHAT_BYTES];
    uint64_t rank; /* the lowest are drawn */
};

struct mutants {
    struct mutant *of;
    size_t count, room;
};

enum kind { WORD, NUMBER, OPERATOR, STRING };

struct token {
    enum kind kind;
    size_t offset, length;
    unsigned line;
};

struct tokens {
    struct token *of;
    size_t count;
};

static void *enough(void *memory)
{
    if (!memory) {
        fputs("mutants: no memory\n", stderr);
        exit(2);
    }
    return memory;
}

static struct source read_source(const char *path)
{
    struct source s = {.path = path};
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 20;
    s.text = enough(malloc(room + 1));
    if (!file) {
        perror(path);
        exit(2);
    }
    s.size = fread(s.text, 1, room, file);
    s.text[s.size] = '\0';
    fclose(file);
    return s;
}

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

/* Where a comment, a preprocessor line or white space at `at` ends; `at` itself where there is none. */
static size_t skip(const struct source *s, size_t at, bool line_start)
{
    const char *t = s->text;
    if (isspace((unsigned char)t[at]))
        return at + 1;
    if (t[at] == '/' && t[at + 1] == '*') {
        const char *end = strstr(t + at + 2, "*/");
        return end ? (size_t)(end - t) + 2 : s->size;
    }
    if ((t[at] == '/' && t[at + 1] == '/') || (line_start && t[at] == '#')) {
        while (t[at] != '\0' && (t[at] != '\n' || t[at - 1] == '\\'))
            at++;
    }
    return at;
}

static size_t operator_length(const char *t)
{
    static const char *const operators[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
                                            "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^="};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(t, operators[i], strlen(operators[i])) == 0)
            return strlen(operators[i]);
    return 1;
}

static struct token next_token(const struct source *s, size_t at, unsigned line)
{
    const char *t = s->text;
    struct token token = {OPERATOR, at, 0, line};
    size_t end = at;
    if (t[at] == '"' || t[at] == '\'') {
        token.kind = STRING;
        for (end = at + 1; t[end] != '\0' && t[end] != t[at]; end++)
            end += t[end] == '\\';
        end++;
    } else if (isdigit((unsigned char)t[at]) || (t[at] == '.' && isdigit((unsigned char)t[at + 1]))) {
        token.kind = NUMBER;
        while (isalnum((unsigned char)t[end]) || t[end] == '.' ||
               ((t[end] == '-' || t[end] == '+') && (t[end - 1] == 'e' || t[end - 1] == 'E')))
            end++;
    } else if (isalpha((unsigned char)t[at]) || t[at] == '_') {
        token.kind = WORD;
        while (isalnum((unsigned char)t[end]) || t[end] == '_')
            end++;
    } else {
        end += operator_length(t + at);
    }
    token.length = end - at;
    return token;
}

static struct tokens tokens_of(const struct source *s)
{
    struct tokens tokens = {enough(malloc((s->size + 1) * sizeof *tokens.of)), 0};
    unsigned line = 1;
    bool line_start = true;
    for (size_t at = 0; at < s->size;) {
        size_t end = skip(s, at, line_start);
        if (end == at) {
            struct token token = next_token(s, at, line);
            tokens.of[tokens.count++] = token;
            end = at + token.length;
            line_start = false;
        }
        for (; at < end; at++) {
            line += s->text[at] == '\n';
            line_start |= s->text[at] == '\n';
        }
    }
    return tokens;
}

static bool is(const struct source *s, const struct token *t, const char *text)
{
    return t->length == strlen(text) && strncmp(s->text + t->offset, text, t->length) == 0;
}

static bool is_any(const struct source *s, const struct token *t, const char *const *words)
{
    for (; *words; words++)
        if (is(s, t, *words))
            return true;
    return false;
}

/* ---- mutants ---------------------------------------------------------------------------------------------------- */

/* The change within its line: what is before and behind it, cut short. */
static void describe(struct mutant *m, const struct source *s)
{
    const char *from = s->text + m->offset, *before = from, *after = from + m->length;
    int length = m->length < SHOWN ? (int)m->length : SHOWN, behind = 0;
    while (before > s->text && from - before < AROUND && before[-1] != '\n')
        before--;
    while (before < from && isspace((unsigned char)*before))
        before++;
    while (behind < AROUND && after[behind] != '\n' && after[behind] != '\0')
        behind++;
    snprintf(m->what, sizeof m->what, "%.*s{%.*s -> %s}%.*s", (int)(from - before), before, length, from, m->text,
             behind, after);
    for (char *c = m->what; *c; c++)
        *c = isspace((unsigned char)*c) ? ' ' : *c;
}

static void add(struct mutants *m, const struct source *s, const struct token *from, size_t length, const char *text)
{
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 1024;
        m->of = enough(realloc(m->of, m->room * sizeof *m->of));
    }
    struct mutant *one = &m->of[m->count++];
    *one = (struct mutant){.path = s->path, .line = from->line, .offset = from->offset, .length = length};
    snprintf(one->text, sizeof one->text, "%s", text);
    describe(one, s);
}

/* What becomes of operators and words; of some, two things. */
static const char *const CHANGES[][2] = {
    {"+", "-"},   {"-", "+"},   {"*", "/"},   {"/", "*"},   {"%", "*"},   {"<", "<="},  {"<", ">="},
    {"<=", "<"},  {"<=", ">"},  {">", ">="},  {">", "<="},  {">=", ">"},  {">=", "<"},  {"==", "!="},
    {"!=", "=="}, {"&&", "||"}, {"||", "&&"}, {"+=", "-="}, {"-=", "+="}, {"*=", "/="}, {"/=", "*="},
    {"|=", "&="}, {"&=", "|="}, {"&", "|"},   {"|", "&"},   {"<<", ">>"}, {">>", "<<"},
};
static const char *const WORDS[][2] = {
    {"sc_min", "sc_max"}, {"sc_max", "sc_min"},     {"fmin", "fmax"},         {"fmax", "fmin"},
    {"ceil", "floor"},    {"floor", "ceil"},        {"sc_ceil", "sc_floor"},  {"sc_floor", "sc_ceil"},
    {"expm1", "exp"},     {"log1p", "log"},         {"sqrt", "fabs"},         {"true", "false"},
    {"false", "true"},    {"continue", "break"},
};

static void change_operator(struct mutants *m, const struct source *s, const struct token *t)
{
    const char *text = s->text;
    bool apart = text[t->offset - 1] == ' ' && isspace((unsigned char)text[t->offset + t->length]);
    for (size_t i = 0; apart && i < sizeof CHANGES / sizeof CHANGES[0]; i++)
        if (is(s, t, CHANGES[i][0]))
            add(m, s, t, t->length, CHANGES[i][1]);
    if (is(s, t, "!"))
        add(m, s, t, t->length, "");
    if (is(s, t, "++"))
        add(m, s, t, t->length, "--");
    if (is(s, t, "--"))
        add(m, s, t, t->length, "++");
}

static void change_word(struct mutants *m, const struct source *s, const struct token *t)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (is(s, t, WORDS[i][0]))
            add(m, s, t, t->length, WORDS[i][1]);
}

/* Whether token `i` is in the brackets of the declaration of an array: "type name[...". */
static bool array_size(const struct source *s, const struct tokens *tokens, size_t i)
{
    static const char *const inside[] = {"+", "-", "*", "/", NULL};
    const struct token *t = &tokens->of[i];
    while (i > 2 && !is(s, t, "[")) {
        if (t->kind == OPERATOR && !is_any(s, t, inside))
            return false;
        t = &tokens->of[--i];
    }
    if (i < 2)
        return false;
    return is(s, t - 2, "}") || (t[-2].kind == WORD && !is(s, t - 2, "return") && !is(s, t - 2, "else"));
}

/* n becomes n + 1, unless it is a `room`, and n - 1, a fraction its half. */
static void change_number(struct mutants *m, const struct source *s, const struct tokens *tokens, size_t i, bool room)
{
    const struct token *t = &tokens->of[i];
    char number[TEXT_BYTES], text[TEXT_BYTES], *end;
    if (t->length >= TEXT_BYTES / 2)
        return;
    snprintf(number, sizeof number, "%.*s", (int)t->length, s->text + t->offset);
    bool hexadecimal = number[0] == '0' && (number[1] == 'x' || number[1] == 'X');
    if (!hexadecimal && strpbrk(number, ".eE")) {
        double value = strtod(number, &end);
        if (value != 0 && value <= 1e-6)
            return;
        snprintf(text, sizeof text, "%.9e%.3s", value == 0 ? 1 : value / 2, end);
        add(m, s, t, t->length, text);
        return;
    }
    unsigned long long value = strtoull(number, &end, 0);
    snprintf(text, sizeof text, "%llu%.3s", value + 1, end);
    if (!room)
        add(m, s, t, t->length, text);
    snprintf(text, sizeof text, "%llu%.3s", value - 1, end);
    if (value > 0)
        add(m, s, t, t->length, text);
}

/* Leaves out the statement that token `i` may begin: an assignment or a call. */
static void leave_out(struct mutants *m, const struct source *s, const struct tokens *tokens, size_t i)
{
    static const char *const before[] = {";", "{", "}", ")", "else", NULL};
    static const char *const keywords[] = {"if", "for", "while", "switch", "return", "sizeof", "do", "sc_fail", NULL};
    static const char *const after[] = {"=", "+=", "-=", "*=", "/=", "|=", "->", ".", "[", "(", "++", "--", NULL};
    const struct token *t = &tokens->of[i], *name = t;
    if (i == 0 || i + 2 >= tokens->count || !is_any(s, t - 1, before))
        return;
    if (is(s, name, "*"))
        name++;
    if (name->kind != WORD || is_any(s, name, keywords) || !is_any(s, name + 1, after))
        return;
    int depth = 0;
    for (size_t k = i; k < tokens->count; k++) {
        const struct token *last = &tokens->of[k];
        depth += is(s, last, "(") || is(s, last, "{");
        depth -= is(s, last, ")") || is(s, last, "}");
        if (depth < 0)
            return;
        if (depth == 0 && is(s, last, ";")) {
            add(m, s, t, last->offset + 1 - t->offset, ";");
            return;
        }
    }
}

static void mutate(struct mutants *m, const struct source *s)
{
    struct tokens tokens = tokens_of(s);
    static const char *const rooms[] = {"malloc", "calloc", "realloc", NULL};
    int failing = 0, room = 0; /* depth of parentheses within sc_fail(...), and within an allocation */
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *t = &tokens.of[i];
        if (i > 0 && is(s, t, "(") && (failing > 0 || is(s, t - 1, "sc_fail")))
            failing++;
        else if (failing > 0)
            failing -= is(s, t, ")");
        if (failing > 0)
            continue;
        if (i > 0 && is(s, t, "(") && (room > 0 || is_any(s, t - 1, rooms)))
            room++;
        else if (room > 0)
            room -= is(s, t, ")");
        leave_out(m, s, &tokens, i);
        if (t->kind == OPERATOR)
            change_operator(m, s, t);
        else if (t->kind == WORD)
            change_word(m, s, t);
        else if (t->kind == NUMBER)
            change_number(m, s, &tokens, i, room > 0 || array_size(s, &tokens, i));
    }
    free(tokens.of);
}

/* ---- choice ----------------------------------------------------------------------------------------------------- */

/* splitmix64 (G. L. Steele et al., OOPSLA 2014). */
static uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int by_rank(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The rank below which `count` mutants lie. */
static uint64_t rank_limit(const struct mutants *m, size_t count)
{
    uint64_t limit = UINT64_MAX, *ranks;
    if (count == 0 || count >= m->count)
        return limit;
    ranks = enough(malloc(m->count * sizeof *ranks));
    for (size_t i = 0; i < m->count; i++)
        ranks[i] = m->of[i].rank;
    qsort(ranks, m->count, sizeof *ranks, by_rank);
    limit = ranks[count];
    free(ranks);
    return limit;
}

static int list(uint64_t seed, size_t count, char **paths)
{
    struct mutants m = {NULL, 0, 0};
    for (; *paths; paths++) {
        struct source s = read_source(*paths);
        mutate(&m, &s);
        free(s.text);
    }
    for (size_t i = 0; i < m.count; i++)
        m.of[i].rank = random_bits(&seed);
    uint64_t limit = rank_limit(&m, count);
    for (size_t i = 0; i < m.count; i++)
        if (m.of[i].rank < limit)
            printf("%s:%u\t%zu\t%zu\t%s\t%s\n", m.of[i].path, m.of[i].line, m.of[i].offset, m.of[i].length,
                   m.of[i].text, m.of[i].what);
    fprintf(stderr, "%zu mutants in all\n", m.count);
    free(m.of);
    return 0;
}

static int apply(const char *path, size_t offset, size_t length, const char *text)
{
    struct source s = read_source(path);
    if (offset > s.size || length > s.size - offset)
        return 2;
    fwrite(s.text, 1, offset, stdout);
    fputs(text, stdout);
    fwrite(s.text + offset + length, 1, s.size - offset - length, stdout);
    free(s.text);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "list") == 0)
        return list(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), argv + 4);
    if (argc == 6 && strcmp(argv[1], "apply") == 0)
        return apply(argv[2], strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), argv[5]);
    fputs("usage: mutants list SEED COUNT FILE... | apply FILE OFFSET LENGTH TEXT\n", stderr);
    return 2;
}
