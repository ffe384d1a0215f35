#!/usr/bin/env bash
# lint.sh BUILD [FILE.c]... - gcc -fanalyzer and clang-tidy (.clang-tidy says which checks) over all C sources of the
# tree, or the given ones.  Ends with status 1 when there is a finding.
#
# gcc's analyzer (12) is still young.  The warnings that are off here were read one by one and are wrong:
#   -Wanalyzer-malloc-leak, -Wanalyzer-file-leak       it loses track of blocks handed over in a struct (tests/valgrind.sh
#                                                      and AddressSanitizer look for leaks, in earnest)
#   -Wanalyzer-use-of-uninitialized-value              it does not see that a function which returned SC_OK has filled
#                                                      what it was given (valgrind looks for these)
#   -Wanalyzer-null-dereference, -Wanalyzer-possible-null-dereference, -Wanalyzer-possible-null-argument in tests, which
#                                                      stop at cr_assert(), a function it does not know to stop
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -uo pipefail

build=$(cd -- "${1:?which build directory?}" && pwd -P)
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
shift
for tool in gcc clang-tidy pkg-config; do
    command -v "$tool" >/dev/null || {
        echo "lint.sh: $tool is missing (Debian packages gcc, clang-tidy, pkgconf)" >&2
        exit 1
    }
done
cd -- "$root" || exit 1
files=("$@")
((${#files[@]})) || mapfile -t files < <(find . -path './build*' -prune -o -name '*.c' -print | sed 's,^\./,,' | sort)
read -r -a packages < <(pkg-config --cflags gsl libcyaml yaml-0.1 zlib criterion)
flags=(-std=c11 -D_GNU_SOURCE -DHAVE_CONFIG_H -fopenmp -I. -Iestimator -Itests/oracle -I"$build"
    -DSC_PKGDATADIR='"/usr/share/sparsecast"' -DSC_SRCDATADIR="\"$root/data\"" "${packages[@]}")

analyze() {
    local -a off=(-Wno-analyzer-malloc-leak -Wno-analyzer-file-leak -Wno-analyzer-use-of-uninitialized-value)
    [[ $1 == tests/* ]] && off+=(-Wno-analyzer-null-dereference -Wno-analyzer-possible-null-dereference
        -Wno-analyzer-possible-null-argument -Wno-analyzer-null-argument)
    gcc -fanalyzer -O1 -Wall -Wextra "${flags[@]}" "${off[@]}" -Werror -c -o /dev/null "$1"
}

findings=0
for file in "${files[@]}"; do
    analyze "$file" || findings=$((findings + 1))
    clang-tidy --quiet "$file" -- "${flags[@]}" 2>/dev/null || findings=$((findings + 1))
done
echo "lint: ${#files[@]} files, $findings findings"
((findings == 0))
