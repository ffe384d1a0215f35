#!/usr/bin/env bash
# lint.sh BUILD [FILE.c]... - gcc -fanalyzer and clang-tidy (.clang-tidy says which checks) over all C sources of the
# tree, or the given ones.  Prints the findings that tools/lint-explained does not explain; status 1 when there are any.
#
# Off for gcc's analyzer (12), whose warnings of these kinds were read one by one and are wrong:
#   malloc-leak, file-leak        it loses track of blocks that are handed over in a struct; valgrind and
#                                 AddressSanitizer look for leaks in every command
#   use-of-uninitialized-value    it does not see that a call which returned SC_OK has filled what it was given; valgrind
#                                 looks for these
#   null-dereference and its kin, in tests only: it does not know that cr_assert() does not return when it fails
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
    -DSC_PKGDATADIR='"/usr/share/sparsecast"' -DSC_SRCDATADIR="\"$root/data\"" "${packages[@]}" -Wno-unused-value)
quiet=(-Wno-analyzer-malloc-leak -Wno-analyzer-file-leak -Wno-analyzer-use-of-uninitialized-value)
tests=(-Wno-analyzer-null-dereference -Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument
    -Wno-analyzer-null-argument)

# "FILE:LINE:COLUMN: warning: TEXT [CHECK]" of one source.
look_at() {
    local -a own=("${flags[@]}") off=("${quiet[@]}")
    [[ $1 == estimator/error.c ]] || own+=(-include tools/lint.h)
    [[ $1 == tests/* ]] && off+=("${tests[@]}")
    gcc -fanalyzer -fdiagnostics-plain-output -O1 -Wall -Wextra "${own[@]}" "${off[@]}" -c -o /dev/null "$1" 2>&1
    clang-tidy --quiet "$1" -- "${own[@]}" 2>/dev/null
}

# Prints what is not explained, without the part of the path that is this machine's.
unexplained() {
    sed -e "s,^$root/,," -e 's,^\./,,' | grep -E '^[^ :]+:[0-9]+:[0-9]+: (warning|error):' | awk '
        NR == FNR { if ($1 != "#" && NF > 2) known[$1 " " $2] = 1; next }
        {
            file = $0; sub(/:.*/, "", file)
            check = $0; sub(/.*\[/, "", check); sub(/[],].*/, "", check)
            if (!((file " " check) in known)) print
        }' tools/lint-explained - | sort -u
}

findings=$(for file in "${files[@]}"; do look_at "$file"; done | unexplained)
[[ -z $findings ]] || printf '%s\n' "$findings"
count=$(grep -c . <<<"$findings")
echo "lint: ${#files[@]} files, $count findings"
((count == 0))
