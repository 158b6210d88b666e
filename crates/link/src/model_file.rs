//! A model as a TOML file: read, and written back with what was estimated, comments and layout kept.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use crate::{
    condition::{self, ConditionError, Written},
    key::{self, KeyError},
    model::{
        Block, ColumnSpec, Comparison, Frequencies, Kind, Level, Limits, Model, ModelFault, Prior,
        Thresholds,
    },
};

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No TOML.
    #[error("no TOML: {0}")]
    Toml(#[from] Box<toml_edit::TomlError>),
    /// A key is missing or of the wrong kind.
    #[error("{at}: expected {expected}")]
    Shape {
        /// Where.
        at: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A key that no model has.
    #[error("{at}: unknown key {key:?}; known are {known}")]
    Unknown {
        /// Where.
        at: String,
        /// The key.
        key: String,
        /// What could stand there.
        known: String,
    },
    /// A condition that cannot be understood.
    #[error("{at}: {source}")]
    Condition {
        /// Where.
        at: String,
        /// Why.
        source: Box<ConditionError>,
    },
    /// A key of a block that cannot be understood.
    #[error("{at}: {source}")]
    Key {
        /// Where.
        at: String,
        /// Why.
        source: Box<KeyError>,
    },
    /// The parts do not fit together.
    #[error(transparent)]
    Fault(#[from] Box<ModelFault>),
}

const TOP: &[&str] =
    &["id", "columns", "block", "compare", "frequencies", "prior", "thresholds", "limits"];
/// True pairs a record before anything was estimated.
const PAIRS_PER_RECORD: f64 = 0.1;
/// Default thresholds: 32 to 1, and even odds.
const THRESHOLDS: Thresholds = Thresholds { upper_bits: 5.0, lower_bits: 0.0 };

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// When it is no TOML, lacks what a model needs, or holds what no model has.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let document: DocumentMut = text.parse().map_err(Box::new)?;
        let top = At { path: String::new(), table: document.as_table() };
        top.only(TOP)?;
        let columns = columns(&top)?;
        let find = |name: &str| columns.iter().position(|c: &ColumnSpec| &*c.name == name);
        let blocks =
            top.tables("block")?.iter().map(|t| block(t, &find)).collect::<Result<_, _>>()?;
        let comparisons: Vec<Comparison> = top
            .tables("compare")?
            .iter()
            .map(|t| comparison(t, &find))
            .collect::<Result<_, _>>()?;
        let frequencies = frequencies(&top, &comparisons)?;
        let prior = match top.table("prior")? {
            None => Prior { pairs_per_record: PAIRS_PER_RECORD, records: None },
            Some(t) => {
                t.only(&["pairs_per_record", "records"])?;
                Prior {
                    pairs_per_record: t.number("pairs_per_record")?.unwrap_or(PAIRS_PER_RECORD),
                    records: t.count("records")?,
                }
            }
        };
        let thresholds = match top.table("thresholds")? {
            None => THRESHOLDS,
            Some(t) => {
                t.only(&["upper_bits", "lower_bits"])?;
                let upper = t.number("upper_bits")?.map_or(THRESHOLDS.upper_bits, |x| x as f32);
                let lower = t.number("lower_bits")?.map_or(THRESHOLDS.lower_bits, |x| x as f32);
                Thresholds { upper_bits: upper, lower_bits: lower }
            }
        };
        let limits = match top.table("limits")? {
            None => Limits::default(),
            Some(t) => {
                t.only(&["block", "window"])?;
                let or = |n: Option<u64>, default: usize| n.map_or(default, |n| n as usize);
                let default = Limits::default();
                Limits {
                    block: or(t.count("block")?, default.block),
                    window: or(t.count("window")?, default.window),
                }
            }
        };
        let id = top.text("id")?;
        let model =
            Self { id, columns, blocks, comparisons, frequencies, prior, thresholds, limits };
        model.check().map_err(Box::new)?;
        Ok(model)
    }

    /// The model file that this model was read from, with the shares, frequencies and prior of `self` written in; what
    /// else it says, comments included, stays as it stands.
    ///
    /// # Errors
    /// When `text` is not the file of a model with the same comparisons and levels.
    pub fn write_into(&self, text: &str) -> Result<String, ModelError> {
        let mut document: DocumentMut = text.parse().map_err(Box::new)?;
        let shape =
            |at: &str| ModelError::Shape { at: at.to_owned(), expected: "the same comparisons" };
        let compare = document.get_mut("compare").and_then(Item::as_array_of_tables_mut);
        let compare = compare.filter(|c| c.len() == self.comparisons.len());
        let names: Vec<Box<str>> = self.columns.iter().map(|c| c.name.clone()).collect();
        for (table, comparison) in
            compare.ok_or_else(|| shape("compare"))?.iter_mut().zip(&self.comparisons)
        {
            let mut levels = Array::new();
            for level in &comparison.levels {
                let mut entry = InlineTable::new();
                let conditions: Vec<String> = level
                    .conditions
                    .iter()
                    .map(|c| {
                        Written { condition: *c, own: comparison.column, names: &names }.to_string()
                    })
                    .collect();
                entry.insert("when", conditions.join(" and ").into());
                for (key, share) in [("m", level.m), ("u", level.u)] {
                    if let Some(share) = share {
                        entry.insert(key, rounded(share).into());
                    }
                }
                let mut entry = Value::InlineTable(entry);
                entry.decor_mut().set_prefix("\n  ");
                levels.push_formatted(entry);
            }
            levels.set_trailing("\n");
            levels.set_trailing_comma(true);
            table.insert("levels", value(levels));
        }
        let prior = document.entry("prior").or_insert(Item::Table(Table::new()));
        prior["pairs_per_record"] = value(rounded(self.prior.pairs_per_record));
        document.remove("frequencies");
        let mut tables = Table::new();
        tables.set_implicit(true);
        for (comparison, Frequencies(of)) in self.comparisons.iter().zip(&self.frequencies) {
            if of.is_empty() {
                continue;
            }
            let mut table = Table::new();
            for (text, share) in of {
                table.insert(text, value(rounded(*share)));
            }
            tables.insert(&comparison.name, Item::Table(table));
        }
        if !tables.is_empty() {
            document.insert("frequencies", Item::Table(tables));
        }
        Ok(document.to_string())
    }
}

/// Six digits: what an estimate from some millions of pairs is worth.
fn rounded(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powi(5 - x.abs().log10().floor() as i32);
    (x * scale).round() / scale
}

/// A table and where it stands.
struct At<'a> {
    path: String,
    table: &'a dyn toml_edit::TableLike,
}

impl<'a> At<'a> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn wrong(&self, key: &str, expected: &'static str) -> ModelError {
        ModelError::Shape { at: self.at(key), expected }
    }

    fn only(&self, known: &[&str]) -> Result<(), ModelError> {
        match self.table.iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(()),
            Some((key, _)) => Err(ModelError::Unknown {
                at: if self.path.is_empty() { "the model".to_owned() } else { self.path.clone() },
                key: key.to_owned(),
                known: known.join(", "),
            }),
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, ModelError> {
        let of = |item: &Item| item.as_str().map(str::to_owned);
        self.table.get(key).map(|i| of(i).ok_or_else(|| self.wrong(key, "a text"))).transpose()
    }

    fn texts(&self, key: &str) -> Result<Option<Vec<String>>, ModelError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let wrong = || self.wrong(key, "a text or a list of texts");
        if let Some(text) = item.as_str() {
            return Ok(Some(vec![text.to_owned()]));
        }
        let texts =
            item.as_array().ok_or_else(wrong)?.iter().map(|v| v.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>().map(Some).ok_or_else(wrong)
    }

    fn number(&self, key: &str) -> Result<Option<f64>, ModelError> {
        let of = |item: &Item| item.as_float().or_else(|| item.as_integer().map(|n| n as f64));
        self.table.get(key).map(|i| of(i).ok_or_else(|| self.wrong(key, "a number"))).transpose()
    }

    fn count(&self, key: &str) -> Result<Option<u64>, ModelError> {
        let of = |item: &Item| item.as_integer().and_then(|n| u64::try_from(n).ok());
        let wrong = || self.wrong(key, "a whole number from 0");
        self.table.get(key).map(|i| of(i).ok_or_else(wrong)).transpose()
    }

    fn flag(&self, key: &str) -> Result<bool, ModelError> {
        let wrong = || self.wrong(key, "true or false");
        self.table.get(key).map_or(Ok(false), |i| i.as_bool().ok_or_else(wrong))
    }

    fn table(&self, key: &str) -> Result<Option<At<'a>>, ModelError> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let table = item.as_table_like().ok_or_else(|| self.wrong(key, "a table"))?;
        Ok(Some(At { path: self.at(key), table }))
    }

    fn tables(&self, key: &str) -> Result<Vec<At<'a>>, ModelError> {
        let Some(item) = self.table.get(key) else { return Ok(Vec::new()) };
        let wrong = || self.wrong(key, "tables in double brackets");
        let tables = item.as_array_of_tables().ok_or_else(wrong)?;
        let at = |(i, table): (usize, &'a Table)| At { path: format!("{key}[{i}]"), table };
        Ok(tables.iter().enumerate().map(at).collect())
    }
}

fn columns(top: &At<'_>) -> Result<Vec<ColumnSpec>, ModelError> {
    let table = top.table("columns")?.ok_or_else(|| top.wrong("columns", "a table of columns"))?;
    table.table.iter().map(|(name, _)| column(&table, name)).collect()
}

fn column(table: &At<'_>, name: &str) -> Result<ColumnSpec, ModelError> {
    let spec = table.table(name)?.ok_or_else(|| table.wrong(name, "a table"))?;
    spec.only(&["kind", "from", "optional"])?;
    let written = spec.text("kind")?.unwrap_or_else(|| "text".to_owned());
    let kind = Kind::ALL.iter().find(|(known, _)| *known == written);
    let kind =
        kind.ok_or_else(|| spec.wrong("kind", "text, name, phone, number, date or point"))?.1;
    let from = spec.texts("from")?.unwrap_or_else(|| vec![name.to_owned()]);
    if (kind == Kind::Point) != (from.len() == 2) && kind == Kind::Point {
        return Err(spec.wrong("from", "the headings of latitude and longitude"));
    }
    Ok(ColumnSpec { name: name.into(), from, kind, optional: spec.flag("optional")? })
}

fn block(at: &At<'_>, find: &dyn Fn(&str) -> Option<usize>) -> Result<Block, ModelError> {
    at.only(&["on"])?;
    let on = at.texts("on")?.ok_or_else(|| at.wrong("on", "a list of keys"))?;
    let part = |text: &String| {
        key::parse(text, find)
            .map_err(|source| ModelError::Key { at: at.at("on"), source: Box::new(source) })
    };
    let parts = on.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    if parts.is_empty() {
        return Err(at.wrong("on", "at least one key"));
    }
    Ok(Block { parts, written: on.join(", ") })
}

fn comparison(at: &At<'_>, find: &dyn Fn(&str) -> Option<usize>) -> Result<Comparison, ModelError> {
    at.only(&["name", "column", "by_frequency", "levels"])?;
    let column = at.text("column")?.ok_or_else(|| at.wrong("column", "the name of a column"))?;
    let name = at.text("name")?.unwrap_or_else(|| column.clone());
    let column =
        find(&column).ok_or_else(|| at.wrong("column", "the name of a column of the model"))?;
    let levels = at.table.get("levels").and_then(Item::as_array);
    let levels = levels.ok_or_else(|| at.wrong("levels", "a list of levels"))?;
    let levels = levels.iter().enumerate().map(|(i, entry)| {
        let path = format!("{}.levels[{i}]", at.path);
        if let Some(when) = entry.as_str() {
            return level(&path, when, (None, None), column, find);
        }
        let wrong =
            || ModelError::Shape { at: path.clone(), expected: "a condition or { when, m, u }" };
        let table = entry.as_inline_table().ok_or_else(wrong)?;
        let entry = At { path: path.clone(), table };
        entry.only(&["when", "m", "u"])?;
        let when = entry.text("when")?.ok_or_else(|| entry.wrong("when", "a condition"))?;
        level(&path, &when, (entry.number("m")?, entry.number("u")?), column, find)
    });
    Ok(Comparison {
        name: name.into(),
        column,
        levels: levels.collect::<Result<_, _>>()?,
        by_frequency: at.flag("by_frequency")?,
    })
}

fn level(
    path: &str,
    when: &str,
    (m, u): (Option<f64>, Option<f64>),
    column: usize,
    find: &dyn Fn(&str) -> Option<usize>,
) -> Result<Level, ModelError> {
    let conditions = condition::parse(when, column, find).map_err(|source| {
        ModelError::Condition { at: path.to_owned(), source: Box::new(source) }
    })?;
    Ok(Level { conditions, m, u })
}

fn frequencies(top: &At<'_>, comparisons: &[Comparison]) -> Result<Vec<Frequencies>, ModelError> {
    let mut all = vec![Frequencies::default(); comparisons.len()];
    let Some(tables) = top.table("frequencies")? else { return Ok(all) };
    let names: Vec<&str> = comparisons.iter().map(|c| &*c.name).collect();
    tables.only(&names)?;
    for (of, name) in all.iter_mut().zip(names) {
        let Some(table) = tables.table(name)? else { continue };
        for (text, _) in table.table.iter() {
            let share = table.number(text)?.filter(|x| (0.0..=1.0).contains(x));
            of.0.push((text.into(), share.ok_or_else(|| table.wrong(text, "a share"))?));
        }
    }
    Ok(all)
}
