//! How the bytes of a tile are packed for the way, and which way a client takes.

use std::io::{self, Write};

use axum::{body::Bytes, http::HeaderMap, http::header};
use flate2::{Compression, write::GzEncoder};

/// Of 11; a tile of 200 KB takes a few milliseconds.
const BROTLI_QUALITY: i32 = 5;
/// Window of brotli, as a power of two: no tile is longer.
const BROTLI_WINDOW: i32 = 20;
const BROTLI_BUFFER: usize = 16 * 1024;
/// Of 22.
const ZSTD_LEVEL: i32 = 6;

/// A content coding (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// `br`, the smallest.
    Brotli,
    /// `zstd`.
    Zstd,
    /// `gzip`.
    Gzip,
}

/// A packed tile and its strong tag, in quotes.
pub(crate) struct Coded {
    pub(crate) tag: String,
    pub(crate) body: Bytes,
}

impl Coding {
    /// Those that are offered, the one that is preferred first.
    const PACKED: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in `Content-Encoding`; `None` of what is sent as it is.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
        }
    }

    /// The coding that a client weighs highest, the smallest among equals; nothing is packed for one that lists none.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
        let told: Vec<(String, f32)> = lists
            .flat_map(|list| list.split(','))
            .map(|one| {
                let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
                let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
                (coding.trim().to_ascii_lowercase(), weight.unwrap_or(1.0))
            })
            .collect();
        let weight = |coding: &Self| {
            let named = |(name, _): &&(String, f32)| {
                coding.name() == Some(name) || (*coding == Self::Gzip && name == "x-gzip")
            };
            let any = || told.iter().find(|(name, _)| name == "*");
            told.iter().find(named).or_else(any).map_or(0.0, |(_, weight)| *weight)
        };
        let best = Self::PACKED.into_iter().rev().max_by(|a, b| weight(a).total_cmp(&weight(b)));
        best.filter(|best| weight(best) > 0.0).unwrap_or(Self::Identity)
    }

    /// Packs a tile. The tag is of the tile's own bytes and the coding: a run that does not change a tile leaves it.
    pub(crate) fn pack(self, tile: Vec<u8>) -> io::Result<Coded> {
        let hash = blake3::hash(&tile).to_hex();
        let tag = format!("\"{}-{}\"", &hash[..20], self.name().unwrap_or("id"));
        let body = match self {
            Self::Identity => tile,
            Self::Gzip => {
                let mut packer =
                    GzEncoder::new(Vec::with_capacity(tile.len() / 2), Compression::default());
                packer.write_all(&tile)?;
                packer.finish()?
            }
            Self::Zstd => zstd::bulk::compress(&tile, ZSTD_LEVEL)?,
            Self::Brotli => {
                let params = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: tile.len(),
                    ..Default::default()
                };
                let mut small = Vec::with_capacity(tile.len() / 2);
                let mut packer =
                    brotli::CompressorWriter::with_params(&mut small, BROTLI_BUFFER, &params);
                packer.write_all(&tile)?;
                drop(packer);
                small
            }
        };
        Ok(Coded { tag, body: body.into() })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Coding) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::try_from(accept).expect("a header"));
        assert_eq!(Coding::accepted(&headers), expected, "{accept}");
    }

    #[test]
    fn a_client_gets_the_coding_that_it_weighs_highest() {
        check("gzip, deflate, br, zstd", Coding::Brotli);
        check("gzip, deflate", Coding::Gzip);
        check("br;q=0.5, gzip;q=0.8", Coding::Gzip);
        check("zstd, gzip;q=0.9", Coding::Zstd);
        check("X-GZIP", Coding::Gzip);
        check("*", Coding::Brotli);
        check("br;q=0, *;q=0.1", Coding::Zstd);
        check("gzip;q=0", Coding::Identity);
        check("identity", Coding::Identity);
        check("", Coding::Identity);
        assert_eq!(Coding::accepted(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn a_tile_unpacks_to_what_was_packed_and_has_a_tag_for_each_coding() {
        let tile: Vec<u8> = (0..10_000_u32).map(|n| (n / 7) as u8).collect();
        let unpacked = |coding: Coding, body: &[u8]| -> Vec<u8> {
            let mut out = Vec::new();
            match coding {
                Coding::Identity => out.extend_from_slice(body),
                Coding::Gzip => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut out)),
                Coding::Zstd => out = zstd::decode_all(body).expect("unpacked"),
                Coding::Brotli => drop(brotli::Decompressor::new(body, 4096).read_to_end(&mut out)),
            }
            out
        };
        let mut tags = Vec::new();
        for coding in [Coding::Identity, Coding::Brotli, Coding::Zstd, Coding::Gzip] {
            let packed = coding.pack(tile.clone()).expect("packed");
            assert!(unpacked(coding, &packed.body) == tile, "{coding:?}");
            assert!(coding == Coding::Identity || packed.body.len() < 5000);
            tags.push(packed.tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 4);
        assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')), "{tags:?}");
    }
}
