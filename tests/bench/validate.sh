#!/bin/sh
# validate.sh - `make validation`: reports on machines of every family to BUILD_DIRECTORY/validation, their sets as tables, and
# what `estimate --refine` reaches on lists of 2,000 layers.  Graphs are for the Flexagon family: others compute their zeros.
#   validate.sh BUILD_DIRECTORY [MACHINE...]
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
out=$build/validation
mkdir -p "$out"
[ $# -gt 0 ] || set -- flexagon flexagon-asplos23 dstc-v100 sps butterfly-array
held=
if "$here/real_layers.sh" > "$out/real.csv" 2> "$out/real.err"; then
    held=--held-out=$out/real.csv
else
    echo "(the real matrices are absent: $(cat "$out/real.err"))"
fi
for machine in "$@"; do
    case $machine in
    flexagon* | *-like*) lists=$held ;;
    *) lists= ;;
    esac
    "$build/sparsecast" calibrate -m "$machine" --report="$out/$machine.txt" --rows="$out/$machine.csv" $lists --no-progress
    printf '\n%s: held-out layers, seed 1 (all of it: %s)\n' "$machine" "$out/$machine.txt"
    sed -n '3,/^dataflow, pattern/p' "$out/$machine.txt" | sed '$d'
done
printf '\nestimate --refine on 2,000 held-out layers, flexagon:\n'
for kind in uniform structured; do
    "$build/bench_refine" list $kind 2000 20000000 > "$out/$kind.csv"
    "$build/sparsecast" simulate "$out/$kind.csv" -f csv -o "$out/$kind.simulated.csv" --no-progress
    for refine in '' --refine=1200 --refine; do
        "$build/sparsecast" estimate "$out/$kind.csv" $refine -f csv -o "$out/$kind.estimated.csv" 2> "$out/$kind.err"
        printf '%-11s %-14s ' $kind "${refine:-no refining}"
        "$build/bench_refine" judge "$out/$kind.estimated.csv" "$out/$kind.simulated.csv"
    done
done
