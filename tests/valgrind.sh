#!/usr/bin/env bash
# valgrind.sh BUILD - every command on small inputs under valgrind: no error, no block lost.
#
# Prints a line per command and ends with status 1 when one has a finding; its report is shown.  OpenMP runs one thread:
# the stacks of libgomp's threads are "possibly lost" by design.  Blocks still reachable at the end belong to stdio and
# libgomp.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -uo pipefail

build=$(cd -- "${1:?which build directory?}" && pwd -P)
program=$build/sparsecast
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
command -v valgrind >/dev/null || {
    echo "valgrind.sh: valgrind is missing (Debian package valgrind)" >&2
    exit 1
}
export SPARSECAST_DATA=${SPARSECAST_DATA:-$root/data} OMP_NUM_THREADS=1

work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
cd -- "$work" || exit 1

cat >l.csv <<'CSV'
layer,model,M,N,K,density_a,density_b,pattern_a,own
first,net,24,30,20,0.3,0.5,rowskew:0.8,x
second,net,16,8,24,0.5,1,,"y, z"
CSV
cat >conv.csv <<'CSV'
layer,kind,in_channels,in_height,in_width,filters,filter_height,filter_width,density_a,density_b,pattern_a
first,conv,8,6,6,8,3,3,,0.5,periodic:4:8
CSV
printf 'layer,M,N,K,kind\nfirst,64,8,,fft\nsecond,64,8,64,bpmm\nthird,16,8,,fft\nfourth,32,8,,fft\n' >fft.csv
printf 'Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\nConv1, 8, 8, 3, 3, 4, 8, 1,\n' >topology.csv
printf 'name: own\nbase: flexagon\nstr_cache: {bytes: 262144}\n' >own.yaml
printf 'layer,M,N,K,density_a,density_b\nx,1,two,1,1,1\n' >bad.csv
printf 'name: bad\nbase: flexagon\nstr_cache: {byts: 262144}\n' >bad.yaml
printf '%%%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 1\n9 2\n' >bad.mtx

commands=(
    "0 generate --rows 12 --cols 20 --density 0.3 -o a.mtx"
    "0 generate --rows 20 --cols 9 --density 0.4 --pattern rowskew:0.8 -o b.smtx.gz"
    "0 generate --rows 8 --cols 72 --pattern periodic:4:8:d -o w.mtx"
    "0 profile --a a.mtx --b b.smtx.gz -o profile.csv"
    "0 estimate l.csv -m flexagon -m sigma-like -f csv -o results.csv"
    "0 estimate l.csv -m own.yaml --best --totals"
    "0 estimate l.csv -m sigma-like -m dstc-v100 --network -f json"
    "0 estimate l.csv --refine=2"
    "0 estimate conv.csv -m sps -m v100"
    "0 estimate fft.csv -m fabnet-be40 -m butterfly-array -f csv -o butterflies.csv"
    "0 simulate l.csv --compare -j 1 -f csv -o simulated.csv --trace timeline.csv"
    "0 simulate l.csv -m flexagon-asplos23 -j 1"
    "0 simulate l.csv -m dstc-v100 -j 1"
    "0 simulate conv.csv -m sps -m sps-csr -j 1"
    "0 simulate fft.csv -m fabnet-be40 -m butterfly-array -j 1"
    "0 simulate --a a.mtx --b b.smtx.gz -m sparch-like --compare -j 1"
    "0 calibrate -m flexagon --layers 4 --variants 1 --cost 1e5 -o c.yaml -j 1"
    "0 calibrate -m sps --layers 4 --variants 1 --cost 1e5 -o s.yaml --report=r.txt --judged 1 --folds 2 --rows rows.csv -j 1"
    "0 estimate l.csv --calibration c.yaml"
    "0 sweep l.csv --set array.multipliers=32:64:*2 --set density_b=0.3,0.6 -f csv -o swept.csv -j 1"
    "0 formats l.csv"
    "0 formats conv.csv --measure -f json"
    "0 formats --a a.mtx --b b.smtx.gz -f csv -o formats.csv"
    "0 periodic target --sensitivity -f csv -o sensitivity.csv"
    "0 periodic losses conv.csv --pattern 4:8 --per-layer"
    "0 periodic order --filters=16 --pattern=4:8:d"
    "0 periodic check w.mtx --pattern=4:8:d"
    "0 import topology.csv"
    "0 import $root/tests/onnx/cnn.onnx --dim N=1"
    "0 import $root/tests/onnx/lstm.onnx"
    "0 sweep l.csv --set array.multipliers=32,64 --refine=2 -j 1"
    "0 reproduce butterfly sps dstc --estimate-only"
    "0 machines"
    "0 machines -v flexagon own.yaml"
    "0 dataflows"
    "0 plot results.csv -o o.svg"
    "0 plot timeline.csv -o o.svg"
    "0 plot swept.csv -o o.svg"
    "0 plot simulated.csv -o o.svg"
    "0 plot rows.csv -o o.svg"
    "0 plot formats.csv -o o.svg"
    "0 plot sensitivity.csv -o o.svg"
    "0 plot butterfly butterflies.csv -o o.svg"
    "0 report results.csv -o o.html"
    "0 report swept.csv -o o.html"
    "1 estimate bad.csv"
    "1 estimate l.csv -m bad.yaml"
    "1 estimate l.csv -m bad.csv/x.yaml"
    "1 profile --a bad.mtx --b bad.mtx"
    "1 report l.csv"
    "1 plot l.csv -o o.svg"
    "1 estimate l.csv -o /dev/full"
    "1 simulate l.csv -j 1 -f csv -o missing/o.csv"
    "1 calibrate --layers 4 --variants 1 --cost 1e5 -o /dev/full -j 1"
    "2 estimate l.csv --nonsense"
    "2 estimate l.csv -m flexagno"
    "2 sweep l.csv --set nonsense"
)
# 99: of valgrind itself.  Only the program is looked at, not what it starts.
check=(valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible
    --show-leak-kinds=definite,indirect,possible --track-fds=no --child-silent-after-fork=yes --log-file=valgrind.log)
findings=0
for line in "${commands[@]}"; do
    expected=${line%% *}
    read -r -a words <<<"${line#* }"
    status=0
    "${check[@]}" "$program" "${words[@]}" >out 2>err </dev/null || status=$?
    if [[ $status == "$expected" && ! -s valgrind.log ]]; then
        printf 'clean: %s\n' "${words[*]}"
    else
        printf 'FOUND: %s: status %s, expected %s\n' "${words[*]}" "$status" "$expected"
        head -n 60 valgrind.log err
        findings=$((findings + 1))
    fi
done
echo "valgrind: ${#commands[@]} commands, $findings with findings"
((findings == 0))
