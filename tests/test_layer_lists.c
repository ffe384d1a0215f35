/* test_layer_lists.c - the shipped layer lists: derived again byte by byte, and checked against published figures.
 *
 * SPARSECAST_DERIVE names the program derive_layers; without it the tests that run it are skipped.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ROWS = 520, PATH_SIZE = 1024, LINE_SIZE = 1024 };

/* Every shipped list: rows, and multiply-accumulates with the tolerance of the published total (0: not published). */
static const struct {
    const char *file;
    size_t rows;
    double gmac, tolerance;
} lists[] = {
    {"flexagon-table6", 9, 0, 0},
    {"flexagon-table6-printed", 9, 0, 0},
    /* layer counts of the Flexagon paper, Table 2 */
    {"flexagon-alexnet", 7, 0, 0},
    {"flexagon-squeezenet", 26, 0, 0},
    {"flexagon-vgg16", 8, 0, 0},
    {"flexagon-resnet50", 54, 0, 0},
    {"flexagon-ssd-resnet34", 37, 0, 0},
    {"flexagon-ssd-mobilenetv1", 29, 0, 0},
    {"flexagon-distilbert", 36, 0, 0},
    {"flexagon-mobilebert", 316, 0, 0},
    {"flexagon-models", 7 + 26 + 8 + 54 + 37 + 29 + 36 + 316, 0, 0},
    /* totals of torchvision's model pages, the ONNX model zoo and the MLPerf inference paper (half its operations) */
    {"alexnet", 8, 0.714, 0.0005},
    {"alexnet-grouped", 8, 0.655, 0.0005},
    {"squeezenet1_1", 26, 0.349, 0.0005},
    {"vgg16", 16, 15.47, 0.005},
    {"resnet50", 54, 4.089, 0.0005},
    {"resnet18", 21, 1.814, 0.0005},
    /* read off the figures of arXiv 2001.10710 within 0.003; ResNet-18 from its definition: 132 products of 64 x 64
     * filters with 32 x 32 pixels (four of 9 in the first stage; 4.5, three of 9 and 0.5 in the others), the first
     * layer, the last */
    {"vgg16-32x32", 14, 0.314, 0.003},
    {"resnet18-32x32", 21, (132.0 * 64 * 64 * 1024 + 27 * 64 * 1024 + 512 * 10) / 1e9, 1e-12},
    {"ssd-resnet34", 51, 216.5, 0.5},
    {"ssd-mobilenetv1", 47, 1.235, 0.005},
    {"vit-b16", 10, 17.56, 0.005},
    /* 12 layers x (4 w^2 + 2 w f) t + attention 2 w t^2, with w = 768, f = 3072, t = 128 */
    {"bert-base", 8, 12 * (128.0 * (4 * 768 * 768 + 2 * 768 * 3072) + 2.0 * 768 * 128 * 128) / 1e9, 1e-9},
    {"distilbert", 8, 6 * (128.0 * (4 * 768 * 768 + 2 * 768 * 3072) + 2.0 * 768 * 128 * 128) / 1e9, 1e-9},
    /* 32 layers x (4 w^2 + 3 w f) t + 2 w t c, and 32000 w for the logits of one token; w = 4096, f = 11008 */
    {"llama2-7b-prefill", 10,
     (32 * (512.0 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008) + 2.0 * 4096 * 512 * 512) + 32000.0 * 4096) / 1e9, 1e-9},
    {"llama2-7b-decode", 10,
     (32 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008 + 2.0 * 4096 * 2048) + 32000.0 * 4096) / 1e9, 1e-9},
};
enum { LISTS = sizeof lists / sizeof *lists };

struct row {
    char layer[64], model[64], pattern_a[32], pattern_b[32], kind[16], source[32];
    uint64_t M, N, K, count;
    double density_a, density_b;
};

static const char *source_dir(void)
{
    const char *dir = getenv("SPARSECAST_SRCDIR");
    return dir ? dir : ".";
}

static void list_path(char *path, const char *file)
{
    int length = snprintf(path, PATH_SIZE, "%s/data/layers/%s.csv", source_dir(), file);
    cr_assert(length > 0 && length < PATH_SIZE);
}

/* Reads a shipped list; the columns are those the tool writes, in its order. */
static size_t read_list(const char *file, struct row *rows)
{
    char path[PATH_SIZE], line[LINE_SIZE];
    list_path(path, file);
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in, "cannot open %s", path);
    cr_assert_not_null(fgets(line, sizeof line, in));
    static const char header[] =
        "layer,model,M,N,K,density_a,density_b,pattern_a,pattern_b,kind,count,sparsity_source";
    cr_assert(strncmp(line, header, sizeof header - 1) == 0, "%s: header %s", file, line);
    size_t n = 0;
    while (fgets(line, sizeof line, in)) {
        cr_assert_lt(n, (size_t)MAX_ROWS);
        struct row *r = &rows[n++];
        int got = sscanf(line,
                         "%63[^,],%63[^,],%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%lf,%lf,%31[^,],%31[^,],%15[^,],%" SCNu64
                         ",%31[^,\n]",
                         r->layer, r->model, &r->M, &r->N, &r->K, &r->density_a, &r->density_b, r->pattern_a,
                         r->pattern_b, r->kind, &r->count, r->source);
        cr_assert_eq(got, 12, "%s: %d columns in %s", file, got, line);
    }
    fclose(in);
    return n;
}

/* Runs `program argument` with its standard output in `output` (NULL: as it is); returns the exit status. */
static int run(const char *program, const char *argument, const char *output)
{
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        int fd = output ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
        if (!output || (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0))
            execl(program, program, argument, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *derive_program(void)
{
    const char *program = getenv("SPARSECAST_DERIVE");
    if (!program)
        cr_skip_test("SPARSECAST_DERIVE does not name the program derive_layers");
    return program;
}

static char *slurp(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return NULL;
    char *text = NULL;
    long size = fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;
    if (size >= 0 && fseek(in, 0, SEEK_SET) == 0 && (text = malloc((size_t)size + 1))) {
        size_t got = fread(text, 1, (size_t)size, in);
        text[got] = '\0';
    }
    fclose(in);
    return text;
}

static void scratch_dir(char *path)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, PATH_SIZE, "%s/sparsecast-lists-XXXXXX", base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(path));
}

static bool is_listed(const char *name)
{
    for (size_t i = 0; i < LISTS; i++) {
        size_t length = strlen(lists[i].file);
        if (strncmp(name, lists[i].file, length) == 0 && strcmp(name + length, ".csv") == 0)
            return true;
    }
    return false;
}

Test(layer_lists, derived_again_they_are_the_same_bytes)
{
    const char *program = derive_program();
    char dir[PATH_SIZE - 64], shipped[PATH_SIZE], fresh[PATH_SIZE];
    scratch_dir(dir);
    cr_assert_eq(run(program, dir, NULL), 0);
    for (size_t i = 0; i < LISTS; i++) {
        list_path(shipped, lists[i].file);
        snprintf(fresh, sizeof fresh, "%s/%s.csv", dir, lists[i].file);
        char *a = slurp(shipped), *b = slurp(fresh);
        cr_assert(a && b, "%s is missing", a ? fresh : shipped);
        cr_expect(strcmp(a, b) == 0, "%s differs from what the tool derives", shipped);
        free(a);
        free(b);
        unlink(fresh);
    }
    cr_expect_eq(rmdir(dir), 0, "the tool writes a file that is not in this test's table");
}

Test(layer_lists, no_list_is_shipped_that_the_tool_does_not_write)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/data/layers", source_dir());
    DIR *dir = opendir(path);
    cr_assert_not_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strstr(entry->d_name, ".csv") && strncmp(entry->d_name, "attention-", 10) != 0) /* those: test_attention.c */
            cr_expect(is_listed(entry->d_name), "%s", entry->d_name);
    closedir(dir);
}

Test(layer_lists, bad_arguments_are_refused)
{
    const char *program = derive_program();
    char dir[PATH_SIZE - 64], missing[PATH_SIZE], log[PATH_SIZE];
    scratch_dir(dir);
    snprintf(missing, sizeof missing, "%s/none/there", dir);
    snprintf(log, sizeof log, "%s/log", dir);
    cr_expect_eq(run(program, missing, log), 1);
    cr_expect_eq(run(program, "--no-such-option", log), 2);
    unlink(log);
    rmdir(dir);
}

Test(layer_lists, readme_tables_are_what_the_tool_prints)
{
    const char *program = derive_program();
    char dir[PATH_SIZE - 64], out[PATH_SIZE], readme[PATH_SIZE];
    scratch_dir(dir);
    snprintf(out, sizeof out, "%s/summary", dir);
    snprintf(readme, sizeof readme, "%s/data/layers/README.md", source_dir());
    cr_assert_eq(run(program, "--summary", out), 0);
    char *summary = slurp(out), *text = slurp(readme);
    unlink(out);
    rmdir(dir);
    cr_assert(summary && text);
    char *rest = NULL;
    for (char *line = strtok_r(summary, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        cr_expect_not_null(strstr(text, line), "README.md lacks: %s", line);
    free(summary);
    free(text);
}

Test(layer_lists, counts_and_published_totals)
{
    static struct row rows[MAX_ROWS];
    for (size_t i = 0; i < LISTS; i++) {
        size_t n = read_list(lists[i].file, rows);
        double gmac = 0;
        for (size_t j = 0; j < n; j++)
            gmac += (double)rows[j].M * (double)rows[j].N * (double)rows[j].K * (double)rows[j].count / 1e9;
        cr_expect_eq(n, lists[i].rows, "%s: %zu rows", lists[i].file, n);
        if (lists[i].gmac > 0)
            cr_expect_float_eq(gmac, lists[i].gmac, lists[i].tolerance, "%s: %.9f G, published %.9f", lists[i].file,
                               gmac, lists[i].gmac);
    }
}

Test(layer_lists, rows_are_sound)
{
    static struct row rows[MAX_ROWS];
    for (size_t i = 0; i < LISTS; i++) {
        size_t n = read_list(lists[i].file, rows);
        bool one_model = strcmp(lists[i].file, "flexagon-models") != 0;
        for (size_t j = 0; j < n; j++) {
            const struct row *r = &rows[j];
            cr_expect(r->M && r->N && r->K && r->count, "%s: %s", lists[i].file, r->layer);
            cr_expect(r->density_a > 0 && r->density_a <= 1 && r->density_b > 0 && r->density_b <= 1, "%s", r->layer);
            if (strcmp(r->pattern_a, "uniform") != 0) {
                cr_expect_str_eq(r->pattern_a, "nm:2:4", "%s", r->layer);
                cr_expect(r->density_a == 0.5 && r->K % 4 == 0, "%s", r->layer);
            }
            cr_expect_str_eq(r->pattern_b, "uniform");
            for (size_t k = 0; one_model && k < j; k++)
                cr_expect_str_neq(r->layer, rows[k].layer, "%s: %s twice", lists[i].file, r->layer);
        }
    }
}

/* Table 6 with the indices that its layer names carry; nonzeros = printed KiB x 256, V0 and V7 from Fig. 14. */
static const struct {
    const char *name, *file;
    size_t index;
    uint64_t M, N, K, nnz_a, nnz_b;
} nine[] = {
    {"SQ5", "flexagon-squeezenet", 5, 64, 2916, 16, 307, 41472},
    {"SQ11", "flexagon-squeezenet", 11, 128, 729, 32, 1229, 20992},
    {"R4", "flexagon-resnet50", 4, 256, 3136, 64, 1946, 181504},
    {"R6", "flexagon-resnet50", 6, 64, 2916, 576, 4096, 790016},
    {"S-R3", "flexagon-ssd-resnet34", 3, 64, 5329, 576, 4096, 1644032},
    {"V0", "flexagon-vgg16", 0, 64, 49284, 27, 261, 1330668},
    {"MB215", "flexagon-mobilebert", 215, 128, 8, 512, 32768, 4096},
    {"V7", "flexagon-vgg16", 7, 512, 144, 4608, 235776, 122708},
    {"A2", "flexagon-alexnet", 2, 384, 121, 1728, 198912, 95488},
};

static uint64_t nonzeros(double density, uint64_t rows, uint64_t cols)
{
    return (uint64_t)llround(density * (double)rows * (double)cols);
}

static void expect_layer(const struct row *r, size_t i)
{
    cr_expect(r->M == nine[i].M && r->N == nine[i].N && r->K == nine[i].K, "%s is %" PRIu64 " x %" PRIu64 " x %" PRIu64,
              nine[i].name, r->M, r->N, r->K);
    cr_expect_eq(nonzeros(r->density_a, r->M, r->K), nine[i].nnz_a, "%s A", nine[i].name);
    cr_expect_eq(nonzeros(r->density_b, r->K, r->N), nine[i].nnz_b, "%s B", nine[i].name);
}

Test(layer_lists, the_nine_layers_are_at_their_index)
{
    static struct row rows[MAX_ROWS], table6[MAX_ROWS];
    cr_assert_eq(read_list("flexagon-table6", table6), 9u);
    for (size_t i = 0; i < 9; i++) {
        cr_assert_gt(read_list(nine[i].file, rows), nine[i].index);
        expect_layer(&rows[nine[i].index], i);
        expect_layer(&table6[i], i);
        cr_expect_str_eq(table6[i].layer, nine[i].name);
    }
}

Test(layer_lists, printed_table6_keeps_the_contradictions)
{
    static struct row rows[MAX_ROWS];
    cr_assert_eq(read_list("flexagon-table6-printed", rows), 9u);
    for (size_t i = 0; i < 9; i++)
        if (strcmp(nine[i].name, "V0") != 0 && strcmp(nine[i].name, "V7") != 0)
            expect_layer(&rows[i], i);
    const struct row *v0 = &rows[5], *v7 = &rows[7];
    cr_expect(v0->M == 128 && v0->N == 12100 && v0->K == 576);
    cr_expect_eq(nonzeros(v0->density_a, 128, 576), 29u * 256);
    cr_expect_eq(nonzeros(v0->density_b, 576, 12100), 21357u * 256);
    cr_expect(v7->M == 512 && v7->N == 144 && v7->K == 4608);
    cr_expect_eq(nonzeros(v7->density_a, 512, 4608), 921u * 256);
    cr_expect_eq(nonzeros(v7->density_b, 4608, 144), 177u * 256);
}

static double mib(double density, uint64_t rows, uint64_t cols)
{
    return density * (double)rows * (double)cols * 4 / (1024 * 1024);
}

/* Table 2 cuts its digits off. */
static double cut(double value, double unit)
{
    return floor(value / unit + 1e-9) * unit;
}

Test(layer_lists, distilbert_has_the_sizes_of_table_2)
{
    static struct row rows[MAX_ROWS];
    size_t n = read_list("flexagon-distilbert", rows);
    cr_assert_eq(n, 36u);
    double a[3] = {0, 1e9, 0}, b[3] = {0, 1e9, 0};
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        cr_expect_eq(r->M, i % 6 == 4 ? 3072u : 768u);
        cr_expect_eq(r->K, i % 6 == 5 ? 3072u : 768u);
        cr_expect_eq(r->N, rows[0].N);
        double size_a = mib(r->density_a, r->M, r->K), size_b = mib(r->density_b, r->K, r->N);
        a[0] += size_a / (double)n;
        b[0] += size_b / (double)n;
        a[1] = fmin(a[1], size_a);
        b[1] = fmin(b[1], size_b);
        a[2] = fmax(a[2], size_a);
        b[2] = fmax(b[2], size_b);
    }
    static const double published_a[] = {2.25, 1.12, 4.5}, published_b[] = {0.35, 0.23, 0.94};
    for (int i = 0; i < 3; i++) {
        cr_expect_float_eq(cut(a[i], 0.01), published_a[i], 1e-6, "csA %g", a[i]);
        cr_expect_float_eq(cut(b[i], 0.01), published_b[i], 1e-6, "csB %g", b[i]);
    }
}

/* Entries of Table 2 that follow from shapes alone or from one known layer: the largest csB. */
Test(layer_lists, largest_operands_are_those_of_table_2)
{
    static const struct { const char *file; double unit, published; } largest[] = {
        {"flexagon-alexnet", 0.01, 63.41}, {"flexagon-squeezenet", 0.1, 26.6},
        {"flexagon-resnet50", 0.01, 26.64}, {"flexagon-vgg16", 0.01, 10.42}};
    static struct row rows[MAX_ROWS];
    for (size_t i = 0; i < sizeof largest / sizeof *largest; i++) {
        size_t n = read_list(largest[i].file, rows);
        double most = 0;
        for (size_t j = 0; j < n; j++)
            most = fmax(most, mib(rows[j].density_b, rows[j].K, rows[j].N));
        cr_expect_float_eq(cut(most, largest[i].unit), largest[i].published, 1e-6, "%s: %g", largest[i].file, most);
    }
}

Test(layer_lists, models_together_are_the_single_lists)
{
    static struct row all[MAX_ROWS], one[MAX_ROWS];
    size_t n = read_list("flexagon-models", all), at = 0;
    for (size_t i = 2; i < 10; i++) {
        size_t m = read_list(lists[i].file, one);
        for (size_t j = 0; j < m && at < n; j++, at++) {
            cr_expect_str_eq(all[at].layer, one[j].layer);
            cr_expect_str_eq(all[at].model, one[j].model);
            cr_expect(all[at].M == one[j].M && all[at].N == one[j].N && all[at].K == one[j].K);
            cr_expect(all[at].density_a == one[j].density_a && all[at].density_b == one[j].density_b);
        }
    }
    cr_expect_eq(at, n);
}

/* Sums macs and GEMMs of `model` in a list of the shared workloads; column numbers count from 0. */
static bool shared_total(const char *file, const char *model, const int columns[3], double *macs, double *gemms)
{
    char path[PATH_SIZE], line[LINE_SIZE];
    const char *shared = getenv("SPARSECAST_SHARED");
    if (shared)
        snprintf(path, sizeof path, "%s/workloads/%s", shared, file);
    else
        snprintf(path, sizeof path, "%s/../shared/workloads/%s", source_dir(), file);
    FILE *in = fopen(path, "r");
    if (!in)
        return false;
    *macs = *gemms = 0;
    while (fgets(line, sizeof line, in)) {
        char *rest = line, *field;
        double value[3] = {0, 1, 1};
        bool ours = false;
        for (int column = 0; (field = strsep(&rest, ",\n")); column++) {
            if (column == 0)
                ours = strcmp(field, model) == 0;
            for (int k = 0; ours && k < 3; k++)
                if (column == columns[k])
                    value[k] = strtod(field, NULL);
        }
        if (ours) {
            *macs += value[0];
            *gemms += value[1] * value[2];
        }
    }
    fclose(in);
    return true;
}

Test(layer_lists, totals_agree_with_independent_derivations)
{
    /* columns: macs, count, groups (-1: none) */
    static const int derived[] = {18, 4, 5}, onnx[] = {17, -1, 4};
    static const struct { const char *list, *file, *model; const int *columns; } pairs[] = {
        {"ssd-resnet34", "layers/derived_layers.csv", "SSD-ResNet34-1200(MLPerf)", derived},
        {"ssd-mobilenetv1", "layers/derived_layers.csv", "SSD-MobileNetV1-300(MLPerf)", derived},
        {"bert-base", "layers/derived_layers.csv", "BERT-base-s128", derived},
        {"distilbert", "layers/derived_layers.csv", "DistilBERT-s128", derived},
        {"llama2-7b-prefill", "layers/derived_layers.csv", "Llama2-7B-prefill512", derived},
        {"llama2-7b-decode", "layers/derived_layers.csv", "Llama2-7B-decode1@2048", derived},
        {"alexnet-grouped", "onnx/expected_layers.csv", "light_bvlc_alexnet", onnx},
        {"resnet50", "onnx/expected_layers.csv", "light_resnet50", onnx},
        {"squeezenet1_1", "onnx/expected_layers.csv", "light_squeezenet", onnx}};
    static struct row rows[MAX_ROWS];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double macs, gemms, our_macs = 0, our_gemms = 0;
        if (!shared_total(pairs[i].file, pairs[i].model, pairs[i].columns, &macs, &gemms))
            cr_skip_test("no shared workloads: set SPARSECAST_SHARED");
        size_t n = read_list(pairs[i].list, rows);
        for (size_t j = 0; j < n; j++) {
            our_macs += (double)(rows[j].M * rows[j].N * rows[j].K * rows[j].count);
            our_gemms += (double)rows[j].count;
        }
        cr_expect_eq(our_macs, macs, "%s: %.0f multiply-accumulates, %.0f in %s", pairs[i].list, our_macs, macs,
                     pairs[i].model);
        cr_expect_eq(our_gemms, gemms, "%s: %.0f GEMMs, %.0f in %s", pairs[i].list, our_gemms, gemms, pairs[i].model);
    }
}
