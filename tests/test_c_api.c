/* test_c_api.c - the library as an installed one: every public header compiles by itself, and the example program,
 * built with nothing but what pkg-config says, forecasts what the command does.
 *
 * The build tree is SPARSECAST_BUILD, the compiler with the flags of the build SPARSECAST_CC.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "machine_files.h"
#include "run_program.h"

/* One installation for a suite's one test; a test is a process of its own. */
static void install(void)
{
    if (!getenv("SPARSECAST_BUILD") || !getenv("SPARSECAST_CC"))
        cr_skip_test("SPARSECAST_BUILD and SPARSECAST_CC do not name the build tree and the compiler");
    if (run_shell("pkg-config --version > /dev/null 2>&1 && make --version > /dev/null 2>&1") != 0)
        cr_skip_test("pkg-config or make is missing");
    /* what a make above says of jobs is none of this one's business */
    cr_assert_eq(run_shell("env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C \"$SPARSECAST_BUILD\" "
                           "install-libLTLIBRARIES install-nobase_pkgincludeHEADERS install-pkgconfigDATA "
                           "DESTDIR=\"$PWD/root\" > install.log 2>&1"),
                 0, "cannot install: %s", get_file("install.log"));
    cr_assert_eq(
        run_shell("pc=$(dirname \"$(find root -name sparsecast.pc)\"); "
                  "prefix=$(sed -n 's/^prefix=//p' \"$pc/sparsecast.pc\"); "
                  "PKG_CONFIG_PATH=\"$pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}\"; export PKG_CONFIG_PATH; "
                  "for what in cflags libs; do pkg-config --define-variable=prefix=\"$PWD/root$prefix\" --$what "
                  "sparsecast > $what || exit 1; done"),
        0, "pkg-config does not know sparsecast");
}

TestSuite(c_api, .init = enter_directory_for_program, .fini = leave_directory, .timeout = 100);

/* One program for all headers says which do not compile alone: each is a file of its own. */
static void check_headers(void)
{
    cr_expect_eq(
        run_shell("cd \"$(find root -type d -path '*include/sparsecast')\" && find . -name '*.h' | sed 's|^\\./||' "
                  "> ../headers && cd - > /dev/null && headers=$(find root -name headers) && mkdir alone && "
                  "while read -r header; do echo \"#include <$header>\" "
                  "> alone/$(echo \"$header\" | tr / _).c; done < \"$headers\" && "
                  "$SPARSECAST_CC -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(cat cflags) "
                  "alone/*.c 2> headers.log"),
        0, "a public header does not compile by itself: %s", get_file("headers.log"));
    cr_expect_eq(run_shell("test \"$(ls alone | wc -l)\" -ge 50"), 0, "hardly any headers are installed");
}

/* The columns of the command's rows that the example prints, in its order. */
static const char columns[] =
    "awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } { print $at[\"layer\"] FS $at[\"dataflow\"] FS "
    "$at[\"cycles\"] FS $at[\"cycles_low\"] FS $at[\"cycles_high\"] FS $at[\"energy_j\"] }'";

/* Equal but for the last printed digit. */
static const char compare[] =
    "paste -d, ours.csv theirs.csv | awk -F, 'NR > 1 { for (i = 1; i <= 6; i++) if (i <= 2 ? $i != $(i + 6) : "
    "($i - $(i + 6)) ^ 2 > (1e-8 * $i) ^ 2) { print; bad = 1; next } } END { exit bad || NR < 3 }' >&2";

Test(c_api, example_forecasts_what_the_command_does)
{
    static const char *const lists[][2] = {{"flexagon-table6.csv", "flexagon"},
                                           {"flexagon-table6.csv", "flexagon-asplos23"},
                                           {"resnet18.csv", "dstc-v100"}};
    install();
    check_headers();
    cr_assert_eq(run_shell("$SPARSECAST_CC -Wall -Wextra -Werror \"$SPARSECAST_SRCDIR/doc/examples/forecast.c\" "
                           "$(cat cflags libs) -o forecast 2> cc.log"),
                 0, "the example does not build: %s", get_file("cc.log"));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char list[TEST_PATH + 20], command[3 * TEST_PATH], relative[100];
        snprintf(relative, sizeof relative, "data/layers/%s", lists[i][0]);
        in_source(list, relative);
        snprintf(command, sizeof command, "./forecast '%s' %s > theirs.csv", list, lists[i][1]);
        cr_assert_eq(run_shell(command), 0, "the example fails on %s", lists[i][0]);
        snprintf(command, sizeof command, "estimate '%s' -m %s --best -f csv -o all.csv", list, lists[i][1]);
        const struct program_run *ran = run(command);
        cr_assert_eq(ran->status, 0, "%s", ran->err);
        snprintf(command, sizeof command, "%s all.csv > ours.csv", columns);
        cr_assert_eq(run_shell(command), 0);
        cr_expect_eq(run_shell("test \"$(wc -l < ours.csv)\" = \"$(wc -l < theirs.csv)\""), 0, "other rows");
        cr_expect_eq(run_shell(compare), 0, "%s on %s: the example and the command differ", lists[i][0], lists[i][1]);
    }
    cr_expect_eq(run_shell("./forecast missing.csv flexagon > /dev/null 2>&1"), 1);
}
