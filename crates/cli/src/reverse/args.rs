//! The arguments of `diachiso reverse`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(ClapArgs, Debug)]
pub(crate) struct Reverse {
    /// Vĩ độ,kinh độ (16.47,107.59), một mã địa chỉ số, hoặc một tệp có cột toạ độ · Latitude,longitude in degrees, an
    /// address code, or a file with columns of coordinates, to which columns are appended.
    #[arg(value_name = "LAT,LON | CODE | FILE", allow_hyphen_values = true)]
    pub(crate) place: String,
    /// Ngày; của tệp thì là ngày của những dòng không ghi ngày · The day whose units are asked for, of a file that of rows
    /// which state none; default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<jiff::civil::Date>,
    /// Kho có ranh giới đã nạp, thôn và địa chỉ đã biết · A store with imported boundaries, villages and known addresses;
    /// without it communes have schematic boundaries and there are no villages.
    #[arg(long, env = "DIACHISO_STORE", value_name = "FILE.gpkg|URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Chỉ đọc trang tính này (ghi nhiều lần được), kể cả trang ẩn; không nêu thì đọc mọi trang có cột toạ độ · Read this
    /// sheet of a workbook, hidden or not (may be given several times); all with columns of coordinates when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Vec<String>,
    /// Tệp chỉ rõ cột nào là gì, như của `run` · Mapping file (TOML) that says which column is which, as that of `run`.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) mapping: Option<PathBuf>,
    /// Cột vĩ độ của tệp · The file's column of latitudes.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lat: Option<String>,
    /// Cột kinh độ của tệp · The file's column of longitudes.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lon: Option<String>,
    /// Cột ngày của tệp; không nêu thì là cột ngày thu thập, nếu có · The file's column of days; default: that of the day of
    /// collection, if there is one.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) date: Option<String>,
    /// Tệp csv kết quả; không nêu thì in ra màn hình · Where the csv goes; default: standard output.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: Option<PathBuf>,
    /// In JSON (một điểm hoặc một mã) · Print JSON, of a point or a code.
    #[arg(long)]
    pub(crate) json: bool,
}
