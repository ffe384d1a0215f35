# attention.gp - speed-up over sequence length, a curve per mix of butterfly blocks.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads what `sparsecast reproduce butterfly -f csv` writes:   gnuplot -e "data='claims.csv'; workload='BERT';
# format='png'; output='attention.png'" attention.gp All four may be left out.

if (!exists("data")) { data = "claims.csv" }
if (!exists("workload")) { workload = "BERT" }
if (!exists("format")) { format = "svg" }
if (!exists("output")) { output = "attention.".format }

# One column of a paper is 3.4 in wide, two panels make a page of 7 in; fonts and terminals as in layers.gp.
width = 7.0
height = 2.9
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. linewidth 300 / 144.
} else {
    if (format eq "svg") {
        set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
    } else {
        set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7
    }
}
set output output
set encoding utf8
set datafile separator comma

# Okabe and Ito's colours, which people with any colour vision tell apart; marks differ, too.
array colour[5] = ["#D55E00", "#E69F00", "#CC79A7", "#56B4E9", "#0072B2"]
array mark[5] = [7, 5, 9, 13, 11]
array mix[5] = ["abfly", "1/4 fbfly", "1/2 fbfly", "3/4 fbfly", "fbfly"]
array label[5] = ["abfly", "1/4 fbfly", "1/2 fbfly", "3/4 fbfly", "fbfly"]

# Columns: figure 2, item 3 ("BERT 512 tokens 1/2 fbfly"), quantity 4, estimated 10.
items = workload." "
tokens(item) = word(item, words(workload) + 1)
is_ours(figure, item, quantity, wanted, m) = figure eq "workloads" && quantity eq wanted && \
    item eq items.tokens(item)." tokens ".mix[m]
x(figure, item, quantity, wanted, m) = is_ours(figure, item, quantity, wanted, m) ? real(tokens(item)) : NaN

set border 3 linewidth 0.8
set logscale xy
set format y "%g"
set xtics nomirror out scale 0.5 font ",7" (128, 256, 512, "1K" 1024, "2K" 2048, "4K" 4096, "8K" 8192)
set ytics nomirror out scale 0.5 font ",7" (0.5, 1, 2, 5, 10, 20, 50, 100)
set grid ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set xrange [110 : 9600]
set xlabel "sequence length" font ",7" offset 0, 0.4
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linewidth 0.8 linecolor rgb "#303030" back
set key at screen 0.5, screen 0.06 center center horizontal Left reverse samplen 1 width -1 font ",7" maxrows 2
set bmargin at screen 0.25
set tmargin at screen 0.88
set datafile missing NaN

over_nx = "speed-up over NX with a kernel per layer"
over_dense = "speed-up over dense on the same array"
set multiplot layout 1, 2 title "Speed-up of butterfly-array on ".workload." (closed form)" font ",8" noenhanced
set yrange [0.5 : 30]
set ylabel "over xavier-nx with a kernel per layer" font ",7" offset 0.9
plot for [m = 1 : 5] data every ::1 using (x(strcol(2), strcol(3), strcol(4), over_nx, m)):10 with linespoints \
    linecolor rgb colour[m] pointtype mark[m] pointsize 0.6 title label[m] noenhanced
set yrange [1 : 130]
unset key # once for both panels
set ylabel "over the dense network on the array" font ",7" offset 0.9
plot for [m = 1 : 5] data every ::1 using (x(strcol(2), strcol(3), strcol(4), over_dense, m)):10 with linespoints \
    linecolor rgb colour[m] pointtype mark[m] pointsize 0.6 title label[m] noenhanced
unset multiplot
