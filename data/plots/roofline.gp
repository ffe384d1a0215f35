# roofline.gp - products per byte of DRAM traffic against products per cycle, below the machine's roof.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, low_x, high_x, low_y, high_y; $data
# holds x and y, one index per machine or dataflow, and per roof (look 1).

width = 3.3
height = 2.2 + 0.12 * note_lines
load here."style.gp"
height = height + 0.15 * key_rows
load here."style.gp"
set logscale xy
set xtics enhanced
set xrange [low_x : high_x]
set yrange [low_y : high_y]
set grid xtics ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set format x (high_x / low_x > 1e4 ? "10^{%T}" : "%g")
set format y (high_y / low_y > 1e4 ? "10^{%T}" : "%g")
size = 0.45
roofs = 0
array dash[series + 1]
do for [i = 1 : series] {
    dash[i] = roofs + 1
    if (look[i] == 1) { roofs = roofs + 1 }
}
plot for [i = 1 : series] $data index i - 1 using 1:(look[i] == 1 ? $2 : 1/0) with lines linewidth 1.5 \
         linecolor rgb "#303030" dashtype dash[i] title (look[i] == 1 ? name[i] : ""), \
     for [i = 1 : series] $data index i - 1 using 1:(look[i] == 1 ? 1/0 : $2) with points \
         pointtype point(i) pointsize size \
         linecolor rgb colour(i) title (look[i] == 1 ? "" : name[i])
