#!/bin/sh
# run.sh - `make bench`: what the whole product costs, each figure against a yardstick of the same run, as a Markdown
# table.  Seconds are processor time of one core, the least of several samples; only where it says so, they are wall time of
# all cores.
#   run.sh BUILD_DIRECTORY [full|quick|tiny]
# tiny only shows that every measurement works; its figures mean nothing.
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
LC_ALL=C
cores=$(nproc) # which minds the next line
OMP_NUM_THREADS=1
export LC_ALL OMP_NUM_THREADS
build=$1
mode=${2:-full}
case $mode in
full) rows=100000 rate=100000 samples=3 naive=1 spgemm=100000 learned=200 growth=16000 size=8000 profiled=200000 times=20 ;;
quick) rows=20000 rate=20000 samples=2 naive=0.1 spgemm=20000 learned=40 growth=4000 size=2000 profiled=40000 times=10 ;;
tiny) rows=100 rate=20 samples=1 naive=0.001 spgemm=50 learned=8 growth=320 size=160 profiled=640 times=1 ;;
*)
    echo "run.sh: found mode '$mode', expected full, quick or tiny" >&2
    exit 2
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
sparsecast=$build/sparsecast
six='-d ip-m -d op-m -d gust-m -d ip-n -d op-n -d gust-n'

# measured SAMPLES TIMES COMMAND...: seconds and KiB; what the command has to say only when it fails.
measured() {
    "$build/bench_measure" "$@" 2> "$work/errors" || {
        cat "$work/errors" >&2
        exit 1
    }
}
seconds() {
    both=$(measured "$@")
    echo "${both% *}"
}
memory() {
    both=$(measured "$@")
    echo "${both#* }"
}
calc() { awk "BEGIN { printf \"%.6g\", $1 }"; }

# row WHAT MEASURED YARDSTICK RATIO AIM; the ratio in bold where it misses an aim 'at most X' or 'at least X'.
row() {
    awk -v what="$1" -v measured="$2" -v yardstick="$3" -v ratio="$4" -v aim="$5" 'BEGIN {
        split(aim, word, " ")
        missed = (word[2] == "most" && ratio > word[3] + 0) || (word[2] == "least" && ratio < word[3] + 0)
        shown = sprintf(ratio >= 100 ? "%.0f" : "%.3g", ratio)
        printf "| %s | %s | %s | %s | %s |\n", what, measured, yardstick, missed ? "**" shown "**" : shown, aim }'
}

# exponent FILE: slope of log seconds over log size by least squares, lines of "size seconds", start-up taken off.
exponent() {
    awk '{ if ($2 < 1e-6) $2 = 1e-6
           x = log($1); y = log($2); n++; sx += x; sy += y; sxx += x * x; sxy += x * y }
         END { printf "%.3g", (n * sxy - sx * sy) / (n * sxx - sx * sx) }' "$1"
}

printf '| what | measured | yardstick | ratio | aim |\n|---|---|---|---|---|\n'

# Closed forms: alone, and from list to list.
"$build/bench_models" list "$rows" > "$work/rows.csv"
"$build/bench_models" list 1 > "$work/one.csv"
columns=$("$sparsecast" estimate "$work/one.csv" -f csv --best 2> "$work/errors" | awk -F, 'NR == 1 { print NF }')
yardstick=$(seconds "$samples" 1 "$build/bench_yardstick" "$work/rows.csv" "$columns")
plain="$(calc "$yardstick / $rows * 1e6") us: libcsv and printf of $columns columns"
for machine in flexagon flexagon-asplos23; do
    per_second=$("$build/bench_models" rate "$machine" "$rate" 2> "$work/errors")
    row "closed forms alone, six dataflows, $machine" "$per_second layers/s" "100000 layers/s (asked for)" \
        "$(calc "$per_second / 100000")" "at least 1"
done
for machine in flexagon flexagon-asplos23; do
    # shellcheck disable=SC2086
    took=$(seconds "$samples" 1 "$sparsecast" estimate "$work/rows.csv" -m "$machine" $six --best -f csv \
        --no-progress --calibration none)
    row "estimate --best, $rows layers, $machine" "$(calc "$took / $rows * 1e6") us a layer" "$plain" \
        "$(calc "$took / $yardstick")" "at most 3"
done
passed=$(seconds wall "$samples" 1 "$build/bench_yardstick" "$work/rows.csv" "$columns")
for machine in flexagon flexagon-asplos23; do
    # shellcheck disable=SC2086
    took=$(seconds wall "$samples" 1 "$sparsecast" estimate "$work/rows.csv" -m "$machine" $six --best -f csv \
        --no-progress --calibration none -j "$cores")
    row "estimate --best, $rows layers, $machine, wall time of $cores cores" "$(calc "$took / $rows * 1e6") us a layer" \
        "$(calc "$passed / $rows * 1e6") us: the same" "$(calc "$took / $passed")" "at most 3"
done
bare=$(seconds "$samples" 1 "$sparsecast" estimate "$work/rows.csv" -f csv --best --no-progress --calibration none)
physical=$(calc "$bare / $rows")
took=$(seconds "$samples" 1 "$sparsecast" estimate "$work/rows.csv" -f csv --best --no-progress)
row 'estimate with calibration' "$(calc "$took / $rows * 1e6") us a layer" \
    "$(calc "$bare / $rows * 1e6") us: without" "$(calc "$took / $bare")" 'at most 1.2'
"$sparsecast" sweep "$work/one.csv" --set dram.bandwidth_gbps=64 -f csv > "$work/sweep" 2> "$work/errors"
head -n $((rows / 20 + 2)) "$work/rows.csv" > "$work/part.csv"
bare=$(seconds "$samples" 1 "$sparsecast" estimate "$work/part.csv" -f csv --best --no-progress --calibration none)
took=$(seconds "$samples" 1 "$sparsecast" sweep "$work/part.csv" --set dram.bandwidth_gbps=32:256:*2 -j 1 -f csv)
row "sweep, a combination of $((rows / 20 + 1)) layers" "$(calc "$took / 4") s" "$(calc "$bare") s: estimate of the list" \
    "$(calc "$took / 4 / $bare")" 'at most 1.5'

# The simulator.
"$build/bench_simulator" naive "$naive" > "$work/naive"
while read -r layer policy fast slow same; do
    [ "$same" = 1 ] || { echo "run.sh: simulators differ on $layer, $policy" >&2 && exit 1; }
    row "simulator, $layer, six dataflows, $policy" "$fast s" "$slow s: naive simulator" "$(calc "$slow / $fast")" \
        'at least 25'
done < "$work/naive"
products() { # matrix name
    "$build/bench_simulator" spgemm "$1" > "$work/spgemm" 2> "$work/errors"
    while read -r policy fast plain; do
        row "simulator, Gustavson, $2, $policy" "$(calc "$fast / 1e6") million products/s" \
            "$(calc "$plain / 1e6") million: plain SpGEMM" "$(calc "$plain / $fast")" 'at most 8'
    done < "$work/spgemm"
}
products "$spgemm" "$spgemm rows of 20"
enron=${SPARSECAST_SHARED:-$(dirname "$0")/../../../shared}/workloads/matrices/spgemm/email-Enron.mtx
if [ "$mode" = full ] && [ -r "$enron" ]; then
    products "$enron" email-Enron
fi
"$build/bench_refine" list mixed "$learned" 1000000 > "$work/learned.csv"
took=$(seconds 1 1 "$sparsecast" calibrate --layers="$learned" --variants=1 --cost=1e6 -o "$work/c.yaml" -j 1 --no-progress)
bare=$(seconds 1 1 "$sparsecast" simulate "$work/learned.csv" -m flexagon -f csv -j 1 --no-progress)
each=$(calc "$bare / $learned * 1e6")
row 'a layer, six dataflows: simulation' "$each us" "$(calc "$physical * 1e6") us: estimate" "$(calc "$each / $physical / 1e6")" -
row "calibrate on $learned layers" "$(calc "$took") s" "$(calc "$bare") s: simulation of as many" \
    "$(calc "$took / $bare")" 'at most 2'

# Start-up.
nothing=$(seconds "$samples" "$times" true)
took=$(seconds "$samples" "$times" "$sparsecast" --version)
row 'start: sparsecast --version' "$(calc "$took * 1000") ms" "$(calc "$nothing * 1000") ms: true" \
    "$(calc "$took / $nothing")" 'at most 5'
start=$(seconds "$samples" "$times" "$sparsecast" estimate "$work/one.csv" -f csv --no-progress)
row 'start: estimate of one layer (tabulates the banks)' "$(calc "$start * 1000") ms" "$(calc "$nothing * 1000") ms: true" \
    "$(calc "$start / $nothing")" -

# Memory.
fewer=$((rows / 100 > 3000 ? rows / 100 : rows < 3000 ? rows : 3000)) # enough to fill all buffers once
head -n $((fewer + 1)) "$work/rows.csv" > "$work/few.csv"
few=$(memory 1 1 "$sparsecast" estimate "$work/few.csv" -f csv --best --no-progress)
many=$(memory 1 1 "$sparsecast" estimate "$work/rows.csv" -f csv --best --no-progress)
row "memory: estimate of $rows layers" "$many KiB" "$few KiB: $fewer layers" "$(calc "$many / $few")" 'at most 1.1'

# Growth.  Square layers with 20 nonzeros in a row of A and of B: nonzeros and products grow alike.
square() { # size nonzeros-per-row-of-B
    printf 'layer,M,N,K,density_a,density_b\nx,%d,%d,%d,%s,%s\n' "$1" "$1" "$1" "$(calc "20 / $1")" "$(calc "$2 / $1")"
}
square 20 20 > "$work/square.csv"
begin=$(seconds "$samples" 1 "$sparsecast" simulate "$work/square.csv" -d gust-m -d op-m -f csv -j 1 --no-progress)
samples=1 # five sizes bear each other out
for i in 16 8 4 2 1; do
    n=$((rows / 2 / i))
    head -n $((n + 1)) "$work/rows.csv" > "$work/part.csv"
    took=$(seconds "$samples" 1 "$sparsecast" estimate "$work/part.csv" -f csv --best --no-progress)
    echo "$n $(calc "$took - $start")" >> "$work/by_rows"
    n=$((growth * 2 / i))
    square "$n" 20 > "$work/square.csv"
    both=$(measured "$samples" 1 "$sparsecast" simulate "$work/square.csv" -d gust-m -d op-m -f csv -j 1 --no-progress)
    echo "$((40 * n)) $(calc "${both% *} - $begin")" >> "$work/by_nonzeros"
    echo "$((40 * n)) ${both#* }" >> "$work/by_memory"
    square "$size" $((80 / i)) > "$work/square.csv"
    took=$(seconds "$samples" 1 "$sparsecast" simulate "$work/square.csv" -d gust-m -d op-m -f csv -j 1 --no-progress)
    echo "$((20 * size * 80 / i)) $(calc "$took - $begin")" >> "$work/by_products"
    n=$((profiled / i))
    density=$(calc "20 / $n")
    for operand in a b; do
        "$sparsecast" generate --rows=$n --cols=$n --density="$density" --seed=$n --operand=$operand -o "$work/$operand.mtx"
    done
    took=$(seconds "$samples" 1 "$sparsecast" profile --a "$work/a.mtx" --b "$work/b.mtx")
    echo "$((40 * n)) $(calc "$took - $nothing")" >> "$work/by_profile"
done
per_nonzero=$(awk 'NR == 1 { n = $1; kib = $2 } END { printf "%.3g", 1024 * ($2 - kib) / ($1 - n) }' "$work/by_memory")
row 'memory: simulate, for each nonzero of A and B' "$per_nonzero B" '4 B: its index' "$(calc "$per_nonzero / 4")" -
grows() { # what file
    row "growth: $1" "$(awk 'END { printf "%.3g s at %s", $2, $1 }' "$work/$2")" 'linear: 1' "$(exponent "$work/$2")" \
        'at most 1.1'
}
grows 'estimate over rows' by_rows
grows 'simulate over nonzeros (and products)' by_nonzeros
grows 'simulate over products at equal A' by_products
grows 'profile over nonzeros' by_profile
