# compare.gp - estimates against simulations with their intervals, and the errors below.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, low and high (cycles); $data holds
# simulated, estimated, low and high end of the estimate's interval, one index per dataflow.

width = 3.3
height = 4
load here."style.gp"
legend = 0.05 + 0.14 * key_rows
foot = legend + 0.34 + 0.12 * note_lines
height = foot + 1.0 + 0.12 + 2.2 + 0.22
load here."style.gp"

# Errors beyond are drawn at the edge, so that none is hidden.
most = 50
clipped(e) = e > most ? most : e < -most ? -most : e

set multiplot
set title title
set logscale x
set xrange [low : high]
set xtics scale 0.5 enhanced
set grid xtics ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set tmargin at screen 1 - 0.22 / height
set bmargin at screen (foot + 1.0 + 0.12) / height
set logscale y
set yrange [low : high]
set format y "10^{%T}"
set format x ""
set xlabel ""
unset key
plot x with lines linewidth 0.8 linecolor rgb "#303030" notitle, \
     for [i = 1 : series] $data index i - 1 using 1:2:3:4 with yerrorbars linewidth 0.5 \
         pointtype point(i) pointsize 0.5 \
         linecolor rgb colour(i) title name[i]
unset title
set tmargin at screen (foot + 1.0) / height
set bmargin at screen foot / height
unset logscale y
set yrange [-1.06 * most : 1.06 * most]
set ytics 25
set format y "%g"
set format x "10^{%T}"
set ylabel "error, % (beyond\n50 at the edge)" font ",7" noenhanced offset 0.9
set xlabel x_axis font ",7" noenhanced offset 0, 0.5
set label 2 note at screen 0.5, (legend + 0.05 + 0.12 * (note_lines - 1)) / height center font ",7" noenhanced
set key at screen 0.5, (legend / 2 + 0.01) / height center center horizontal noenhanced Left reverse samplen 1 \
    font ",7" maxrows key_rows
plot 0 with lines linewidth 0.8 linecolor rgb "#303030" notitle, \
     for [i = 1 : series] $data index i - 1 using 1:(clipped(100 * ($2 / $1 - 1))):(clipped(100 * ($3 / $1 - 1))): \
         (clipped(100 * ($4 / $1 - 1))) with yerrorbars linewidth 0.5 \
         pointtype point(i) pointsize 0.5 linecolor rgb colour(i) title name[i]
unset multiplot
