# traffic.gp - traffic of the STR cache, of partial sums and of DRAM, one panel each.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format, here, what chart.h writes, groups, low0..2 and high0..2 (range
# of each panel); $data holds centre, left, right, value and panel (0 to 2), one index per machine or dataflow.

width = wide ? 7.0 : 3.3
turned = x_longest * 4.6 > (width - 0.7) * 72 / groups
foot = 0.2 + (turned ? x_longest * 4.6 / 72 : 0.12) + 0.14 * note_lines
panel = 0.8
gap = 0.12
# The legend's rows are known only after style.gp, which wants the height: it is set again below.
height = 4
load here."style.gp"
legend = 0.05 + 0.14 * key_rows
height = 0.25 * title_lines + 3 * (panel + gap) + foot + legend
load here."style.gp"
array low[3] = [low0, low1, low2]
array high[3] = [high0, high1, high2]
array panel_name[3] = ["STR cache\nwords", "psums\nwords", "DRAM\nbytes"]

# The panel with the labels is drawn first, since the others do without.
set multiplot
set lmargin at screen 0.72 / width
set xrange [0.4 : groups + 0.6]
set logscale y
set format y "10^{%T}"
set xtics scale 0
if (turned) { set xtics rotate by 90 right }
set xlabel ""
set label 1 title at screen 0.5, 1 - 0.11 / height center font ",8" noenhanced
set label 2 note at screen 0.5, (legend + 0.07 + 0.12 * (note_lines - 1)) / height center font ",7" noenhanced
set key at screen 0.5, (legend / 2 + 0.02) / height center center horizontal noenhanced Left reverse samplen 1 \
    font ",7" maxrows key_rows
unset title
do for [p = 2 : 0 : -1] {
    base = foot + legend + (2 - p) * (panel + gap)
    set bmargin at screen base / height
    set tmargin at screen (base + panel) / height
    set yrange [low[p + 1] : high[p + 1]]
    set ylabel panel_name[p + 1] font ",7" noenhanced offset 0.4
    plot for [i = 1 : series] $data index i - 1 using ($5 == p ? $1 : 1/0):4:2:3:(low[p + 1]):4 with boxxyerror \
             linewidth 0.4 linecolor rgb colour(i) title name[i]
    unset key
    unset label
    unset xtics
}
unset multiplot
