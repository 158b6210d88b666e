//! The command line of `diachiso audit`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use diachiso_store::AuditAnchor;

use crate::args::StoreArg;

#[derive(Subcommand, Debug)]
pub(crate) enum Audit {
    /// Kiểm tra nhật ký: không dòng nào bị sửa, xoá, đổi chỗ, cắt đuôi · Check that no entry was changed, deleted,
    /// exchanged or cut off.
    Verify(Verify),
    /// Xem nhật ký · Show entries.
    List(List),
    /// Xuất toàn bộ dạng NDJSON · Print all of it, one JSON object a line.
    Export(Only),
    /// Mốc cuối: cất ở nơi khác để biết nhật ký có bị cắt không · The last entry's number and hash: kept elsewhere, it
    /// tells whether the end was cut off.
    Head(Only),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Only {
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Mốc đã cất, lặp lại được · An anchor kept elsewhere, as `audit head` prints; repeatable.
    #[arg(long = "anchor", value_name = "NUMBER HASH")]
    pub(crate) anchors: Vec<AuditAnchor>,
    /// Tệp các mốc, mỗi dòng một mốc · A file of anchors, one a line.
    #[arg(long = "anchors", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Từ sau dòng số này · Behind this entry.
    #[arg(long, default_value_t = 0)]
    pub(crate) after: i64,
    /// Nhiều nhất chừng này dòng · At most so many.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,
    /// Chỉ hành động này: read, export, refused, … · Only this action.
    #[arg(long)]
    pub(crate) action: Option<String>,
}
