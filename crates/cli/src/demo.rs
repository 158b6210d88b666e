//! `diachiso demo`: the whole product at work on synthetic data, in one command.

use std::path::PathBuf;

use anyhow::Context as _;
use diachiso_model::{GuardLimits, Profile, SourceKind};
use diachiso_pipeline::Sealer;
use diachiso_runs::{At, DeskSettings, Given, Job, Mappings, Outcome};
use diachiso_server::Limits;

use crate::{args, boundaries, generate, report, run, serve, summary, token, user};

/// Days for which the demo's token holds.
const TOKEN_DAYS: u16 = 7;
/// Today, for synthetic files collected in 2024: they stay believable, and results equal, on any day.
pub(crate) const DEMO_TODAY: diachiso_model::Date = diachiso_model::Date::constant(2024, 12, 31);

/// The command.
pub(crate) async fn demo(args: &args::Demo) -> anyhow::Result<()> {
    let files = args.dir.join("files");
    let store = args.dir.join("diachiso.gpkg");
    std::fs::create_dir_all(&args.dir)
        .with_context(|| format!("{}", args.dir.display()))
        .map_err(user)?;
    eprintln!("DỮ LIỆU GIẢ LẬP, RANH GIỚI GIẢN LƯỢC · SYNTHETIC DATA, SCHEMATIC BOUNDARIES\n");
    let written = generate::quang_dien(&files, args.seed)?;
    remove_store(&store)?;
    let made = diachiso_store::open_store(&store.to_string_lossy(), true).await.map_err(user)?;
    boundaries::keep_masks(made.as_ref(), &written.masks).await?;
    drop(made);
    let of = |kind, paths: Vec<PathBuf>| paths.into_iter().map(move |p| Given::new(kind, p));
    let mut named: Vec<_> = of(SourceKind::Register, written.registers).collect();
    named.extend(of(SourceKind::Submissions, written.submissions));
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|e| anyhow::anyhow!("no randomness from the system: {e}"))?;
    let job = Job {
        store: At::Name(store.to_string_lossy().into_owned()),
        files: named,
        sheets: Vec::new(),
        key: Sealer::with_key(key).into(),
        today: DEMO_TODAY,
        profile: Profile::Default,
        mappings: Mappings::default(),
        legal_basis: None,
        guard: GuardLimits::default(),
        acceptance: None,
        kept: None,
        decisions: Vec::new(),
        full: false,
    };
    let outcome = run::run(job).await?;
    eprint!("{}", summary::text(&outcome));
    let findings = args.dir.join("bao-cao-loi.xlsx");
    report::write(outcome.store.as_ref(), &findings, None).await?;
    let service = diachiso_store::open_service(&store.to_string_lossy()).await.map_err(user)?;
    let token = token::demo(service.as_ref(), TOKEN_DAYS).await?;
    eprintln!("\nTệp giả lập / Files:          {}", files.display());
    // Nobody's numbers are behind it; whoever decides on the demo's data or runs over it again needs it.
    let shown = blake3::Hash::from_bytes(key).to_hex();
    eprintln!("Khoá băm / Identity key:      DIACHISO_IDENTITY_KEY={shown}");
    eprintln!("GeoPackage (QGIS, ogrinfo):   {}", store.display());
    eprintln!("Báo cáo lỗi / Row report:     {}", findings.display());
    if args.no_serve {
        eprintln!("Mở trang / Serve:             diachiso serve --store {}", store.display());
        eprintln!("Mã truy cập / Token (7 ngày): {token}");
        return Ok(());
    }
    let listener = serve::listen(args.listen).await?;
    let at = listener.local_addr()?;
    eprintln!("Trang bản đồ / Page:          http://{at}/");
    eprintln!("API:                          http://{at}/docs");
    eprintln!("Mã truy cập / Token (7 ngày): {token}");
    eprintln!("Dừng / Stop: Ctrl+C");
    // The server reads the store; the state in memory has served.
    let Outcome { store: published, state, .. } = outcome;
    drop(state);
    let spool = serve::spool_of(&store.to_string_lossy());
    let settings = DeskSettings {
        today: Some(DEMO_TODAY),
        ..DeskSettings::new(spool, Sealer::with_key(key).into())
    };
    let (store, limits, provider) = (published, Limits::USUAL, None);
    serve::until_stopped(
        listener,
        serve::Served { store, guarded: None, service, settings, limits, provider },
    )
    .await
}

/// A demo starts from nothing; what an earlier one left is taken away.
fn remove_store(store: &std::path::Path) -> anyhow::Result<()> {
    let service = store.with_extension("service.db");
    let endings = ["", "-wal", "-shm", "-journal"];
    let files = [store, &service].into_iter().flat_map(|of| endings.map(|ending| (of, ending)));
    for (of, ending) in files {
        let path = PathBuf::from(format!("{}{ending}", of.display()));
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(user(anyhow::Error::from(e).context(format!("{}", path.display()))));
            }
            _ => {}
        }
    }
    Ok(())
}
