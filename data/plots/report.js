/* report.js - sorts and filters the tables of `sparsecast report`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
(function () {
    "use strict";

    function value(row, column) {
        var cell = row.cells[column];
        return cell.hasAttribute("data-v") ? Number(cell.getAttribute("data-v")) : cell.textContent;
    }

    function compare(a, b) {
        var numbers = typeof a === "number" && typeof b === "number";
        return numbers ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    }

    /* Empty cells stay last in both directions; equal ones keep their order. */
    function sort(table, header) {
        var column = header.cellIndex, body = table.tBodies[0];
        var numeric = header.classList.contains("n");
        var now = header.getAttribute("aria-sort");
        var first = numeric ? "descending" : "ascending";
        var next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
        var sign = next === "ascending" ? 1 : -1;
        var rows = Array.from(body.rows).map(function (row) { return { row: row, value: value(row, column) }; });
        rows.sort(function (a, b) {
            if (a.value === "" || b.value === "") { return (a.value === "") - (b.value === ""); }
            return sign * compare(a.value, b.value);
        });
        var sorted = document.createDocumentFragment();
        rows.forEach(function (entry) { sorted.appendChild(entry.row); });
        body.appendChild(sorted);
        Array.from(header.parentNode.cells).forEach(function (other) { other.setAttribute("aria-sort", "none"); });
        header.setAttribute("aria-sort", next);
    }

    /* A row stays when it holds every word of the filter. */
    function filter(table, text) {
        var words = text.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
        Array.from(table.tBodies[0].rows).forEach(function (row) {
            var content = row.textContent.toLowerCase();
            row.hidden = !words.every(function (word) { return content.indexOf(word) >= 0; });
            shown += row.hidden ? 0 : 1;
        });
        var all = table.tBodies[0].rows.length + " rows";
        document.getElementById(table.id + "-hits").textContent = words.length ? shown + " of " + all : all;
    }

    document.querySelectorAll("table.sortable").forEach(function (table) {
        Array.from(table.tHead.rows[0].cells).forEach(function (header) {
            header.querySelector("button").addEventListener("click", function () { sort(table, header); });
        });
        filter(table, "");
    });
    document.querySelectorAll("input[data-for]").forEach(function (input) {
        input.addEventListener("input", function () {
            filter(document.getElementById(input.getAttribute("data-for")), input.value);
        });
    });
    /* What is largest comes first. */
    var results = document.querySelector("#results th:nth-child(6) button");
    if (results) { results.click(); }
    document.documentElement.setAttribute("data-ready", "1");
}());
