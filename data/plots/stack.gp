# stack.gp - stacked bars in groups: cycles by phase, energy by part.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, bars (x from 0 to bars), most (height
# of the tallest bar); $data holds centre, left, right, foot and top of the pieces, one index per phase or part.

width = wide ? 7.0 : 3.3
turned = x_longest * 4.6 > (width - 0.7) * 72 / (x_ticks > 0 ? x_ticks : 1)
height = 2.45 + 0.12 * note_lines + (turned ? x_longest * 4.6 / 72 : 0) + (top_texts > 0 ? 0.22 : 0)
load here."style.gp"
if (turned) { set xtics rotate by 90 right }
set xtics scale 0
if (top_texts > 0) {
    unset title
    set label 1 title at screen 0.5, 1 - 0.11 / height center font ",8" noenhanced
    set tmargin at screen 1 - (0.1 + 0.13 * title_lines + 0.24) / height
}
set xrange [-0.3 : bars + 0.3]
set yrange [0 : most]
step = most <= 1.5 ? 0.2 : most <= 3 ? 0.5 : 1
set ytics step
set style fill solid 1.0 border rgb "#303030"
plot for [i = 1 : series] $data index i - 1 using 1:5:2:3:4:5 with boxxyerror linewidth 0.4 \
         linecolor rgb colour(i) title name[i]
