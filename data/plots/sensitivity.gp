# sensitivity.gp - how far three factors move when one assumption changes: a bar per change, three panels.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format (png, svg, pdf), base[] (the factors of the set), rows and the block
# $moves (row, label, factors relative to the set: storage, index, energy).

# The page is 7 in wide; a line of 6 pt takes 0.125 in.
width = 7.0
height = 0.75 + rows * 0.125
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. linewidth 300 / 144.
} else {
    if (format eq "svg") {
        set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
    } else {
        set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7
    }
}

# Okabe and Ito's colours (Color Universal Design, 2008).
array colour[3] = ["#0072B2", "#D55E00", "#009E73"]
array name[3] = ["total weight storage", "index memory", "energy efficiency"]
array from[3] = [0.25, 0.015, 0.4]
array to[3] = [2, 20, 2]

set encoding utf8
unset key
set border 3 linewidth 0.8
set yrange [rows + 0.7 : 0.3]
set logscale x
set xtics nomirror out scale 0.5 font ",7"
set grid xtics ytics linetype 1 linewidth 0.4 linecolor rgb "#dddddd"
set tmargin at screen 1 - 0.30 / height
set bmargin at screen 0.45 / height
set multiplot
left = 2.15
panel = (width - left - 0.15) / 3
do for [i = 1 : 3] {
    set lmargin at screen (left + (i - 1) * panel) / width
    set rmargin at screen (left + i * panel - 0.12) / width
    set xrange [from[i] : to[i]]
    set title sprintf("%s, %g", name[i], base[i]) font ",8" noenhanced offset 0, -0.6
    set xlabel i == 2 ? "relative to the set (grey: within 10 %)" : "" font ",7" offset 0, 0.4
    if (i == 1) {
        set ytics nomirror scale 0 font ",6" noenhanced
        set xtics (0.25, 0.5, 1, 2)
    } else {
        set ytics ("" 1)
        do for [r = 1 : rows] { set ytics add ("" r) }
        if (i == 2) { set xtics (0.03, 0.1, 0.3, 1, 3, 10) } else { set xtics (0.5, 0.7, 1, 1.4, 2) }
    }
    # Within 10 % of the set.
    set object 1 rectangle from 1 / 1.1, graph 0 to 1.1, graph 1 behind fillcolor rgb "#eeeeee" fillstyle solid noborder
    set arrow 1 from 1, graph 0 to 1, graph 1 nohead linewidth 0.8 linecolor rgb "#303030" back
    if (i == 1) {
        plot $moves using (1):1:($3 - 1):(0):ytic(2) with vectors nohead linewidth 5 linecolor rgb colour[i]
    } else {
        plot $moves using (1):1:(column(2 + i) - 1):(0) with vectors nohead linewidth 5 linecolor rgb colour[i]
    }
}
unset multiplot
