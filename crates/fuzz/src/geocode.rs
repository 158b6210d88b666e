//! Addresses of any bytes: an answer or a clear refusal, and an answer holds what it promises.

use std::sync::LazyLock;

use diachiso_geocode::{
    Audience, Extent, Index, IndexBuilder, MAX_CANDIDATES, NewHouse, Origin, Query, Scratch,
};
use diachiso_model::LonLat;
use diachiso_pipeline::Reference;
use diachiso_text::house;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let reference = Reference::load([]).expect("reference data");
    let extent = |id| Extent::of_shape(&reference.boundaries.get(id)?.shape);
    let today = "2026-06-01".parse().expect("a date");
    let mut builder = IndexBuilder::new(&reference.units, today, extent).expect("few communes");
    for number in 1..60 {
        let address = house::parse_line(&format!("{number} kiệt {} Cao Bá Quát", number % 5));
        let house = NewHouse {
            address: &address,
            village: None,
            commune: None,
            oldest: None,
            point: LonLat::new(107.58, 16.48 + f64::from(number) * 1e-4).expect("a point"),
            radius_m: 5.0,
            origin: Origin::Reference,
        };
        builder.house(&house).expect("few houses");
    }
    builder.build()
});

/// Asks for a text, whole and cut into columns at line breaks, and checks what comes.
///
/// # Panics
/// When an answer breaks a promise.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut scratch = Scratch::default();
    let mut columns = text.split('\n');
    let mut column = || columns.next().unwrap_or_default();
    let cut = Query {
        number: column(),
        alley: column(),
        street: column(),
        village: column(),
        commune: column(),
        district: column(),
        audience: Audience::Entitled,
        ..Query::default()
    };
    for query in [Query::of(&text), cut] {
        let Ok(answer) = INDEX.geocode(&query, &mut scratch) else { continue };
        assert!(answer.candidates.len() <= MAX_CANDIDATES);
        assert_eq!(answer.grade.is_some(), answer.best().is_some());
        for candidate in &answer.candidates {
            assert!(candidate.score.is_finite());
            if let Some(position) = candidate.position {
                assert!(position.radius_m.is_finite() && position.radius_m > 0.0);
            }
        }
    }
    if let Ok(found) = INDEX.suggest(&text, 10, Audience::Public, &mut scratch) {
        assert!(found.len() <= 10);
    }
}
