#!/bin/sh
# run.sh - `make bench`: ratios measured in one run on one core, printed as a table.
#   run.sh BUILD_DIRECTORY [ROWS]
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
build=$1
rows=${2:-1000000}
few=$((rows / 100))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# User and system seconds of a command, and its peak resident memory in KiB.
measure() { # name command...
    as=$1
    shift
    /usr/bin/env time -f '%U %S %M' -o "$work/$as.time" "$@" > "$work/$as.out" 2> "$work/$as.err"
}
seconds() { awk '{ printf "%.3f", $1 + $2 }' "$work/$1.time"; }
memory() { awk '{ print $3 }' "$work/$1.time"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

"$build/bench_models" list "$rows" > "$work/rows.csv"
"$build/bench_models" list "$few" > "$work/few.csv"
printf 'estimate --best, %s distinct layers, six dataflows, CSV in, CSV out, one core; best of three runs each\n' "$rows"
# The yardstick prints as many columns as a result row has.
columns=$("$build/sparsecast" estimate "$work/few.csv" -f csv --best | awk -F, 'NR == 1 { print NF }')
best() { # name command...: the fastest of three runs
    of=$1
    shift
    for run in 1 2 3; do
        measure "$of.$run" "$@"
    done
    fastest=$(for run in 1 2 3; do echo "$(seconds "$of.$run") $run"; done | sort -n | awk 'NR == 1 { print $2 }')
    cp "$work/$of.$fastest.time" "$work/$of.time"
}
best yardstick "$build/bench_yardstick" "$work/rows.csv" "$columns"
best physical "$build/sparsecast" estimate "$work/rows.csv" -m flexagon --best -f csv --no-progress
best published "$build/sparsecast" estimate "$work/rows.csv" -m flexagon-asplos23 -d ip-m -d op-m -d gust-m -d ip-n -d op-n \
    -d gust-n --best -f csv --no-progress
measure small "$build/sparsecast" estimate "$work/few.csv" -m flexagon --best -f csv --no-progress
measure start "$build/sparsecast" --version

printf '(%s columns printed by each)\n' "$columns"
printf '%-44s %10s %12s %10s\n' what seconds 'x yardstick' 'peak KiB'
for name in yardstick physical published; do
    printf '%-44s %10s %12s %10s\n' "$name" "$(seconds $name)" "$(ratio "$(seconds $name)" "$(seconds yardstick)")" "$(memory $name)"
done
printf '%-44s %10s %12s %10s\n' "physical, $few layers" "$(seconds small)" - "$(memory small)"
printf '\nclosed forms alone (six dataflows each), layers per second of one core:\n'
for machine in flexagon flexagon-asplos23; do
    printf '  %-20s %s\n' "$machine" "$("$build/bench_models" rate "$machine" 300000 2> "$work/rate.err")"
done

printf '\nestimate with and without calibration, best of three runs, and what a simulation takes beside an estimate:\n'
"$build/sparsecast" calibrate -m flexagon --layers 200 --cost 1e6 -o "$work/calibration.yaml" --no-progress
best corrected "$build/sparsecast" estimate "$work/rows.csv" -m flexagon --best -f csv --no-progress --calibration "$work/calibration.yaml"
best bare "$build/sparsecast" estimate "$work/rows.csv" -m flexagon --best -f csv --no-progress --calibration none
printf '  calibrated %s s, uncalibrated %s s: %s x\n' "$(seconds corrected)" "$(seconds bare)" "$(ratio "$(seconds corrected)" "$(seconds bare)")"
"$build/bench_refine" list uniform 300 30000000 > "$work/simulated.csv"
measure simulated "$build/sparsecast" simulate "$work/simulated.csv" -m flexagon -f csv -j 1 --no-progress
awk -v s="$(seconds simulated)" -v e="$(seconds corrected)" -v rows="$rows" 'BEGIN {
    printf "  a layer, six dataflows: simulation %.3g ms (300 held-out layers), estimate %.3g ms: %.0f x\n", 1000 * s / 300, 1000 * e / rows, s / 300 / (e / rows) }'

printf '\nsimulator against the naive simulator, six dataflows, seconds of one core:\n'
enron=${SPARSECAST_SHARED:-$(dirname "$0")/../../../shared}/workloads/matrices/spgemm/email-Enron.mtx
if [ -r "$enron" ]; then
    "$build/bench_simulator" "$enron"
else
    "$build/bench_simulator"
fi
