//! `diachiso units`: boundaries, and units on a day.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::StoreArg;

#[derive(ClapArgs, Debug)]
pub(crate) struct Units {
    #[command(subcommand)]
    pub(crate) command: UnitsCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum UnitsCommand {
    /// Nạp ranh giới từ GeoJSON hoặc GeoPackage, kiểm tra và sửa · Load boundaries, report and repair them.
    Import(UnitsImport),
    /// Liệt kê đơn vị hành chính vào một ngày · List the units that hold on a day.
    List(UnitsList),
    /// Tìm xã/phường mà một địa chỉ nói tới vào một ngày, và nay là xã/phường nào · Find the commune that an address
    /// means on a day, what it is today, and the evidence.
    Find(UnitsFind),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct UnitsFind {
    /// Tên xã/phường, có thể kèm huyện sau dấu phẩy · Name of a commune, perhaps with its district behind a comma.
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// Ngày ghi địa chỉ · The day on which the address was written; default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<jiff::civil::Date>,
    /// Huyện, thị xã, thành phố · The district, where it is stated apart.
    #[arg(long, default_value = "", value_name = "NAME")]
    pub(crate) district: String,
    /// Mã xã · Code of the commune.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Vĩ độ, kinh độ · Latitude and longitude in degrees (WGS 84).
    #[arg(long, value_name = "LAT,LON", value_parser = crate::units_find::point, allow_hyphen_values = true)]
    pub(crate) point: Option<diachiso_model::LonLat>,
    /// Mã địa chỉ số · An address code: its first five digits are a postal code.
    #[arg(long, value_name = "CODE")]
    pub(crate) address_code: Option<String>,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Kho có ranh giới đã nạp; không có thì dùng ranh giới giản lược · A store with imported boundaries; without it the
    /// schematic ones decide about points.
    #[arg(long, env = "DIACHISO_STORE", value_name = "FILE.gpkg|URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct UnitsImport {
    /// Tệp ranh giới · Boundary file (.geojson, .gpkg) with a commune code per feature.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Ngày mà ranh giới có hiệu lực · A day on which the boundaries hold; default: the period that fits best.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<jiff::civil::Date>,
    /// Chỉ kiểm tra, không ghi · Report only, write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct UnitsList {
    /// Ngày · The day; default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<jiff::civil::Date>,
}
