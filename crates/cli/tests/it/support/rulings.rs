//! Decisions about one submission, drawn at random.

use diachiso_model::{DecisionKind, Published};
use diachiso_pipeline::Reference;
use diachiso_testkit::Rng;

/// What a decision about some submission of a state is about; `None` where nothing can be said.
pub(crate) fn about_one(
    rng: &mut Rng,
    reference: &Reference,
    state: &Published,
) -> Option<(DecisionKind, String)> {
    if state.submissions.is_empty() {
        return None;
    }
    let id = rng.pick(&state.submissions).id;
    match rng.below(3) {
        0 => Some((DecisionKind::Verdict, id.to_string())),
        1 if !state.villages.is_empty() => {
            let village = rng.pick(&state.villages);
            let commune = &reference.units.get(village.commune).code;
            let unit = if rng.chance(0.7) { &village.code } else { commune };
            Some((DecisionKind::Unit, format!("{id} {unit}")))
        }
        _ => {
            // Where another household is, or near, so that points are stacked, far and one household's.
            let there = rng.pick(&state.submissions).point?;
            let lat = there.lat() + if rng.chance(0.3) { 0.0 } else { rng.unit() * 1e-3 };
            Some((DecisionKind::Point, format!("{id} {lat:.7} {:.7}", there.lon())))
        }
    }
}
