//! The command line of `diachiso results`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::Date;

use crate::args::{StoreArg, StoreKey};

#[derive(Subcommand, Debug)]
pub(crate) enum Results {
    /// Nạp danh sách đã điền cột Kết quả · Load gap lists whose result column is filled in.
    Load(Load),
    /// Liệt kê các kết quả đã ghi nhận · List the results on record.
    List(List),
    /// Duyệt hộ đã chuyển đi hoặc không còn: hộ ra khỏi mẫu số · Approve that a household moved or is no more: it leaves the
    /// denominator.
    Approve(Judge),
    /// Không duyệt: hộ giữ nguyên · Refuse that: the household stays as it was.
    Refuse(Judge),
    /// Rút lại một kết quả: trở về trạng thái trước · Take a result back: the state is the one before.
    Withdraw(Judge),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Load {
    /// Các tệp đã điền: xlsx tải từ trang danh sách, hoặc csv · Filled lists: workbooks or csv as they were downloaded.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Người nộp kết quả · Who brings the results in.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Ngày đi thực địa · The day of the visits.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: Date,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    /// Chỉ những kết quả chờ duyệt · Only those that wait for approval.
    #[arg(long)]
    pub(crate) pending: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Judge {
    /// Mã kết quả (hoặc phần đầu đủ để phân biệt), hoặc `all`: mọi kết quả đang chờ duyệt · Id of the result, or enough of its
    /// beginning; `all` for every one that waits for approval.
    pub(crate) id: String,
    /// Người quyết định · Who decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Lý do · Why.
    #[arg(long, value_name = "TEXT", alias = "why")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}
