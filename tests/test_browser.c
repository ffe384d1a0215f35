/* test_browser.c - the HTML report in a headless Chromium: the script runs, sorts and filters, and nothing complains.
 *
 * Skipped where Chromium is not installed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_files.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "run_program.h"

static void set_up(void)
{
    if (run_shell("command -v chromium > /dev/null 2>&1") != 0)
        cr_skip_test("Chromium is not installed (Debian package chromium)");
    enter_directory_for_program();
}

TestSuite(browser, .init = set_up, .fini = leave_directory, .timeout = 180);

static void make_report(void)
{
    put_file("layers.csv", "layer,M,N,K,density_a,density_b,model\n\"<b>first</b>\",64,100,32,0.3,0.9,x\n"
                           "second,128,50,64,0.5,1,x\nthird,256,300,128,0.1,0.2,y\n");
    cr_assert_eq(run("simulate layers.csv -m flexagon --compare -f csv -o results.csv")->status, 0);
    cr_assert_eq(run("report results.csv -o report.html")->status, 0);
}

/* Runs Chromium on a page; its log goes to `log`, its standard output to `out`. */
static int browse(const char *page, const char *options, const char *out, const char *log)
{
    char command[1024];
    snprintf(command, sizeof command,
             "HOME=\"$PWD\" timeout 150 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
             "--no-first-run "
             "--user-data-dir=\"$PWD/profile\" --enable-logging=stderr --log-level=0 --virtual-time-budget=3000 %s "
             "\"file://$PWD/%s\" > %s 2> %s < /dev/null",
             options, page, out, log);
    return run_shell(command);
}

/* A copy of the report with a script that uses the page as a person would and writes what it found into the title. */
static void add_probe(const char *script)
{
    char *page = get_file("report.html");
    char *end = strstr(page, "</body>");
    cr_assert_not_null(end);
    FILE *out = fopen("probe.html", "w");
    fprintf(out, "%.*s<script>%s</script>\n%s", (int)(end - page), page, script, end);
    fclose(out);
    free(page);
}

Test(browser, script_sorts_filters_and_logs_nothing)
{
    static const char probe[] =
        "var t=document.getElementById('results'),h=t.tHead.rows[0].cells,o=[];"
        "function col(c){return Array.from(t.tBodies[0].rows).map(function(r){return Number(r.cells[c].dataset.v);});}"
        "function falls(a){return a.every(function(v,i){return i===0||a[i-1]>=v;});}"
        "o.push('start:'+h[5].getAttribute('aria-sort')+falls(col(5)));"
        "h[5].querySelector('button').click();"
        "o.push('again:'+h[5].getAttribute('aria-sort')+falls(col(5).reverse()));"
        "h[0].querySelector('button').click();"
        "o.push('name:'+h[0].getAttribute('aria-sort')+h[5].getAttribute('aria-sort')+t.tBodies[0].rows[0].cells[0]."
        "textContent);"
        "var f=document.querySelector('input[data-for=results]');f.value='third ip-m';f.dispatchEvent(new "
        "Event('input'));"
        "o.push('filter:'+Array.from(t.tBodies[0].rows).filter(function(r){return !r.hidden;}).length);"
        "f.focus();o.push('focus:'+(document.activeElement===f));"
        "o.push('cards:'+document.querySelectorAll('.card').length);"
        "o.push('svg:'+document.querySelectorAll('figure svg').length);"
        "o.push('ids:'+(new Set(Array.from(document.querySelectorAll('[id]')).map(function(e){return e.id;})).size"
        "===document.querySelectorAll('[id]').length));"
        "document.title='PROBE '+o.join(' ')+' END';";
    make_report();
    add_probe(probe);
    cr_assert_eq(browse("probe.html", "--dump-dom", "dom.html", "log.txt"), 0);
    char *dom = get_file("dom.html"), *log = get_file("log.txt");
    char *title = strstr(dom, "PROBE "), *end = title ? strstr(title, " END") : NULL;
    cr_assert_not_null(end, "the script did not reach its end");
    *end = '\0';
    cr_expect_not_null(strstr(title, "start:descendingtrue"), "%s", title);
    cr_expect_not_null(strstr(title, "again:ascendingtrue"), "%s", title);
    cr_expect_not_null(strstr(title, "name:ascendingnone&lt;b&gt;first&lt;/b&gt;"), "%s", title);
    cr_expect_not_null(strstr(title, "filter:2"), "%s", title);
    cr_expect_not_null(strstr(title, "focus:true"), "%s", title);
    cr_expect_not_null(strstr(title, "cards:"), "%s", title);
    cr_expect_null(strstr(title, "cards:0"), "%s", title);
    cr_expect_null(strstr(title, "svg:0"), "%s", title);
    cr_expect_not_null(strstr(title, "ids:true"), "an id stands twice: %s", title);
    cr_expect_null(strstr(log, "CONSOLE"), "%s", strstr(log, "CONSOLE"));
    free(dom);
    free(log);
}

/* Light and dark, wide and narrow: pictures come out, the dark one is darker, and nothing is wider than the window. */
Test(browser, pages_fit_and_follow_the_colour_scheme)
{
    struct stat info;
    make_report();
    add_probe(
        "document.title='PROBE '+(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light')+' '"
        "+getComputedStyle(document.body).backgroundColor+' '"
        "+(document.documentElement.scrollWidth<=document.documentElement.clientWidth?'fits':'too wide')+' END';");
    cr_assert_eq(browse("probe.html", "--window-size=1280,900 --dump-dom", "light.html", "log.txt"), 0);
    cr_assert_eq(browse("probe.html", "--window-size=500,900 --blink-settings=preferredColorScheme=0 --dump-dom",
                        "dark.html", "log.txt"),
                 0);
    char *light = get_file("light.html"), *dark = get_file("dark.html");
    cr_expect_not_null(strstr(light, "PROBE light rgb(255, 255, 255) fits END"), "%.80s", strstr(light, "<title>"));
    cr_expect_not_null(strstr(dark, "PROBE dark rgb(21, 24, 28) fits END"), "%.80s", strstr(dark, "<title>"));
    cr_assert_eq(browse("report.html", "--window-size=1280,900 --screenshot=report.png", "out.txt", "log.txt"), 0);
    cr_assert_eq(stat("report.png", &info), 0);
    cr_expect_gt(info.st_size, 10000);
    free(light);
    free(dark);
}
