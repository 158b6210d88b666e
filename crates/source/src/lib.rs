//! Bytes of csv, tsv, workbooks (xlsx, xlsb, xls, ods) and JSON (records, `GeoJSON`) to rows, and
//! the writers of the files that people take away.
//!
//! [`open`] looks at the bytes, not at the promises of the file's name, and hands out rows as
//! text in blocks that are used again and again; [`open_sheets`] gives all sheets of a workbook, of
//! which [`Workbook::choose`] tells those that hold what is wanted. [`map_columns`] finds the heading and which
//! column is which; [`non_record`] tells letterheads, numbering rows, subtotals and signatures
//! from households. Nothing here knows what a cell means.
//!
//! ```
//! use diachiso_model::{Field as _, RegisterField};
//! use diachiso_source::{RowBlock, map_columns, non_record, open};
//!
//! let file = "Mã hộ;Họ tên chủ hộ;Thôn;Xã\nH1;Võ Thị Lài;Phước Lập;Quảng Phước\n";
//! let mut source = open("ho.csv", file.as_bytes())?;
//! let mut block = RowBlock::new();
//! source.next_block(&mut block, 1_000)?;
//! let mapping = map_columns::<RegisterField>("ho.csv", &block)?;
//! let row = block.rows().find(|row| non_record(&mapping, *row).is_none()).expect("a household");
//! assert_eq!(row.number, 2);
//! assert_eq!(mapping.get(row, RegisterField::Head), "Võ Thị Lài");
//! # Ok::<(), diachiso_source::SourceError>(())
//! ```

mod address_columns;
pub mod archive;
pub mod areas;
mod blocks;
mod candidate;
mod compound_file;
mod csv_table;
mod decode;
mod delimited;
mod error;
mod error_vi;
pub mod features;
pub mod field_results;
mod format;
pub mod gap_list;
mod heading;
mod json;
mod mapping;
mod mapping_file;
mod metered;
mod non_record;
mod ods_content;
pub mod places;
mod repaired;
mod repeats;
pub mod report;
mod row_block;
mod safe_cell;
mod sensitive;
mod sheet_name;
mod survey;
mod tables_archive;
mod workbook;
mod xls_text;
mod xlsx_part;
mod xml_part;
mod zip_directory;
mod zip_part;

pub use address_columns::{AddressColumns, PositionCells};
pub use archive::{ArchiveWriter, open as open_archive};
pub use candidate::column_letters;
pub use csv_table::CsvTable;
pub use delimited::{MAX_CELL_BYTES, MAX_FILE_BYTES, MAX_RECORD_BYTES};
pub use error::{SourceError, WriteError};
pub use format::{Format, Opened, delimiter, open, open_sheets};
pub use heading::MatchKind;
pub use json::{MAX_JSON_DEPTH, PREVIEW_BYTES, PREVIEW_RECORDS};
pub use mapping::{
    ColumnUse, HEADER_SEARCH_ROWS, Mapping, find_columns, map_columns, map_columns_with,
};
pub use mapping_file::{MAX_MAPPING_FILE_BYTES, MappingFile, MappingFileError};
pub use non_record::non_record;
pub use non_record::reason_words;
pub use repaired::{CellMark, RepairedCopy};
pub use repeats::MAX_FAMILIES;
pub use row_block::{MAX_COLUMNS, Row, RowBlock, RowSource};
pub use sensitive::is_sensitive;
pub use tables_archive::{MAX_ARCHIVE_PARTS, MAX_ARCHIVE_TABLES, MAX_UNPACKED_TIMES};
pub use workbook::{MAX_UNPACKED_BYTES, MAX_WORKBOOK_BYTES, Sheet, SheetFate, Workbook, sheet_key};
