//! The command line of `diachiso serve`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args as ClapArgs;
use diachiso_server::{ClaimRule, Limits};

use crate::args::{Guard, StoreArg, StoreKey};

#[derive(ClapArgs, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Tài khoản khác của cùng cơ sở dữ liệu cho các lần chạy; tài khoản của --store khi đó chỉ thấy dữ liệu cá nhân trong địa
    /// bàn của người hỏi · Another login of the same database that makes runs; the one of --store then sees rows about
    /// persons only inside the areas of whoever asks.
    #[arg(long, env = "DIACHISO_WORKER_STORE", value_name = "URL", hide_env_values = true)]
    pub(crate) worker_store: Option<String>,
    /// Để giải thích (/api/v1/explain) cần khoá đã băm số định danh · Explanations need the key that sealed the numbers.
    #[command(flatten)]
    pub(crate) key: StoreKey,
    /// Địa chỉ lắng nghe · Address to listen on; loopback unless you say otherwise.
    #[arg(long, env = "DIACHISO_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Thư mục chứa các tệp chờ xử lý; không nêu thì đặt cạnh kho · Folder of files that wait to be processed; beside the
    /// store when left out.
    #[arg(long, env = "DIACHISO_SPOOL", value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Phiếu gửi lẻ chờ công bố tối đa chừng này giây · Seconds that single submissions wait at most to be published.
    #[arg(long, env = "DIACHISO_PUBLISH_EVERY", value_name = "SECONDS", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) publish_every: u64,
    /// Giữ trạng thái trong bộ nhớ giữa các lượt chạy khi kho có không quá chừng này phiếu và hộ, để lượt sau chỉ xét phần mới;
    /// 0 là không giữ · Rows and households up to which the state stays in memory between runs, so that the next judges only
    /// what is new; a million of each take about 1.4 GB, 0 keeps nothing.
    #[arg(long, env = "DIACHISO_KEEP_ROWS", value_name = "ROWS", default_value_t = diachiso_runs::KEEP_ROWS)]
    pub(crate) keep_rows: usize,
    #[command(flatten)]
    pub(crate) retention: crate::retention::args::Days,
    #[command(flatten)]
    pub(crate) guard: Guard,
    /// Ngày hôm nay theo quy tắc T02 · The day that counts as today; default: the system's.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<jiff::civil::Date>,
    /// Nhà cung cấp `OpenID` Connect, như nó tự xưng (`iss`) · `OpenID` Connect provider, as it names itself.
    #[arg(long, env = "DIACHISO_OIDC_ISSUER", value_name = "URL", requires = "oidc_audience")]
    pub(crate) oidc_issuer: Option<String>,
    /// Mã của dịch vụ này ở nhà cung cấp (`aud`) · For whom its tokens must be.
    #[arg(long, env = "DIACHISO_OIDC_AUDIENCE", value_name = "TEXT")]
    pub(crate) oidc_audience: Option<String>,
    /// Thuộc tính cho quyền gì, lặp lại được · What a claim grants, repeatable:
    /// `groups=can-bo-qd=>officer:477@2024-12-31`; in the environment separated by `|`.
    #[arg(
        long = "oidc-grant",
        env = "DIACHISO_OIDC_GRANT",
        value_name = "CLAIM=VALUE=>GRANT",
        value_delimiter = '|'
    )]
    pub(crate) oidc_grants: Vec<ClaimRule>,
    /// Số yêu cầu mỗi giây từ một địa chỉ · Requests a second from one address.
    #[arg(long, env = "DIACHISO_RATE_PER_SECOND", default_value_t = Limits::USUAL.per_second, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate_per_second: u32,
    /// Số yêu cầu dồn cùng lúc từ một địa chỉ · Requests from one address at once.
    #[arg(long, env = "DIACHISO_RATE_BURST", default_value_t = Limits::USUAL.burst, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate_burst: u32,
    /// Số yêu cầu mỗi giây của một mã truy cập · Requests a second of one token.
    #[arg(long, env = "DIACHISO_TOKEN_RATE_PER_SECOND", default_value_t = Limits::USUAL.token_per_second, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) token_rate_per_second: u32,
    /// Số yêu cầu dồn cùng lúc của một mã truy cập · Requests of one token at once.
    #[arg(long, env = "DIACHISO_TOKEN_RATE_BURST", default_value_t = Limits::USUAL.token_burst, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) token_rate_burst: u32,
    /// Số yêu cầu đang xử lý nhiều nhất; thêm nữa thì 503 · Requests under way at most; beyond, 503.
    #[arg(long, env = "DIACHISO_REQUESTS_AT_ONCE", default_value_t = Limits::USUAL.at_once)]
    pub(crate) requests_at_once: usize,
    /// Có proxy của ta đứng trước, ghi địa chỉ vào X-Forwarded-For · A proxy of ours stands before it.
    #[arg(long, env = "DIACHISO_BEHIND_PROXY")]
    pub(crate) behind_proxy: bool,
}

impl Serve {
    /// What is let in.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            per_second: self.rate_per_second,
            burst: self.rate_burst,
            token_per_second: self.token_rate_per_second,
            token_burst: self.token_rate_burst,
            at_once: self.requests_at_once,
            behind_proxy: self.behind_proxy,
        }
    }
}
