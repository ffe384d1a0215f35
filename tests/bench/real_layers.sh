#!/bin/sh
# real_layers.sh - prints a layer list of the real matrices in ../shared/workloads (or $SPARSECAST_SHARED/workloads), to judge estimates by:
# graphs and SuiteSparse matrices times themselves, pruned weights times random activations, measured masks of both operands.
#   real_layers.sh [MOST_NONZEROS]    leaves out square matrices with more (default: all)
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
most=${1:-1000000000}
root=${SPARSECAST_SHARED:-$(dirname "$0")/../../../shared}/workloads/matrices
[ -d "$root" ] || { echo "real_layers.sh: $root is absent" >&2; exit 1; }
root=$(cd "$root" && pwd)

size() { # file: "rows cols nonzeros" of a Matrix Market or .smtx file
    case $1 in
    *.smtx) sed -n '1s/,/ /gp' "$1" | awk '{ print $1, $2, $3 }' ;;
    *) awk '!/^%/ && NF { print $1, $2, $3; exit }' "$1" ;;
    esac
}
pair() { # model name a b
    set -- "$1" "$2" "$3" "$4" $(size "$3") $(size "$4")
    [ "$6" = "$8" ] || return 0
    echo "$2,$1,$5,$9,$6,,,$3,$4"
}
weights() { # model name a N density
    set -- "$1" "$2" "$3" "$4" "$5" $(size "$3")
    echo "$2,$1,$6,$4,$7,,$5,$3,"
}

echo layer,model,M,N,K,density_a,density_b,a,b
for file in "$root"/spgemm/*.mtx "$root"/suitesparse/*.mtx "$root"/gcn/cora_A.mtx; do
    set -- $(size "$file")
    [ "$3" -le "$most" ] || continue
    [ "$1" = "$2" ] && pair AxA "$(basename "$file" .mtx)" "$file" "$file"
done
pair GCN cora_AX "$root/gcn/cora_A.mtx" "$root/gcn/cora_X.smtx"
for layer in L07 L09 L13; do
    pair MobileNet "mobilenet-$layer" "$root/eyerissv2_mobilenet0.5/${layer}_W.smtx" "$root/eyerissv2_mobilenet0.5/${layer}_A.smtx"
done
for run in C64 MB215 SQ11; do
    pair authors "$run" "$root/authors_runs/$run/A.mtx" "$root/authors_runs/$run/B.mtx"
done
pair RadiX-Net images-l1 "$root/sparse_dnn_challenge/sparse-images-1024_subset.mtx" "$root/sparse_dnn_challenge/n1024-l1.mtx"
pair RadiX-Net l1-l2 "$root/sparse_dnn_challenge/n1024-l1.mtx" "$root/sparse_dnn_challenge/n1024-l2.mtx"
pair RadiX-Net l2-l3 "$root/sparse_dnn_challenge/n1024-l2.mtx" "$root/sparse_dnn_challenge/n1024-l3.mtx"
for sparsity in 0.5 0.8 0.95; do # activations of about the densities that ReLU leaves
    for file in "$root/dlmc/rn50/magnitude_pruning/$sparsity"/*.smtx; do
        name=rn50-$sparsity-$(basename "$file" .smtx)
        weights DLMC "$name-196" "$file" 196 0.55
        weights DLMC "$name-784" "$file" 784 0.35
    done
done
for sparsity in 0.7 0.95; do
    for file in "$root/dlmc/transformer/magnitude_pruning/$sparsity"/*.smtx; do
        weights DLMC "transformer-$sparsity-$(basename "$file" _fully_connected.smtx)" "$file" 512 0.9
    done
done
