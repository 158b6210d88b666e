//! What several commands are told alike: which store, which key, what is held back, who decides and why.

use clap::Args as ClapArgs;
use diachiso_model::{GuardLimit, GuardLimits, GuardSetting};
use diachiso_runs::{Acceptance, JobError, Key};

#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct StoreArg {
    /// Kho dữ liệu: tệp `GeoPackage` hoặc cơ sở dữ liệu `PostGIS` (`postgres://MÁY/TÊN`, qua mạng thì bằng TLS trừ khi sslmode
    /// nói khác; mật khẩu để trong PGPASSWORD hay ~/.pgpass) · The store: a `GeoPackage` file or a `PostGIS` database (over
    /// a network by TLS unless sslmode says otherwise; its password in PGPASSWORD or ~/.pgpass).
    #[arg(
        long,
        env = "DIACHISO_STORE",
        default_value = "diachiso.gpkg",
        value_name = "FILE.gpkg|URL",
        hide_env_values = true
    )]
    pub(crate) store: String,
}

#[derive(ClapArgs, Debug, Clone, Default)]
pub(crate) struct IdentityKey {
    /// Khoá băm số định danh, 64 chữ số hex; không có thì số định danh bị bỏ · Key that seals identity
    /// numbers, 64 hexadecimal digits; without it they are checked and forgotten.
    #[arg(
        long = "identity-key",
        env = "DIACHISO_IDENTITY_KEY",
        value_name = "HEX",
        hide_env_values = true
    )]
    pub(crate) key: Option<String>,
}

/// The key of a command that makes the state of a store anew.
#[derive(ClapArgs, Debug, Clone, Default)]
pub(crate) struct StoreKey {
    #[command(flatten)]
    pub(crate) identity: IdentityKey,
    /// Khoá đã băm số định danh trong kho không còn nữa: vẫn chạy, kết quả có thể khác · The key that identity numbers in
    /// the store are sealed with is lost: go on, although the result may be another.
    #[arg(long = "identity-key-lost")]
    pub(crate) lost: bool,
}

impl StoreKey {
    /// The key that is given.
    pub(crate) fn key(&self) -> Result<Key, JobError> {
        Key::of(self.identity.key.as_deref(), self.lost)
    }
}

/// From when on a batch is held until somebody answers for it.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct Guard {
    /// Giữ lô làm độ phủ của một xã giảm quá chừng này điểm phần trăm · Hold a batch that lowers the coverage of a commune
    /// by more points than this.
    #[arg(long = "guard-drop-points", env = "DIACHISO_GUARD_DROP_POINTS", value_name = "POINTS",
        default_value_t = GuardLimit::DropPoints.usual(), value_parser = |t: &str| GuardLimit::DropPoints.set(t))]
    drop_points: GuardSetting,
    /// … nếu xã có từ chừng này hộ · … where the commune has so many households.
    #[arg(long = "guard-least-households", env = "DIACHISO_GUARD_LEAST_HOUSEHOLDS", value_name = "HOUSEHOLDS",
        default_value_t = GuardLimit::LeastHouseholds.usual(), value_parser = |t: &str| GuardLimit::LeastHouseholds.set(t))]
    least_households: GuardSetting,
    /// Giữ lô làm số phiếu của một người thu thập tăng đến chừng này lần · Hold a batch that makes the rows of a collector
    /// so many times as many.
    #[arg(long = "guard-rows-factor", env = "DIACHISO_GUARD_ROWS_FACTOR", value_name = "FACTOR",
        default_value_t = GuardLimit::RowsFactor.usual(), value_parser = |t: &str| GuardLimit::RowsFactor.set(t))]
    rows_factor: GuardSetting,
    /// … nếu trước đó có từ chừng này phiếu · … where there were so many rows before.
    #[arg(long = "guard-least-rows", env = "DIACHISO_GUARD_LEAST_ROWS", value_name = "ROWS",
        default_value_t = GuardLimit::LeastRows.usual(), value_parser = |t: &str| GuardLimit::LeastRows.set(t))]
    least_rows: GuardSetting,
    /// Giữ lô lặp lại từ chừng này phần trăm của một tệp đã nạp · Hold a batch that hands in so many per cent of an
    /// earlier file again.
    #[arg(long = "guard-repeated-percent", env = "DIACHISO_GUARD_REPEATED_PERCENT", value_name = "PERCENT",
        default_value_t = GuardLimit::RepeatedPercent.usual(), value_parser = |t: &str| GuardLimit::RepeatedPercent.set(t))]
    repeated_percent: GuardSetting,
    /// … nếu lặp từ chừng này dòng · … where so many rows are repeated.
    #[arg(long = "guard-least-repeated", env = "DIACHISO_GUARD_LEAST_REPEATED", value_name = "ROWS",
        default_value_t = GuardLimit::LeastRepeated.usual(), value_parser = |t: &str| GuardLimit::LeastRepeated.set(t))]
    least_repeated: GuardSetting,
}

impl Guard {
    /// All of them.
    pub(crate) fn limits(&self) -> GuardLimits {
        let Self { drop_points, least_households, rows_factor, .. } = *self;
        let Self { least_rows, repeated_percent, least_repeated, .. } = *self;
        [drop_points, least_households, rows_factor, least_rows, repeated_percent, least_repeated]
            .into_iter()
            .fold(GuardLimits::default(), GuardLimits::with)
    }
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Signed {
    /// Người quyết định · Who decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Lý do · Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
}

impl From<&Signed> for Acceptance {
    fn from(Signed { by, why }: &Signed) -> Self {
        Self { by: by.clone(), why: why.clone() }
    }
}
