//! VN-2000 against `PostGIS`, with the grid that a migration teaches it.

use diachiso_model::LonLat;
use diachiso_spatial::vn2000::{self, TM3_107};
use diachiso_testkit::PgDatabase;

const MIGRATION: &str = include_str!("../../../migrations/20261125000000_insert_epsg_9214.sql");

/// Easting and northing of a grid of 40 × 40 points over the province, as text that keeps every digit.
const GRID: &str = "
select lon, lat, st_x(g), st_y(g)
from (
    select lon, lat, st_transform(st_setsrid(st_makepoint(lon, lat), 4326), 9214) as g
    from (
        select 107.03 + 1.18 * i / 39.0 as lon, 15.99 + 0.76 * j / 39.0 as lat
        from generate_series(0, 39) i, generate_series(0, 39) j
    ) at
) projected
order by lon, lat;
";

#[test]
fn tm3_107_agrees_with_postgis_to_a_centimetre_once_the_migration_ran() {
    let database = PgDatabase::create();
    assert_eq!(database.run("select count(*) from spatial_ref_sys where srid = 9214").trim(), "0");
    database.run(MIGRATION);
    database.run(MIGRATION);
    let answers = database.run(GRID);
    let mut points = 0;
    for line in answers.lines() {
        let numbers: Vec<f64> = line.split('|').map(|n| n.parse().expect("a number")).collect();
        let [lon, lat, easting, northing] = numbers[..] else { panic!("{line}") };
        let point = LonLat::new(lon, lat).expect("on the globe");
        let ours = vn2000::from_wgs84(point, TM3_107);
        let off_m = (ours.0 - easting).hypot(ours.1 - northing);
        assert!(off_m < 0.01, "{point}: {ours:?} is {off_m} m from {easting} {northing}");
        points += 1;
    }
    assert_eq!(points, 1600);
}
