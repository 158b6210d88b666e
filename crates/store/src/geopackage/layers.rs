//! Rows without persons: units, villages, coverage, registers, rules, areas.

use std::{collections::HashMap, sync::Arc};

use diachiso_model::{Date, HouseholdState, Level, Published, UnitCode, UnitTally, Units};

use super::{
    publish::{Extents, Run},
    sink::{Closed, Rows, Sink},
};
use crate::{
    UnitShape,
    geometry::{Bounds, point_blob, shape_blob},
    rtree,
};

/// Statements that fill the shadow tables of one R-tree.
pub(super) struct TreeSql {
    clear: &'static str,
    nodes: &'static str,
    rows: &'static str,
    parents: &'static str,
}

macro_rules! tree_sql {
    ($layer:literal) => {
        TreeSql {
            clear: concat!("delete from rtree_", $layer, "_geom_node"),
            nodes: concat!("insert into rtree_", $layer, "_geom_node (nodeno, data) values"),
            rows: concat!("insert into rtree_", $layer, "_geom_rowid (rowid, nodeno) values"),
            parents: concat!(
                "insert into rtree_",
                $layer,
                "_geom_parent (nodeno, parentnode) values"
            ),
        }
    };
}

const UNITS_TREE: TreeSql = tree_sql!("units");
const VILLAGES_TREE: TreeSql = tree_sql!("villages");
const COVERAGE_TREE: TreeSql = tree_sql!("coverage");
pub(super) const GAPS_TREE: TreeSql = tree_sql!("gaps");
pub(super) const SUBMISSIONS_TREE: TreeSql = tree_sql!("submissions");

/// Packs and writes the R-tree of a layer; answers with where the layer lies.
pub(super) async fn fill_tree(
    sql: &TreeSql,
    items: Vec<(i64, Bounds)>,
    sink: &Sink,
) -> Result<Option<Bounds>, Closed> {
    let extent = items.iter().map(|(_, b)| *b).reduce(Bounds::join);
    if extent.is_none() {
        return Ok(None);
    }
    let packed = rtree::pack(items);
    sink.script(sql.clear).await?;
    let mut rows = sink.table(sql.nodes);
    for (number, data) in packed.nodes {
        rows.put(number).put(data).end().await?;
    }
    rows.finish().await?;
    for (head, pairs) in [(sql.rows, packed.rows), (sql.parents, packed.parents)] {
        let mut rows = sink.table(head);
        for (below, above) in pairs {
            rows.put(below).put(above).end().await?;
        }
        rows.finish().await?;
    }
    Ok(extent)
}

/// Fills all tables of this module.
pub(super) async fn fill(run: &Run<'_>, sink: &Sink) -> Result<Extents, Closed> {
    let units = fill_units(run.shapes, sink).await?;
    let villages = fill_villages(run, sink).await?;
    let coverage = fill_coverage(run, sink).await?;
    fill_registers(run.state, sink).await?;
    fill_areas(run, sink).await?;
    Ok(vec![("units", units), ("villages", villages), ("coverage", coverage)])
}

async fn fill_units(shapes: &[UnitShape], sink: &Sink) -> Result<Option<Bounds>, Closed> {
    let head = "insert into units (fid, geom, code, level, name, period, schematic) values";
    let mut rows = sink.table(head);
    let mut items = Vec::new();
    for (fid, unit) in (1_i64..).zip(shapes) {
        items.extend(Bounds::shape(&unit.shape).map(|b| (fid, b)));
        rows.put(fid)
            .put(shape_blob(&unit.shape))
            .put(unit.code.as_str())
            .put(unit.level.as_str())
            .put(&*unit.name)
            .put(unit.period.to_string())
            .put(unit.schematic)
            .end()
            .await?;
    }
    rows.finish().await?;
    fill_tree(&UNITS_TREE, items, sink).await
}

async fn fill_villages(run: &Run<'_>, sink: &Sink) -> Result<Option<Bounds>, Closed> {
    let head = "insert into villages (fid, geom, code, name, commune, commune_name, lon, lat, confidence, outside) values";
    let mut rows = sink.table(head);
    let mut items = Vec::new();
    for (fid, village) in (1_i64..).zip(&run.state.villages) {
        let commune = run.units.get(village.commune);
        items.extend(village.shape.as_ref().and_then(Bounds::shape).map(|b| (fid, b)));
        rows.put(fid)
            .put(village.shape.as_ref().map(shape_blob))
            .put(village.code.as_str())
            .put(Arc::clone(&village.name))
            .put(commune.code.as_str())
            .put(commune.full_name())
            .put(village.centre.map(diachiso_model::LonLat::lon))
            .put(village.centre.map(diachiso_model::LonLat::lat))
            .put(f64::from(village.confidence))
            .put(village.outside)
            .end()
            .await?;
    }
    rows.finish().await?;
    fill_tree(&VILLAGES_TREE, items, sink).await
}

async fn fill_coverage(run: &Run<'_>, sink: &Sink) -> Result<Option<Bounds>, Closed> {
    let state = run.state;
    let units: HashMap<(&UnitCode, Date), &UnitShape> =
        run.shapes.iter().map(|s| ((&s.code, s.period), s)).collect();
    let villages: HashMap<&UnitCode, _> =
        state.villages.iter().map(|v| (&v.code, v.shape.as_ref())).collect();
    let mut rows = sink.table(include_str!("../sql/insert_coverage.sql"));
    let mut items = Vec::new();
    for (fid, unit) in (1_i64..).zip(&state.tallies) {
        let (shape, schematic) = match units.get(&(&unit.code, unit.period)) {
            Some(s) => (Some(&s.shape), Some(s.schematic)),
            None => (villages.get(&unit.code).copied().flatten(), None),
        };
        items.extend(shape.and_then(Bounds::shape).map(|b| (fid, b)));
        rows.put(fid).put(shape.map(shape_blob));
        put_tally(&mut rows, state, unit, schematic);
        rows.end().await?;
    }
    rows.finish().await?;
    fill_tree(&COVERAGE_TREE, items, sink).await
}

fn put_tally(rows: &mut Rows<'_>, state: &Published, unit: &UnitTally, schematic: Option<bool>) {
    let register = &state.registers[unit.register as usize];
    let t = &unit.tally;
    let (covered, households) = (t.covered(), t.households());
    rows.put(unit.code.as_str())
        .put(unit.code.level().as_str())
        .put(&*unit.name)
        .put(unit.parent.as_ref().map(UnitCode::as_str))
        .put(unit.period.to_string())
        .put(i64::from(unit.register))
        .put(Arc::clone(&register.source))
        .put(register.closed_on.to_string())
        .put(schematic)
        .put(households.cast_signed())
        .put((households > 0).then(|| covered as f64 * 100.0 / households as f64));
    for s in HouseholdState::ALL {
        rows.put(t.state(s).cast_signed());
    }
    let rest = [
        t.outside_list,
        t.persons,
        t.persons_covered,
        t.poor,
        t.poor_covered,
        t.near_poor,
        t.near_poor_covered,
    ];
    for count in rest.into_iter().chain(t.by_class) {
        rows.put(count.cast_signed());
    }
}

async fn fill_registers(state: &Published, sink: &Sink) -> Result<(), Closed> {
    let head = "insert into registers (number, source, closed_on, households) values";
    let mut rows = sink.table(head);
    for (number, register) in (0_i64..).zip(&state.registers) {
        rows.put(number)
            .put(Arc::clone(&register.source))
            .put(register.closed_on.to_string())
            .put(register.households)
            .end()
            .await?;
    }
    rows.finish().await?;
    let head = "insert into rules (number, code, severity, vi, en, findings) values";
    let mut rows = sink.table(head);
    for (number, count) in (1_i64..).zip(&state.rules) {
        let rule = count.code.rule();
        rows.put(number)
            .put(count.code.as_str())
            .put(state.profile.severity(count.code).letter())
            .put(rule.vi)
            .put(rule.en)
            .put(count.findings.cast_signed())
            .end()
            .await?;
    }
    rows.finish().await
}

/// Which villages lie in which unit, for the closing date of the first register and every later period. A
/// village whose commune was split lies in every part: a list that shows a household twice loses none.
async fn fill_areas(run: &Run<'_>, sink: &Sink) -> Result<(), Closed> {
    sink.script("delete from diachiso_meta where key = 'closing_period'").await?;
    let Some(register) = run.state.registers.first() else { return Ok(()) };
    let closing = run.units.period_of(register.closed_on);
    let mut rows = sink.table("insert into diachiso_meta (key, value) values");
    rows.put("closing_period").put(closing.to_string()).end().await?;
    rows.finish().await?;
    let mut rows = sink.table("insert or ignore into areas (code, period, village) values");
    let later = run.units.reforms().iter().copied().filter(|p| *p > closing);
    for (period, on) in std::iter::once((closing, register.closed_on)).chain(later.map(|p| (p, p)))
    {
        let period: Arc<str> = period.to_string().into();
        for village in &run.state.villages {
            let mut codes = vec![&village.code];
            for commune in run.units.at(village.commune, on) {
                codes.extend(units_over(run.units, commune, on));
            }
            for code in codes {
                rows.put(code.as_str())
                    .put(Arc::clone(&period))
                    .put(village.code.as_str())
                    .end()
                    .await?;
            }
        }
    }
    rows.finish().await
}

fn units_over(
    units: &Units,
    commune: diachiso_model::UnitId,
    on: Date,
) -> impl Iterator<Item = &UnitCode> {
    [Level::Commune, Level::District, Level::Province]
        .into_iter()
        .filter_map(move |level| units.ancestor(commune, level, on))
        .map(|id| &units.get(id).code)
}

/// A point as a blob, if there is one.
pub(super) fn maybe_point(point: Option<diachiso_model::LonLat>) -> Option<Vec<u8>> {
    point.map(point_blob)
}
