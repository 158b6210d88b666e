//! `diachiso subject erase`: lets go of what is kept of a household; the record says who did so, when and why, not of whom.

use std::sync::Arc;

use anyhow::anyhow;
use diachiso_model::{SubjectRequestKind, Timestamp};
use diachiso_runs::{Acceptance, Erased, Whom};
use diachiso_server::{Named, find};
use diachiso_store::{AuditEntry, ServiceStore, Store};

use super::{args, today};
use crate::{
    args::{Signed, StoreKey},
    run,
    ui::Bars,
    user,
};

/// The command.
pub(crate) async fn command(args: &args::Erase) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let service = diachiso_store::open_service(&args.store.store).await.map_err(user)?;
    if let Some(request) = args.request {
        is_open(service.as_ref(), request).await?;
    }
    let (state, _) = run::reproduce(&store, &args.key).await?;
    let whom = match find(&state, &args.whom).map_err(user)? {
        Named::Submission(at) => Whom::Submission(state.submissions[at as usize].id),
        Named::Household(at) => {
            let h = &state.households[at as usize];
            Whom::Household(state.registers[h.register as usize].source.clone(), h.id.clone())
        }
    };
    drop(state);
    let about = args.request.map_or_else(String::new, |id| format!("request {id}"));
    let erased =
        carry_out((store, service.as_ref()), &[whom], &about, (&args.signed, &args.key)).await?;
    if let Some(request) = args.request {
        let outcome =
            format!("đã xoá {} phiếu, {} dòng danh sách", erased.submissions, erased.lines);
        service.complete_request(request, today(), &outcome).await.map_err(user)?;
    }
    Ok(())
}

/// A request to erase that is not done yet.
async fn is_open(service: &dyn ServiceStore, id: i64) -> anyhow::Result<()> {
    let requests = service.requests().await.map_err(user)?;
    let open = |kind| kind == SubjectRequestKind::Erase;
    match requests.iter().find(|r| r.id == id) {
        Some(r) if open(r.kind) && r.completed_on.is_none() => Ok(()),
        _ => Err(user(anyhow!(
            "yêu cầu số {id} không phải yêu cầu xoá đang mở / request {id} is no open request to erase; see `diachiso subject list`"
        ))),
    }
}

/// Erases, on record before and after.
pub(crate) async fn carry_out(
    (store, service): (Arc<dyn Store>, &dyn ServiceStore),
    whom: &[Whom],
    about: &str,
    (signed, key): (&Signed, &StoreKey),
) -> anyhow::Result<Erased> {
    let by = Acceptance::from(signed);
    note(service, ("erase", about), signed, 0).await?;
    let bars = Arc::new(Bars::new());
    let erased =
        diachiso_runs::erase(Arc::clone(&store), whom, &by, key.key()?, bars.clone()).await;
    bars.finish();
    let erased = erased?;
    let decided = store.decisions().await.map_err(user)?;
    let ids = diachiso_model::Decision::standing(&decided, diachiso_model::DecisionKind::Erase);
    let ids: Vec<String> = ids.into_keys().map(str::to_owned).collect();
    service.forget(&ids).await.map_err(user)?;
    let rows = (erased.submissions + erased.lines) as u64;
    note(service, ("erased", about), signed, rows).await?;
    println!(
        "đã xoá {} phiếu, {} dòng danh sách; mọi con số giữ nguyên / erased {} submissions, {} lines of registers; every figure stays · lượt chạy / run {}",
        erased.submissions, erased.lines, erased.submissions, erased.lines, erased.run
    );
    Ok(erased)
}

/// Puts on record who erases, why and how many rows; never whose.
async fn note(
    service: &dyn ServiceStore,
    (action, about): (&str, &str),
    signed: &Signed,
    rows: u64,
) -> anyhow::Result<()> {
    let entry = AuditEntry {
        at: Timestamp::now(),
        who: format!("cli:{}", signed.by).into(),
        action: action.into(),
        operation: "diachiso".into(),
        area: about.into(),
        purpose: signed.why.as_str().into(),
        rows,
        columns: "".into(),
        export: "".into(),
        content_hash: None,
    };
    service.append(entry).await.map(drop).map_err(user)
}
