//! Every table that a store is made of, the same in every kind of store.

/// What a column holds, by the letter that stands for it in [`TABLES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    /// `i`: a number without a fraction.
    Integer,
    /// `r`: a number.
    Real,
    /// `t`: a text.
    Text,
    /// `b`: yes or no.
    Truth,
    /// `d`: a day.
    Day,
    /// `m`: a moment.
    Moment,
    /// `x`: bytes.
    Bytes,
    /// `g`: a geometry.
    Geometry,
}

/// A table and what orders its rows.
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: &'static str,
    pub(super) order: &'static str,
    /// Whether a run replaces it; a file has such tables from its first run on.
    pub(super) published: bool,
}

impl Table {
    /// Its columns in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&'static str, Holds)> {
        self.columns.split_ascii_whitespace().map(|column| {
            let (name, letter) = column.split_once(':').unwrap_or((column, "t"));
            let holds = match letter {
                "i" => Holds::Integer,
                "r" => Holds::Real,
                "b" => Holds::Truth,
                "d" => Holds::Day,
                "m" => Holds::Moment,
                "x" => Holds::Bytes,
                "g" => Holds::Geometry,
                _ => Holds::Text,
            };
            (name, holds)
        })
    }
}

macro_rules! tables {
    ($($published:literal $name:literal $order:literal $columns:literal;)*) => {
        &[$(Table { name: $name, columns: $columns, order: $order, published: $published },)*]
    };
}

/// All of them; what others refer to comes first.
pub(super) const TABLES: &[Table] = tables! {
    false "runs" "number" "number:i committed_at:m rule_version:i profile inputs_hash today:d guard identity_key changes";
    false "files" "id" "id:i name hash bytes:i kind run:i loaded_at:m legal_basis mapping dropped_columns rows_read:i accepted:i held:i duplicate:i rejected:i skipped:i first_fid:i last_fid:i";
    false "source_archive" "file, part" "file:i part:i data:x";
    false "boundaries" "fid" "fid:i geom:g code valid_from:d origin schematic:b";
    false "masks" "fid" "fid:i geom:g name";
    false "decisions" "number" "number:i kind target choice decided_by decided_at:m reason";
    false "held_batches" "id" "id:i held_at:m after_run:i reasons profile today:d guard identity_key status settled_by settled_at:m settled_why run:i";
    false "held_files" "id" "id:i batch:i name hash bytes:i kind legal_basis mapping dropped_columns rows_read:i accepted:i held:i duplicate:i rejected:i skipped:i";
    false "held_archive" "file, part" "file:i part:i data:x";
    false "gone" "kind, id" "kind id run:i successor";
    false "places" "id" "id:i origin kind name number alley lon:r lat:r";
    true "units" "fid" "fid:i geom:g code level name period:d schematic:b";
    true "villages" "fid" "fid:i geom:g code name commune commune_name lon:r lat:r confidence:r outside:i";
    true "coverage" "fid" "fid:i geom:g code level name parent period:d register:i source closed_on:d schematic:b households:i percent:r covered:i pending:i rejected:i none:i claimed:i absent:i away:i refused:i leaving:i duplicate_line:i moved:i gone:i outside_list:i persons:i persons_covered:i poor:i poor_covered:i near_poor:i near_poor_covered:i by_class_a:i by_class_b:i by_class_c:i by_class_d:i by_class_e:i";
    true "gaps" "fid" "fid:i geom:g register:i source household head address village village_name commune commune_name members:i poverty rank:i state submission reasons";
    true "submissions" "fid" "fid:i geom:g id file:i row:i verdict master place register:i household bits:r form code head identity_last3:i phone:i address village village_text commune members:i poverty precision accuracy_m:r collected_on:d collector team";
    true "findings" "fid" "fid:i submission:i code severity field original replacement";
    true "households" "fid" "fid:i register:i id head birth_year:i village commune address members:i poverty status state submission:i lon:r lat:r";
    true "registers" "number" "number:i source closed_on:d households:i";
    true "rules" "number" "number:i code severity vi en findings:i";
    true "repeats" "fid" "fid:i file:i row:i submission:i";
    true "skipped" "fid" "fid:i file:i row:i reason";
    true "register_rejects" "fid" "fid:i file:i row:i code severity field original";
    true "proposals" "fid" "fid:i id kind vi subject collector commune remedy shift_m:r azimuth_deg:r zone votes:i rows:i confidence:r evidence status files";
    true "proposal_rows" "fid" "fid:i proposal submission:i";
    true "areas" "code, period, village" "code period:d village";
    true "digests" "layer, part" "layer part:i data:x";
    true "diachiso_meta" "key" "key value";
};
