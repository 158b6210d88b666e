"""vietnamadminunits on the addresses of `cargo xtask bench geocode`: ADDRESSES.tsv (text, commune of today).

Prints one line of JSON: addresses, seconds, and how many end in the right commune of today. Old names are tried as the
package means it: `convert_address` where the text names a district of before the reform, `parse_address` elsewhere.
"""

import json
import sys
import time

from vietnamadminunits import convert_address, parse_address

DISTRICTS = ("huyện", "thị xã", "quận", "huyen", "thi xa", "quan", "h.", "tx", "q.")
PROVINCE = ("thừa thiên huế", "tỉnh thừa thiên huế", "thua thien hue", "tinh thua thien hue")


def commune(text):
    """The commune that the package finds, as it writes it; it wants the province at the end of every address."""
    if text.split(",")[-1].strip().lower() not in PROVINCE:
        text += ", Thừa Thiên Huế"
    legacy = any(part.strip().lower().startswith(DISTRICTS) for part in text.split(","))
    try:
        unit = convert_address(text) if legacy else parse_address(text)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return unit and unit.ward


def main():
    lines = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")]
    # Its tables are loaded by the first call.
    commune("Phường Phú Xuân, Thành phố Huế")
    started = time.perf_counter()
    found = [commune(text) for text, _ in lines]
    took = time.perf_counter() - started
    right = sum(a == b for a, (_, b) in zip(found, lines))
    print(json.dumps({"addresses": len(lines), "seconds": took, "right": right}))


main()
