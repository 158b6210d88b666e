//! Caches bounded by what their things weigh, alike on machines of any size.

use std::hash::Hash;

use quick_cache::{OptionsBuilder, Weighter, sync::Cache};

/// Parts that a cache is locked by: enough for the threads of one server, whatever the machine.
const MOST_PARTS: u64 = 16;

/// How many of the heaviest things a part holds at least.
const HEAVIEST_A_PART: u64 = 4;

/// A cache of about `items` things that weigh at most `weight` together and `heaviest` each: a cache is cut into parts, and what
/// is heavier than a part is not kept.
pub(crate) fn cache<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    items: usize,
    weight: u64,
    heaviest: u64,
    weighter: W,
) -> Cache<K, V, W> {
    let parts = (weight / (heaviest * HEAVIEST_A_PART)).clamp(1, MOST_PARTS);
    let options = OptionsBuilder::new()
        .shards(parts as usize)
        .estimated_items_capacity(items)
        .weight_capacity(weight)
        .build();
    match options {
        Ok(options) => Cache::with_options(options, weighter, <_>::default(), <_>::default()),
        // Said only where one of the two is missing.
        Err(_) => Cache::with_weighter(items, weight, weighter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Own;

    impl Weighter<u32, u64> for Own {
        fn weight(&self, _: &u32, weight: &u64) -> u64 {
            *weight
        }
    }

    #[test]
    fn the_heaviest_thing_is_kept_and_the_whole_is_bounded() {
        let kept = cache(16_384, 64 << 20, 512 << 10, Own);
        for key in 0..1000_u32 {
            kept.insert(key, 512 << 10);
            assert_eq!(kept.get(&key), Some(512 << 10), "{key}");
        }
        assert!(kept.weight() <= 64 << 20);
        assert!(kept.len() > 100, "{} are kept", kept.len());
    }
}
