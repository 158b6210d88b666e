//! The pages: TypeScript and MapLibre, built by npm and embedded.

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Its media type.
    pub content_type: &'static str,
    /// Whether its name changes with its content, so that it may be cached for ever.
    pub immutable: bool,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file at `path`: `index.html`, `assets/…`.
#[must_use]
pub fn asset(path: &str) -> Option<Asset> {
    ASSETS.iter().find(|(name, _)| *name == path).map(|(_, asset)| *asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_embedded_and_its_script_is_cacheable() {
        let index = asset("index.html").expect("the page");
        assert!(index.content_type.starts_with("text/html") && !index.immutable);
        let script = ASSETS
            .iter()
            .find(|(name, _)| name.rsplit('.').next() == Some("js"))
            .expect("a script");
        assert!(script.1.immutable && script.1.content_type.starts_with("text/javascript"));
        assert!(asset("../Cargo.toml").is_none());
    }
}
