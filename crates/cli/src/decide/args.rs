//! Arguments of `diachiso decide`.

use clap::Args as ClapArgs;

use crate::args::{Signed, StoreArg, StoreKey};

#[derive(ClapArgs, Debug)]
pub(crate) struct Decide {
    /// Mã đề xuất (hoặc phần đầu đủ để phân biệt), hoặc phiếu: mã 32 chữ số thập lục phân hay `TỆP:DÒNG` · Id of the
    /// proposal (or enough of its beginning), or a submission: its id of 32 hexadecimal digits, or `FILE:ROW`.
    pub(crate) id: String,
    /// Đề xuất: apply áp dụng, refuse từ chối; phiếu: accept chấp nhận, reject trả lại, unit chọn thôn hay xã, point chọn
    /// vị trí; withdraw: rút lại quyết định trước · What is decided.
    pub(crate) choice: DecideChoice,
    /// unit: mã thôn hay xã; point: `VĨ_ĐỘ,KINH_ĐỘ`; withdraw: verdict, unit hay point · The code of the unit, the position,
    /// or which decision about a submission is taken back.
    pub(crate) value: Option<String>,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

/// What can be decided of a proposal or a submission.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum DecideChoice {
    Apply,
    Refuse,
    Withdraw,
    Accept,
    Reject,
    Unit,
    Point,
}
