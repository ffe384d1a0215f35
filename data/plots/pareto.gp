# pareto.gp - energy against cycles of all configurations, those that no other beats marked.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, low_x, high_x, low_y, high_y; $data
# holds cycles, energy and point size; configurations of the front have look 2.

width = 3.3
height = 2.2 + 0.12 * note_lines
load here."style.gp"
height = height + 0.16 * key_rows
load here."style.gp"
# 4.5e6 as "4.5 M"; a step of 1, 2 or 5 that divides a span into about five.
si(v) = sprintf("%g", real(gprintf("%.6s", v))).(abs(v) >= 1 && abs(v) < 1000 ? "" : " ".gprintf("%c", v))
whole(x) = x < 1.5 ? 1 : x < 3.5 ? 2 : x < 7.5 ? 5 : 10
step(span) = whole(span / 5 / 10**floor(log10(span / 5))) * 10**floor(log10(span / 5))
# Over less than a decade a logarithmic axis would have no labels.
if (high_x > 8 * low_x) {
    set logscale x
    set xtics enhanced
    set format x "10^{%T}"
} else {
    by = step(high_x * 1.2 - low_x / 1.2)
    set xtics ()
    do for [k = ceil(low_x / 1.2 / by) : floor(high_x * 1.2 / by)] { set xtics add (si(k * by) k * by) }
}
set xrange [low_x / 1.2 : high_x * 1.2]
if (high_y > 8 * low_y) {
    set logscale y
    do for [e = floor(log10(low_y)) : ceil(log10(high_y))] {
        do for [m in "1 2 5"] { set ytics add (si(m * 10.0**e) m * 10.0**e) }
    }
} else {
    by = step(high_y * 1.3 - low_y / 1.3)
    set ytics ()
    do for [k = ceil(low_y / 1.3 / by) : floor(high_y * 1.3 / by)] { set ytics add (si(k * by) k * by) }
}
# Labels such as "240 m" are wider than those that style.gp leaves room for.
set lmargin at screen 0.68 / width
set ylabel offset -0.3
set yrange [low_y / 1.3 : high_y * 1.3]
set grid xtics ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
plot for [i = 1 : series] $data index i - 1 using 1:2:3 with points \
         pointtype (look[i] == 2 ? point(i) : 6) pointsize variable \
         linecolor rgb colour(i) title name[i]
