#!/usr/bin/env bash
# run.sh - builds the fuzz targets with clang and runs each of them for a bounded time.
#
# Usage: run.sh SOURCES TREE SECONDS [TARGET]...
# TREE is a build tree of its own.  What a target finds stays in TREE/found/TARGET, the inputs that reached something new
# in TREE/new/TARGET (`fuzzer --target=TARGET -merge=1 corpus new` picks those worth keeping).  TREE/fuzz-totals receives
# "PASSED FAILED SKIPPED" targets.  Without clang or its fuzzer library everything is skipped, with a message.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

source=$(cd -- "$1" && pwd -P)
tree=$2 seconds=$3
shift 3
mkdir -p -- "$tree/log"
tree=$(cd -- "$tree" && pwd -P)
checks=address,undefined
flags="-g -O2 -fsanitize=fuzzer-no-link,$checks -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
mapfile -t targets < <(sed -n 's/^    X(\([a-z_]*\)).*/\1/p' "$source/tests/fuzz/fuzz.h")
(($#)) && targets=("$@")

say() { printf 'fuzz: %s\n' "$*"; }

finish() {
    printf '%s %s %s\n' "$1" "$2" "$3" >"$tree/fuzz-totals"
    exit $(($2 != 0))
}

has_clang() {
    printf 'int LLVMFuzzerTestOneInput(const unsigned char *b, unsigned long n) { return b && n > 9; }\n' \
        >"$tree/log/probe.c"
    clang -fsanitize=fuzzer,$checks -o "$tree/log/probe" "$tree/log/probe.c" >"$tree/log/probe.log" 2>&1
}

# Configures once per place; make brings the tree up to date.
build() {
    local stamp=$tree/.configured
    if [[ ! -f $stamp || $(<"$stamp") != "$source $flags" ]]; then
        (cd -- "$tree" && "$source/configure" -q --disable-openmp CC=clang CFLAGS="$flags -Wno-unknown-pragmas" \
            LDFLAGS="-fsanitize=$checks")
        printf '%s\n' "$source $flags" >"$stamp"
    fi
    make -s -C "$tree" -j"$(nproc)" libsparsecast.la libcommands.la
    rm -f -- "$tree/tests/fuzz/fuzzer"
    make -s -C "$tree" tests/fuzz/fuzzer LDFLAGS="-fsanitize=fuzzer,$checks"
}

# run TARGET: one process for $seconds; a crash, a leak, more than 10 s or 2 GiB for one input are findings.
run() {
    local target=$1 log="$tree/log/$1.log" status=0 units
    mkdir -p -- "$tree/new/$target" "$tree/found/$target"
    "$tree/tests/fuzz/fuzzer" --target="$target" -dict="$source/tests/fuzz/$target.dict" -seed="${FUZZ_SEED:-1}" \
        -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 \
        -artifact_prefix="$tree/found/$target/" -print_final_stats=1 -close_fd_mask=1 \
        "$tree/new/$target" "$source/tests/fuzz/corpus/$target" >"$log" 2>&1 || status=$?
    units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    executions=$((executions + ${units:-0}))
    if ((status == 0)); then
        passed=$((passed + 1))
        say "$target: ${units:-0} inputs, nothing found"
    else
        failed=$((failed + 1))
        say "$target: FOUND something after ${units:-0} inputs; all of its output is in $log"
        grep -a -E '^fuzz: |ERROR: |runtime error: |SUMMARY: ' "$log" | head -n 5 || true
    fi
}

if ! has_clang 2>/dev/null; then
    say "skipped: clang and its fuzzer library are not here (Debian packages clang, libclang-rt-dev)"
    finish 0 0 "${#targets[@]}"
fi
TMPDIR=$(mktemp -d "$([[ -w /dev/shm ]] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/sparsecast-fuzz-XXXXXX")
export TMPDIR SPARSECAST_DATA=$source/data ASAN_OPTIONS=quarantine_size_mb=16
trap 'rm -rf -- "$TMPDIR"' EXIT
say "building in $tree"
build
passed=0 failed=0 executions=0
for target in "${targets[@]}"; do
    run "$target"
done
say "$executions inputs in all, ${#targets[@]} targets of $seconds s: $passed without a finding, $failed with one"
finish "$passed" "$failed" 0
