//! `diachiso store`: a whole store, moved to another place or printed.

use clap::{Args as ClapArgs, Subcommand};
use diachiso_text::number::format_vi;

use crate::{show, user};

#[derive(Subcommand, Debug)]
pub(crate) enum StoreCommand {
    /// Chép mọi thứ sang một kho trống: trạng thái, sổ chạy, các tệp, lô bị giữ, quyết định, vùng đã lưu (không chép mã truy
    /// cập và nhật ký) · Copy everything to an empty store: state, ledger, files, held batches, decisions, saved areas (tokens
    /// and the log stay with the service).
    Copy(Copy),
    /// In trạng thái đã công bố dạng chuẩn · Print the published state as canonical text.
    Dump(Dump),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Dump {
    /// Kho · The store: FILE.gpkg or `postgres://HOST/NAME`.
    store: String,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Copy {
    /// Kho nguồn · The store to copy: FILE.gpkg or `postgres://HOST/NAME`.
    from: String,
    /// Kho đích, còn trống · An empty store: FILE.gpkg that is not there yet, or a database after `diachiso migrate`.
    to: String,
}

/// The command.
pub(crate) async fn command(command: &StoreCommand) -> anyhow::Result<()> {
    match command {
        StoreCommand::Dump(args) => show::print_dump(&args.store).await,
        StoreCommand::Copy(args) => {
            let copied = diachiso_store::copy(&args.from, &args.to).await.map_err(user)?;
            for table in &copied {
                println!("{}\t{}", table.table, table.rows);
            }
            let areas = diachiso_store::copy_areas(&args.from, &args.to).await.map_err(user)?;
            println!("saved_areas\t{areas}");
            let rows = copied.iter().map(|table| table.rows).sum::<u64>() + areas;
            eprintln!("Đã chép / copied: {} dòng / rows", format_vi(rows));
            Ok(())
        }
    }
}
