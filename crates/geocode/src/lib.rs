//! Addresses as people write them to places, each with a radius that holds.
//!
//! [`IndexBuilder`] takes units of all periods, villages, and known houses; [`Index`] answers [`Query`]s from any number
//! of threads. A text is cut into folded words (`tokens`), the names in it are looked up whole and with typing errors
//! (`lexicon`, `mention`), those that can be meant together are put together (`reading`) – a name that a place had
//! once counts as well as today's, for every unit is a set of the communes of the oldest period (`territory`) – and
//! what names leave over is house and alley (`houses`), looked up or interpolated in the street (`doors`).
//!
//! Everything is a function over values: no file, no clock, no state but the buffers in [`Scratch`].

mod answer;
mod builder;
mod doors;
mod geocode;
mod house_key;
mod houses;
mod index;
mod kinds;
mod known;
mod lexicon;
mod mention;
mod missing;
mod place;
mod poly_hash;
mod positions;
mod query;
mod reading;
mod suggest;
mod territory;
mod tokens;

pub use answer::{Answer, Candidate, Evidence, Grade, MAX_CANDIDATES, Parts, StreetId, VillageId};
pub use builder::{
    BuildError, FEWEST_FOR_PUBLIC, Frame, IndexBuilder, NewHouse, NewVillage, Origin,
};
pub use geocode::Scratch;
pub use index::{Index, Stats, VillageView};
pub use known::{Known, KnownAddress, KnownVillage, Land};
pub use lexicon::Role;
pub use mention::Match;
pub use missing::{Missing, carry};
pub use place::{Extent, PlaceLevel, Position};
pub use positions::{Positions, suggest_positions};
pub use query::{Audience, MAX_TEXT_BYTES, Query, QueryError};
pub use suggest::{MAX_SUGGESTIONS, Suggestion};
pub use territory::MAX_ATOMS;
pub use tokens::MAX_TOKENS;
