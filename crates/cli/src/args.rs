//! The command line: every option and environment variable in one place.

mod shared;
mod units;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use diachiso_model::Profile;

pub(crate) use shared::{Guard, IdentityKey, Signed, StoreArg, StoreKey};
pub(crate) use units::{Units, UnitsCommand, UnitsFind, UnitsImport, UnitsList};

/// Địa chỉ số hộ gia đình: làm sạch, đối chiếu, tính độ phủ, lập danh sách hộ còn thiếu.
///
/// Household digital addresses: validates, deduplicates and matches submissions against the
/// household register; publishes coverage maps and gap lists.
#[derive(Parser, Debug)]
#[command(name = "diachiso", version, propagate_version = true)]
pub(crate) struct Args {
    /// How much to log, as in `info` or `diachiso_server=debug`.
    #[arg(
        long,
        global = true,
        env = "DIACHISO_LOG",
        default_value = "warn",
        hide_env_values = true
    )]
    pub(crate) log: String,
    /// Dạng nhật ký · How the log is written: lines for people, or one JSON object a line.
    #[arg(long, global = true, env = "DIACHISO_LOG_FORMAT", value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Tệp cấu hình TOML: khoá là tên cờ dài · A file of settings: its keys are the long flags. A flag comes before the
    /// environment, that before the file.
    #[arg(long, global = true, env = "DIACHISO_CONFIG", value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the log is written.
#[derive(ValueEnum, Debug, Clone, Copy)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Chạy thử: sinh dữ liệu giả lập, xử lý, mở trang bản đồ · Generate, run and serve in one go.
    Demo(Demo),
    /// Sinh danh sách hộ và phiếu giả lập · Make synthetic registers and submissions with ground truth.
    Generate(Generate),
    /// Xử lý tệp phiếu và danh sách hộ · Read files, judge every row, match, publish.
    Run(Run),
    /// Kiểm tra một tệp phiếu, không cần kho; sửa những gì sửa được · Check a file without a store; mend what can be mended.
    Check(Check),
    /// Mở API và trang bản đồ · Serve the API, tiles and page.
    Serve(crate::serve::args::Serve),
    /// Ranh giới đơn vị hành chính · Boundaries of units.
    Units(Units),
    /// Tìm vị trí cho từng địa chỉ trong tệp · Find the place of every address of a file.
    Geocode(crate::geocode::Geocode),
    /// Tệp tham chiếu số nhà, đường, thôn · Reference files of houses, streets and villages.
    #[command(subcommand)]
    Places(crate::places::Places),
    /// Xem cột nào được nhận ra là gì, trước khi nạp · Show what each column of a file is taken for.
    Columns(Columns),
    /// Vùng không hiển thị (quy tắc G14) · Areas in which no point may be shown.
    Masks(Masks),
    /// Đề xuất về cả loạt phiếu của một người thu thập · What is proposed about all rows of one collector.
    Proposals(Proposals),
    /// Quyết định một đề xuất hay một phiếu rồi xử lý lại · Decide on a proposal or a submission, run again and say what
    /// changed.
    Decide(crate::decide::args::Decide),
    /// Kết quả thực địa: nạp danh sách đã điền, xem, duyệt, rút lại · Results of visits: load filled gap lists, list, approve
    /// and take them back.
    #[command(subcommand)]
    Results(crate::results::args::Results),
    /// Quyết định hai phiếu là một hộ hay hai, hoặc phiếu là hộ nào trong danh sách · Decide that two submissions are one
    /// household or two, or which household of a register a submission is; run again and say what changed.
    Match(Match),
    /// Các tệp đã nạp, tệp nào đã rút, ai rút và vì sao · The files that were taken in; which are withdrawn, by whom and why.
    Files(Files),
    /// Các danh sách hộ đã nạp; hai bản khác nhau ở đâu · Registers that were taken in; what changed between two.
    #[command(subcommand)]
    Registers(crate::registers::Registers),
    /// Rút một tệp đã nạp: các dòng không còn được tính; `--undo` nạp lại · Withdraw a file that was taken in: its rows count
    /// no more; `--undo` puts it back.
    Withdraw(Withdraw),
    /// Vì sao hai bản ghi là một hay không, vì sao hộ đã phủ hay chưa · Why two records are one or not, and why a
    /// household is covered or not.
    Explain(Explain),
    /// Các lô bị giữ lại: xem, cho qua hay bỏ · Batches that are held: look at them, let them pass or discard them.
    #[command(subcommand)]
    Held(crate::held::args::Held),
    /// Việc chờ người quyết định: phiếu bị giữ, đề xuất · What waits for a person: held submissions, open proposals.
    #[command(subcommand)]
    Review(crate::review::Review),
    /// Điểm này thuộc xã, thôn nào, mã gì; mã này ở đâu; thêm cột cho cả tệp · What lies at a point or a code, or at every
    /// point of a file.
    Reverse(crate::reverse::args::Reverse),
    /// Bản đồ công khai thành tệp: ô vectơ, `GeoParquet`, `GeoPackage`, `GeoJSON`, csv · The public map as a file: vector tiles,
    /// `GeoParquet`, `GeoPackage`, `GeoJSON`, csv.
    Export(crate::export::Export),
    /// Báo cáo lỗi theo dòng · Row-level report of what is wrong in the files.
    Report(Report),
    /// Tạo hay nâng cấp các bảng của kho PostGIS · Make or renew the tables of a store in `PostGIS`.
    Migrate(crate::migrate::Migrate),
    /// Chép cả kho sang kho khác; in dạng chuẩn · Copy a whole store to another one; print it.
    #[command(subcommand)]
    Store(crate::store::StoreCommand),
    /// In trạng thái đã công bố dạng chuẩn · Print the published state as canonical text.
    Dump(StoreArg),
    /// Ghép các bản ghi của cùng một đối tượng trong tệp bất kỳ · Record linkage of any files.
    Link(crate::link::args::Link),
    /// Cấp, xem, thu hồi, đổi mã truy cập · Make, list, revoke and rotate access tokens.
    Token(crate::token::args::Token),
    /// Vùng đã lưu: nhóm đơn vị có tên · Saved areas: sets of units under a name.
    #[command(subcommand)]
    Areas(crate::areas::args::Areas),
    /// Nhật ký truy cập: xem, kiểm tra · The access log: show it, check it.
    #[command(subcommand)]
    Audit(crate::audit::args::Audit),
    /// Yêu cầu của chủ thể dữ liệu và hạn xử lý · Requests of data subjects and their deadlines.
    #[command(subcommand)]
    Subject(crate::subject::args::Subject),
    /// Thời hạn giữ dữ liệu cá nhân của từng tệp · Until when the personal cells of files are kept.
    #[command(subcommand)]
    Retention(crate::retention::args::Retention),
    /// In bảng quy tắc · Print the rule table.
    Rules(Rules),
    /// Gợi ý lệnh cho shell · Print shell completions.
    Completions(Completions),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Demo {
    /// Thư mục chứa dữ liệu giả lập và kết quả · Folder for the synthetic files and results.
    #[arg(long, default_value = "demo", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Dừng sau khi xử lý, không mở máy chủ · Stop after the run.
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Địa chỉ máy chủ · Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Hạt giống của dữ liệu giả lập · Seed of the synthetic data.
    #[arg(long, default_value_t = 477)]
    pub(crate) seed: u64,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    /// Huyện Quảng Điền: 26.412 hộ, các con số đã công bố · The district of Quảng Điền.
    QuangDien,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Generate {
    /// Thư mục kết quả · Folder to write to.
    #[arg(long, default_value = "synthetic", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Bộ dữ liệu mẫu · A ready-made set; not with --households or --district.
    #[arg(long, value_enum, conflicts_with_all = ["households", "district"])]
    pub(crate) preset: Option<Preset>,
    /// Số hộ, 1.000 đến 30.000.000 · Number of households.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1_000..=30_000_000))]
    pub(crate) households: Option<u64>,
    /// Mã huyện; không có thì cả tỉnh · District code; the whole province when left out.
    #[arg(long, value_name = "CODE")]
    pub(crate) district: Option<String>,
    /// Thay vào đó: chừng này bản ghi để đo việc ghép bản ghi, kèm kết quả đúng · Instead, so many records for measuring
    /// linkage, with their truth: records.csv and truth.csv.
    #[arg(long, conflicts_with_all = ["preset", "households", "district"], value_name = "RECORDS",
        value_parser = clap::value_parser!(u64).range(100..=30_000_000))]
    pub(crate) linkage: Option<u64>,
    /// Hạt giống · Seed: the same seed makes the same bytes.
    #[arg(long, default_value_t = 477)]
    pub(crate) seed: u64,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Run {
    /// Danh sách hộ · Register files (csv, xlsx, xls, ods, json, gpkg).
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) register: Vec<PathBuf>,
    /// Tệp phiếu · Files of submissions (csv, xlsx, xls, ods, json, gpkg).
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) submissions: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
    /// Chỉ đọc trang tính này (ghi nhiều lần được), kể cả trang ẩn; không nêu thì đọc mọi trang có đủ cột · Read this sheet
    /// of a workbook, hidden or not (may be given several times); all with the required columns when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Vec<String>,
    /// Ghi báo cáo lỗi theo dòng (csv hoặc xlsx) · Write the row-level report here (csv or xlsx by name).
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Tệp chỉ rõ cột nào là gì, cho các tệp phiếu · Mapping file (TOML) that says which column is which, for the files of
    /// submissions.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) mapping: Option<PathBuf>,
    /// Tệp chỉ rõ cột nào là gì, cho các danh sách hộ · The same for the register files.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) register_mapping: Option<PathBuf>,
    /// Căn cứ xử lý dữ liệu của các tệp này; không có thì từng dòng phải ghi (C01) · Legal basis for these
    /// files, recorded with them; without it every row must state its own.
    #[arg(long, value_name = "TEXT")]
    pub(crate) legal_basis: Option<String>,
    /// Xử lý lại các tệp đã nạp, không cần tệp mới; in những gì thay đổi khi quy tắc hay mức chặt đã khác · Run over the
    /// files taken in before; prints what changed where the rules or the profile are others.
    #[arg(long)]
    pub(crate) again: bool,
    /// Ghi lại mọi dòng của kho, kể cả dòng không đổi (kết quả như nhau; các lớp được xếp lại theo không gian) · Write every
    /// row of the store anew, unchanged ones too (the result is the same; layers are packed again for maps).
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) guard: Guard,
    /// Vẫn nhận lô bị giữ lại, vì lý do này · Let a batch pass that is held, for this reason; on record with --by.
    #[arg(long, value_name = "WHY", requires = "by")]
    pub(crate) accept: Option<String>,
    /// Ai chịu trách nhiệm nhận lô · Who answers for it.
    #[arg(long, value_name = "NAME", requires = "accept")]
    pub(crate) by: Option<String>,
    /// Mức chặt của quy tắc · How strict the rules are: strict, default or relaxed.
    #[arg(long, env = "DIACHISO_PROFILE", default_value_t = Profile::Default)]
    pub(crate) profile: Profile,
    /// Ngày hôm nay theo quy tắc T02 · The day that counts as today; default: the system's.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<jiff::civil::Date>,
    /// Số luồng · Number of threads; default: one per core.
    #[arg(long, env = "DIACHISO_THREADS")]
    pub(crate) threads: Option<usize>,
    /// In tóm tắt dạng JSON ra stdout · Print the summary as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Check {
    /// Tệp phiếu · A file of submissions (csv, xlsx, xls, ods, json, gpkg).
    pub(crate) file: PathBuf,
    /// Chỉ đọc trang tính này (ghi nhiều lần được), kể cả trang ẩn; không nêu thì đọc mọi trang có đủ cột · Read this sheet
    /// of a workbook, hidden or not (may be given several times); all with the required columns when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Vec<String>,
    /// Ghi bản đã sửa, giữ nguyên dòng và cột; không nêu tên thì đặt cạnh tệp gốc · Write a repaired copy with the same
    /// rows and columns, changes marked; beside the file when no name is given.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not asked for, asked for, asked for under a name")]
    pub(crate) fix: Option<Option<PathBuf>>,
    /// Ghi báo cáo để in · Write a report that can be printed.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) html: Option<PathBuf>,
    /// So với kho dữ liệu: ranh giới, vùng che, thôn của danh sách hộ, điểm đã nhận · Check against a store: its boundaries,
    /// masks, villages of the register and accepted points; nothing is written to it.
    #[arg(long, value_name = "FILE.gpkg|URL")]
    pub(crate) store: Option<String>,
    #[command(flatten)]
    pub(crate) identity: IdentityKey,
    /// Tệp chỉ rõ cột nào là gì · Mapping file (TOML) that says which column is which.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) mapping: Option<PathBuf>,
    /// Căn cứ xử lý dữ liệu của tệp này · Legal basis for this file; without it every row must state its own (C01).
    #[arg(long, value_name = "TEXT")]
    pub(crate) legal_basis: Option<String>,
    /// Mức chặt của quy tắc · How strict the rules are: strict, default or relaxed.
    #[arg(long, env = "DIACHISO_PROFILE", default_value_t = Profile::Default)]
    pub(crate) profile: Profile,
    /// Ngày hôm nay theo quy tắc T02 · The day that counts as today; default: the system's.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<jiff::civil::Date>,
    /// Số luồng · Number of threads; default: one per core.
    #[arg(long, env = "DIACHISO_THREADS")]
    pub(crate) threads: Option<usize>,
    /// In kết quả dạng JSON ra stdout · Print the result as JSON to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Columns {
    /// Tệp phiếu hoặc danh sách hộ · A file of submissions, or of a register with --register.
    pub(crate) file: PathBuf,
    /// Tệp là danh sách hộ · The file is a register.
    #[arg(long)]
    pub(crate) register: bool,
    /// Chỉ đọc trang tính này (ghi nhiều lần được), kể cả trang ẩn; không nêu thì đọc mọi trang có đủ cột · Read this sheet
    /// of a workbook, hidden or not (may be given several times); all with the required columns when left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Vec<String>,
    /// In dạng JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Tệp chỉ rõ cột nào là gì · Mapping file (TOML) that says which column is which.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) mapping: Option<PathBuf>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Masks {
    /// Tệp vùng, thay mọi vùng đã nạp · Polygons (.geojson, .gpkg) that replace all masks so far.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Proposals {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// In dạng JSON, kèm từng dòng phiếu · Print as JSON, with every row that is touched.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Match {
    /// Phiếu: mã 32 chữ số thập lục phân, hoặc `TỆP:DÒNG` · A submission: its id of 32 hexadecimal digits, or `FILE:ROW`.
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// Phiếu khác, hoặc mã hộ trong danh sách · Another submission, or the id of a household in the register.
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// same: là một · different: không phải một · withdraw: rút lại quyết định trước · What is decided.
    pub(crate) choice: MatchChoice,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Files {
    /// Chỉ các tệp đã rút · Those alone that are withdrawn.
    #[arg(long)]
    pub(crate) withdrawn: bool,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Withdraw {
    /// Tên tệp như lúc nạp (một sổ tính là mọi trang của nó), hoặc phần đầu của mã băm BLAKE3 · Name of the file as it was
    /// taken in (of a workbook all its sheets), or the beginning of its BLAKE3 hash.
    #[arg(value_name = "FILE|HASH")]
    pub(crate) file: String,
    /// Thôi rút: các dòng lại được tính · Take the withdrawal back: its rows count again.
    #[arg(long)]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) signed: Signed,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

/// What can be decided about two records.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum MatchChoice {
    Same,
    Different,
    Withdraw,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Explain {
    /// Phiếu (mã 32 chữ số thập lục phân, hoặc `TỆP:DÒNG`) hoặc hộ (mã hộ trong danh sách) · A submission (its id of 32
    /// hexadecimal digits, or `FILE:ROW`) or a household (its id in the register).
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// Phiếu hoặc hộ thứ hai · Another submission or a household.
    #[arg(value_name = "B")]
    pub(crate) b: Option<String>,
    /// Vẽ điểm từng phần thành hình · Draw the score of the pair, part by part.
    #[arg(long, value_name = "FILE.svg", requires = "b")]
    pub(crate) svg: Option<PathBuf>,
    /// In JSON · Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) key: StoreKey,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Tệp kết quả (csv hoặc xlsx) · Where to write (csv or xlsx by name).
    #[arg(long, value_name = "FILE", default_value = "bao-cao-loi.xlsx")]
    pub(crate) out: PathBuf,
    /// Chỉ một tệp nguồn · Only this source file.
    #[arg(long, value_name = "NAME")]
    pub(crate) file: Option<String>,
}

#[derive(ValueEnum, Debug, Clone, Copy)]
pub(crate) enum RulesFormat {
    /// Markdown.
    Md,
    /// JSON.
    Json,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Rules {
    /// Dạng in · How to print.
    #[arg(long, value_enum, default_value = "md")]
    pub(crate) format: RulesFormat,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Completions {
    /// Shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
