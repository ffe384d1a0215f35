# dstc-speedup.gp - speed-up over the dense tensor core against density, one curve per density of the other operand.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads what `sparsecast sweep` writes for a single layer:
#
#   printf 'layer,M,N,K,density_a,density_b\ngemm,4096,4096,4096,1,1\n' > gemm.csv
#   sparsecast sweep gemm.csv -m dstc-v100 -d bitmap-op -f csv -o sweep.csv \
#     --set density_a=1,0.5,0.25,0.1,0.05,0.01 --set density_b=0.01:1:*1.2589254
#   gnuplot -e "sweep='sweep.csv'; picture='dstc.svg'; dense=1704456" data/plots/dstc-speedup.gp
#
# `dense`: cycles of the layer on machine v100.

set terminal svg size 480, 330 font "Sans,11" background "white"
set output picture
set datafile separator comma
set encoding utf8
set logscale xy
set xlabel "density of activations"
set ylabel "speed-up over v100, dense"
set title "Dual-side sparse tensor core, 4096 x 4096 x 4096" font ",11"
set key top right title "density of weights" font ",9"
set border 3
set grid ytics linewidth 0.3
set xrange [0.01:1]
set yrange [0.5:20]
# Okabe and Ito's colours (Color Universal Design, 2008).
array colour[6] = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#000000"]
array density[6] = [1, 0.5, 0.25, 0.1, 0.05, 0.01]
plot 1 with lines linewidth 0.5 linecolor "grey" notitle, for [i = 1:6] sweep \
    using (column("density_b")):(abs(column("density_a") / density[i] - 1) < 1e-6 ? dense / column("cycles") : NaN) \
    with lines linewidth 1.5 linecolor rgb colour[i] title sprintf("%g", density[i])
