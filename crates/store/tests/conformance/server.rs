//! What only a server can do: be held by another writer, be away, refuse what does not fit.

use diachiso_store::{NewRun, PostGis, StoreError, open_store};
use sqlx::{ConnectOptions, Connection as _, postgres::PgConnectOptions};

use crate::{
    common::{publish, shapes, square, state, units},
    home::postgis,
};

#[tokio::test]
async fn one_writer_at_a_time_is_let_in_and_readers_always() {
    let home = postgis().await;
    let state = state(&units(), 12, 0);
    publish(&*home.store, &state).await;
    let before = home.store.dump().await.expect("a dump");
    let options: PgConnectOptions = home.url.parse().expect("a URL");
    let mut other = options.connect().await.expect("connected");
    // The lock of a run that is at work elsewhere.
    let lock = "select pg_advisory_lock(7235989434046739311)";
    sqlx::raw_sql(lock).execute(&mut other).await.expect("locked");
    let run = home.store.publish(&state, &units(), &shapes(), &NewRun::default(), &|_| {}).await;
    assert!(matches!(run, Err(StoreError::Busy { .. })), "{run:?}");
    let masks = home.store.import_masks(&[square(107.0, 16.0, 0.1)], "a.geojson").await;
    assert!(matches!(masks, Err(StoreError::Busy { .. })), "{masks:?}");
    assert_eq!(home.store.dump().await.expect("a dump"), before);
    other.close().await.expect("closed");
    assert_eq!(publish(&*home.store, &state).await.number, 2);
}

#[tokio::test]
async fn a_run_that_the_database_refuses_leaves_nothing_behind() {
    let home = postgis().await;
    let mut state = state(&units(), 12, 0);
    publish(&*home.store, &state).await;
    let before = home.store.dump().await.expect("a dump");
    // Two rows of one id, which no run makes.
    state.submissions[3].id = state.submissions[5].id;
    let run = home.store.publish(&state, &units(), &shapes(), &NewRun::default(), &|_| {}).await;
    let error = run.expect_err("refused");
    assert!(matches!(error, StoreError::Database { .. }), "{error:?}");
    assert!(error.to_string().contains("submissions_rest_id_is_unique"), "{error}");
    assert!(!error.to_string().contains("Nguyễn"), "{error}");
    assert_eq!(home.store.dump().await.expect("a dump"), before);
    let last = home.store.latest_run().await.expect("read").expect("a run");
    assert_eq!(last.number, 1);
}

#[tokio::test]
async fn a_server_that_nobody_finds_is_named_and_not_who_asked() {
    for url in ["postgres://me:secret@127.0.0.1:1/city", "postgresql:///city?host=/nowhere&user=me"]
    {
        let error = open_store(url, false).await.err().expect("nobody is there");
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("city") && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_store_is_open_to_several_programs_at_once() {
    let home = postgis().await;
    let other = PostGis::open(&home.url).await.expect("it opens");
    publish(&*home.store, &state(&units(), 12, 0)).await;
    publish(&other, &state(&units(), 13, 0)).await;
    let runs = (home.store.latest_run().await, home.again().await.latest_run().await);
    assert_eq!(runs.0.expect("read").map(|r| r.number), Some(2));
    assert_eq!(runs.1.expect("read").map(|r| r.number), Some(2));
}
