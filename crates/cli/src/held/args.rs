//! The command line of `diachiso held`.

use clap::{Args as ClapArgs, Subcommand};

use crate::args::{Signed, StoreArg, StoreKey};

#[derive(Subcommand, Debug)]
pub(crate) enum Held {
    /// Liệt kê các lô bị giữ lại và đã xử lý · List the batches that are or were held.
    List(List),
    /// Xem một lô: tệp, số dòng, lý do · Show one: its files, their rows, the reasons.
    Show(Show),
    /// Cho một lô qua và công bố, như `run --accept` · Let one pass and publish it, as `run --accept` would have.
    Release(Publish),
    /// Bỏ một lô: các dòng bị xoá, còn ghi lại ai bỏ, khi nào, vì sao · Discard one: its rows go, who discarded it, when
    /// and why stays on record.
    Discard(Settle),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Show {
    /// Số của lô · Number of the batch.
    pub(crate) id: i64,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Settle {
    /// Số của lô · Number of the batch.
    pub(crate) id: i64,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) settle: Settle,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}
