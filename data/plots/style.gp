# style.gp - what all figures share: size, letters, colours, axes; loaded by the scripts of the figures.
#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Expects format (png, svg, pdf, or inline: SVG for a web page), width and height (inches), and what chart.h writes:
# title, note, note_lines, x_axis, y_axis, series, longest_name, hue[], look[], x_ticks, x_longest.

# Okabe and Ito's colours, which people with any colour vision tell apart (Color Universal Design, 2008).  In this order
# M and N forms of a dataflow share a family: blue, orange, green.
array shade[8] = ["#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#F0E442", "#CC79A7", "#000000"]
colour(i) = hue[i] == 0 ? "#999999" : shade[(hue[i] - 1) % 8 + 1]
# Without colour, shapes tell series apart.
array shape[8] = [7, 5, 9, 11, 13, 6, 4, 8]
point(i) = shape[(hue[i] + 7) % 8 + 1]

# A point is 1/72 in, but each terminal has a scale of its own, measured on what it draws: png (here at 300 dots per
# inch) and svg (96 units per inch) count 96 in an inch, and pdf draws two thirds of the size asked for.
if (format eq "png") {
    set terminal pngcairo size width * 300, height * 300 font "Sans,8" fontscale 300 / 96. \
        linewidth 300 / 144. pointscale 300 / 96.
}
if (format eq "svg") {
    set terminal svg size width * 96, height * 96 font "Sans,8" fontscale 96 / 72. linewidth 0.7 background "white"
}
if (format eq "inline") {
    set terminal svg size width * 96, height * 96 dynamic font "Sans,8" fontscale 96 / 72. linewidth 0.7
}
if (format eq "pdf") { set terminal pdfcairo size width, height font "Sans,8" fontscale 0.75 linewidth 0.7 }

# Rows of the legend below the plot: a character of 7 pt takes up to 4.4 pt, a sample with its gaps 30 pt.
key_columns = int((width - 0.1) * 72 / (longest_name * 4.4 + 30))
key_columns = key_columns < 1 ? 1 : key_columns
key_rows = (series + key_columns - 1) / key_columns

set encoding utf8
set datafile separator whitespace
set title title font ",8" noenhanced offset 0, -0.3
set ylabel y_axis font ",7" noenhanced offset 0.9
# An empty line keeps the note clear of the legend.
set xlabel x_axis.(note_lines > 0 ? "\n".note : "")."\n" font ",7" noenhanced offset 0, 0.5
set key below center horizontal noenhanced Left reverse samplen 1 font ",7"
# SVG is laid out without knowing the letters, which may be wider.
if (format eq "svg" || format eq "inline") { set key width 1.2 }
if (longest_name > 34 && width < 4) { set key samplen 0.5 font ",6" } # more does not fit a column
set border 3 linewidth 0.8 linecolor rgb "#303030"
set lmargin at screen 0.55 / width
set rmargin at screen 1 - 0.12 / width
set xtics nomirror out scale 0.5 noenhanced font ",7"
set ytics nomirror out scale 0.5 font ",7"
set grid ytics linetype 1 linewidth 0.4 linecolor rgb "#cccccc"
set style fill solid 1.0 border rgb "#303030"
