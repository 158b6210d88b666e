//! What only a database on a server does: several servers share it.

use std::sync::Arc;

use diachiso_store::{Handed, NewBatch, ServiceError, StoreError, open_service};
use diachiso_testkit::PgDatabase;

use crate::{home::postgres, noted, work::batch};

#[tokio::test]
async fn one_key_is_one_batch_whichever_of_two_servers_is_asked_first() {
    let home = postgres().await;
    let servers = [Arc::clone(&home.service), home.again().await];
    for round in 0..8 {
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..8_usize {
            let service = Arc::clone(&servers[n % 2]);
            let key = format!("k{round}");
            let asked =
                NewBatch { spool: format!("{round}-{n}").into(), ..batch(Some(&key), "aa") };
            callers.spawn(async move {
                service.hand_in(&asked, &noted("token:1")).await.expect("answered")
            });
        }
        let answers = callers.join_all().await;
        let kept: Vec<i64> = answers
            .iter()
            .filter_map(|a| if let Handed::Kept(id) = a { Some(*id) } else { None })
            .collect();
        assert_eq!(kept.len(), 1, "{answers:?}");
        let others = answers.iter().filter(|a| **a == Handed::Repeated(kept[0])).count();
        assert_eq!(others, 7, "{answers:?}");
    }
}

#[tokio::test]
async fn one_works_at_a_time_and_the_right_ends_with_whoever_had_it() {
    let home = postgres().await;
    let other = home.again().await;
    let first = home.service.work_lock().await.expect("asked").expect("nobody works");
    assert!(other.work_lock().await.expect("asked").is_none());
    first.release().await;
    let second = other.work_lock().await.expect("asked").expect("given back");
    assert!(home.service.work_lock().await.expect("asked").is_none());
    // A process that is killed gives nothing back.
    drop(second);
    let third = home.service.work_lock().await.expect("asked").expect("nobody works");
    third.release().await;
}

#[tokio::test]
async fn a_server_takes_up_the_batches_whose_files_it_has() {
    let home = postgres().await;
    for hash in ["aa", "bb"] {
        home.service.hand_in(&batch(None, hash), &noted("token:1")).await.expect("kept");
    }
    let next =
        async |here: &[Box<str>]| home.service.next_batch(here).await.expect("read").map(|b| b.id);
    assert_eq!(next(&["bb".into()]).await, Some(2));
    assert_eq!(next(&["bb".into(), "aa".into()]).await, Some(1));
    assert_eq!(next(&["cc".into()]).await, None);
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_not_used() {
    let database = PgDatabase::create();
    let refused = open_service(database.url()).await.err().expect("no tables");
    assert!(matches!(refused, ServiceError::Store(StoreError::Older { .. })), "{refused:?}");
}
