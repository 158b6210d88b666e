//! Writes a layer as the bytes of a vector tile ([Mapbox Vector Tile 2.1](https://github.com/mapbox/vector-tile-spec/tree/master/2.1)),
//! front to back: features and values go into their buffers as they come, none is held as an object. A tile of thousands of
//! units is a few hundred kilobytes and is made while somebody waits.

use diachiso_model::Date;
use diachiso_spatial::tile::EXTENT;
use rustc_hash::FxHashMap;

const VERSION: u64 = 2;

/// Numbers and wire types of the fields of the format's messages, as protobuf writes them: `number << 3 | wire type`.
mod field {
    pub(super) const LAYERS: u8 = 0x1a;
    pub(super) const LAYER_VERSION: u8 = 0x78;
    pub(super) const LAYER_NAME: u8 = 0x0a;
    pub(super) const LAYER_FEATURES: u8 = 0x12;
    pub(super) const LAYER_KEYS: u8 = 0x1a;
    pub(super) const LAYER_VALUES: u8 = 0x22;
    pub(super) const LAYER_EXTENT: u8 = 0x28;
    pub(super) const FEATURE_ID: u8 = 0x08;
    pub(super) const FEATURE_TAGS: u8 = 0x12;
    pub(super) const FEATURE_TYPE: u8 = 0x18;
    pub(super) const FEATURE_GEOMETRY: u8 = 0x22;
    pub(super) const VALUE_TEXT: u8 = 0x0a;
    pub(super) const VALUE_DOUBLE: u8 = 0x19;
    pub(super) const VALUE_UINT: u8 = 0x28;
    pub(super) const VALUE_BOOL: u8 = 0x38;
}

/// What commands of a geometry are called.
mod command {
    pub(super) const MOVE_TO: u64 = 1;
    pub(super) const LINE_TO: u64 = 2;
    pub(super) const CLOSE_PATH: u64 = 7;
}

/// Kind of a geometry.
#[derive(Clone, Copy)]
enum Kind {
    Point = 1,
    Polygon = 3,
}

/// A geometry as a feature carries it.
pub(super) struct Geometry {
    kind: Kind,
    commands: Box<[u8]>,
}

impl Geometry {
    /// One point in tile units.
    pub(super) fn point(at: [i32; 2]) -> Self {
        let mut pen = Pen::default();
        pen.command(command::MOVE_TO, 1);
        pen.to(at);
        Self { kind: Kind::Point, commands: pen.commands.into() }
    }

    /// Rings as one polygon feature: exteriors clockwise on the screen (y down), each followed by its holes. Rings come
    /// open, of three points at least. `None` without any.
    pub(super) fn polygon<'r>(rings: impl Iterator<Item = &'r [[i32; 2]]>) -> Option<Self> {
        let mut pen = Pen::default();
        for ring in rings {
            let [first, rest @ ..] = ring else { continue };
            pen.command(command::MOVE_TO, 1);
            pen.to(*first);
            pen.command(command::LINE_TO, rest.len());
            for at in rest {
                pen.to(*at);
            }
            pen.command(command::CLOSE_PATH, 1);
        }
        let commands: Box<[u8]> = pen.commands.into();
        (!commands.is_empty()).then_some(Self { kind: Kind::Polygon, commands })
    }

    /// Bytes that it takes.
    pub(super) fn len(&self) -> usize {
        self.commands.len()
    }
}

/// Writes commands, each point by how far it lies from the one before.
#[derive(Default)]
struct Pen {
    commands: Vec<u8>,
    at: [i32; 2],
}

impl Pen {
    fn command(&mut self, command: u64, count: usize) {
        varint(&mut self.commands, command | (count as u64) << 3);
    }

    fn to(&mut self, point: [i32; 2]) {
        for (to, from) in point.iter().zip(self.at) {
            let by = to - from;
            varint(&mut self.commands, u64::from(((by << 1) ^ (by >> 31)).cast_unsigned()));
        }
        self.at = point;
    }
}

/// What a feature says under one key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Value<'v> {
    Text(&'v str),
    /// As text, like `2025-07-01`.
    Day(Date),
    Uint(u64),
    /// The bits of a number.
    Double(u64),
    Bool(bool),
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl From<Date> for Value<'_> {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Uint(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Double(number.to_bits())
    }
}

impl From<bool> for Value<'_> {
    fn from(is: bool) -> Self {
        Self::Bool(is)
    }
}

/// A layer that is being written.
pub(super) struct LayerWriter<'v> {
    name: &'v str,
    count: usize,
    features: Vec<u8>,
    keys: Vec<&'static str>,
    /// Where a feature's next key is looked for first: features say the same things in the same order.
    next_key: usize,
    values: FxHashMap<Value<'v>, u32>,
    values_written: Vec<u8>,
    tags: Vec<u8>,
}

impl<'v> LayerWriter<'v> {
    pub(super) fn new(name: &'v str) -> Self {
        Self {
            name,
            count: 0,
            features: Vec::new(),
            keys: Vec::new(),
            next_key: 0,
            values: FxHashMap::default(),
            values_written: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Features so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Says something of the feature that comes next.
    pub(super) fn tag(&mut self, key: &'static str, value: impl Into<Value<'v>>) {
        let at = (self.next_key..self.keys.len())
            .chain(0..self.next_key)
            .find(|at| self.keys[*at] == key);
        let at = at.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        });
        self.next_key = at + 1;
        let (value, number) = (value.into(), self.values.len() as u32);
        let number = *self.values.entry(value).or_insert_with(|| {
            write_value(&mut self.values_written, value);
            number
        });
        varint(&mut self.tags, at as u64);
        varint(&mut self.tags, number.into());
    }

    /// Writes a feature that everything said since the one before belongs to.
    pub(super) fn feature(&mut self, id: Option<u64>, geometry: &Geometry) {
        let id_len = id.map_or(0, |id| 1 + varint_len(id));
        let tags_len = if self.tags.is_empty() { 0 } else { framed_len(self.tags.len()) };
        let len = id_len + tags_len + 2 + framed_len(geometry.len());
        let out = &mut self.features;
        out.reserve(framed_len(len));
        out.push(field::LAYER_FEATURES);
        varint(out, len as u64);
        if let Some(id) = id {
            out.push(field::FEATURE_ID);
            varint(out, id);
        }
        if !self.tags.is_empty() {
            framed(out, field::FEATURE_TAGS, &self.tags);
        }
        out.push(field::FEATURE_TYPE);
        out.push(geometry.kind as u8);
        framed(out, field::FEATURE_GEOMETRY, &geometry.commands);
        self.tags.clear();
        self.next_key = 0;
        self.count += 1;
    }

    /// The bytes of a tile of this layer alone; `None` without a feature.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        if self.count == 0 {
            return None;
        }
        let keys: usize = self.keys.iter().map(|key| framed_len(key.len())).sum();
        let extent = u64::from(EXTENT);
        let len = (1 + varint_len(VERSION))
            + framed_len(self.name.len())
            + self.features.len()
            + keys
            + self.values_written.len()
            + (1 + varint_len(extent));
        let mut out = Vec::with_capacity(framed_len(len));
        out.push(field::LAYERS);
        varint(&mut out, len as u64);
        framed(&mut out, field::LAYER_NAME, self.name.as_bytes());
        out.extend_from_slice(&self.features);
        for key in self.keys {
            framed(&mut out, field::LAYER_KEYS, key.as_bytes());
        }
        out.extend_from_slice(&self.values_written);
        out.push(field::LAYER_EXTENT);
        varint(&mut out, extent);
        out.push(field::LAYER_VERSION);
        varint(&mut out, VERSION);
        Some(out)
    }
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) {
    out.push(field::LAYER_VALUES);
    match value {
        Value::Text(text) => {
            varint(out, framed_len(text.len()) as u64);
            framed(out, field::VALUE_TEXT, text.as_bytes());
        }
        Value::Day(day) => {
            let text = day.to_string();
            varint(out, framed_len(text.len()) as u64);
            framed(out, field::VALUE_TEXT, text.as_bytes());
        }
        Value::Uint(number) => {
            varint(out, 1 + varint_len(number) as u64);
            out.push(field::VALUE_UINT);
            varint(out, number);
        }
        Value::Double(bits) => {
            varint(out, 9);
            out.push(field::VALUE_DOUBLE);
            out.extend_from_slice(&bits.to_le_bytes());
        }
        Value::Bool(is) => {
            varint(out, 2);
            out.extend_from_slice(&[field::VALUE_BOOL, is.into()]);
        }
    }
}

/// Bytes behind their field and length.
fn framed(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn framed_len(bytes: usize) -> usize {
    1 + varint_len(bytes as u64) + bytes
}

/// Seven bits a byte, the lowest first; the highest bit of a byte says that another follows.
fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn varint_len(number: u64) -> usize {
    (64 - (number | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests;
