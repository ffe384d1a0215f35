/* report_html.c - text and numbers made safe for a page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "printable.h"
#include "report.h"
#include "text.h"

enum { FILE_DIGITS = 10 }; /* what our CSV files carry */

void sc_html(FILE *out, const char *text)
{
    uint32_t code;
    for (size_t step; (step = sc_utf8_next(text, &code)) > 0; text += step) {
        switch (code) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            if ((code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) || code == 0xfffd)
                fputs("&#xfffd;", out);
            else
                fwrite(text, 1, step, out);
        }
    }
}

void sc_html_shell(FILE *out, const char *text)
{
    bool plain = text[0] && text[0] != '-';
    for (const char *c = text; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("._-/+:=,@%", *c));
    if (plain) {
        sc_html(out, text);
        return;
    }
    fputs("&#39;", out);
    while (*text) {
        char piece[256];
        size_t length = strcspn(text, "'");
        length = length < sizeof piece - 1 ? length : sizeof piece - 1;
        while (length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--; /* not within a character */
        snprintf(piece, sizeof piece, "%.*s", (int)length, text);
        sc_html(out, piece);
        text += length;
        if (*text == '\'') {
            fputs("&#39;\\&#39;&#39;", out);
            text++;
        }
    }
    fputs("&#39;", out);
}

/* Digits before the decimal point in groups of three, as soon as there are more than four. */
static void put_grouped(FILE *out, const char *number)
{
    size_t whole = strspn(number, "0123456789");
    bool plain = number[whole] == '\0' || number[whole] == '.';
    for (size_t i = 0; number[i]; i++) {
        if (plain && whole > 4 && i > 0 && i < whole && (whole - i) % 3 == 0)
            fputs("&#8239;", out); /* narrow no-break space */
        fputc(number[i], out);
    }
}

void sc_html_number(FILE *out, double value, int digits)
{
    char shown[SC_NUMBER_SIZE], exact[SC_NUMBER_SIZE];
    if (!isfinite(value)) {
        fputs("<td></td>", out);
        return;
    }
    sc_format_number(shown, value, digits);
    sc_format_number(exact, value, FILE_DIGITS);
    fprintf(out, "<td class=\"n\" data-v=\"%s\">", exact);
    put_grouped(out, shown);
    fputs("</td>", out);
}
