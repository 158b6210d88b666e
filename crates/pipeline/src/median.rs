//! Middles that a few values in the wrong place do not move.

use diachiso_model::LonLat;

/// Standard deviation of a normal sample over its median absolute deviation.
const NORMAL: f64 = 1.4826;

/// Median; `None` of nothing. The values end in another order.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Standard deviation about a middle, by the median absolute deviation; `None` of nothing.
pub(crate) fn spread(values: &mut [f64], middle: f64) -> Option<f64> {
    for value in values.iter_mut() {
        *value = (*value - middle).abs();
    }
    Some(median(values)? * NORMAL)
}

/// Median longitude and latitude.
pub(crate) fn median_point(points: impl Iterator<Item = LonLat> + Clone) -> Option<LonLat> {
    let lon = median(&mut points.clone().map(LonLat::lon).collect::<Vec<_>>())?;
    let lat = median(&mut points.map(LonLat::lat).collect::<Vec<_>>())?;
    LonLat::new(lon, lat).ok()
}
