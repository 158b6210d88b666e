"""Splink on the records that `cargo xtask bench linkage` links: RECORDS.csv TRUTH.csv KIND (households or persons).

A fourth argument is the folder into which clusters and pairs are written as csv, as `diachiso link run` writes them.
Prints one line of JSON: seconds of reading, training and linking (writing included), and how good the clusters are.

It blocks on what the models `households` and `persons` of `diachiso` block on, said in SQL. What SQL says less well is
that a block of over 120 records is not compared pair by pair there; here every block is.
"""

import json
import sys
import time

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on

try:
    from splink.backends.duckdb import DuckDBAPI
except ImportError:
    from splink import DuckDBAPI

# Random pairs from which `u` is learnt. With two million, levels as rare as equal phones stay untrained at a million
# records, and the F1 of pairs falls to 0.93; more than ten million take longer and find no more.
U_PAIRS = 10_000_000
# Metres of a degree, as in `crates/link/src/point.rs`.
DEGREE_M = 111_195.08


def square(metres):
    """The square of a grid in which a position lies, as two columns."""
    step = metres / DEGREE_M
    return {
        f"row{metres}": f"floor(lat / {step})",
        f"col{metres}": f"floor(lon * cos(radians(floor(lat / {step}) * {step})) / {step})",
    }


def folded(column):
    """Lower case and no marks."""
    return f"replace(strip_accents(lower({column})), 'đ', 'd')"


def skeleton(column):
    """The first letter and the consonants after it. Doublings, which RE2 cannot name, stay."""
    letters = folded(column)
    return f"left({letters}, 1) || regexp_replace(substr({letters}, 2), '[^b-df-hj-np-tv-xz]', '', 'g')"


HOUSEHOLDS = {
    "columns": {
        "Mã phiếu": "id", "Họ và tên chủ hộ": "head", "Số điện thoại": "phone", "Số ĐDCN/CCCD": "identity",
        "Mã địa chỉ số": "code", "Số nhà": "number", "Tên đường": "street", "Thôn/Tổ dân phố": "village",
        "Xã/Phường/Thị trấn": "commune", "Số nhân khẩu": "members", "Vĩ độ": "lat", "Kinh độ": "lon",
    },
    "numbers": ["lat", "lon", "members"],
    # What blocks look at, worked out once when the records are read.
    "derived": {
        "skeleton": skeleton("head"),
        "commune_plain": folded("commune"), "village_plain": folded("village"), "street_plain": folded("street"),
        "head_start": f"left({folded('head')}, 4)", "head_end": f"right({folded('head')}, 3)",
        **square(40), **square(25),
    },
    "comparisons": [
        cl.JaroWinklerAtThresholds("head", [0.94, 0.88]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("identity", [1]),
        cl.LevenshteinAtThresholds("phone", [1]),
        cl.CustomComparison(
            output_column_name="place",
            comparison_levels=[
                cll.NullLevel("commune"),
                cll.CustomLevel("code_l = code_r", "same code"),
                cll.CustomLevel("number_l = number_r and street_l = street_r and commune_l = commune_r", "same house"),
                cll.DistanceInKMLevel("lat", "lon", 0.015),
                cll.DistanceInKMLevel("lat", "lon", 0.05),
                cll.DistanceInKMLevel("lat", "lon", 0.2),
                cll.CustomLevel("village_l = village_r and commune_l = commune_r", "same village"),
                cll.ExactMatchLevel("commune"),
                cll.ElseLevel(),
            ],
        ),
        cl.ExactMatch("members"),
    ],
    "blocks": [
        block_on("identity"),
        block_on("phone"),
        block_on("code"),
        block_on("skeleton", "commune_plain"),
        block_on("number", "street_plain", "village_plain", "commune_plain"),
        block_on("row40", "col40", "head_end"),
        block_on("row25", "col25", "head_start"),
    ],
    "training": [block_on("identity"), block_on("phone"), block_on("code")],
}
PERSONS = {
    "columns": {
        "rec_id": "id", "given_name": "given_name", "surname": "surname", "street_number": "street_number",
        "address_1": "street", "address_2": "address_2", "suburb": "suburb", "postcode": "postcode", "state": "state",
        "date_of_birth": "born", "soc_sec_id": "number",
    },
    "numbers": [],
    "derived": {
        "given_skeleton": skeleton("given_name"), "surname_skeleton": skeleton("surname"),
        "street_skeleton": skeleton("street"), "suburb_skeleton": skeleton("suburb"),
        "given_start": "left(given_name, 3)", "number_start": "left(number, 5)", "number_end": "right(number, 5)",
    },
    "comparisons": [
        cl.ForenameSurnameComparison("given_name", "surname", jaro_winkler_thresholds=[0.94, 0.88]),
        cl.LevenshteinAtThresholds("born", [1, 2]),
        cl.LevenshteinAtThresholds("number", [1, 2]),
        cl.JaroWinklerAtThresholds("street", [0.94, 0.88]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address_2", [0.94, 0.88]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("street_number", [1]),
        cl.JaroWinklerAtThresholds("suburb", [0.94, 0.88]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("postcode", [1]),
        cl.ExactMatch("state"),
    ],
    "blocks": [
        block_on("number"),
        block_on("born"),
        block_on("surname_skeleton", "given_start"),
        block_on("given_name", "postcode"),
        block_on("surname", "postcode"),
        block_on("street_skeleton", "street_number"),
        block_on("suburb_skeleton", "given_skeleton"),
        block_on("number_start"),
        block_on("number_end"),
        block_on("suburb", "postcode"),
        block_on("street_skeleton", "postcode"),
    ],
    "training": [block_on("number"), block_on("born"), block_on("given_name", "postcode")],
}


def pairs_of(sizes):
    return sum(n * (n - 1) // 2 for n in sizes)


def main():
    records, truth, kind, out = sys.argv[1:5]
    of = {"households": HOUSEHOLDS, "persons": PERSONS}[kind]
    start = time.perf_counter()
    connection = duckdb.connect()
    select = ", ".join(
        f'{"try_cast(" if name in of["numbers"] else ""}nullif(trim("{heading}"), \'\')'
        f'{" as double)" if name in of["numbers"] else ""} as {name}'
        for heading, name in of["columns"].items()
    )
    # FEBRL's headings have blanks before them.
    connection.execute(f"create table raw as select * from read_csv('{records}', all_varchar = true, header = true)")
    for (heading,) in connection.execute("select column_name from (describe raw)").fetchall():
        if heading != heading.strip():
            connection.execute(f'alter table raw rename column "{heading}" to "{heading.strip()}"')
    derived = ", ".join(f"{of_it} as {name}" for name, of_it in of["derived"].items())
    connection.execute(f"create table records as select *, {derived} from (select {select} from raw)")
    read = time.perf_counter()
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=of["comparisons"],
        blocking_rules_to_generate_predictions=of["blocks"],
    )
    api = DuckDBAPI(connection)
    try:
        linker = Linker(api.register("records"), settings)
    except (AttributeError, TypeError):
        linker = Linker("records", settings, api)
    training = linker.training
    training.estimate_probability_two_random_records_match(of["training"][:1], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS)
    for rule in of["training"]:
        training.estimate_parameters_using_expectation_maximisation(rule)
    trained = time.perf_counter()
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, 0.95)
    name = clusters.physical_name
    connection.execute(f"copy (select id, cluster_id from {name}) to '{out}/clusters.csv'")
    pairs = "select id_l, id_r, match_weight, match_probability"
    connection.execute(f"copy ({pairs} from {predictions.physical_name}) to '{out}/pairs.csv'")
    linked = time.perf_counter()
    count = connection.execute(f"select count(*) from {name}").fetchone()[0]
    connection.execute(f"create table truth as select * from read_csv('{truth}', all_varchar = true, header = true)")
    id_column = next(heading for heading, short in of["columns"].items() if short == "id")
    both = connection.execute(
        f'select c.cluster_id, t.entity, count(*) from {name} c join truth t on c.id = trim(t."{id_column}") group by all'
    ).fetchall()
    by_cluster, by_entity = {}, {}
    for cluster, entity, n in both:
        by_cluster[cluster] = by_cluster.get(cluster, 0) + n
        by_entity[entity] = by_entity.get(entity, 0) + n
    right = pairs_of(n for _, _, n in both)
    found, wanted = pairs_of(by_cluster.values()), pairs_of(by_entity.values())
    exact = sum(1 for c, e, n in both if by_cluster[c] == n and by_entity[e] == n)
    print(json.dumps({
        "records": count,
        "read_s": read - start,
        "train_s": trained - read,
        "link_s": linked - trained,
        "pairs_f1": 2 * right / max(found + wanted, 1),
        "clusters_f1": 2 * exact / (len(by_cluster) + len(by_entity)),
    }))


main()
