# published.gp - published values as markers over our bars.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, groups, low, high (values); $data
# holds centre, left, right and value, one index per series of bars and then per kind of marker (look 2).

width = wide ? 7.0 : 3.3
turned = x_longest * 4.6 > (width - 0.7) * 72 / groups
height = 2.3 + 0.12 * note_lines + (turned ? x_longest * 4.6 / 72 : 0)
load here."style.gp"
height = height + 0.14 * (key_rows - 1)
load here."style.gp"
if (turned) { set xtics rotate by 90 right }
set xtics scale 0
set xrange [0.4 : groups + 0.6]
foot = 0
if (high / low > 20) {
    set logscale y
    foot = low / 1.6
    set yrange [foot : high * 1.6]
    set format y (high / low > 1e4 ? "10^{%T}" : "%g")
} else { set yrange [0 : high * 1.1] }
if (low < 1 && high > 1) { set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linewidth 0.8 \
         linecolor rgb "#303030" front }
bars = 0
do for [i = 1 : series] { if (look[i] != 2) { bars = bars + 1 } }
plot for [i = 1 : bars] $data index i - 1 using 1:4:2:3:(foot):4 with boxxyerror linewidth 0.4 \
         linecolor rgb colour(i) title name[i], \
     for [i = bars + 1 : series] $data index i - 1 using 1:4 with points pointtype 13 pointsize 0.75 \
         linecolor rgb "white" notitle, \
     for [i = bars + 1 : series] $data index i - 1 using 1:4 with points \
         pointtype (hue[i] == 8 ? 13 : 6) pointsize 0.5 \
         linecolor rgb (hue[i] == 8 ? "#000000" : "#606060") title name[i]
