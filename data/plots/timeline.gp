# timeline.gp - phases over time, one lane per run.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `sparsecast plot` defines before this script: format (png, svg, pdf), title, note, lanes, end (cycles), phases, hue[],
# longest_label (characters), the block $lanes (time, foot, top; one index per phase, lanes apart) and the ytics, lane 0
# on top.

# Okabe and Ito's colours, which people with any colour vision tell apart (Color Universal Design, 2008).
array phase_colour[6] = ["#E69F00", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"]

# The page is 7 in wide; text of 7 and 8 pt is readable.  A character of 7 pt takes up to 4.6 pt.
width = 7.0
height = 0.95 + 0.24 * lanes
left = 0.15 + longest_label * 4.6 / 72

# A point is 1/72 in, but each terminal has a scale of its own (as in layers.gp).
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. linewidth 300 / 144.
} else {
    if (format eq "svg") {
        set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
    } else {
        set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7
    }
}

unit = end >= 1e9 ? 1e9 : end >= 1e6 ? 1e6 : end >= 1e4 ? 1e3 : 1
set encoding utf8
set title title font ",8" noenhanced offset 0, -0.5
set xlabel "cycles".(unit == 1e9 ? " (billions)" : unit == 1e6 ? " (millions)" : unit == 1e3 ? " (thousands)" : "") \
    ." - ".note font ",7" noenhanced offset 0, 0.6
set key below center horizontal noenhanced Left reverse samplen 1 font ",7"
set border 1 linewidth 0.8
set lmargin at screen left / width
set rmargin at screen 1 - 0.15 / width
set tmargin at screen 1 - 0.25 / height
set bmargin at screen 0.6 / height
set xtics nomirror out scale 0.5 font ",7"
set ytics nomirror scale 0 noenhanced font ",7"
set grid xtics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set xrange [0 : end / unit]
set yrange [-lanes + 0.4 : 0.6]
set style fill solid 1.0 noborder
plot for [i = 1 : phases] $lanes index i - 1 using ($1 / unit):2:3 with filledcurves \
         linecolor rgb phase_colour[(hue[i] - 1) % 6 + 1] title columnheader(1)
