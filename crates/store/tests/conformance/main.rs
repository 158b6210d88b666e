//! One suite for every kind of store: each test runs on a GeoPackage and on PostGIS.

#[path = "../common/mod.rs"]
mod common;
mod home;

/// Makes a test of each function for every kind of store.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod geopackage {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::home::geopackage().await).await;
            })*
        }
        mod postgis {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::home::postgis().await).await;
            })*
        }
    };
}

mod copying;
mod held;
mod places;
mod plans;
mod proposals;
mod reads;
mod sequences;
mod server;
mod told;
mod wall;
