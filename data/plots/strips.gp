# strips.gp - published winners above ours, layer by layer, a strip per network.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, strips, most (layers of the longest
# one); $data holds left, right, foot and top of the cells, one index per winner.

width = 7.0
height = 0.9 + 0.3 * strips
load here."style.gp"
set lmargin at screen (0.12 + y_longest * 4.8 / 72) / width
unset ylabel
set border 1 linewidth 0.8 linecolor rgb "#303030"
set ytics scale 0 noenhanced
unset grid
set xrange [0 : most]
set yrange [-strips + 0.1 : 0.05]
set style fill solid 1.0 noborder
plot for [i = 1 : series] $data index i - 1 using 1:3:1:2:3:4 with boxxyerror linecolor rgb colour(i) title name[i]
