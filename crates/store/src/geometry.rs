//! GeoPackage geometry blobs: a header, then WKB (OGC GeoPackage 1.3, §2.1.3).

use diachiso_model::LonLat;
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

/// Bounds of a shape, degrees: west, south, east, north.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Bounds {
    pub(crate) min_x: f64,
    pub(crate) min_y: f64,
    pub(crate) max_x: f64,
    pub(crate) max_y: f64,
}

impl Bounds {
    /// The bounds of one point.
    pub(crate) fn point(p: LonLat) -> Self {
        Self { min_x: p.lon(), min_y: p.lat(), max_x: p.lon(), max_y: p.lat() }
    }

    /// The bounds of a shape; `None` when it is empty.
    pub(crate) fn shape(shape: &MultiPolygon<f64>) -> Option<Self> {
        let mut bounds: Option<Self> = None;
        for c in shape.0.iter().flat_map(|p| p.exterior().0.iter()) {
            let point = Self { min_x: c.x, min_y: c.y, max_x: c.x, max_y: c.y };
            bounds = Some(bounds.map_or(point, |b| b.join(point)));
        }
        bounds
    }

    /// The smallest bounds around both.
    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            min_x: self.min_x.min(other.min_x),
            min_y: self.min_y.min(other.min_y),
            max_x: self.max_x.max(other.max_x),
            max_y: self.max_y.max(other.max_y),
        }
    }
}

const SRS: i32 = 4326;
/// Little endian, no envelope, not empty.
const FLAGS_POINT: u8 = 0b0000_0001;
/// Little endian, envelope of four numbers.
const FLAGS_SHAPE: u8 = 0b0000_0011;
/// Little endian, no envelope, empty.
const FLAGS_EMPTY: u8 = 0b0001_0001;
const WKB_POINT: u32 = 1;
const WKB_POLYGON: u32 = 3;
const WKB_MULTI_POLYGON: u32 = 6;
const WKB_COLLECTION: u32 = 7;
/// Collections inside collections deeper than this are refused.
const MAX_DEPTH: u8 = 8;

/// A point as a blob of 29 bytes.
pub(crate) fn point_blob(p: LonLat) -> Vec<u8> {
    let mut blob = Vec::with_capacity(29);
    header(&mut blob, FLAGS_POINT);
    wkb_head(&mut blob, WKB_POINT);
    blob.extend_from_slice(&p.lon().to_le_bytes());
    blob.extend_from_slice(&p.lat().to_le_bytes());
    blob
}

/// A shape as a blob with its envelope.
pub(crate) fn shape_blob(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut blob = Vec::new();
    if let Some(b) = Bounds::shape(shape) {
        header(&mut blob, FLAGS_SHAPE);
        for v in [b.min_x, b.max_x, b.min_y, b.max_y] {
            blob.extend_from_slice(&v.to_le_bytes());
        }
    } else {
        header(&mut blob, FLAGS_EMPTY);
    }
    wkb_head(&mut blob, WKB_MULTI_POLYGON);
    count(&mut blob, shape.0.len());
    for polygon in &shape.0 {
        wkb_head(&mut blob, WKB_POLYGON);
        count(&mut blob, 1 + polygon.interiors().len());
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            count(&mut blob, ring.0.len());
            for c in &ring.0 {
                blob.extend_from_slice(&c.x.to_le_bytes());
                blob.extend_from_slice(&c.y.to_le_bytes());
            }
        }
    }
    blob
}

/// A blob of ours as the extended WKB of PostGIS: its number of the coordinate system is a word more.
pub(crate) fn extended(blob: &[u8]) -> Vec<u8> {
    const HAS_SRS: u32 = 0x2000_0000;
    let envelope = if blob[3] & 0b1110 == 0 { 0 } else { 32 };
    let wkb = &blob[8 + envelope..];
    let kind = u32::from_le_bytes([wkb[1], wkb[2], wkb[3], wkb[4]]) | HAS_SRS;
    let mut bytes = Vec::with_capacity(wkb.len() + 4);
    bytes.push(1);
    bytes.extend(kind.to_le_bytes());
    bytes.extend(SRS.to_le_bytes());
    bytes.extend(&wkb[5..]);
    bytes
}

fn header(blob: &mut Vec<u8>, flags: u8) {
    blob.extend_from_slice(&[b'G', b'P', 0, flags]);
    blob.extend_from_slice(&SRS.to_le_bytes());
}

fn wkb_head(blob: &mut Vec<u8>, kind: u32) {
    blob.push(1);
    blob.extend_from_slice(&kind.to_le_bytes());
}

fn count(blob: &mut Vec<u8>, n: usize) {
    blob.extend_from_slice(&(n as u32).to_le_bytes());
}

/// Reads a point back. The text says what is wrong with the blob.
#[cfg(test)]
pub(crate) fn read_point(blob: &[u8]) -> Result<LonLat, String> {
    Wkb::body(blob)?.point()
}

/// Reads the numbers of a point in any coordinate system; `None` when the geometry is of another kind or empty.
pub(crate) fn read_xy(blob: &[u8]) -> Result<Option<[f64; 2]>, String> {
    let mut wkb = Wkb::body(blob)?;
    if !matches!(wkb.head()?, (WKB_POINT, _)) {
        return Ok(None);
    }
    let [x, y] = [wkb.number()?, wkb.number()?];
    Ok((x.is_finite() && y.is_finite()).then_some([x, y]))
}

/// Reads polygons, also out of collections; `None` when the geometry is of another kind or empty.
pub(crate) fn read_shape(blob: &[u8]) -> Result<Option<MultiPolygon<f64>>, String> {
    Wkb::body(blob)?.shape()
}

/// A reading head over WKB in either byte order, with or without Z and M (ISO and EWKB numbers).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wkb<'b> {
    rest: &'b [u8],
    little: bool,
}

impl<'b> Wkb<'b> {
    /// Geometry without a header around it.
    pub(crate) fn bare(wkb: &'b [u8]) -> Self {
        Self { rest: wkb, little: true }
    }

    /// The point that it is.
    pub(crate) fn point(mut self) -> Result<LonLat, String> {
        match self.head()? {
            (WKB_POINT, _) => {
                let (x, y) = (self.number()?, self.number()?);
                LonLat::new(x, y).map_err(|e| e.to_string())
            }
            (kind, _) => Err(format!("expected a point, found geometry type {kind}")),
        }
    }

    /// Its polygons; `None` when it is of another kind or empty.
    pub(crate) fn shape(mut self) -> Result<Option<MultiPolygon<f64>>, String> {
        let mut polygons = Vec::new();
        let areal = self.polygons(&mut polygons, MAX_DEPTH)?;
        polygons.retain(|p: &Polygon<f64>| !p.exterior().0.is_empty());
        Ok((areal && !polygons.is_empty()).then_some(MultiPolygon(polygons)))
    }

    /// The geometry in a blob of a GeoPackage.
    pub(crate) fn body(blob: &'b [u8]) -> Result<Self, String> {
        let [b'G', b'P', _, flags, _, _, _, _, rest @ ..] = blob else {
            return Err("not a GeoPackage geometry".to_owned());
        };
        let envelope = match (flags >> 1) & 7 {
            0 => 0,
            1 => 32,
            2 | 3 => 48,
            4 => 64,
            other => return Err(format!("envelope code {other}")),
        };
        let rest = rest.get(envelope..).ok_or("envelope cut short")?;
        Ok(Self { rest, little: true })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or("geometry cut short")?;
        self.rest = rest;
        Ok(*head)
    }

    fn integer(&mut self) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn number(&mut self) -> Result<f64, String> {
        let bytes = self.take()?;
        Ok(if self.little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    /// Geometry type without Z and M, and how many numbers follow x and y.
    fn head(&mut self) -> Result<(u32, usize), String> {
        self.little = self.take::<1>()?[0] == 1;
        let kind = self.integer()?;
        let (z, m) = (kind & 0x8000_0000 != 0, kind & 0x4000_0000 != 0);
        if kind & 0x2000_0000 != 0 {
            self.integer()?;
        }
        let iso = kind & 0x0fff_ffff;
        let more = match iso / 1000 {
            0 => usize::from(z) + usize::from(m),
            1 | 2 => 1,
            3 => 2,
            _ => return Err(format!("geometry type {kind}")),
        };
        Ok((iso % 1000, more))
    }

    /// Collects polygons; whether the geometry is one that can hold them.
    fn polygons(&mut self, into: &mut Vec<Polygon<f64>>, depth: u8) -> Result<bool, String> {
        let (kind, more) = self.head()?;
        match kind {
            WKB_POLYGON => into.push(self.polygon(more)?),
            WKB_MULTI_POLYGON | WKB_COLLECTION => {
                let depth = depth.checked_sub(1).ok_or("collections nested too deep")?;
                for _ in 0..self.integer()? {
                    if !self.polygons(into, depth)? {
                        return Ok(false);
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn polygon(&mut self, more: usize) -> Result<Polygon<f64>, String> {
        let mut rings = Vec::new();
        for _ in 0..self.integer()? {
            rings.push(self.ring(more)?);
        }
        let mut rings = rings.into_iter();
        Ok(Polygon::new(rings.next().unwrap_or(LineString(Vec::new())), rings.collect()))
    }

    fn ring(&mut self, more: usize) -> Result<LineString<f64>, String> {
        let n = self.integer()?;
        let mut coords = Vec::new();
        for _ in 0..n {
            coords.push(Coord { x: self.number()?, y: self.number()? });
            for _ in 0..more {
                self.number()?;
            }
        }
        Ok(LineString(coords))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(x: f64) -> Polygon<f64> {
        let ring = |a: f64, b: f64| LineString::from(vec![(a, a), (b, a), (b, b), (a, b), (a, a)]);
        Polygon::new(ring(x, x + 4.0), vec![ring(x + 1.0, x + 2.0)])
    }

    #[test]
    fn shapes_read_back_with_their_holes() {
        let shape = MultiPolygon(vec![square(0.0), square(10.0)]);
        assert_eq!(read_shape(&shape_blob(&shape)), Ok(Some(shape.clone())));
        let b = Bounds::shape(&shape).expect("bounds");
        assert_eq!((b.min_x, b.max_y), (0.0, 14.0));
        assert_eq!(read_shape(&shape_blob(&MultiPolygon(Vec::new()))), Ok(None));
    }

    #[test]
    fn big_endian_polygons_with_height_are_read() {
        let mut blob = vec![b'G', b'P', 0, 0, 0, 0, 0x10, 0xe6, 0];
        blob.extend(1003_u32.to_be_bytes());
        blob.extend(1_u32.to_be_bytes());
        blob.extend(4_u32.to_be_bytes());
        for (x, y) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)] {
            for v in [x, y, 99.0_f64] {
                blob.extend(v.to_be_bytes());
            }
        }
        let ring = vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)];
        let expected = MultiPolygon(vec![Polygon::new(ring.into(), vec![])]);
        assert_eq!(read_shape(&blob), Ok(Some(expected)));
    }

    proptest! {
        #[test]
        fn points_read_back(lon in -180.0..180.0, lat in -90.0..90.0) {
            let p = LonLat::new(lon, lat).expect("in range");
            prop_assert_eq!(read_point(&point_blob(p)), Ok(p));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), cut in 0_usize..200) {
            let _ = read_shape(&bytes);
            let whole = shape_blob(&MultiPolygon(vec![square(0.0)]));
            if cut < whole.len() {
                prop_assert!(read_shape(&whole[..cut]).is_err());
            }
        }
    }
}
