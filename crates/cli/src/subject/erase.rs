//! `diachiso subject erase`: lets go of what is kept of a household; the record says who did so, when and why, not of whom.

use std::sync::Arc;

use diachiso_runs::{Acceptance, Erased, Errand, Seek, erase_on_record};
use diachiso_server::whom_named;
use diachiso_store::{ServiceStore, Store};

use super::args;
use crate::{
    args::{Signed, StoreKey},
    ui::Bars,
    user,
};

/// The command.
pub(crate) async fn command(args: &args::Erase) -> anyhow::Result<()> {
    let store = diachiso_store::open_store(&args.store.store, false).await.map_err(user)?;
    let service = diachiso_store::open_service(&args.store.store).await.map_err(user)?;
    let about = ("", args.request);
    let signed = (&args.signed, &args.key);
    let seek: Seek<'_> = &|state| whom_named(state, &args.whom);
    carry_out((store, service.as_ref()), seek, about, signed).await.map(drop)
}

/// Erases, on record before and after: on an occasion, or for a request of a data subject.
pub(crate) async fn carry_out(
    (store, service): (Arc<dyn Store>, &dyn ServiceStore),
    seek: Seek<'_>,
    (occasion, request): (&str, Option<i64>),
    (signed, key): (&Signed, &StoreKey),
) -> anyhow::Result<Erased> {
    let (by, who) = (Acceptance::from(signed), format!("cli:{}", signed.by));
    let errand = Errand { who: &who, operation: "diachiso", occasion, request };
    let bars = Arc::new(Bars::new());
    let key = key.key()?;
    let erased = erase_on_record((store, service), seek, (errand, &by), key, bars.clone()).await;
    bars.finish();
    let erased = erased?;
    let Erased { submissions, lines, held, left, run } = &erased;
    println!(
        "đã xoá {submissions} phiếu, {lines} dòng danh sách, {held} dòng của lô bị giữ; mọi con số giữ nguyên / erased {submissions} \
         submissions, {lines} lines of registers, {held} rows of batches that are held; every figure stays · lượt chạy / run {run}"
    );
    if !left.is_empty() {
        eprintln!(
            "Còn {} dòng có thể của hộ này, chưa xoá; hãy xem từng dòng và xoá theo mã / {0} lines may be of the household and were \
             not erased; look at each, and erase it by its id: {}",
            left.len(),
            left.join(", ")
        );
    }
    Ok(erased)
}
