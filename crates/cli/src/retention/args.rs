//! The command line of `diachiso retention`.

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::Date;
use diachiso_runs::RetentionRule;

use crate::{
    args::{Signed, StoreArg, StoreKey},
    user,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Retention {
    /// Các tệp phiếu và ngày hết hạn giữ dữ liệu cá nhân · Files of submissions, and until when their personal cells are kept.
    List(List),
    /// Chọn ngày hết hạn của một tệp · Choose the day for a file.
    Set(Set),
    /// Xoá dữ liệu cá nhân của các tệp hết hạn, mọi con số giữ nguyên · Erase the personal cells of files past their end;
    /// every figure stays.
    Run(Run),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Days {
    /// Số ngày giữ kể từ ngày nạp, cho tệp không có ngày riêng; lặp lại được cho từng mục đích của lô · Days after a file was
    /// taken in, for files without a day of their own: `1825`; repeatable for purposes of batches: `khảo sát=365`; in the
    /// environment separated by `|`. Files that neither is told for are kept.
    #[arg(
        long = "retention-days",
        visible_alias = "days",
        value_name = "DAYS|PURPOSE=DAYS",
        env = "DIACHISO_RETENTION_DAYS",
        value_delimiter = '|'
    )]
    days: Vec<RetentionRule>,
}

impl Days {
    /// How long files are kept.
    pub(crate) fn retention(&self) -> anyhow::Result<diachiso_runs::Retention> {
        let told = diachiso_runs::Retention::new(self.days.iter().cloned());
        told.context("--retention-days").map_err(user)
    }
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) days: Days,
    /// Ngày được coi là hôm nay · The day that counts as today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Set {
    /// Tên tệp như lúc nạp, hoặc phần đầu của mã băm BLAKE3 · Name of the file as it was taken in, or the beginning of its
    /// BLAKE3 hash.
    #[arg(value_name = "FILE|HASH")]
    pub(crate) file: String,
    /// Từ ngày này không giữ nữa · From this day on its personal cells are not kept.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) until: Date,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) days: Days,
    /// Ngày được coi là hôm nay · The day that counts as today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}
