//! The command line of `diachiso areas`.

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::{AreaId, AreaOn};

use crate::{args::StoreArg, subject::args::By};

#[derive(Subcommand, Debug)]
pub(crate) enum Areas {
    /// Liệt kê các vùng đã lưu · List saved areas.
    List(List),
    /// Lưu một vùng, thay vùng cùng mã · Save an area, in place of the one with its id.
    Save(Save),
    /// Xoá một vùng đã lưu · Remove one.
    Remove(Remove),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct List {
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Save {
    /// Tên vùng, như "Ven phá Tam Giang" · The area's name.
    pub(crate) name: String,
    /// Mã trong đường dẫn; mặc định suy từ tên · The id in paths; made of the name when left out: ven-pha-tam-giang.
    #[arg(long)]
    pub(crate) id: Option<AreaId>,
    /// Đơn vị kèm ngày, lặp lại được · A unit and a day on which the code means it; repeatable.
    #[arg(long = "unit", value_name = "CODE@YYYY-MM-DD", required = true)]
    pub(crate) units: Vec<AreaOn>,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Remove {
    /// Mã của vùng, xem `areas list` · The id of the area, see `areas list`.
    pub(crate) id: AreaId,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}
