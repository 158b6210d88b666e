//! `diachiso migrate`: the tables of a store in `PostGIS`, from one version to the next.

use clap::Args as ClapArgs;
use diachiso_store::Direction;

use crate::user;

#[derive(ClapArgs, Debug)]
pub(crate) struct Migrate {
    /// Cơ sở dữ liệu · The database, `postgres://HOST/NAME`; what is left out is read from PGUSER, PGPASSWORD, PGSSLROOTCERT
    /// and the like or from a password file, as psql does; over a network by TLS unless sslmode says otherwise.
    #[arg(long, env = "DIACHISO_STORE", value_name = "URL", hide_env_values = true)]
    store: String,
    /// Chỉ in SQL tạo hai tài khoản và quyền của chúng, cho người quản trị chạy · Only print the SQL that makes the two
    /// logins and what they may do, for an administrator to run.
    #[arg(long, conflicts_with_all = ["dry_run", "down_to"])]
    roles: bool,
    /// Tên tài khoản trả lời yêu cầu · The login that answers requests.
    #[arg(long, value_name = "NAME", default_value = "diachiso_service", requires = "roles")]
    service_role: String,
    /// Tên tài khoản của các lần chạy · The login that makes runs.
    #[arg(long, value_name = "NAME", default_value = "diachiso_worker", requires = "roles")]
    worker_role: String,
    /// Chỉ nói sẽ làm gì · Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Lùi về phiên bản này, xoá những gì mới hơn cùng dữ liệu; 0 là xoá hết · Go back to this version: what is newer is
    /// dropped with its data; 0 drops everything.
    #[arg(long, value_name = "VERSION")]
    down_to: Option<i64>,
}

/// The command.
pub(crate) async fn command(args: &Migrate) -> anyhow::Result<()> {
    if args.roles {
        let sql = diachiso_store::roles_sql(&args.service_role, &args.worker_role);
        let why = "a name of a login is letters, digits and underscores";
        print!("{}", sql.ok_or_else(|| user(anyhow::anyhow!(why)))?);
        return Ok(());
    }
    let direction = args.down_to.map_or(Direction::Up, Direction::DownTo);
    let done = diachiso_store::migrate(&args.store, direction, args.dry_run).await.map_err(user)?;
    for step in &done {
        println!("{} {}", step.version, step.name);
    }
    let what = match (direction, args.dry_run) {
        (Direction::Up, false) => "đã chạy / run",
        (Direction::Up, true) => "sẽ chạy / would be run",
        (Direction::DownTo(_), false) => "đã lùi / undone",
        (Direction::DownTo(_), true) => "sẽ lùi / would be undone",
    };
    eprintln!("{what}: {}", done.len());
    Ok(())
}
