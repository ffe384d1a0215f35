# surface.gp - the speed-up of a machine over another at each pair of densities.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, steps_a, steps_b, most (largest ratio
# either way); $data holds the places along both axes and the ratio.

width = 3.3
height = 2.75 + 0.12 * note_lines
load here."style.gp"
# White is equal, blue faster, orange slower, in steps of equal ratios.
set palette defined (-1 "#D55E00", 0 "#ffffff", 1 "#0072B2")
set cbrange [-log(most) : log(most)]
set rmargin at screen 1 - 0.62 / width
set colorbox user origin screen 1 - 0.55 / width, graph 0 size screen 0.1 / width, graph 1
unset key
set cblabel "speed-up" font ",7" offset -0.6
ratio(x) = sprintf(x < 9.95 ? "%.1f" : "%.0f", x)
set cbtics font ",7" scale 0 offset -0.7
set cbtics (ratio(1 / most) -log(most), ratio(1 / sqrt(most)) -log(most) / 2, "1" 0, ratio(sqrt(most)) log(most) / 2, \
            ratio(most) log(most))
set xrange [-0.5 : steps_a - 0.5]
set yrange [-0.5 : steps_b - 0.5]
set xtics scale 0
set ytics scale 0 noenhanced
if (steps_a > 8) { set xtics rotate by 45 right }
unset grid
set style fill solid 1.0 noborder
plot $data using 1:2:(0.5):(0.5):(log($3)) with boxxyerror linecolor palette notitle, \
     $data using 1:2:(ratio($3)) with labels font (steps_a > 8 || steps_b > 12 ? ",4.5" : ",6") \
         textcolor rgb "#000001" notitle
