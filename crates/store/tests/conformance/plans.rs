//! Questions about a few rows are answered from indexes, however many rows there are.

use std::collections::BTreeSet;

use diachiso_testkit::PgDatabase;
use serde_json::Value;

use crate::home::postgis;

/// A province's worth of rows: 500 villages in 50 communes, 200 households each.
const FILL: &str = "
set search_path = diachiso, public;
insert into runs values (1, now(), 1, 'default', '', '2024-12-31', null, null);
insert into files (id, name, hash, bytes, kind, run, loaded_at, first_fid, last_fid)
select n, 'f' || n, 'h' || n, 1, 'submissions', 1, now(), n << 30, ((n + 1) << 30) - 1
from generate_series(1::bigint, 20) n;
insert into diachiso_meta values ('closing_period', '2010-01-01');
create temp table house as
select
    n, n % 500 as v, 10000 + n % 50 as c, ((1 + n / 5000) << 30) + n % 5000 as fid,
    (10000 + n % 50) || '-thon-' || n % 500 as village
from generate_series(0::bigint, 99999) n;
insert into households
select n + 1, 0, 'HO-' || n, 'A', 1950, village, c::text, 'x', 4, 'none', 'present', 'none', fid, 107.5, 16.5
from house;
insert into gaps
select
    n + 1, st_setsrid(st_point(107.5, 16.5), 4326), 0, 'police', 'HO-' || n, 'A', 'x', village, 'V', c::text, 'C', 4,
    'none', n % 3, 'none', null, ''
from house
where n % 3 < 2;
insert into submissions
select
    fid, st_setsrid(st_point(107 + n % 1000 / 1000.0, 16 + n / 100000.0), 4326), md5(n::text), 1 + n / 5000, n % 5000,
    case when n % 5 = 0 then 'held' else 'accepted' end, null,
    case when n % 50 = 1 then md5((n - 1)::text) end, 0, 'HO-' || n, 10, '', '', 'A', null, null, 'x', village, 'V', c::text,
    4, 'none', 'A', 5, '2024-06-01', 'B', 'T'
from house;
insert into findings
select fid * 4096 + k, fid, case when k = 0 then 'G07' else 'N02' end, case when k = 0 then 'R' else 'F' end, null, '', null
from house, generate_series(0, 1) k
where n % 2 = 0;
insert into register_rejects
select n, n % 20, n, 'L01', 'E', null, '' from generate_series(1::bigint, 50000) n;
insert into gone select 'submission', md5('g' || n), 1, null from generate_series(1, 50000) n;
insert into areas
select code, period, village
from (
    select distinct village, c from house
) h, unnest(array['46', '477', h.c::text, h.village]) code, unnest(array['2010-01-01', '2025-07-01']::date[]) period;
insert into coverage (
    fid, code, level, name, parent, period, register, source, closed_on, households, covered, pending, rejected, none,
    absent, away, refused, duplicate_line, moved, gone, outside_list, persons, persons_covered, poor, poor_covered,
    near_poor, near_poor_covered, by_class_a, by_class_b, by_class_c, by_class_d, by_class_e
)
select
    row_number() over (), u.code, u.level, 'U', u.parent, p, r, 'police', '2024-12-31', 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from (
    select distinct village as code, 'village' as level, c::text as parent from house
    union all select distinct c::text, 'commune', '477' from house
    union all select '477', 'district', '46'
    union all select '46', 'province', null
) u, unnest(array['2010-01-01', '2015-01-01', '2020-01-01', '2025-07-01']::date[]) p, generate_series(0, 3) r;
insert into held_batches select n, now(), 1, '', '', '2024-12-31', '', '', 'held' from generate_series(1::bigint, 9000) n;
insert into held_files
select n, n, 'f', 'h' || n, 1, 'submissions', null, null, '', 0, 0, 0, 0, 0, 0 from generate_series(1::bigint, 9000) n;
analyze;
";

/// The settings of the store's connections.
const AS_THE_STORE: &str =
    "set search_path = diachiso, public; set jit = off; set plan_cache_mode = force_custom_plan;";

/// The settings of those that lists are read by.
const AS_A_LIST: &str =
    "set search_path = diachiso, public; set jit = off; set plan_cache_mode = force_generic_plan;";

/// Tables of which no question about a few rows may read everything.
const LARGE: [&str; 8] = [
    "submissions_rest",
    "households_rest",
    "gaps_rest",
    "findings",
    "coverage",
    "areas",
    "gone",
    "register_rejects",
];

/// A statement, types of what is bound, what is bound, and the indexes that answer it.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("../../src/sql/postgis/", $name, ".sql"))
    };
}

/// What is asked about one village after the other.
const LISTS: &[Case] = &[
    (
        sql!("village_households"),
        "text",
        "'10003-thon-3'",
        &["households_rest_village_register_id_idx", "submissions_rest_pkey", "findings_pkey"],
    ),
    (
        sql!("village_gaps"),
        "text",
        "'10003-thon-3'",
        &["gaps_rest_village_register_rank_household_idx"],
    ),
];

const CASES: &[Case] = &[
    (sql!("submission"), "text", "md5('77')", &["submissions_rest_id_is_unique"]),
    (sql!("findings"), "bigint", "1073741824", &["findings_pkey"]),
    (sql!("place_of"), "text", "md5('77')", &["submissions_rest_id_is_unique"]),
    (
        sql!("place"),
        "text",
        "md5('0')",
        &["submissions_rest_id_is_unique", "submissions_rest_place_idx"],
    ),
    (sql!("gone"), "text, text", "'submission', md5('g5')", &["gone_pkey"]),
    (
        sql!("report"),
        "bigint, bigint, bigint, bigint",
        "2147483648, 3221225471, 4000, 51",
        &["submissions_rest_pkey", "findings_pkey"],
    ),
    (
        sql!("report_register"),
        "bigint, bigint, bigint",
        "5, 40000, 51",
        &["register_rejects_by_file"],
    ),
    (
        sql!("register_lines"),
        "text[], text[]",
        "'{police,police}', '{HO-77,HO-78}'",
        &["households_rest_id_idx"],
    ),
    (
        sql!("accepted_near"),
        "float8, float8, float8, float8, bigint",
        "107.5, 16.5, 107.502, 16.502, 20",
        &["submissions_rest_geom_idx"],
    ),
    (sql!("area_period"), "text", "'477'", &["areas_pkey"]),
    (
        sql!("gaps"),
        "text, text, text, smallint, text, bigint",
        "'477', '2010-01-01', '', -1::smallint, '', 101",
        &["areas_pkey", "gaps_rest_village_register_rank_household_idx"],
    ),
    (
        sql!("gaps"),
        "text, text, text, smallint, text, bigint",
        "'46', '2010-01-01', '10048-thon-448', 1::smallint, 'HO-70448', 101",
        &["areas_pkey", "gaps_rest_village_register_rank_household_idx"],
    ),
    // Here either of two indexes is as good.
    (sql!("coverage_period"), "bigint, text", "0, '2024-12-31'", &[]),
    (sql!("coverage"), "bigint, text, text, text", "0, '2010-01-01', 'village', null", &[]),
    (
        sql!("coverage"),
        "bigint, text, text, text",
        "0, '2010-01-01', 'commune', null",
        &["coverage_by_level"],
    ),
    (
        sql!("coverage"),
        "bigint, text, text, text",
        "0, '2010-01-01', 'village', '10003'",
        &["coverage_by_parent"],
    ),
    (sql!("held_twin"), "text", "'h77'", &["held_files_by_hash", "held_batches_pkey"]),
    (
        sql!("dump_submissions"),
        "text, bigint",
        "md5('5'), 1000",
        &["submissions_rest_id_is_unique", "findings_pkey"],
    ),
    (
        sql!("dump_households"),
        "text, bigint",
        "'50000', 1000",
        &["households_rest_pkey", "submissions_rest_pkey"],
    ),
    (
        "delete from submissions where fid = any($1)",
        "bigint[]",
        "'{1073741824,2147483650}'",
        &["submissions_rest_pkey"],
    ),
    (
        "delete from findings where submission = any($1)",
        "bigint[]",
        "'{1073741824,2147483650}'",
        &["findings_pkey"],
    ),
];

/// Indexes that a plan uses, and tables that it reads from end to end.
fn read(plan: &Value, indexes: &mut BTreeSet<String>, scanned: &mut BTreeSet<String>) {
    let text = |key: &str| plan[key].as_str().unwrap_or_default().to_owned();
    indexes.extend(plan["Index Name"].as_str().map(str::to_owned));
    if text("Node Type").contains("Seq Scan") {
        scanned.insert(text("Relation Name"));
    }
    for child in plan["Plans"].as_array().into_iter().flatten() {
        read(child, indexes, scanned);
    }
}

fn plan(database: &PgDatabase, settings: &str, (sql, types, values, _): &Case) -> Value {
    let sql = sql.trim().trim_end_matches(';');
    let script = format!(
        "{settings} prepare q ({types}) as {sql}; explain (format json) execute q({values});"
    );
    let plans: Value = serde_json::from_str(&database.run(&script)).expect("a plan");
    plans[0]["Plan"].clone()
}

#[tokio::test]
async fn questions_about_a_few_rows_read_indexes_and_no_large_table() {
    let home = postgis().await;
    let database = home.database.as_ref().expect("a database");
    database.run(FILL);
    let mut faults = Vec::new();
    let cases = CASES.iter().map(|case| (AS_THE_STORE, case));
    for (settings, case) in cases.chain(LISTS.iter().map(|case| (AS_A_LIST, case))) {
        let plan = plan(database, settings, case);
        let (mut indexes, mut scanned) = (BTreeSet::new(), BTreeSet::new());
        read(&plan, &mut indexes, &mut scanned);
        let missing: Vec<_> = case.3.iter().filter(|i| !indexes.contains(**i)).collect();
        let whole: Vec<_> = LARGE.iter().filter(|t| scanned.contains(**t)).collect();
        if !missing.is_empty() || !whole.is_empty() {
            let head: String = case.0.chars().take(90).collect();
            faults.push(format!(
                "{head}({}): without {missing:?}, reads all of {whole:?}; uses {indexes:?}",
                case.2
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test]
async fn a_page_far_into_a_gap_list_reads_no_more_rows_than_the_first() {
    let home = postgis().await;
    let database = home.database.as_ref().expect("a database");
    database.run(FILL);
    let rows = |values: &str| {
        let sql = sql!("gaps").trim().trim_end_matches(';');
        let script = format!(
            "{AS_THE_STORE}
             prepare q (text, text, text, smallint, text, bigint) as {sql};
             explain (analyze, timing off, format json) execute q({values});"
        );
        let plans: Value = serde_json::from_str(&database.run(&script)).expect("a plan");
        gap_rows(&plans[0]["Plan"])
    };
    let first = rows("'46', '2010-01-01', '', -1::smallint, '', 101");
    let late = rows("'46', '2010-01-01', '10048-thon-448', 1::smallint, 'HO-70448', 101");
    assert!((101.0..=500.0).contains(&first), "{first}");
    assert!((1.0..=500.0).contains(&late), "{late}");
}

/// Rows of gaps that a plan read.
fn gap_rows(plan: &Value) -> f64 {
    let own = match plan["Relation Name"].as_str() {
        Some("gaps_rest") => {
            let count = |key: &str| plan[key].as_f64().unwrap_or_default();
            (count("Actual Rows") + count("Rows Removed by Filter")) * count("Actual Loops")
        }
        _ => 0.0,
    };
    own + plan["Plans"].as_array().into_iter().flatten().map(gap_rows).sum::<f64>()
}
