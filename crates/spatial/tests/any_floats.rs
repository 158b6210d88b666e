//! Positions made of any floats: what the fuzzing target checks, over edges of the globe and seeded random bits.

#[path = "../../fuzz/src/point.rs"]
#[expect(unreachable_pub, reason = "a library hands it out where it is at home")]
mod point;

use diachiso_testkit::Rng;

#[test]
fn any_floats_have_an_answer_or_a_reason() {
    let edges = [107.5, 16.25, 107.0, 16.0, 90.0, -180.0, -0.0, f64::NAN, f64::INFINITY, f64::MAX];
    let mut rng = Rng::new(11);
    for round in 0..60_usize {
        let float = |n: usize| match n % 3 {
            0 => edges[(n + round) % edges.len()],
            1 => rng.between(-200.0, 200.0),
            _ => f64::from_bits(rng.between(0.0, 1.8e19) as u64),
        };
        let bytes: Vec<u8> = (0..round * 3).map(float).flat_map(f64::to_le_bytes).collect();
        point::check(&bytes);
    }
}
