//! The command line of `diachiso link`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

#[derive(ClapArgs, Debug)]
pub(crate) struct Link {
    #[command(subcommand)]
    pub(crate) command: LinkCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum LinkCommand {
    /// Học các trọng số từ dữ liệu không gán nhãn · Learn the numbers of a model from records that nobody labelled.
    Train(Train),
    /// Ghép các bản ghi của cùng một đối tượng · Find which records are one entity.
    Run(Run),
    /// So với kết quả đúng đã biết · Compare with a truth that is known.
    Evaluate(Evaluate),
    /// In mô hình mẫu để sửa theo tệp của mình · Print a model that comes along, to be fitted to your own columns.
    Model(Starter),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Records {
    /// Tệp bản ghi · Files of records (csv, xlsx, xls, ods, json, gpkg).
    #[arg(required = true, num_args = 1.., value_name = "RECORDS")]
    pub(crate) files: Vec<PathBuf>,
    /// Mô hình: tệp TOML, hoặc persons, households · The model: a TOML file, or one that comes along: persons, households.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// Chỉ ghép với các bản ghi của những tệp này · Link with the records of these files, and none among themselves.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) against: Vec<PathBuf>,
    /// Số luồng · Number of threads; default: one per core.
    #[arg(long, env = "DIACHISO_THREADS")]
    pub(crate) threads: Option<usize>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Train {
    #[command(flatten)]
    pub(crate) records: Records,
    /// Ghi mô hình đã học · Where to write the model that was learnt.
    #[arg(long, value_name = "MODEL.toml")]
    pub(crate) out: PathBuf,
    /// Số cặp ngẫu nhiên · Random pairs looked at.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub(crate) random_pairs: u64,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) records: Records,
    /// Ghi cụm của từng bản ghi; các cặp ghi vào tệp cùng tên, đuôi .pairs.csv · Where to write the cluster of each record;
    /// the pairs go beside it, into a file of the same name that ends in .pairs.csv.
    #[arg(long, value_name = "CLUSTERS.csv")]
    pub(crate) out: PathBuf,
    /// In tóm tắt dạng JSON ra stdout · Print the summary as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Evaluate {
    #[command(flatten)]
    pub(crate) records: Records,
    /// Kết quả đúng: cột entity, cùng với cột mã của mô hình hoặc file và row; có thể có cột kinds · The truth: a column
    /// entity, with either the model's id column or file and row; kinds, separated by blanks, may stand beside.
    #[arg(long, value_name = "TRUTH.csv")]
    pub(crate) truth: PathBuf,
    /// Vẽ đường cong theo ngưỡng · Draw precision and recall by threshold here.
    #[arg(long, value_name = "CURVE.svg")]
    pub(crate) curve: Option<PathBuf>,
    /// Số cặp sai nhất được liệt kê · How many of the worst errors of each sort to list.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) worst: u16,
    /// In kết quả dạng JSON ra stdout · Print the result as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Starter {
    /// persons hoặc households · Which one.
    #[arg(value_parser = ["persons", "households"])]
    pub(crate) name: String,
}
