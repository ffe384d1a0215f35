#!/bin/sh
# coverage.sh - which lines the tests have run: coverage.sh BUILD SOURCE, after the tests of a build with
# --enable-coverage; `make coverage` and `./bootstrap check --coverage` end with it.
#
# Counts every line that gcov calls executable in the sources and headers of the product; a line of a header or of a
# function that was compiled more than once counts once, and as run when any of its copies was.  Left out: tests/ and
# tools/ (which derives the shipped layer lists and is run by test_layer_lists).  No code of the product is generated.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
build=$1 source=$2

cd "$build"
find . -name '*.gcno' ! -path './tests/*' ! -path './tools/*' -print | sort | while read -r notes; do
    gcov --stdout --source-prefix "$source" "$notes" 2>/dev/null
done | awk -v source="$source/" '
    function folder(path) { return sub(/\/[^\/]*$/, "", path) ? path : "." }

    # "    count:  line:text"; line 0 names the file
    {
        count = $0; sub(/:.*/, "", count); gsub(/[ *]/, "", count)
        line = substr($0, index($0, ":") + 1); text = line
        sub(/:.*/, "", line); line += 0
        sub(/^[^:]*:/, "", text)
    }
    line == 0 && text ~ /^Source:/ {
        file = substr(text, 8)
        if (index(file, source) == 1) file = substr(file, length(source) + 1)
        while (sub(/[^\/.][^\/]*\/\.\.\//, "", file));
        sub(/^(\.\.\/)+/, "", file)
        ours = file !~ /^\// && file !~ /^(tests|tools)\// && file ~ /\.[ch]$/
        next
    }
    !ours || line == 0 || count == "-" { next }
    {
        if (!((file, line) in seen)) { seen[file, line] = 1; lines[file]++ }
        if (count !~ /^[#=]/ && !((file, line) in run)) { run[file, line] = 1; covered[file]++ }
    }
    END {
        for (f in lines) {
            d = folder(f)
            all[d] += lines[f]; hit[d] += covered[f]; files[d]++
            total += lines[f]; good += covered[f]; number++
        }
        printf "%-24s %6s %8s %8s %8s\n", "folder", "files", "lines", "run", "share"
        sorted = "sort"
        for (d in all) printf "%-24s %6d %8d %8d %7.1f%%\n", d, files[d], all[d], hit[d], 100 * hit[d] / all[d] | sorted
        close(sorted)
        if (total) printf "%-24s %6d %8d %8d %7.1f%%\n", "all", number, total, good, 100 * good / total
        print ""
        for (f in lines)
            if (covered[f] < 0.8 * lines[f])
                printf "below 80 %%: %-40s %5d of %5d lines, %5.1f%%\n", f, covered[f], lines[f], 100 * covered[f] / lines[f] | sorted
        close(sorted)
        for (key in seen)
            if (!(key in run)) { split(key, part, SUBSEP); print part[1] ":" part[2] | "sort -t: -k1,1 -k2,2n > uncovered.txt" }
    }'
echo "lines that no test ran: $build/uncovered.txt"
