# residuals.gp - estimated against simulated cycles, and their errors.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format (png, svg, pdf), title, low, high (cycles), series and the block
# $points (simulated, estimated; one index per dataflow).

# Okabe and Ito's colours, which people with any colour vision tell apart (Color Universal Design, 2008).
array shade[8] = ["#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#F0E442", "#CC79A7", "#000000"]

# The page is 7 in wide; text of 7 and 8 pt is readable.
width = 7.0
height = 3.4

# A point is 1/72 in, but each terminal has a scale of its own (as in layers.gp).
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. \
        linewidth 300 / 144. pointscale 300 / 96.
} else {
    if (format eq "svg") {
        set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
    } else {
        set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7
    }
}

# Errors beyond are drawn at the edge, so that none is hidden.
most = 50
clipped(e) = e > most ? most : e < -most ? -most : e

set encoding utf8
set multiplot
set border 3 linewidth 0.8
set tics nomirror out scale 0.5 font ",7"
set grid linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set logscale x
set format x "10^{%T}"
set xrange [low / 1.6 : high * 1.6]
set xlabel "simulated cycles" font ",7" offset 0, 0.4
set tmargin at screen 0.9
set bmargin at screen 0.24
set label 1 title at screen 0.5, 0.96 center font ",8" noenhanced

set lmargin at screen 0.09
set rmargin at screen 0.48
set logscale y
set format y "10^{%T}"
set yrange [low / 1.6 : high * 1.6]
set ylabel "estimated cycles" font ",7" offset 1
set key at screen 0.5, 0.06 center center horizontal noenhanced Left reverse samplen 0.5 font ",7"
plot x notitle with lines linewidth 0.8 linecolor rgb "#303030", \
     for [i = 1 : series] $points index i - 1 using 1:2 with points pointtype 7 pointsize 0.25 \
         linecolor rgb shade[(i - 1) % 8 + 1] title columnheader(1)

unset label 1
unset key
set lmargin at screen 0.59
set rmargin at screen 0.98
unset logscale y
set format y "%g"
set yrange [-1.05 * most : 1.05 * most]
set ylabel "error, % (beyond 50 at the edge)" font ",7" offset 1
plot 0 notitle with lines linewidth 0.8 linecolor rgb "#303030", \
     for [i = 1 : series] $points index i - 1 using 1:(clipped(100 * ($2 / $1 - 1))) with points pointtype 7 pointsize 0.25 \
         linecolor rgb shade[(i - 1) % 8 + 1] notitle
unset multiplot
