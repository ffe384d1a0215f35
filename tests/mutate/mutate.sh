#!/usr/bin/env bash
# mutate.sh - breaks closed forms and simulators one place at a time and tells which mutants no test notices.
#
# `make mutants` runs it, from the build directory, with the variables below; `make mutants MUTANTS="-n 100"` hands it
# options:
#   -n COUNT   mutants drawn per directory (150); 0: all of them
#   -s SEED    of the draw (1)
#   -x SUITE   leave this suite out (more than once), say test_golden: what catches mutants without it
#   -a         with AddressSanitizer and UndefinedBehaviorSanitizer, as CI runs the suites: for survivors that leak or
#              write behind an array
#   -f LIST    the mutants of this file, as in the column of places of a result, instead of a draw
#   FILE...    files instead of estimator/models/*.c and traces/sim/*.c
# Each mutant is compiled with -O1 into a shared library of the whole program; suites run against it, those that caught
# most mutants of the same file first, to the first failure.  A mutant whose object file is that of the original is
# equivalent; so are those of tests/mutate/equivalent.txt, which were read and found to change no result.  Results:
# mutate/results.tsv in the build directory.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -uo pipefail
: "${MUTATE_SRCDIR:?run make mutants}" "${MUTATE_SOURCES:?}" "${MUTATE_CC:=gcc}" "${MUTATE_CPPFLAGS:=}"
: "${MUTATE_CFLAGS:=}" "${MUTATE_LIBS:=}" "${MUTATE_TEST_LIBS:=-lcriterion}" "${MUTATE_DIR:=mutate}"

# The suites that reach a file, cheap ones first: the order until there is a history.
suites_of() {
    case $1 in
    '' | */butterfly*.c | */links.c | */flow.c | */fabnet.c | */roofline.c)
        echo test_golden test_scaling test_fabnet test_butterfly_counts test_butterfly_random test_butterfly_truth \
            test_attention test_follow test_butterfly
        ;;&
    '' | */systolic*.c | */periodic.c | */decode.c)
        echo test_golden test_periodic test_follow test_scaling test_systolic
        ;;&
    '' | */bitmap*.c | */banks.c | */*tensor*.c | */lower.c | */warps.c | */accumulate.c)
        echo test_golden test_bitmap_models test_bitmap_lower test_follow test_scaling test_bitmap_sim
        ;;&
    '') echo test_golden ;;&
    */models/butterfly.c | */models/fabnet.c | */models/roofline.c | */models/systolic.c | */models/periodic.c) ;;
    */models/decode.c | */models/bitmap.c | */models/banks.c | */models/dense_tensor.c) ;;
    '' | estimator/models/*)
        echo test_golden test_pipe test_picks test_follow test_scaling test_crowd test_inner test_estimate test_models
        ;;&
    */sim/butterfly*.c | */sim/links.c | */sim/flow.c | */sim/fabnet.c | */sim/systolic*.c | */sim/periodic.c) ;;
    */sim/decode.c | */sim/bitmap*.c | */sim/tensor_core.c | */sim/lower.c | */sim/warps.c) ;;
    '' | traces/sim/*)
        echo test_golden test_scaling test_sim_parts test_conserve test_oracle test_simulate test_published \
            test_authors test_simulate_cmd
        ;;
    esac
}
mapfile -t suites < <(suites_of '' | tr ' ' '\n' | awk '!seen[$0]++')
count=150 seed=1 given='' excluded=' ' sanitize=() memory=8000000
while getopts an:s:x:f: option; do
    case $option in
    a) sanitize=(-fsanitize=address,undefined -fno-sanitize-recover=undefined) memory=unlimited ;;
    n) count=$OPTARG ;;
    s) seed=$OPTARG ;;
    x) excluded+="$OPTARG " ;;
    f) given=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

source=$MUTATE_SRCDIR work=$PWD/$MUTATE_DIR${sanitize:+-sanitized}
mkdir -p "$work/suites" "$work/mutant" || exit 1
export SPARSECAST_SRCDIR=$source SPARSECAST_DATA=$source/data SPARSECAST_PROGRAM=$work/sparsecast
export SPARSECAST_DERIVE=$PWD/derive_layers LD_LIBRARY_PATH=$work OMP_NUM_THREADS=1 CRITERION_JOBS=1
read -ra cpp <<<"-D_GNU_SOURCE -I$PWD -I$source -I$source/estimator $MUTATE_CPPFLAGS"
cpp+=("-DSC_PKGDATADIR=\"$source/data\"" "-DSC_SRCDATADIR=\"$source/data\"")
read -ra flags <<<"$MUTATE_CFLAGS -O1 -g0 -fPIC -fno-semantic-interposition -w"
flags+=("${sanitize[@]}")
read -ra libs <<<"$MUTATE_LIBS"
libs+=("${sanitize[@]}")
read -ra test_libs <<<"$MUTATE_TEST_LIBS"
read -ra sources <<<"$MUTATE_SOURCES"

object() { printf '%s/%s.o' "$work" "${1//\//+}"; }

# compile FILE OBJECT DIRECTORY: DIRECTORY is where its own headers are.
compile() { "$MUTATE_CC" "${cpp[@]}" -iquote "$3" "${flags[@]}" -c "$1" -o "$2"; }

link_library() { "$MUTATE_CC" -shared -fopenmp -o "$work/libwhole.so" "$@" "${libs[@]}"; }

# Objects, library, program and suites, as far as they are older than their sources.
prepare() {
    local file objects=()
    if [[ ! -f $work/stamp || -n $(find "$source" -name '*.h' -newer "$work/stamp" -print -quit) ]]; then
        rm -f "$work"/*.o "$work"/suites/*
    fi
    for file in "${sources[@]}"; do
        objects+=("$(object "$file")")
        [[ ${objects[-1]} -nt $source/$file ]] && continue
        compile "$source/$file" "${objects[-1]}" "$source/$(dirname "$file")" || exit 1
    done
    link_library "${objects[@]}" || exit 1
    "$MUTATE_CC" "${cpp[@]}" "${flags[@]}" "$source/sparsecast.c" -o "$work/sparsecast" -L"$work" -lwhole \
        "${libs[@]}" || exit 1
    "$MUTATE_CC" -std=c11 -O1 "$source/tests/mutate/mutants.c" -o "$work/mutants" || exit 1
    for suite in "${suites[@]}"; do
        [[ $work/suites/$suite -nt $source/tests/$suite.c ]] || build_suite "$suite" || exit 1
    done
    : >"$work/stamp"
}

# What a suite is made of besides its own file.
parts_of() {
    case $1 in
    test_golden | test_follow) echo tests/golden/golden.c ;;
    test_bitmap_sim) echo tests/bitmap_oracle.c ;;
    test_simulate_cmd) echo tests/run_program.c ;;
    test_inner | test_models | test_oracle | test_simulate)
        (cd "$source" && ls tests/oracle/*.c | grep -v oracle_run.c)
        ;;
    esac
}

build_suite() {
    local part parts=()
    for part in tests/$1.c $(parts_of "$1"); do
        parts+=("$source/$part")
    done
    "$MUTATE_CC" "${cpp[@]}" -I"$source/tests" -I"$source/tests/oracle" "${flags[@]}" -O2 "${parts[@]}" \
        -o "$work/suites/$1" -L"$work" -lwhole "${libs[@]}" "${test_libs[@]}"
}

# run SUITE SECONDS: its exit status, 1 also for leaks, which Criterion does not look at; time out by processor seconds,
# and by the clock at ten times that.
run() {
    local status=0
    (
        ulimit -t "$2" -v "$memory" -c 0
        cd "$work" && exec timeout -k 1 $(($2 * 10)) "$work/suites/$1" -j1 --fail-fast
    ) >"$work/last.log" 2>&1 </dev/null || status=$?
    ((status == 0)) && grep -q 'ERROR: LeakSanitizer' "$work/last.log" && status=1
    return "$status"
}

declare -A limit kills
# All suites must pass before; how long they take gives their limits.
measure() {
    local suite kept=()
    TIMEFORMAT=%U
    for suite in "${suites[@]}"; do
        [[ $excluded == *" $suite "* ]] && continue
        local seconds
        if ! seconds=$({ time run "$suite" 300; } 2>&1); then
            echo "$suite fails without mutants: $work/last.log" >&2
            exit 1
        fi
        limit[$suite]=$(awk -v s="$seconds" 'BEGIN { printf "%d", 4 * s + 3 }')
        kept+=("$suite")
        printf '%s %s s\n' "$suite" "$seconds" >&2
    done
    suites=("${kept[@]}")
}

# The suites in the order of kills among the mutants of FILE, then of all, then as given.
order() {
    local i=0 suite
    for suite in $(suites_of "$1" | tr ' ' '\n' | awk '!seen[$0]++'); do
        [[ $excluded == *" $suite "* ]] && continue
        printf '%d %d %d %s\n' "${kills[$1 $suite]:-0}" "${kills[$suite]:-0}" $((i++)) "$suite"
    done | sort -k1,1nr -k2,2nr -k3,3n | awk '{ print $4 }'
}

# judge FILE OFFSET LENGTH TEXT: prints what became of the mutant.
judge() {
    local file=$1 original mutated suite status
    original=$(object "$file") mutated=$work/mutant/$(basename "$file")
    "$work/mutants" apply "$source/$file" "$2" "$3" "$4" >"$mutated" || exit 1
    if ! compile "$mutated" "$mutated.o" "$source/$(dirname "$file")" 2>/dev/null; then
        verdict='not compiled'
        return
    fi
    if cmp -s "$mutated.o" "$original.plain"; then
        verdict='same object'
        return
    fi
    local objects=("$mutated.o") other
    for other in "${sources[@]}"; do
        [[ $other == "$file" ]] || objects+=("$(object "$other")")
    done
    link_library "${objects[@]}" 2>/dev/null || { verdict='not compiled' && return; }
    verdict=survived
    for suite in $(order "$file"); do
        run "$suite" "${limit[$suite]}"
        status=$?
        ((status == 0)) && continue
        verdict="killed by $suite"
        ((status == 124 || status == 137 || status == 152)) && verdict="timeout in $suite"
        kills[$suite]=$((${kills[$suite]:-0} + 1))
        kills["$file $suite"]=$((${kills["$file $suite"]:-0} + 1))
        return
    done
}

draw() {
    local directory
    cd "$source" || exit 1
    if [[ -n $given ]]; then
        "$work/mutants" list 0 0 $(cut -f1 "$given" | cut -d: -f1 | sort -u) 2>/dev/null |
            awk -F'\t' 'NR == FNR { want[$1 "\t" $2] = 1; next } ($1 "\t" $5) in want' "$given" -
    elif (($#)); then
        "$work/mutants" list "$seed" "$count" "$@"
    else
        for directory in estimator/models traces/sim; do
            "$work/mutants" list "$seed" "$count" $directory/*.c
        done
    fi
}

summary() {
    awk -F'\t' '
        { split($1, place, "/"); d = place[1] "/" place[2] }
        { n[d]++; seen[d] = 1 }
        $3 ~ /^killed/ { killed[d]++ }
        $3 ~ /^timeout/ { late[d]++ }
        $3 ~ /test_golden/ { golden[d]++ }
        $3 == "not compiled" { broken[d]++ }
        $3 == "same object" || $3 == "equivalent" { equal[d]++ }
        $3 == "survived" { left[d]++ }
        END {
            printf "%-18s %8s %10s %8s %8s %11s %9s %8s\n", "directory", "mutants", "no compile", "killed", "timeout",
                "equivalent", "survived", "score"
            for (d in seen) {
                real = n[d] - broken[d] - equal[d]
                printf "%-18s %8d %10d %8d %8d %11d %9d %7.1f%%\n", d, n[d], broken[d], killed[d], late[d], equal[d],
                    left[d], real ? 100 * (killed[d] + late[d]) / real : 0
            }
        }' "$1" | sort -r
    echo
    awk -F'\t' '$3 == "survived" { print "survived  " $1 "  " $2 }' "$1"
}

# Mutants read by hand and found to change no result: file, a tab, the source line without its indent, a tab, change.
known_equivalent() {
    local file=${1%%:*} line=${1##*:} text
    text=$(sed -n "${line}s/^ *//p" "$source/$file")
    grep -qxF -- "$file"$'\t'"$text"$'\t'"$2" "$source/tests/mutate/equivalent.txt" 2>/dev/null
}

prepare
draw "$@" >"$work/mutants.tsv"
measure
results=$work/results.tsv last='' number=0 total=$(wc -l <"$work/mutants.tsv")
: >"$results"
while IFS=$'\t' read -r -u 9 place offset length text what; do
    file=${place%%:*}
    if [[ $file != "$last" ]]; then # the original compiled from a file of the same name, to compare objects
        cp "$source/$file" "$work/mutant/"
        compile "$work/mutant/$(basename "$file")" "$(object "$file").plain" "$source/$(dirname "$file")" || exit 1
        last=$file
    fi
    if known_equivalent "$place" "$what"; then
        verdict=equivalent
    else
        judge "$file" "$offset" "$length" "$text"
    fi
    printf '%s\t%s\t%s\n' "$place" "$what" "$verdict" >>"$results"
    printf '%d/%d %s  %s  %s\n' $((++number)) "$total" "$place" "$what" "$verdict" >&2
done 9< <(awk -F'\t' -v OFS='\t' '{ if ($4 == "") $4 = " "; print }' "$work/mutants.tsv")
summary "$results" | tee "$work/summary.txt"
