//! Villages as the registers know them, and how people spell them.

use std::sync::Arc;

use diachiso_model::{Kind, UnitCode, UnitId, Units, Village};
use diachiso_text::place;
use rustc_hash::FxHashMap;

/// How a stated village was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VillageMatch {
    /// Under its own name.
    Exact(u32),
    /// Under another spelling.
    Respelt(u32),
    /// Not in that commune.
    Missing,
}

impl VillageMatch {
    /// The village found; the first of all where none is, which cannot be for names that the list was made of.
    pub(crate) fn index(self) -> u32 {
        match self {
            Self::Exact(at) | Self::Respelt(at) => at,
            Self::Missing => 0,
        }
    }
}

/// All villages, sorted by code, found by commune and name.
pub(crate) struct Villages {
    pub(crate) list: Vec<Village>,
    strong: FxHashMap<(UnitId, String), u32>,
    folded: FxHashMap<(UnitId, String), Option<u32>>,
    by_commune: FxHashMap<UnitId, Vec<u32>>,
}

impl Villages {
    /// Makes one village of every distinct (commune, name) pair.
    pub(crate) fn new(units: &Units, stated: impl IntoIterator<Item = (UnitId, Arc<str>)>) -> Self {
        let mut names: FxHashMap<(UnitId, String), Arc<str>> = FxHashMap::default();
        for (commune, name) in stated {
            let key = (commune, place::village_key(&name));
            // Several spellings of one key: the smallest stands, whatever the order of lines.
            let slot = names.entry(key).or_insert_with(|| Arc::clone(&name));
            if name < *slot {
                *slot = name;
            }
        }
        let mut sorted: Vec<_> = names.into_iter().collect();
        sorted.sort();
        let mut this = Self {
            list: Vec::with_capacity(sorted.len()),
            strong: FxHashMap::default(),
            folded: FxHashMap::default(),
            by_commune: FxHashMap::default(),
        };
        let mut taken: FxHashMap<String, u32> = FxHashMap::default();
        let mut coded: Vec<(UnitCode, UnitId, String, Arc<str>)> = sorted
            .into_iter()
            .filter_map(|((commune, key), name)| {
                let slug = slug(&name);
                let text = format!("{}-{slug}", units.get(commune).code);
                let n = taken.entry(text.clone()).and_modify(|n| *n += 1).or_insert(1);
                let text = if *n == 1 { text } else { format!("{text}-{n}") };
                Some((text.parse().ok()?, commune, key, name))
            })
            .collect();
        coded.sort();
        for (code, commune, key, name) in coded {
            this.push(units, code, commune, key, &name);
        }
        this
    }

    fn push(&mut self, units: &Units, code: UnitCode, commune: UnitId, key: String, name: &str) {
        let at = self.list.len() as u32;
        self.folded
            .entry((commune, place::village_fold(name)))
            .and_modify(|one| *one = None)
            .or_insert(Some(at));
        self.strong.insert((commune, key), at);
        self.by_commune.entry(commune).or_default().push(at);
        let name = with_kind(name, units.get(commune).kind);
        self.list.push(Village {
            code,
            name,
            commune,
            centre: None,
            shape: None,
            confidence: 0.0,
            outside: 0,
        });
    }

    /// The village of `commune` (valid on the closing date) meant by `stated`.
    pub(crate) fn find(&self, commune: UnitId, stated: &str) -> VillageMatch {
        if let Some(at) = self.strong.get(&(commune, place::village_key(stated))) {
            let same = *self.list[*at as usize].name == *stated;
            return if same { VillageMatch::Exact(*at) } else { VillageMatch::Respelt(*at) };
        }
        match self.folded.get(&(commune, place::village_fold(stated))) {
            Some(Some(at)) => VillageMatch::Respelt(*at),
            _ => VillageMatch::Missing,
        }
    }

    /// Whether the registers name any village of the commune.
    pub(crate) fn knows(&self, commune: UnitId) -> bool {
        self.by_commune.contains_key(&commune)
    }
}

/// Name with its kind in front; where none is stated, the one usual in that kind of commune.
fn with_kind(name: &str, commune: Kind) -> Arc<str> {
    let lower = name.to_lowercase();
    if ["thôn ", "tổ dân phố ", "tdp ", "tổ "].iter().any(|k| lower.starts_with(k)) {
        return name.into();
    }
    let kind = if commune == Kind::Xa { Kind::Thon } else { Kind::ToDanPho };
    format!("{} {name}", kind.title()).into()
}

/// ASCII letters, digits and dashes of a name.
fn slug(name: &str) -> String {
    let folded = place::village_fold(name);
    let slug: String =
        folded.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "x".into() } else { slug.into() }
}
