//! How a connection to the database is kept from being read, and answered, by others on the way.
//!
//! The words are libpq's: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, in the URL or in `PGSSLMODE` and the like. Where
//! nothing is said of `sslmode`, libpq and the driver talk in clear to whoever offers no TLS; here personal data goes over
//! a network to nobody whose certificate is not right, and any other way has to be asked for by name.

use std::{fs, io, net::IpAddr};

use rustls::CertificateError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

/// In the place of a file in `sslrootcert`: the authorities that the system trusts, and no others.
const SYSTEM: &str = "system";
/// What the driver says where TLS was asked for and the server has none.
const NOT_OFFERED: &str = "server does not support TLS";

/// What may be said of TLS: the name, how else the driver spells it, and the variable that is read without it.
const OPTIONS: [(&[&str], &str); 4] = [
    (&["sslmode", "ssl-mode"], "PGSSLMODE"),
    (&["sslrootcert", "ssl-root-cert", "ssl-ca"], "PGSSLROOTCERT"),
    (&["sslcert", "ssl-cert"], "PGSSLCERT"),
    (&["sslkey", "ssl-key"], "PGSSLKEY"),
];

/// Why there is no safe way to the database. Texts are for whoever set the program up; none tells a password or a key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// `sslmode` has a value that means nothing.
    #[error(
        "sslmode là `{0}`, chỉ nhận disable, prefer, require, verify-ca hay verify-full / sslmode is `{0}`, it may be disable, prefer, require, verify-ca or verify-full"
    )]
    Mode(String),
    /// An option about TLS that the program does not know: to leave it out would be less than was asked for.
    #[error(
        "chương trình không biết tuỳ chọn `{0}` trong URL / the program does not know the option `{0}` of the URL; there are sslmode, sslrootcert, sslcert and sslkey"
    )]
    Option(String),
    /// Whoever the system trusts, under any name.
    #[error(
        "sslrootcert=system chỉ đi với sslmode=verify-full, vì ai cũng xin được chứng thư của một tổ chức mà hệ thống tin / sslrootcert=system goes with sslmode=verify-full alone: anybody can have a certificate of some authority that the system trusts"
    )]
    Weak,
    /// A certificate of ours without its key, or a key without its certificate.
    #[error("sslcert và sslkey phải đi cùng nhau / sslcert and sslkey go together")]
    Half,
    /// A file of certificates or a key cannot be read.
    #[error("{option}: không đọc được tệp `{path}` / the file `{path}` cannot be read: {source}")]
    File {
        /// What names the file.
        option: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds no certificate or key.
    #[error(
        "{option}: tệp `{path}` không có gì dạng PEM để dùng / the file `{path}` holds no {what} in the form PEM"
    )]
    NotPem {
        /// What names the file.
        option: &'static str,
        /// The file.
        path: String,
        /// What it was to hold.
        what: &'static str,
    },
    /// The server talks in clear alone.
    #[error(
        "máy chủ không có TLS, dữ liệu sẽ đi không mã hoá; hãy bật ssl ở máy chủ, hoặc ghi rõ sslmode=disable nếu tin được mạng này / the server offers no TLS, all would go in clear; turn ssl on there, or say sslmode=disable where the network can be trusted"
    )]
    NotOffered,
    /// Nobody known vouches for the server.
    #[error(
        "chứng thư của máy chủ không do tổ chức nào mà máy này tin cấp; nếu là tổ chức của mình, hãy chỉ ra bằng sslrootcert=TỆP / no authority that this machine trusts issued the server's certificate; name one of your own by sslrootcert=FILE (sslmode=require would not ask who answers)"
    )]
    Untrusted,
    /// The certificate is another machine's.
    #[error(
        "chứng thư của máy chủ không mang tên máy trong URL (nó mang: {names}) / the server's certificate is not for the host of the URL (it is for: {names}); only its subjectAltName counts"
    )]
    WrongName {
        /// Those that it is for.
        names: String,
    },
    /// The certificate is over, or not valid yet.
    #[error(
        "chứng thư của máy chủ hết hạn hoặc chưa đến hạn; hãy xem cả đồng hồ của máy này / the server's certificate is over or not valid yet; look at this machine's clock too"
    )]
    Outdated,
    /// There is something else about the certificate.
    #[error(
        "chứng thư của máy chủ không dùng được / the server's certificate cannot be used ({0}); wanted is one of X.509 version 3 with a subjectAltName, issued by an authority and not by itself"
    )]
    Unusable(String),
    /// The server ended it.
    #[error(
        "máy chủ từ chối kết nối TLS / the server refused the connection by TLS ({0}); see its log, and sslcert"
    )]
    Refused(String),
    /// Anything else.
    #[error("không nối được bằng TLS / no connection by TLS: {0}")]
    Failed(String),
}

impl TlsError {
    /// What an error of the driver says about TLS, if it does.
    pub(super) fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Tls(said) if said.to_string() == NOT_OFFERED => Some(Self::NotOffered),
            sqlx::Error::Tls(said) => Some(match said.downcast_ref::<rustls::Error>() {
                Some(error) => error.into(),
                None => Self::Failed(said.to_string()),
            }),
            sqlx::Error::Io(said) => {
                said.get_ref()?.downcast_ref::<rustls::Error>().map(Self::from)
            }
            _ => None,
        }
    }
}

impl From<&rustls::Error> for TlsError {
    fn from(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(fault) => match fault {
                // The signature of an authority that has the name of one that is trusted, and another key.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Untrusted,
                CertificateError::NotValidForName => Self::WrongName { names: "?".to_owned() },
                CertificateError::NotValidForNameContext { presented, .. } => {
                    Self::WrongName { names: names(presented) }
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Outdated,
                other => Self::Unusable(other.to_string()),
            },
            rustls::Error::AlertReceived(alert) => Self::Refused(format!("{alert:?}")),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// The names of a certificate, of which the library tells the kind too: `DnsName("db.example")`.
fn names(presented: &[String]) -> String {
    let name = |told: &String| match told.split('"').nth(1) {
        Some(name) => name.to_owned(),
        None => told.clone(),
    };
    let names: Vec<String> = presented.iter().map(name).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

/// What a URL says about TLS, or the environment where the URL does not.
#[derive(Clone, Default, Debug)]
pub(super) struct Said {
    mode: Option<PgSslMode>,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Said {
    /// Reads both; the last word holds, as it does with the driver.
    pub(super) fn of(
        url: &Url,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, TlsError> {
        let mut said =
            OPTIONS.map(|(_, variable)| environment(variable).filter(|text| !text.is_empty()));
        for (key, value) in url.query_pairs() {
            match OPTIONS.iter().position(|(names, _)| names.contains(&&*key)) {
                Some(n) => said[n] = Some(value.into_owned()),
                None if is_about_tls(&key) => return Err(TlsError::Option(key.into_owned())),
                None => {}
            }
        }
        let [mode, root, certificate, key] = said;
        let mode = mode.map(|text| mode_of(&text)).transpose()?;
        if certificate.is_some() != key.is_some() {
            return Err(TlsError::Half);
        }
        Ok(Self { mode, root, certificate, key })
    }

    /// The same options, by TLS as far as it is wanted.
    pub(super) fn applied_to(
        &self,
        options: PgConnectOptions,
    ) -> Result<PgConnectOptions, TlsError> {
        if super::connect::socket(&options).is_some() {
            // Nothing leaves the machine; no server offers TLS there.
            return Ok(options.ssl_mode(PgSslMode::Disable));
        }
        // The driver looks for a host whose name has the brackets of an IPv6 address in a URL.
        let host = options.get_host().trim_matches(['[', ']']).to_owned();
        let mode = self.mode_for(&host)?;
        if !matches!(mode, PgSslMode::Disable) {
            self.look_at_files()?;
        }
        let options = options.host(&host).ssl_mode(mode);
        Ok(match self.root.as_deref() {
            None | Some(SYSTEM) => options.ssl_root_cert_from_pem(Vec::new()),
            Some(_) => options,
        })
    }

    /// What is asked of a host.
    fn mode_for(&self, host: &str) -> Result<PgSslMode, TlsError> {
        let root = self.root.as_deref();
        Ok(match self.mode {
            None if root.is_none() && is_loopback(host) => PgSslMode::Prefer,
            None | Some(PgSslMode::VerifyFull) => PgSslMode::VerifyFull,
            Some(_) if root == Some(SYSTEM) => return Err(TlsError::Weak),
            // As with libpq: whoever names an authority wants to be asked for it.
            Some(PgSslMode::Require) if root.is_some() => PgSslMode::VerifyCa,
            Some(mode) => mode,
        })
    }

    /// Refuses files that a connection could not be made with, by their names.
    fn look_at_files(&self) -> Result<(), TlsError> {
        let root = self.root.as_ref().filter(|root| *root != SYSTEM);
        let certificate = ("certificate", "-----BEGIN CERTIFICATE-----");
        let files = [
            ("sslrootcert", root, certificate),
            ("sslcert", self.certificate.as_ref(), certificate),
            ("sslkey", self.key.as_ref(), ("private key", "PRIVATE KEY-----")),
        ];
        for (option, path, (what, mark)) in files {
            // Variables may hold what would be in the file.
            let Some(path) = path.filter(|path| !path.trim().starts_with("-----BEGIN")) else {
                continue;
            };
            let path = path.clone();
            match fs::read(&path) {
                Err(source) => return Err(TlsError::File { option, path, source }),
                Ok(bytes) if !String::from_utf8_lossy(&bytes).contains(mark) => {
                    return Err(TlsError::NotPem { option, path, what });
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// Whether leaving an option out could make a connection less safe than was asked for.
fn is_about_tls(option: &str) -> bool {
    option.starts_with("ssl") || ["requiressl", "channel_binding"].contains(&option)
}

/// `allow` is not among them: it would talk in clear first, and the driver ends there.
fn mode_of(text: &str) -> Result<PgSslMode, TlsError> {
    Ok(match text {
        "disable" => PgSslMode::Disable,
        "prefer" => PgSslMode::Prefer,
        "require" => PgSslMode::Require,
        "verify-ca" => PgSslMode::VerifyCa,
        "verify-full" => PgSslMode::VerifyFull,
        other => return Err(TlsError::Mode(other.to_owned())),
    })
}

/// Whether a host is this machine: what is said to it is on no network.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked of the host of a URL, in an environment.
    fn asked(url: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let options = url.parse::<PgConnectOptions>().map_err(|e| e.to_string())?;
        let url = Url::parse(url).expect("a URL");
        let said = Said::of(&url, variable).map_err(|e| e.to_string())?;
        let applied = said.applied_to(options).map_err(|e| e.to_string())?;
        Ok(format!("{:?} {}", applied.get_ssl_mode(), applied.get_host()))
    }

    #[track_caller]
    fn check(url: &str, environment: &[(&str, &str)], expected: &str) {
        assert_eq!(asked(url, environment).as_deref(), Ok(expected), "{url} {environment:?}");
    }

    #[track_caller]
    fn refused(url: &str, environment: &[(&str, &str)], expected: &str) {
        let error = asked(url, environment).expect_err("refused");
        assert!(error.contains(expected), "{url}: {error}");
        assert!(!error.contains("secret"), "{url}: {error}");
    }

    #[test]
    fn over_a_network_the_certificate_is_asked_for_unless_another_way_is_named() {
        check("postgres://db.example/x", &[], "VerifyFull db.example");
        check("postgres://192.0.2.1/x", &[], "VerifyFull 192.0.2.1");
        check("postgres://[2001:db8::1]/x", &[], "VerifyFull 2001:db8::1");
        check("postgres://db.example/x?sslmode=disable", &[], "Disable db.example");
        check("postgres://db.example/x?sslmode=prefer", &[], "Prefer db.example");
        check("postgres://db.example/x?ssl-mode=require", &[], "Require db.example");
        check("postgres://db.example/x?sslmode=verify-ca", &[], "VerifyCa db.example");
    }

    #[test]
    fn on_this_machine_tls_is_taken_where_it_is_offered() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8"] {
            let url = format!("postgres://{host}/x");
            check(&url, &[], &format!("Prefer {host}"));
        }
        check("postgres://[::1]/x", &[], "Prefer ::1");
        check("postgres://localhost/x?sslmode=verify-full", &[], "VerifyFull localhost");
        check("postgres://localhost.example/x", &[], "VerifyFull localhost.example");
    }

    #[test]
    fn by_a_socket_nothing_is_asked() {
        for rest in ["", "&sslmode=verify-full", "&sslmode=disable"] {
            let url = format!("postgres:///x?host=/run/postgresql{rest}");
            assert!(asked(&url, &[]).expect("a way").starts_with("Disable "), "{url}");
        }
    }

    #[test]
    fn the_environment_is_heard_where_the_url_says_nothing() {
        let environment = [("PGSSLMODE", "require")];
        check("postgres://db.example/x", &environment, "Require db.example");
        check("postgres://localhost/x", &environment, "Require localhost");
        check("postgres://db.example/x?sslmode=disable", &environment, "Disable db.example");
        check("postgres://db.example/x", &[("PGSSLMODE", "")], "VerifyFull db.example");
        // The driver would go on without a word, in clear where the server likes.
        refused("postgres://db.example/x", &[("PGSSLMODE", "verify_full")], "`verify_full`");
    }

    #[test]
    fn whoever_names_an_authority_wants_it_asked_for() {
        let pem = [("PGSSLROOTCERT", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----")];
        check("postgres://localhost/x", &pem, "VerifyFull localhost");
        check("postgres://db.example/x?sslmode=require", &pem, "VerifyCa db.example");
        check("postgres://db.example/x?sslmode=prefer", &pem, "Prefer db.example");
        let system = "postgres://me:secret@localhost/x?sslrootcert=system";
        check(system, &[], "VerifyFull localhost");
        refused(&format!("{system}&sslmode=require"), &[], "sslmode=verify-full");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anybody_is_asked() {
        let url = |rest: &str| format!("postgres://me:secret@db.example/x?{rest}");
        for option in ["sslcrl=/etc/crl", "ssl=true", "requiressl=1", "channel_binding=require"] {
            let name = option.split('=').next().expect("a name");
            refused(&url(option), &[], &format!("`{name}`"));
        }
        refused(&url("sslcert=/etc/mine.crt"), &[], "go together");
        refused(&url("sslrootcert=/nowhere/ca.crt"), &[], "`/nowhere/ca.crt`");
        refused(&url("sslmode=allow"), &[], "`allow`");
        let folder = tempfile::tempdir().expect("a folder");
        let empty = folder.path().join("ca.crt");
        std::fs::write(&empty, "no certificate").expect("written");
        refused(&url(&format!("sslrootcert={}", empty.display())), &[], "holds no certificate");
        // Where nothing is asked for, nothing is looked at.
        check(&url("sslrootcert=/nowhere/ca.crt&sslmode=disable"), &[], "Disable db.example");
    }

    #[test]
    fn the_names_of_a_certificate_are_told_as_people_write_them() {
        let told = |certificate: &[&str]| {
            names(&certificate.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(told(&["DnsName(\"db.example\")", "192.0.2.1"]), "db.example, 192.0.2.1");
        assert_eq!(told(&[]), "–");
    }
}
