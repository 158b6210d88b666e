//! A key that sorts positions so that neighbours on the map are neighbours in a list.

use diachiso_model::LonLat;

/// West, south, east and north of the province in degrees.
pub const PROVINCE_BOX: [f64; 4] = [107.03, 15.99, 108.21, 16.75];

/// Bits of each axis: a cell of the curve is about 1.9 m by 1.3 m.
const ORDER: u32 = 16;

/// Where a position lies on a Hilbert curve over the province box.
///
/// Positions outside the box take the key of the nearest cell of its edge.
#[must_use]
pub fn hilbert_key(position: LonLat) -> u32 {
    let [west, south, east, north] = PROVINCE_BOX;
    let x = cell((position.lon() - west) / (east - west));
    let y = cell((position.lat() - south) / (north - south));
    distance_on_curve(x, y)
}

/// The cell of a fraction of an axis.
fn cell(fraction: f64) -> u32 {
    const CELLS: f64 = (1_u32 << ORDER) as f64;
    (fraction * CELLS).clamp(0.0, CELLS - 1.0) as u32
}

/// The number of the cell (x, y) along the curve, by the usual bit-by-bit rotation.
fn distance_on_curve(mut x: u32, mut y: u32) -> u32 {
    let mut key = 0;
    for bit in (0..ORDER).rev() {
        let right = (x >> bit) & 1;
        let upper = (y >> bit) & 1;
        key = (key << 2) | ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                let mask = (1 << ORDER) - 1;
                (x, y) = (mask - x, mask - y);
            }
            (x, y) = (y, x);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("the test's position is on the globe")
    }

    #[test]
    fn the_curve_visits_every_cell_and_steps_to_a_neighbour_each_time() {
        // The low byte of both axes walks one closed part of the curve.
        let mut cells: Vec<(u32, u32, u32)> =
            (0..256).flat_map(|x| (0..256).map(move |y| (distance_on_curve(x, y), x, y))).collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let ((a, ax, ay), (b, bx, by)) = (pair[0], pair[1]);
            assert_eq!(a + 1, b, "the keys have no gap");
            assert_eq!(ax.abs_diff(bx) + ay.abs_diff(by), 1, "({ax},{ay}) steps to ({bx},{by})");
        }
    }

    #[test]
    fn positions_outside_the_box_take_the_key_of_its_edge() {
        assert_eq!(hilbert_key(at(100.0, 10.0)), hilbert_key(at(107.03, 15.99)));
        assert_eq!(hilbert_key(at(120.0, 16.3)), hilbert_key(at(108.21, 16.3)));
    }
}
