# map.gp - which dataflow is fastest at each pair of densities.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, steps_a, steps_b; $data holds the
# places along both axes and how many times slower the second best is (0: there is none), one index per dataflow that is
# fastest somewhere.

width = 3.3
height = 2.9 + 0.12 * note_lines
load here."style.gp"
set xrange [-0.5 : steps_a - 0.5]
set yrange [-0.5 : steps_b - 0.5]
set xtics scale 0
set ytics scale 0 noenhanced
if (steps_a > 8) { set xtics rotate by 45 right }
unset grid
set style fill solid 1.0 noborder
# The colours of style.gp with a quarter of white, on which black is readable whatever the page's colours (#000001 is
# black that a dark page does not turn).
array tint[8] = ["#4095C5", "#E08640", "#40B696", "#80C7EF", "#ECB740", "#F4EB71", "#D99BBD", "#999999"]
plot for [i = 1 : series] $data index i - 1 using 1:2:(0.5):(0.5) with boxxyerror \
         linecolor rgb tint[(hue[i] + 7) % 8 + 1] title name[i], \
     for [i = 1 : series] $data index i - 1 using 1:2:($3 == 0 ? "" : sprintf($3 < 10 ? "%.1f" : "%.0f", $3)) \
         with labels font (steps_a > 8 || steps_b > 12 ? ",4.5" : ",6") \
         textcolor rgb "#000001" notitle
