//! The command line of `diachiso token`.

use clap::{Args as ClapArgs, Subcommand};
use diachiso_model::{Grant, Role};

use crate::{args::StoreArg, subject::args::By};

#[derive(ClapArgs, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) plain: Plain,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Cấp mã mới; chỉ hiện một lần · Make a token; it is shown once.
    Add(Add),
    /// Liệt kê · List them.
    List(List),
    /// Thu hồi ngay · Revoke one at once.
    Revoke(Revoke),
    /// Đổi mã: quyền như cũ, mã cũ hết hiệu lực sau thời gian gia hạn · Make another with the same grants; the old one
    /// ends after a time of grace.
    Rotate(Rotate),
    /// In bảng vai trò và quyền · Print the table of operations and roles.
    Roles,
}

/// What `diachiso token` without a subcommand takes, as it did before there were roles.
#[derive(ClapArgs, Debug)]
pub(crate) struct Plain {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) of: Of,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Of {
    /// Nhãn: của ai, để làm gì · What the token is for, or whose it is.
    #[arg(long, default_value = "officer")]
    pub(crate) label: String,
    /// Số ngày hiệu lực · Days until it expires.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Add {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) of: Of,
    /// Vai trò · Role: planner, collector, officer, reviewer, administrator.
    #[arg(long, value_parser = role, required_unless_present = "grants")]
    pub(crate) role: Option<Role>,
    /// Địa bàn, mã đơn vị kèm ngày hay mã vùng đã lưu (lấy các đơn vị lúc này), lặp lại được; không có là toàn bộ · Unit
    /// and a day on which the code means it, and with it what became of it, or a saved area's id, which means the units
    /// that it has now; repeatable; everywhere when none is given.
    #[arg(long = "area", value_name = "CODE@YYYY-MM-DD|ID", requires = "role", value_parser = crate::areas::named)]
    pub(crate) areas: Vec<crate::areas::Named>,
    /// Tổ của người thu thập · The team of a collector.
    #[arg(long, requires = "role")]
    pub(crate) team: Option<String>,
    /// Quyền dạng đầy đủ, lặp lại được · A grant in full, repeatable: `officer:477@2024-12-31;to=2026-12-31`.
    #[arg(long = "grant", value_name = "GRANT")]
    pub(crate) grants: Vec<Grant>,
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
pub(crate) struct Revoke {
    /// Số của mã, xem `token list` · Number of the token, see `token list`.
    pub(crate) id: i64,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Rotate {
    /// Số của mã, xem `token list` · Number of the token, see `token list`.
    pub(crate) id: i64,
    /// Số ngày hiệu lực của mã mới · Days until the new one expires.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    /// Mã cũ còn dùng được chừng này giờ · Hours for which the old one still holds.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=720))]
    pub(crate) grace_hours: u16,
    #[command(flatten)]
    pub(crate) by: By,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_key(text)
        .ok_or_else(|| "expected planner, collector, officer, reviewer or administrator".to_owned())
}
