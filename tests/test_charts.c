/* test_charts.c - every kind of figure from files our commands write: computed values, and pictures drawn without a
 * display.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <math.h>
#include <stdlib.h>

#include "plots/kinds.h"
#include "plots/picture.h"
#include "run_program.h"

TestSuite(charts, .init = enter_directory, .fini = leave_directory, .timeout = 100);

/* The file is one SVG element, without a number that is none, with as many texts as `least`, inside its view box. */
static void expect_svg(const char *path, const char *title)
{
    char *svg = get_file(path);
    cr_expect_eq(strncmp(svg, "<?xml", 5), 0, "%s", path);
    cr_expect_not_null(strstr(svg, "</svg>"), "%s is cut", path);
    cr_expect_null(strstr(svg, "nan"), "%s", path);
    cr_expect_null(strstr(svg, "NaN"), "%s", path);
    cr_expect_null(strstr(svg, "inf,"), "%s", path);
    cr_expect_not_null(strstr(svg, title), "%s has no title '%s'", path, title);
    free(svg);
}

static void put_grid(const char *path)
{
    static const double densities[] = {0.05, 0.2, 0.5, 0.9};
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    fputs("layer,M,N,K,density_a,density_b\n", out);
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            fprintf(out, "g%d%d,64,100,64,%g,%g\n", a, b, densities[a], densities[b]);
    fclose(out);
}

static const char layers[] = "layer,M,N,K,density_a,density_b,model,count\n"
                             "one,64,100,32,0.3,0.9,x,1\ntwo,128,50,64,0.5,1,x,2\nthree,32,300,128,0.1,0.2,y,1\n";

/* As the branches that write them do; kept small. */
static const char formats_csv[] =
    "layer,model,operand,fibers,positions,nonzeros,format,value_bits,index_bits,total_bits\n"
    "l,,a,4,4,8,dense,128,0,128\nl,,a,4,4,8,bitmap,64,16,80\nl,,b,4,4,8,dense,128,0,128\nl,,b,4,4,8,coo,64,256,320\n";
static const char butterfly_csv[] =
    "layer,model,machine,dataflow,best,cycles,stationary_cycles,stream_cycles,merge_cycles,stall_cycles,source,kind,K\n"
    "a,,bf,butterfly,1,100,10,60,0,30,estimate,fft,64\nb,,bf,butterfly,1,260,20,150,0,90,estimate,fft,128\n"
    "c,,bf,butterfly,1,700,40,400,0,260,estimate,fft,256\n";
static const char reproduce_csv[] =
    "paper,figure,item,quantity,unit,published,confidence,simulated,simulated_ratio,estimated,estimated_ratio,limit_"
    "pct,verdict\n"
    "Flexagon,Fig. 13,SQ5 sparch-like,speed-up,,0.5,x,0.6,,0.55,,,\nFlexagon,Fig. 13,SQ5 "
    "gamma-like,speed-up,,0.4,x,0.4,,0.41,,,\n"
    "Flexagon,Fig. 13,R6 sparch-like,speed-up,,5,x,6,,5.5,,,\nFlexagon,Fig. 13,R6 gamma-like,speed-up,,4,x,4,,4.1,,,\n"
    "Flexagon,Fig. 13,(all),mean |ln|,,0.1,target,0.2,,0.2,,,\n";

Test(charts, every_figure_is_drawn)
{
    static const struct {
        const char *words, *title;
    } cases[] = {
        {"plot layers four.csv", "Speed-up over"},
        {"plot models four.csv", "Speed-up over"},
        {"plot layers one.csv", "Cycles on flexagon"},
        {"plot phases one.csv", "Cycles by phase on flexagon"},
        {"plot phases four.csv", "Cycles by phase on"},
        {"plot bounds one.csv", "What limits the cycles on flexagon"},
        {"plot bounds four.csv", "What limits the cycles on"},
        {"plot traffic one.csv", "Traffic by level on flexagon"},
        {"plot traffic four.csv", "Traffic by level on"},
        {"plot energy one.csv", "Energy on flexagon"},
        {"plot roofline four.csv", "Roofline of"},
        {"plot compare.csv", "Estimated against simulated"},
        {"plot parity compare.csv", "Estimated against simulated"},
        {"plot grid.csv", "Fastest dataflow on flexagon"},
        {"plot grid2.csv", "Speed-up of flexagon over sigma-like"},
        {"plot surface grid2.csv --baseline=flexagon", "Speed-up of sigma-like over flexagon"},
        {"plot sweep.csv", "Pareto front of 4 configurations"},
        {"plot --figure=sweep sweep.csv", "What if: cycles of"},
        {"plot settled.csv", "Cycles on flexagon"},
        {"plot refined.csv", "Pareto front of 4 configurations"},
        {"plot sweep refined.csv", "What if: cycles of"},
        {"plot formats.csv", "Storage of the operands"},
        {"plot butterfly.csv", "Cycles of fft on bf"},
        {"plot terms.csv", "Terms of the cycles of layers"},
        {"plot components terms.csv", "Energy by component of layers"},
        {"plot fig13 reproduce.csv", "Flexagon, Fig. 13"},
        {"plot trace.csv", "flexagon"},
    };
    char words[512];

    put_file("layers.csv", layers);
    put_grid("densities.csv");
    put_file("formats.csv", formats_csv);
    put_file("butterfly.csv", butterfly_csv);
    put_file("reproduce.csv", reproduce_csv);
    cr_assert_eq(run("estimate layers.csv -f csv -o one.csv")->status, 0);
    cr_assert_eq(run("estimate layers.csv -m flexagon -m sigma-like -m gamma-like -f csv -o four.csv")->status, 0);
    cr_assert_eq(run("simulate layers.csv -m flexagon -d ip-m -d op-m --compare -f csv -o compare.csv "
                     "--trace trace.csv")->status, 0);
    cr_assert_eq(run("explain layers.csv --all -f csv -o terms.csv")->status, 0);
    cr_assert_eq(run("estimate densities.csv -f csv -o grid.csv")->status, 0);
    cr_assert_eq(run("estimate densities.csv -m flexagon -m sigma-like -f csv -o grid2.csv")->status, 0);
    cr_assert_eq(run("sweep layers.csv --set array.multipliers=32,64 --set str_cache.bytes=65536,1048576 -f csv "
                     "-o sweep.csv")->status, 0);
    cr_assert_eq(run("sweep layers.csv --set array.multipliers=32,64 --set str_cache.bytes=65536,1048576 --refine=5 "
                     "--each-layer -f csv -o refined.csv")->status, 0);
    cr_assert_eq(run("estimate layers.csv --refine=1 -f csv -o settled.csv")->status, 0);
    if (!has_gnuplot())
        cr_skip_test("gnuplot is not installed");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(words, sizeof words, "%s -o picture.svg", cases[i].words);
        const struct program_run *o = run(words);
        cr_expect_eq(o->status, 0, "%s: %s", cases[i].words, o->err);
        cr_expect_str_empty(o->err, "%s: %s", cases[i].words, o->err);
        if (o->status == 0)
            expect_svg("picture.svg", cases[i].title);
        unlink("picture.svg");
    }
}

/* A figure of a paper needs no file: the estimates are made on the way. */
Test(charts, papers_figures_need_no_file)
{
    if (!has_gnuplot())
        cr_skip_test("gnuplot is not installed");
    cr_assert_eq(run("plot flexagon/fig13 -o fig13.svg")->status, 0);
    expect_svg("fig13.svg", "Fig. 13");
    cr_assert_eq(run("plot flexagon/fig1 -o fig1.svg")->status, 0);
    expect_svg("fig1.svg", "above: published, below: ours");
    cr_expect_eq(run("plot fig99 -o fig99.svg")->status, 2);
    cr_expect_neq(access("fig99.svg", F_OK), 0);
}

/* Builds a chart from text. */
static int build(struct sc_chart *chart, sc_chart_builder *builder, const char *text, struct sc_error *err)
{
    static struct sc_frame *frame;
    static struct sc_result_set set;
    struct sc_plot_options options = {.baseline = NULL};
    put_file("results.csv", text);
    sc_result_set_free(&set);
    sc_frame_free(frame);
    memset(chart, 0, sizeof *chart);
    int status = sc_frame_read(&frame, "results.csv", err);
    if (status == SC_OK && sc_frame_column(frame, "dataflow") != SC_NO_COLUMN &&
        sc_frame_column(frame, "section") == SC_NO_COLUMN)
        status = sc_result_set_make(&set, frame, err);
    return status == SC_OK ? builder(chart, frame, &set, &options, err) : status;
}

#define PHASES "layer,machine,dataflow,cycles,stationary_cycles,stream_cycles,merge_cycles,stall_cycles\n"

Test(charts, phases_are_shares_of_the_slowest_run)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(build(&chart, sc_chart_phases, PHASES "a,m,ip-m,100,10,50,0,40\na,m,op-m,400,0,100,200,100\n", &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(chart.series_count, 4);
    const double *stationary = chart.numbers, *stream = stationary + 5;
    cr_expect_eq(chart.series[0].points, 1, "op-m loads nothing");
    cr_expect_float_eq(stationary[3], 0, 1e-12);
    cr_expect_float_eq(stationary[4], 10 / 400.0, 1e-12);
    cr_expect_float_eq(stream[3], 10 / 400.0, 1e-12);
    cr_expect_float_eq(stream[4], 60 / 400.0, 1e-12);
    sc_chart_free(&chart);
}

/* More layers than bars fit: each model is one, layers as often as they occur.  Of model one 15 x 3 x 100 cycles load
 * and 15 x 100 stream, of model two all stream. */
Test(charts, many_layers_become_their_models)
{
    static char text[8192];
    struct sc_chart chart;
    struct sc_error err = {0};
    int used = snprintf(text, sizeof text, "model,count,%s", PHASES);
    for (int i = 0; i < 60; i++) {
        bool one = i % 2 == 0, loads = i % 4 == 0;
        used += snprintf(text + used, sizeof text - (size_t)used, "%s,%d,l%d,m,ip-m,100,%d,%d,0,0\n",
                         one ? "one" : "two", loads ? 3 : 1, i, loads ? 100 : 0, loads ? 0 : 100);
    }
    cr_assert_eq(build(&chart, sc_chart_phases, text, &err), SC_OK, "%s", err.message);
    const double *stationary = chart.numbers, *stream = stationary + 5;
    cr_expect_eq(chart.series[0].points, 1, "model two loads nothing");
    cr_expect_float_eq(stationary[4] - stationary[3], 0.75, 1e-12, "%g", stationary[4] - stationary[3]);
    cr_expect_eq(chart.series[1].points, 2);
    cr_expect_float_eq(stream[4] - stream[3], 0.25, 1e-12);
    cr_expect_float_eq(stream[9] - stream[8], 1, 1e-12);
    sc_chart_free(&chart);
}

Test(charts, a_map_names_the_fastest_dataflow_and_its_lead)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    char text[4096], *at = text + sprintf(text, "layer,machine,dataflow,cycles,density_a,density_b\n");
    for (int a = 1; a <= 3; a++)
        for (int b = 1; b <= 3; b++) {
            at += sprintf(at, "l%d%d,m,ip-m,%d,0.%d,0.%d\n", a, b, a == 3 ? 100 : 300, a, b);
            at += sprintf(at, "l%d%d,m,gust-m,150,0.%d,0.%d\n", a, b, a, b);
        }
    cr_assert_eq(build(&chart, sc_chart_map, text, &err), SC_OK, "%s", err.message);
    cr_assert_eq(chart.series_count, 2);
    cr_expect_eq(chart.series[0].points, 3, "ip-m where A is densest");
    cr_expect_eq(chart.series[1].points, 6);
    cr_expect_float_eq(chart.numbers[2], 1.5, 1e-12);
    cr_expect_float_eq(chart.numbers[3 * 3 + 2], 2, 1e-12);
    sc_chart_free(&chart);
}

Test(charts, parity_pairs_sources_and_counts_intervals)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(build(&chart, sc_chart_parity,
                       "layer,machine,dataflow,cycles,cycles_low,cycles_high,source\n"
                       "a,m,ip-m,100,100,100,simulation\na,m,ip-m,90,80,110,estimate\n"
                       "b,m,ip-m,200,200,200,simulation\nb,m,ip-m,300,280,330,estimate\n",
                       &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(sc_chart_points(&chart), 2);
    cr_expect_eq(chart.numbers[0], 100);
    cr_expect_eq(chart.numbers[1], 90);
    cr_expect_eq(chart.numbers[2], 80);
    cr_expect_eq(chart.numbers[3], 110);
    cr_expect_not_null(strstr(chart.note, "1 of 2 simulations within the intervals"), "%s", chart.note);
    cr_expect_not_null(strstr(chart.note, "median 30 %, worst 50 %"), "%s", chart.note);
    sc_chart_free(&chart);
}

Test(charts, curves_of_a_sweep_sum_best_rows_times_count)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(build(&chart, sc_chart_sweep,
                       "layer,machine,dataflow,best,cycles,count,array.multipliers,pareto\n"
                       "a,m,ip-m,1,100,3,32,0\na,m,op-m,0,500,3,32,0\nb,m,ip-m,1,10,1,32,0\n"
                       "a,m,ip-m,1,50,3,64,1\nb,m,ip-m,1,8,1,64,1\n",
                       &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(sc_chart_points(&chart), 2);
    cr_expect_eq(chart.numbers[0], 32);
    cr_expect_eq(chart.numbers[1], 310);
    cr_expect_eq(chart.numbers[2], 64);
    cr_expect_eq(chart.numbers[3], 158);
    cr_expect_str_eq(chart.x, "array.multipliers");
    sc_chart_free(&chart);
}

Test(charts, published_values_stand_over_our_bars)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(build(&chart, sc_chart_published, reproduce_csv, &err), SC_OK, "%s", err.message);
    cr_assert_eq(chart.series_count, 4, "two machines, our estimates, published values");
    cr_expect_str_eq(chart.series[0].name, "sparch-like");
    cr_expect_str_eq(chart.series[3].name, "published");
    cr_expect_eq(chart.series[3].points, 4, "the summary row is none of the bars");
    cr_expect_float_eq(chart.numbers[3], 0.6, 1e-12, "bars are simulations where there are any");
    sc_chart_free(&chart);
}

Test(charts, quantities_stand_side_by_side_where_items_are_no_pairs)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(build(&chart, sc_chart_published,
                       "paper,figure,item,quantity,unit,published,simulated,estimated\n"
                       "P,Fig. 1,64 points,occupancy of the load pipe,,0.5,,0.6\n"
                       "P,Fig. 1,64 points,occupancy of the store pipe,,0.4,,0.3\n",
                       &err),
                 SC_OK, "%s", err.message);
    cr_assert_eq(chart.series_count, 3);
    cr_expect_str_eq(chart.series[0].name, "load");
    cr_expect_str_eq(chart.series[1].name, "store");
    cr_expect_str_eq(chart.y, "occupancy of the ... pipe");
    sc_chart_free(&chart);
}

Test(charts, winners_become_strips)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    cr_assert_eq(
        build(&chart, sc_chart_published,
              "paper,figure,item,quantity,unit,published,simulated,estimated\n"
              "P,Fig. 2,net 0,x,,1,,\nP,Fig. 1,net 0,best,,op-m,,op-m\nP,Fig. 1,net 1,best,,op-m/gust-m,,gust-m\n"
              "P,Fig. 1,other 0,best,,ip-m,op-m,ip-m\nP,Fig. 1,(all),share,,1,,0.5\n",
              &err),
        SC_BAD_INPUT, "no figure is named, and none has numbers of both");
    sc_chart_free(&chart);
    struct sc_plot_options options = {.figure = "fig1"};
    struct sc_frame *frame;
    cr_assert_eq(sc_frame_read(&frame, "results.csv", &err), SC_OK);
    cr_assert_eq(sc_chart_published(&chart, frame, NULL, &options, &err), SC_OK, "%s", err.message);
    cr_expect_str_eq(chart.script, "strips");
    cr_expect_not_null(strstr(chart.note, "2 of 3 agree"), "%s", chart.note);
    cr_expect_eq(sc_chart_points(&chart), 6, "two lanes of three layers");
    cr_expect_eq(chart.text_count, 2);
    sc_chart_free(&chart);
    sc_frame_free(frame);
}

Test(charts, files_that_lack_what_a_figure_needs_are_refused)
{
    static const struct {
        sc_chart_builder *build;
        const char *text, *reason;
    } cases[] = {
        {sc_chart_phases, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "no column 'stationary_cycles'"},
        {sc_chart_bounds, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "'bound' is missing"},
        {sc_chart_traffic, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "no column 'l1_reads'"},
        {sc_chart_energy, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "no column 'products'"},
        {sc_chart_roofline, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "no column 'products'"},
        {sc_chart_roofline,
         "layer,machine,dataflow,cycles,products,dram_read_bytes,dram_write_bytes\na,m,ip-m,5,0,0,0\n",
         "nothing to draw"},
        {sc_chart_parity, "layer,machine,dataflow,cycles,source\na,m,ip-m,5,estimate\n", "simulation and an estimate"},
        {sc_chart_map, "layer,machine,dataflow,cycles,density_a,density_b\na,m,ip-m,5,0.5,0.5\n", "grid"},
        {sc_chart_surface, "layer,machine,dataflow,cycles,density_a,density_b\na,m,ip-m,5,0.5,0.5\n", "two machines"},
        {sc_chart_sweep, "layer,machine,dataflow,cycles\na,m,ip-m,5\n", "several values"},
        {sc_chart_pareto, "layer,machine,dataflow,cycles,x\na,m,ip-m,5,1\na,m,ip-m,6,2\n", "no column 'pareto'"},
        {sc_chart_butterfly, "layer,machine,dataflow,cycles,kind,K\na,m,dense,5,fft,8\n", "different K"},
        {sc_chart_formats, "layer,operand,format\na,a,dense\n", "no column 'value_bits'"},
        {sc_chart_components, "layer,machine,dataflow,section,item\na,b,ip-m,energy,x\n", "no column 'total'"},
        {sc_chart_published, "paper,figure\na,b\n", "no column 'item'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_chart chart;
        struct sc_error err = {0};
        cr_expect_eq(build(&chart, cases[i].build, cases[i].text, &err), SC_BAD_INPUT, "case %zu", i);
        cr_expect_not_null(strstr(err.message, cases[i].reason), "case %zu: %s", i, err.message);
        sc_chart_free(&chart);
    }
}

Test(charts, the_content_chooses_the_figure)
{
    static const struct {
        const char *text, *kind;
    } cases[] = {
        {"layer,machine,dataflow,cycles\na,m,ip-m,5\n", "layers"},
        {"layer,machine,dataflow,cycles,source\na,m,ip-m,5,estimate\na,m,ip-m,6,simulation\n", "parity"},
        {"layer,machine,dataflow,cycles,pareto\na,m,ip-m,5,1\n", "pareto"},
        {formats_csv, "formats"},
        {reproduce_csv, "published"},
        {butterfly_csv, "butterfly"},
        {"layer,machine,dataflow,section,item,total\na,m,ip-m,cycles,x,5\n", "terms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_frame *frame;
        struct sc_result_set set = {0};
        struct sc_error err = {0};
        put_file("results.csv", cases[i].text);
        cr_assert_eq(sc_frame_read(&frame, "results.csv", &err), SC_OK, "%s", err.message);
        bool results = sc_frame_column(frame, "cycles") != SC_NO_COLUMN;
        if (results)
            cr_assert_eq(sc_result_set_make(&set, frame, &err), SC_OK, "%s", err.message);
        cr_expect_str_eq(sc_kind_default(frame, results ? &set : NULL)->name, cases[i].kind, "case %zu", i);
        sc_result_set_free(&set);
        sc_frame_free(frame);
    }
    const struct sc_kind *kind;
    struct sc_error err = {0};
    cr_expect_eq(sc_kind_find(&kind, "rofline", &err), SC_BAD_USAGE);
    cr_expect_not_null(strstr(err.message, "did you mean 'roofline'"), "%s", err.message);
}

/* Texts that could end a gnuplot string or a data block. */
Test(charts, names_cannot_become_commands)
{
    struct sc_chart chart;
    struct sc_error err = {0};
    char *svg = NULL;

    cr_assert_eq(
        build(&chart, sc_chart_phases,
              PHASES "\"a'; system('touch broken'); '\",\"`touch broken`\",\"END_OF_DATA\n'\",100,10,50,0,40\n", &err),
        SC_OK, "%s", err.message);
    snprintf(chart.x, sizeof chart.x, "'.system('touch broken').'");
    snprintf(chart.y, sizeof chart.y, "x''.system(\"touch broken\").''y");
    snprintf(chart.note, sizeof chart.note, "x'''.system(\"touch broken\").'''y '");
    if (has_gnuplot()) {
        cr_expect_eq(sc_picture_inline(&(struct sc_picture){.chart = &chart}, 3, &svg, &err), SC_OK, "%s", err.message);
        cr_expect_neq(access("broken", F_OK), 0, "a name was run as a command");
        cr_assert_not_null(svg);
        cr_expect_null(strstr(svg, "http"), "a picture in a page needs no names of schemes");
        cr_expect_null(strstr(svg, "id='gp"));
        cr_expect_null(strstr(svg, "\"black\""));
        cr_expect_not_null(strstr(svg, "f3-gpPt0"));
    }
    free(svg);
    sc_chart_free(&chart);
}
