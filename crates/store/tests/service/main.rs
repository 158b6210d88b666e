//! One suite for what the service remembers: each test runs on an SQLite file and on a server.

#[path = "../common/mod.rs"]
mod common;
mod home;

/// Makes a test of each function for every kind of database.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::home::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::home::postgres().await).await;
            })*
        }
    };
}

mod areas;
mod audit;
mod changes;
mod exports;
mod file;
mod requests;
mod review;
mod server;
mod tokens;
mod work;

use diachiso_model::Timestamp;
use diachiso_store::AuditEntry;

/// An instant.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The entry of somebody who changes something.
pub(crate) fn noted(who: &str) -> AuditEntry {
    let now = at("2026-01-02T03:04:05Z");
    AuditEntry { who: who.into(), action: "change".into(), ..AuditEntry::empty(now) }
}
