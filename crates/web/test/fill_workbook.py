"""Fills the result column of a gap list's workbook as a team does in a spreadsheet, and saves it.

    fill_workbook.py IN.xlsx OUT.xlsx '{"results": {"HO-0007": "Vắng nhà"}, "new": {"village": "Thôn …", "cells": {"Kết quả": "Hộ mới"}}}'

Prints the sheet and row of every household that it filled in, as JSON.
"""

import json
import sys

from openpyxl import load_workbook


def main():
    source, target, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    book, filled = load_workbook(source), {}
    for sheet in book.worksheets:
        heading = next((r for r in sheet.iter_rows(max_row=12) if {"Mã hộ", "Kết quả"} <= {c.value for c in r}), None)
        if heading is None:
            continue
        column = {cell.value: cell.column for cell in heading if cell.value}
        last = heading[0].row
        for row in range(heading[0].row + 1, sheet.max_row + 1):
            household = sheet.cell(row, column["Mã hộ"]).value
            last = row if household else last
            if household in wanted["results"]:
                sheet.cell(row, column["Kết quả"]).value = wanted["results"][household]
                filled[household] = [sheet.title, row]
        if wanted.get("new") and wanted["new"]["household"] in {sheet.cell(r, column["Mã hộ"]).value for r in range(heading[0].row + 1, last + 1)}:
            for title, value in wanted["new"]["cells"].items():
                sheet.cell(last + 1, column[title]).value = value
    book.save(target)
    print(json.dumps(filled, ensure_ascii=False))


main()
