# layers.gp - grouped bars over layers: speed-ups of machines, or cycles of dataflows.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format (png, svg, pdf, or inline: SVG for a web page), title, axis,
# note, ratio, logarithmic, summary, groups, series, bars_per_group, hue[], low, high, longest_label and label_pitch
# (characters), the block $bars (x, left, right, height; one index per series) and the xtics.

# Okabe and Ito's colours, which people with any colour vision tell apart (Color Universal Design, 2008).
array machine_colour[8] = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000"]
# A dataflow's M and N forms share a family: blue, orange, green.
array dataflow_colour[8] = ["#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#F0E442", "#CC79A7", "#000000"]
colour(i) = ratio ? machine_colour[(hue[i] - 1) % 8 + 1] : dataflow_colour[(hue[i] - 1) % 8 + 1]

# One column of a paper is 3.4 in wide, the page 7 in; text of 7 and 8 pt is readable at both.  A character of 7 pt
# takes up to 4.6 pt; the axis takes 0.55 in, the right margin 0.1 in.
wide = groups * bars_per_group > 60 || groups > 14
width = wide ? 7.0 : 3.4
turned = (label_pitch + 0.7) * 4.6 > (width - 0.65) * 72 / groups
height = 2.45 + (turned ? longest_label * 4.6 / 72 : 0)

# A point is 1/72 in, but each terminal has a scale of its own, measured on what it draws: png (here at 300 dots per
# inch) and svg (96 units per inch) count 96 in an inch, and pdf draws two thirds of the size asked for.
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. linewidth 300 / 144.
} else {
    if (format eq "svg") {
        set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
    }
    if (format eq "inline") {
        set terminal svg size width * 96, height * 96 dynamic font "Sans,8" fontscale 96 / 72. linewidth 0.7
    }
    if (format eq "pdf") { set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7 }
}

set encoding utf8
set title title font ",8" noenhanced offset 0, -0.3
set ylabel axis noenhanced offset 0.9
set xlabel note."\n" font ",7" noenhanced offset 0, 0.6 # its empty line keeps it clear of the legend
set key below center horizontal noenhanced Left reverse samplen 1 font ",7"
# SVG is laid out without knowing the letters, which may be wider.
if (format eq "svg" || format eq "inline") {
    set key width 1.2
    if (turned) { set xlabel offset 0, 0.6 - 0.06 * longest_label }
}
set border 3 linewidth 0.8
set lmargin at screen 0.55 / width
set rmargin at screen 1 - 0.1 / width
set xtics nomirror scale 0 noenhanced font ",7"
if (turned) { set xtics rotate by 90 right }
set ytics nomirror out scale 0.5 font ",7"
set grid ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set xrange [0.4 : groups + 0.6]
set style fill solid 1.0 border rgb "#303030"

unit = 1.0
if (logarithmic) {
    set logscale y
    set yrange [low / 1.6 : high * 1.6]
    foot = ratio ? 1 : low / 1.6
    if (ratio) {
        set ytics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        if (high / low > 1000) { set ytics auto }
    } else {
        set format y "10^{%T}"
    }
} else {
    if (!ratio && high >= 1e4) {
        unit = high >= 1e9 ? 1e9 : high >= 1e6 ? 1e6 : 1e3
        set ylabel axis.(unit == 1e9 ? " (billions)" : unit == 1e6 ? " (millions)" : " (thousands)")
    }
    set yrange [0 : high / unit * 1.1]
    foot = 0
}
if (ratio) { set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linewidth 0.8 linecolor rgb "#303030" front }
if (summary) {
    set arrow 2 from groups - 0.5, graph 0 to groups - 0.5, graph 1 nohead linewidth 0.8 dashtype 3 \
        linecolor rgb "#303030"
}
plot for [i = 1 : series] $bars index i - 1 using 1:($4 / unit):2:3:(foot):($4 / unit) with boxxyerror \
         linecolor rgb colour(i) title columnheader(1)
