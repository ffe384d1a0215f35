# butterfly.gp - cycles of an operator against its points, by what takes them.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, low_x, high_x, low_y, high_y; $data
# holds points and cycles, one index per part, all cycles last.

width = 3.3
height = 2.45 + 0.12 * note_lines
load here."style.gp"
set logscale x 2
set logscale y
set xrange [low_x / 1.2 : high_x * 1.2]
set yrange [low_y / 1.6 : high_y * 1.6]
set format y "10^{%T}"
plot for [i = 1 : series] $data index i - 1 using 1:2 with linespoints linewidth 1.5 pointtype point(i) pointsize 0.5 \
         linecolor rgb colour(i) title name[i]
