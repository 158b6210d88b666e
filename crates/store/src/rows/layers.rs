//! Rows without persons: units, villages, coverage, registers, rules, areas.

use std::{collections::HashMap, sync::Arc};

use diachiso_model::{Date, HouseholdState, Level, Published, UnitCode, UnitTally, Units};

use super::{
    Extents, Run,
    cells::Cells,
    delta::{Changes, LayerSql},
    sink::{Closed, Sink},
};
use crate::{
    UnitShape,
    geometry::{Bounds, point_blob, shape_blob},
    rtree,
};

/// Statements that fill the shadow tables of one R-tree.
pub(crate) struct TreeSql {
    /// One by one: the insert up to `values`, and the delete up to the list of numbers.
    pub(crate) insert: &'static str,
    pub(crate) delete: &'static str,
    clear: &'static str,
    nodes: &'static str,
    rows: &'static str,
    parents: &'static str,
}

macro_rules! tree_sql {
    ($layer:literal) => {
        TreeSql {
            insert: concat!(
                "insert or replace into rtree_",
                $layer,
                "_geom (id, minx, maxx, miny, maxy) values"
            ),
            delete: concat!("delete from rtree_", $layer, "_geom where id in"),
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

static UNITS: LayerSql = LayerSql {
    name: "units",
    insert: "insert into units (fid, geom, code, level, name, period, schematic) values",
    delete: "delete from units where fid in",
    tree: Some(&tree_sql!("units")),
};
static VILLAGES: LayerSql = LayerSql {
    name: "villages",
    insert: "insert into villages (fid, geom, code, name, commune, commune_name, lon, lat, confidence, outside) values",
    delete: "delete from villages where fid in",
    tree: Some(&tree_sql!("villages")),
};
static COVERAGE: LayerSql = LayerSql {
    name: "coverage",
    insert: include_str!("../sql/insert_coverage.sql"),
    delete: "delete from coverage where fid in",
    tree: Some(&tree_sql!("coverage")),
};
pub(crate) static GAPS_TREE: TreeSql = tree_sql!("gaps");
pub(crate) static SUBMISSIONS_TREE: TreeSql = tree_sql!("submissions");

/// The tree of a layer, if it has one.
pub(crate) fn tree(layer: &str) -> Option<&'static TreeSql> {
    let all = [&UNITS, &VILLAGES, &COVERAGE];
    let people = [("gaps", &GAPS_TREE), ("submissions", &SUBMISSIONS_TREE)];
    let of = all.into_iter().filter_map(|sql| Some((sql.name, sql.tree?)));
    of.chain(people).find(|(name, _)| *name == layer).map(|(_, tree)| tree)
}

/// Packs and writes the R-tree of a layer; answers with where the layer lies.
pub(crate) async fn fill_tree(
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
        rows.row(|c| c.put(number).put(data).done()).await?;
    }
    rows.finish().await?;
    for (head, pairs) in [(sql.rows, packed.rows), (sql.parents, packed.parents)] {
        let mut rows = sink.table(head);
        for (below, above) in pairs {
            rows.row(|c| c.put(below).put(above).done()).await?;
        }
        rows.finish().await?;
    }
    Ok(extent)
}

/// Fills all tables of this module.
pub(crate) async fn fill(run: &Run<'_>, changes: &mut Changes<'_>) -> Result<Extents, Closed> {
    let units = fill_units(run.shapes, changes).await?;
    let villages = fill_villages(run, changes).await?;
    let coverage = fill_coverage(run, changes).await?;
    fill_registers(run.state, changes).await?;
    fill_areas(run, changes).await?;
    Ok(vec![("units", units), ("villages", villages), ("coverage", coverage)])
}

async fn fill_units(
    shapes: &[UnitShape],
    changes: &mut Changes<'_>,
) -> Result<Option<Bounds>, Closed> {
    let mut layer = changes.layer(&UNITS);
    for (fid, unit) in (1_i64..).zip(shapes) {
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
                .put_geometry(Some(shape_blob(&unit.shape)))
                .put(unit.code.as_str())
                .put(unit.level.as_str())
                .put(&*unit.name)
                .put(unit.period.to_string())
                .put(unit.schematic)
                .done();
        };
        layer.row(fid, Bounds::shape(&unit.shape), cells, |_| {}).await?;
    }
    Ok(layer.finish().await?.extent)
}

async fn fill_villages(run: &Run<'_>, changes: &mut Changes<'_>) -> Result<Option<Bounds>, Closed> {
    let mut layer = changes.layer(&VILLAGES);
    for (fid, village) in (1_i64..).zip(&run.state.villages) {
        let commune = run.units.get(village.commune);
        let bounds = village.shape.as_ref().and_then(Bounds::shape);
        let cells = |c: &mut Cells<'_>| {
            c.put(fid)
                .put_geometry(village.shape.as_ref().map(shape_blob))
                .put(village.code.as_str())
                .put(Arc::clone(&village.name))
                .put(commune.code.as_str())
                .put(commune.full_name())
                .put(village.centre.map(diachiso_model::LonLat::lon))
                .put(village.centre.map(diachiso_model::LonLat::lat))
                .put(f64::from(village.confidence))
                .put(village.outside)
                .done();
        };
        layer.row(fid, bounds, cells, |_| {}).await?;
    }
    Ok(layer.finish().await?.extent)
}

async fn fill_coverage(run: &Run<'_>, changes: &mut Changes<'_>) -> Result<Option<Bounds>, Closed> {
    let state = run.state;
    let units: HashMap<(&UnitCode, Date), &UnitShape> =
        run.shapes.iter().map(|s| ((&s.code, s.period), s)).collect();
    let villages: HashMap<&UnitCode, _> =
        state.villages.iter().map(|v| (&v.code, v.shape.as_ref())).collect();
    let mut layer = changes.layer(&COVERAGE);
    for (fid, unit) in (1_i64..).zip(&state.tallies) {
        let (shape, schematic) = match units.get(&(&unit.code, unit.period)) {
            Some(s) => (Some(&s.shape), Some(s.schematic)),
            None => (villages.get(&unit.code).copied().flatten(), None),
        };
        let cells = |c: &mut Cells<'_>| {
            c.put(fid).put_geometry(shape.map(shape_blob));
            put_tally(c, state, unit, schematic);
        };
        layer.row(fid, shape.and_then(Bounds::shape), cells, |_| {}).await?;
    }
    Ok(layer.finish().await?.extent)
}

fn put_tally(rows: &mut Cells<'_>, state: &Published, unit: &UnitTally, schematic: Option<bool>) {
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

async fn fill_registers(state: &Published, changes: &mut Changes<'_>) -> Result<(), Closed> {
    let head = "insert into registers (number, source, closed_on, households) values";
    let registers: Vec<_> = (0_i64..).zip(&state.registers).collect();
    changes
        .whole(("registers", "delete from registers", head), &registers, |c, (number, register)| {
            c.put(*number)
                .put(Arc::clone(&register.source))
                .put(register.closed_on.to_string())
                .put(register.households)
                .done();
        })
        .await?;
    let head = "insert into rules (number, code, severity, vi, en, findings) values";
    let rules: Vec<_> = (1_i64..).zip(&state.rules).collect();
    changes
        .whole(("rules", "delete from rules", head), &rules, |c, (number, count)| {
            let rule = count.code.rule();
            c.put(*number)
                .put(count.code.as_str())
                .put(state.profile.severity(count.code).letter())
                .put(rule.vi)
                .put(rule.en)
                .put(count.findings.cast_signed())
                .done();
        })
        .await
}

/// Which villages lie in which unit, for the closing date of the first register and every later period. A
/// village whose commune was split lies in every part: a list that shows a household twice loses none.
async fn fill_areas(run: &Run<'_>, changes: &mut Changes<'_>) -> Result<(), Closed> {
    let sink = changes.sink();
    sink.script("delete from diachiso_meta where key = 'closing_period'").await?;
    let closing = run.state.registers.first().map(|register| {
        let period = run.units.period_of(register.closed_on);
        (period, register.closed_on)
    });
    let mut areas: Vec<(&UnitCode, Arc<str>, &UnitCode)> = Vec::new();
    if let Some((closing, closed_on)) = closing {
        let mut rows = sink.table("insert into diachiso_meta (key, value) values");
        rows.row(|c| c.put("closing_period").put(closing.to_string()).done()).await?;
        rows.finish().await?;
        let later = run.units.reforms().iter().copied().filter(|p| *p > closing);
        for (period, on) in std::iter::once((closing, closed_on)).chain(later.map(|p| (p, p))) {
            let period: Arc<str> = period.to_string().into();
            for village in &run.state.villages {
                areas.push((&village.code, Arc::clone(&period), &village.code));
                for commune in run.units.at(village.commune, on) {
                    let over = units_over(run.units, commune, on);
                    areas.extend(over.map(|code| (code, Arc::clone(&period), &village.code)));
                }
            }
        }
    }
    areas.sort_unstable();
    areas.dedup();
    let head = "insert into areas (code, period, village) values";
    changes
        .whole(("areas", "delete from areas", head), &areas, |c, (code, period, village)| {
            c.put(code.as_str()).put(Arc::clone(period)).put(village.as_str()).done();
        })
        .await
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
pub(crate) fn maybe_point(point: Option<diachiso_model::LonLat>) -> Option<Vec<u8>> {
    point.map(point_blob)
}
