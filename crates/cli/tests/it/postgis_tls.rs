//! The program and a database that are told apart by certificates: who is talked to, how, and what is said to people where
//! nobody is.

use std::{
    path::Path,
    process::{Command, Output},
    time::Instant,
};

use crate::support::{
    cluster::Cluster,
    dump, folder, loaded,
    server::{PATIENCE, Server, token},
    succeed,
};

/// In URLs; no message may tell it.
const PASSWORD: &str = "mat-khau-kin";
/// A host that is this machine and does not look like it, as one on a network.
const ELSEWHERE: &str = "0.0.0.0";

/// Makes an authority (`ca.crt`), a certificate of it for a server of the name `localhost` (`server.crt`), and one for the
/// login `certified` (`login.crt`), with their keys.
fn certificates(folder: &Path) {
    let openssl = |args: &str| {
        let args = args.split(' ');
        let done = Command::new("openssl").args(args).current_dir(folder).output();
        let done = done.expect("openssl is installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout";
    openssl(&format!("req -x509 -days 2 -subj /CN=authority {key} ca.key -out ca.crt"));
    for (file, name) in [("server", "localhost"), ("login", "certified")] {
        let names = format!("-subj /CN={name} -addext subjectAltName=DNS:{name}");
        openssl(&format!("req {names} {key} {file}.key -out {file}.csr"));
        openssl(&format!(
            "x509 -req -days 2 -in {file}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy -out {file}.crt"
        ));
    }
}

/// A server with a certificate, and two authorities: the one that issued it, and one that did not.
struct Home {
    cluster: Cluster,
    port: u16,
    own: tempfile::TempDir,
    other: tempfile::TempDir,
}

impl Home {
    fn made() -> Self {
        let (own, other) = (folder(), folder());
        certificates(own.path());
        certificates(other.path());
        let cluster = Cluster::start();
        let port = cluster.listen(Some(own.path()));
        let home = Self { cluster, port, own, other };
        home.sql(&format!(
            "alter role postgres password '{PASSWORD}'; create role certified superuser login"
        ));
        home
    }

    fn sql(&self, text: &str) {
        let url = format!("{}&port={}", self.cluster.url(), self.port);
        let args = ["-Xqo", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", text];
        let done = Command::new("psql").args(args).status();
        assert!(done.is_ok_and(|status| status.success()), "{text}");
    }

    /// The URL of its database by way of a host.
    fn url(&self, host: &str, rest: &str) -> String {
        format!("postgres://postgres:{PASSWORD}@{host}:{}/postgres?{rest}", self.port)
    }

    /// Tells in what way the program gets in.
    #[track_caller]
    fn lets_in(&self, url: &str, variables: &[(&str, &str)], encrypted: bool) {
        let before = self.cluster.said().len();
        let done = migrate(url, variables);
        assert!(done.status.success(), "{url}: {}", String::from_utf8_lossy(&done.stderr));
        let said = self.cluster.said();
        let entered = said[before..].lines().find(|line| line.contains("connection authorized"));
        let entered = entered.expect("somebody was let in");
        assert!(entered.contains("application_name=diachiso"), "{entered}");
        assert_eq!(entered.contains("SSL enabled (protocol=TLSv1.3"), encrypted, "{entered}");
    }
}

/// Runs `diachiso migrate`, which changes nothing from the second time on.
fn migrate(url: &str, variables: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
    for variable in ["PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "SSL_CERT_FILE"] {
        program.env_remove(variable);
    }
    let run = program.args(["migrate", "--store", url]).envs(variables.iter().copied()).output();
    run.expect("the program runs")
}

/// Wants to be refused in words of both languages that tell where and why, and nothing of who asked.
#[track_caller]
fn refused(url: &str, variables: &[(&str, &str)], words: [&str; 2]) {
    let done = migrate(url, variables);
    let said = String::from_utf8(done.stderr).expect("UTF-8");
    assert_eq!(done.status.code(), Some(1), "{url}: {said}");
    for word in words {
        assert!(said.contains(word), "{url}: {said}");
    }
    assert!(!said.contains(PASSWORD), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

#[test]
fn a_database_is_talked_to_as_safely_as_was_asked_for() {
    let home = Home::made();
    let authority = |folder: &tempfile::TempDir| folder.path().join("ca.crt").display().to_string();
    let (own, other) = (authority(&home.own), authority(&home.other));
    let root = |file: &str| format!("sslrootcert={file}");

    // Each `sslmode` by name.
    home.lets_in(&home.url("localhost", "sslmode=disable"), &[], false);
    home.lets_in(&home.url("localhost", "sslmode=prefer"), &[], true);
    home.lets_in(&home.url(ELSEWHERE, "sslmode=require"), &[], true);
    home.lets_in(&home.url(ELSEWHERE, &format!("sslmode=verify-ca&{}", root(&own))), &[], true);
    let full =
        |host: &str, file: &str| home.url(host, &format!("sslmode=verify-full&{}", root(file)));
    home.lets_in(&full("localhost", &own), &[], true);

    // None by name: what is offered on this machine, and over a network only whom an authority vouches for.
    home.lets_in(&home.url("localhost", ""), &[], true);
    let unknown = ["không do tổ chức nào", "no authority that this machine trusts"];
    refused(&home.url(ELSEWHERE, ""), &[], unknown);
    let named = ["không mang tên máy", "it is for: localhost"];
    refused(&home.url(ELSEWHERE, &root(&own)), &[], named);

    // Another authority, another name.
    refused(&full("localhost", &other), &[], unknown);
    refused(&home.url("localhost", &format!("sslmode=require&{}", root(&other))), &[], unknown);
    refused(&full("127.0.0.1", &own), &[], named);

    // The environment, and the authorities of the system.
    let variables = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", own.as_str())];
    home.lets_in(&home.url("localhost", ""), &variables, true);
    let variables = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", other.as_str())];
    refused(&home.url("localhost", ""), &variables, unknown);
    let system = home.url("localhost", "sslrootcert=system");
    home.lets_in(&system, &[("SSL_CERT_FILE", &own)], true);
    refused(&system, &[("SSL_CERT_FILE", &other)], unknown);
    refused(
        &home.url("localhost", ""),
        &[("PGSSLMODE", "verify_full")],
        ["chỉ nhận", "`verify_full`"],
    );

    // A login by certificate.
    let certified = |files: &str| {
        format!("postgres://certified@localhost:{}/postgres?{}{files}", home.port, root(&own))
    };
    let mine = home.own.path().display().to_string();
    let files = format!("&sslcert={mine}/login.crt&sslkey={mine}/login.key");
    home.lets_in(&certified(&files), &[], true);
    let without = migrate(&certified(""), &[]);
    assert_eq!(without.status.code(), Some(1), "{}", String::from_utf8_lossy(&without.stderr));

    // A server that has no TLS.
    let port = home.cluster.listen(None);
    let home = Home { port, ..home };
    let clear = ["máy chủ không có TLS", "the server offers no TLS"];
    for mode in ["", "sslmode=require", "sslmode=verify-full"] {
        refused(&home.url(ELSEWHERE, mode), &[], clear);
    }
    home.lets_in(&home.url(ELSEWHERE, "sslmode=prefer"), &[], false);
    home.lets_in(&home.url("localhost", ""), &[], false);
}

#[test]
fn a_store_goes_over_by_tls_and_a_service_stays_away_from_a_server_with_another_certificate() {
    let home = Home::made();
    let (_files, store, _) = loaded();
    let authority = home.own.path().join("ca.crt");
    let url = home.url("localhost", &format!("sslrootcert={}", authority.display()));
    let done = migrate(&url, &[]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    succeed(["store", "copy", &store.to_string_lossy(), &url]);
    assert_eq!(dump(Path::new(&url)), dump(&store));

    let spool = home.own.path().join("spool").display().to_string();
    let server =
        Server::start(Path::new(&url), &token(Path::new(&url)), &["--spool", spool.as_str()]);
    assert_eq!(server.wait_for("/readyz", 200).status, 200);
    home.cluster.present(home.other.path());
    let started = Instant::now();
    let answer = loop {
        // The new certificate is for connections that begin after it was read.
        home.sql(
            "select pg_reload_conf(); select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'diachiso'",
        );
        let answer = server.get("/readyz");
        // At first it may be told only that connections were ended.
        let said = server.said();
        if answer.status != 200 && said.contains("no authority that this machine trusts") {
            break answer;
        }
        assert!(started.elapsed() < PATIENCE, "it talks to another: {said}");
    };
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(!server.said().contains(PASSWORD));
    home.cluster.present(home.own.path());
    home.sql("select pg_reload_conf()");
    server.wait_for("/readyz", 200);
    server.stop();
}
