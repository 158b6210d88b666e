//! Vietnamese text as people write it, turned into values that compare.
//!
//! Everything here is a pure function over one cell of a spreadsheet: no I/O, no state, no failure that stops a batch.
//! A million rows of twenty cells go through, so the common case (a cell that is already right) borrows and allocates
//! nothing, and only text that changes is copied.
//!
//! The order in which a cell is treated matters: [`legacy::repair`] first, because TCVN3 spells `ư` with the soft hyphen
//! and broken UTF-8 holds no-break spaces, both of which [`clean::clean`] takes away; then `clean`, then the reader for
//! the kind of cell ([`name`], [`phone`], [`date`], …).

pub mod angle;
pub mod clean;
pub mod code;
pub mod date;
pub mod fold;
pub mod house;
pub mod identity;
pub mod legacy;
pub mod letter;
pub mod name;
pub mod name_words;
pub mod number;
pub mod phone;
pub mod place;
pub mod place_line;
pub mod point_cell;
pub mod syllable;
pub mod tone;
