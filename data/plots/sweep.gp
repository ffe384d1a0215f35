# sweep.gp - cycles against a swept key, one curve per combination of the others.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, log_x, log_y, low_x, high_x, low_y,
# high_y; $data holds the key's value and cycles, one index per curve.

width = 3.3
height = 2.2 + 0.12 * note_lines
load here."style.gp"
height = height + 0.16 * key_rows
load here."style.gp"
if (log_x) {
    set logscale x
    set xrange [low_x / 1.15 : high_x * 1.15]
}
unit = 1.0
if (log_y) {
    set logscale y
    set yrange [low_y / 1.4 : high_y * 1.4]
    set format y "10^{%T}"
} else {
    if (high_y >= 1e4) {
        unit = high_y >= 1e9 ? 1e9 : high_y >= 1e6 ? 1e6 : 1e3
        set ylabel y_axis.(unit == 1e9 ? " (billions)" : unit == 1e6 ? " (millions)" : " (thousands)")
    }
    set yrange [0 : high_y / unit * 1.1]
}
plot for [i = 1 : series] $data index i - 1 using 1:($2 / unit) with linespoints linewidth 1.5 \
         pointtype point(i) pointsize 0.5 \
         linecolor rgb colour(i) title name[i]
