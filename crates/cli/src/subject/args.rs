//! The command line of `diachiso subject`.

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::{Date, SubjectRequestKind};

use crate::args::{Signed, StoreArg, StoreKey};

#[derive(Subcommand, Debug)]
pub(crate) enum Subject {
    /// Ghi một yêu cầu của chủ thể dữ liệu, tính hạn · Record a request of a data subject with its deadlines.
    Add(Add),
    /// Liệt kê kèm hạn và trạng thái · List them with deadlines and state.
    List(List),
    /// Ghi ngày đã trả lời · Note the day of the answer.
    Answer(Answer),
    /// Xoá dữ liệu cá nhân của một hộ, mọi con số giữ nguyên · Erase what is kept of a household; every figure stays.
    Erase(Erase),
    /// Ghi ngày hoàn thành và kết quả · Note the day on which it was done, and how it ended.
    Complete(Complete),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct By {
    /// Người ghi · Who records it.
    #[arg(long, env = "USER", default_value = "unknown")]
    pub(crate) by: String,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Add {
    /// Loại: access, correct, withdraw, restrict, erase · What is asked for.
    #[arg(value_parser = kind)]
    pub(crate) kind: SubjectRequestKind,
    /// Về phiếu, hộ hay hồ sơ nào (mã, không ghi tên người) · About which submission, household or file: an id, never a
    /// name.
    pub(crate) about: String,
    /// Ngày nhận; mặc định hôm nay · The day on which it came; default today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) received_on: Option<Date>,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    /// Chỉ những yêu cầu quá hạn · Only those past a deadline.
    #[arg(long)]
    pub(crate) late: bool,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Answer {
    /// Số yêu cầu · Number of the request.
    pub(crate) id: i64,
    /// Ngày; mặc định hôm nay · The day; default today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<Date>,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Complete {
    /// Số yêu cầu · Number of the request.
    pub(crate) id: i64,
    /// Kết quả · How it ended.
    #[arg(long)]
    pub(crate) outcome: String,
    /// Ngày; mặc định hôm nay · The day; default today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<Date>,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Erase {
    /// Mã hộ trong danh sách (dòng danh sách và mọi phiếu của hộ), mã phiếu hoặc `TỆP:DÒNG` (mọi phiếu của hộ đó) · The id of
    /// a household in a register (its line and all its submissions), or a submission (all of its household).
    #[arg(value_name = "HOUSEHOLD|FILE:ROW")]
    pub(crate) whom: String,
    /// Yêu cầu của chủ thể dữ liệu, được ghi là hoàn thành · The request that asks for it; it is noted as done.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) request: Option<i64>,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

fn kind(text: &str) -> Result<SubjectRequestKind, String> {
    SubjectRequestKind::from_key(text)
        .ok_or_else(|| "expected access, correct, withdraw, restrict or erase".to_owned())
}
