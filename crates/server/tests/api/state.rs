//! A small published state in a real `GeoPackage`: three villages of two communes, merged on 2025-07-01.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
};
use diachiso_model::{
    Change, Date, Finding, Household, HouseholdState, Kind, Level, LineageStep, Link, LonLat,
    PovertyClass, PrecisionClass, Proposal, ProposalKind, ProposalStatus, Published, RegisterInfo,
    Remedy, ResidenceStatus, RuleCode, Submission, SubmissionId, Tally, Timestamp, Unit, UnitCode,
    UnitId, UnitTally, Units, Verdict, Village,
};
use diachiso_pipeline::Reference;
use diachiso_server::{AppState, Reproduce, Reproduced, app, new_token};
use diachiso_store::{
    AuditEntry, ExportRecord, GeoPackage, NewRun, NewToken, ServiceStore, Store, UnitShape,
    open_service,
};
use geo_types::{MultiPolygon, Rect, coord};
use tempfile::TempDir;
use tower::ServiceExt;

/// Words that stand for a person: none may be in a public answer.
pub(crate) const PERSONAL: [&str; 4] = ["Bí Mật", "905123", "Kiệt Riêng", "HO-"];

/// Households, by village; ids run through all of them.
pub(crate) const HOUSEHOLDS: [usize; 3] = [40, 30, 20];

pub(crate) const VILLAGES: [(&str, &str, &str); 3] = [
    ("19870-dong", "19870", "Thôn Đông"),
    ("19870-tay", "19870", "Thôn Tây"),
    ("19873-nam", "19873", "Thôn Nam"),
];

pub(crate) fn code(text: &str) -> UnitCode {
    text.parse().expect("a code")
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

const OLD: &str = "2020-01-01";
const NEW: &str = "2025-07-01";
const CLOSED: &str = "2025-03-31";

pub(crate) fn units() -> Units {
    let unit =
        |c: &str, kind, name: &str, parent: Option<&str>, from: &str, to: Option<&str>| Unit {
            code: code(c),
            level: code(c).level(),
            kind,
            name: name.into(),
            parent: parent.map(code),
            valid_from: day(from),
            valid_to: to.map(day),
        };
    let last = Some("2025-06-30");
    let units = vec![
        unit("46", Kind::ThanhPho, "Huế", None, OLD, None),
        unit("477", Kind::Huyen, "Quảng Điền", Some("46"), OLD, last),
        unit("19870", Kind::Xa, "Quảng Thái", Some("477"), OLD, last),
        unit("19873", Kind::Xa, "Quảng Ngạn", Some("477"), OLD, last),
        unit("19867", Kind::Xa, "Đan Điền", Some("46"), NEW, None),
    ];
    let merged = ["19870", "19873"].map(|from| LineageStep {
        on: day(NEW),
        from: code(from),
        to: code("19867"),
        change: Change::Merged,
    });
    Units::new(units, &merged, &[]).expect("units")
}

/// The square of village or commune number `i` of a row of three, 0.02° a side.
fn square(i: usize, count: usize) -> MultiPolygon<f64> {
    let west = 107.40 + 0.02 * i as f64;
    let east = west + 0.02 * count as f64;
    let low = coord! { x: west, y: 16.55 };
    MultiPolygon(vec![Rect::new(low, coord! { x: east, y: 16.57 }).to_polygon()])
}

pub(crate) fn shapes() -> Vec<UnitShape> {
    let shape = |c: &str, name: &str, period: &str, i, count| UnitShape {
        code: code(c),
        level: code(c).level(),
        name: name.into(),
        period: day(period),
        shape: square(i, count),
        schematic: true,
    };
    vec![
        shape("19870", "Xã Quảng Thái", OLD, 0, 2),
        shape("19873", "Xã Quảng Ngạn", OLD, 2, 1),
        shape("19867", "Xã Đan Điền", NEW, 0, 3),
    ]
}

fn state_of(i: usize) -> HouseholdState {
    [
        HouseholdState::Covered,
        HouseholdState::Covered,
        HouseholdState::Pending,
        HouseholdState::None,
        HouseholdState::Moved,
    ][i % 5]
}

fn point_of(village: usize) -> LonLat {
    LonLat::new(107.41 + 0.02 * village as f64, 16.56).expect("a position")
}

/// Poor: every fourth and tenth household of the first village, every tenth of the others.
fn poverty_of(village: usize, i: usize) -> PovertyClass {
    match (village, i) {
        (0, i) if i % 4 == 0 => PovertyClass::Poor,
        (_, i) if i % 10 == 0 => PovertyClass::Poor,
        (_, i) if i % 3 == 0 => PovertyClass::NearPoor,
        _ => PovertyClass::None,
    }
}

fn submission(
    number: u32,
    household: u32,
    village: u32,
    commune: UnitId,
    held: bool,
) -> Submission {
    let mut id = [7; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Submission {
        id: SubmissionId(id),
        file: 0,
        row: number + 2,
        form: "".into(),
        code: "4950012345".into(),
        head: "Bí Mật".into(),
        identity: None,
        phone: Some(905_123_123),
        address: "2 Kiệt Riêng".into(),
        village: Some(village),
        village_text: VILLAGES[village as usize].2.into(),
        commune: Some(commune),
        members: Some(4),
        poverty: PovertyClass::None,
        point: Some(point_of(village as usize)),
        precision: Some(PrecisionClass::A),
        accuracy_m: Some(5.0),
        collected_on: Some(day("2025-02-01")),
        collector: "Bí Mật".into(),
        team: "Tổ 1".into(),
        verdict: if held { Verdict::Held } else { Verdict::Accepted },
        master: None,
        link: Some(Link { household, bits: 20.0 }),
        findings: if held {
            vec![
                Finding::new(RuleCode::G09, Some("latitude"), "16,56"),
                Finding::new(RuleCode::P01, Some("phone"), "0905123123 x"),
            ]
        } else {
            Vec::new()
        },
    }
}

/// The state that every test looks at.
pub(crate) fn published(units: &Units) -> Published {
    let commune_of =
        |v: usize| units.by_code(&code(VILLAGES[v].1), day(CLOSED)).expect("a commune");
    let mut households = Vec::new();
    let mut submissions = Vec::new();
    let mut tallies = [Tally::default(); 3];
    for (v, count) in HOUSEHOLDS.into_iter().enumerate() {
        for i in 0..count {
            let (state, poverty) = (state_of(i), poverty_of(v, i));
            let handed_in = matches!(state, HouseholdState::Covered | HouseholdState::Pending);
            let class = (state == HouseholdState::Covered).then_some(PrecisionClass::A);
            tallies[v].count(state, 4, poverty, class);
            let at = households.len() as u32;
            let number = submissions.len() as u32;
            if handed_in {
                let held = state == HouseholdState::Pending;
                submissions.push(submission(number, at, v as u32, commune_of(v), held));
            }
            households.push(Household {
                id: format!("HO-{at:04}").into(),
                register: 0,
                head: "Bí Mật".into(),
                birth_year: Some(1960),
                village: v as u32,
                commune: commune_of(v),
                address: "2 Kiệt Riêng".into(),
                members: 4,
                poverty,
                status: ResidenceStatus::Present,
                state,
                submission: handed_in.then_some(number),
                point: Some(point_of(v)),
            });
        }
    }
    let villages = (0..3).map(|v| Village {
        code: code(VILLAGES[v].0),
        name: VILLAGES[v].2.into(),
        commune: commune_of(v),
        centre: Some(point_of(v)),
        shape: Some(square(v, 1)),
        confidence: 0.75,
        outside: 0,
    });
    Published {
        rule_version: 1,
        profile: diachiso_model::Profile::Default,
        registers: vec![RegisterInfo {
            source: "police".into(),
            closed_on: day(CLOSED),
            households: households.len() as u32,
        }],
        villages: villages.collect(),
        households,
        submissions,
        tallies: all_tallies(&tallies),
        proposals: vec![proposal(commune_of(0))],
        decisions: Vec::new(),
        rules: Vec::new(),
        files: vec![file()],
        repeats: Vec::new(),
        skipped: Vec::new(),
        register_rejects: Vec::new(),
        today: day("2025-08-01"),
    }
}

/// Id of a file that was handed out.
pub(crate) const EXPORT: &str = "AAECAwQFBgcICQoL";

/// Id of the proposal that is published.
pub(crate) const PROPOSAL: &str = "010203040506";

fn proposal(commune: UnitId) -> Proposal {
    Proposal {
        id: PROPOSAL.parse().expect("an id"),
        kind: ProposalKind::Datum,
        subject: "Bí Mật · Xã Quảng Thái".into(),
        collector: "Bí Mật".into(),
        commune: Some(commune),
        remedy: Remedy::Unshift { shift_m: 224.5, azimuth_deg: -60.1 },
        votes: 2,
        rows: vec![0, 1],
        confidence: 0.9987,
        evidence: "người khác đo".into(),
        status: ProposalStatus::Open,
    }
}

fn file() -> diachiso_model::FileReport {
    diachiso_model::FileReport {
        name: "phieu thu.csv".into(),
        hash: "00".repeat(32).into(),
        bytes: 1000,
        kind: diachiso_model::SourceKind::Submissions,
        rows_read: 1,
        verdicts: [0; 4],
        skipped: 1,
        dropped_columns: Vec::new(),
    }
}

/// Period, code, name, parent and the villages inside.
type RollUp = (&'static str, &'static str, &'static str, Option<&'static str>, &'static [usize]);

/// Rolls three villages up, in both periods.
fn all_tallies(villages: &[Tally; 3]) -> Vec<UnitTally> {
    let sum = |of: &[usize]| {
        let mut sum = Tally::default();
        for v in of {
            sum += &villages[*v];
        }
        sum
    };
    let rows: [RollUp; 12] = [
        (OLD, "46", "Thành phố Huế", None, &[0, 1, 2]),
        (OLD, "477", "Huyện Quảng Điền", Some("46"), &[0, 1, 2]),
        (OLD, "19870", "Xã Quảng Thái", Some("477"), &[0, 1]),
        (OLD, "19873", "Xã Quảng Ngạn", Some("477"), &[2]),
        (OLD, "19870-dong", "Thôn Đông", Some("19870"), &[0]),
        (OLD, "19870-tay", "Thôn Tây", Some("19870"), &[1]),
        (OLD, "19873-nam", "Thôn Nam", Some("19873"), &[2]),
        (NEW, "46", "Thành phố Huế", None, &[0, 1, 2]),
        (NEW, "19867", "Xã Đan Điền", Some("46"), &[0, 1, 2]),
        (NEW, "19870-dong", "Thôn Đông", Some("19867"), &[0]),
        (NEW, "19870-tay", "Thôn Tây", Some("19867"), &[1]),
        (NEW, "19873-nam", "Thôn Nam", Some("19867"), &[2]),
    ];
    let tally =
        |(period, c, name, parent, of): (&str, &str, &str, Option<&str>, &[usize])| UnitTally {
            code: code(c),
            name: name.into(),
            parent: parent.map(code),
            period: day(period),
            register: 0,
            tally: sum(of),
        };
    rows.map(tally).into()
}

/// A server over a fresh `GeoPackage`, and a token that holds.
pub(crate) struct Server {
    pub store: Arc<GeoPackage>,
    pub service: Arc<dyn ServiceStore>,
    pub token: String,
    pub state: AppState,
    app: Router,
    pub folder: TempDir,
}

/// Makes the state of this file.
struct AsPublished;

#[async_trait::async_trait]
impl Reproduce for AsPublished {
    async fn reproduce(&self) -> Result<Reproduced, Box<dyn std::error::Error + Send + Sync>> {
        Ok((published(&units()), Arc::new(Reference::load([])?)))
    }
}

/// What came back.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Server {
    /// Over a store without any run.
    pub(crate) async fn empty() -> Self {
        Self::with(AppState::new).await
    }

    /// Over the published state of this file, which is made again as it is.
    pub(crate) async fn explaining() -> Self {
        let server = Self::with(|a, b| AppState::explaining(a, b, Arc::new(AsPublished))).await;
        server.publish(&published(&units())).await;
        server
    }

    pub(crate) async fn with(
        state: impl FnOnce(Arc<dyn Store>, Arc<dyn ServiceStore>) -> AppState,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.gpkg");
        let store = GeoPackage::create_or_open(&path).await;
        let store = Arc::new(store.expect("a store"));
        let (token, hash) = new_token().expect("random bytes");
        let service = open_service(&path.to_string_lossy()).await.expect("a database");
        let kept = NewToken {
            hash,
            label: "test".into(),
            grants: vec!["reviewer:*".parse().expect("a grant")],
            created_at: Timestamp::now(),
            expires_at: "2999-01-01T00:00:00Z".parse().expect("an instant"),
        };
        service.add_token(&kept, &made()).await.expect("token kept");
        service.add_export(&handed_out()).await.expect("export kept");
        let state = state(Arc::clone(&store) as Arc<dyn Store>, Arc::clone(&service));
        let app = app(state.clone());
        Self { store, service, token, state, app, folder }
    }

    /// Over the published state of this file.
    pub(crate) async fn published() -> Self {
        let server = Self::empty().await;
        server.publish(&published(&units())).await;
        server
    }

    pub(crate) async fn publish(&self, state: &Published) {
        self.store
            .publish(state, &units(), &shapes(), &NewRun::default(), &|_| ())
            .await
            .expect("published");
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks as anybody.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(Request::get(url).body(Body::empty()).expect("a request")).await
    }

    /// Asks with the token.
    pub(crate) async fn get_with_token(&self, url: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let request = Request::get(url).header("authorization", bearer).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// A token of its own for grants.
    pub(crate) async fn token_for(&self, grants: &[&str]) -> String {
        let (text, hash) = new_token().expect("random bytes");
        let token = NewToken {
            hash,
            label: "test".into(),
            grants: grants.iter().map(|g| g.parse().expect(g)).collect(),
            created_at: Timestamp::now(),
            expires_at: "2999-01-01T00:00:00Z".parse().expect("an instant"),
        };
        self.service.add_token(&token, &made()).await.expect("token kept");
        text
    }

    /// Asks with some token, or none.
    pub(crate) async fn ask(
        &self,
        method: &str,
        url: &str,
        body: impl Into<Body>,
        token: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// The audit log, oldest first, without the tokens that the test made.
    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        let page = self.service.audit_page(0, 10_000).await.expect("read");
        let entries = page.into_iter().map(|record| record.entry);
        entries.filter(|entry| *entry.action != *TOKEN_MADE).collect()
    }

    /// Sends a body, with the token where one is wanted.
    pub(crate) async fn post(&self, url: &str, body: impl Into<Body>, token: bool) -> Answer {
        let mut request = Request::post(url);
        if token {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        self.send(request.body(body.into()).expect("a request")).await
    }
}

const TOKEN_MADE: &str = "token-add";

/// The entry of a token that the test makes.
fn made() -> AuditEntry {
    AuditEntry { action: TOKEN_MADE.into(), ..AuditEntry::empty(Timestamp::now()) }
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// The body where it is text, else how long it is.
    pub(crate) fn text_or_bytes(&self) -> String {
        let text = std::str::from_utf8(&self.body).map(str::to_owned);
        text.unwrap_or_else(|_| format!("{} bytes", self.body.len()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("an ASCII header"))
    }
}

/// Households on the gap list.
pub(crate) fn gap_count() -> usize {
    let gaps = |count: usize| (0..count).filter(|i| state_of(*i).is_gap()).count();
    HOUSEHOLDS.into_iter().map(gaps).sum()
}

/// What [`EXPORT`] names: somebody was handed it, and it does not end.
fn handed_out() -> ExportRecord {
    ExportRecord {
        id: EXPORT.into(),
        made_at: Timestamp::now(),
        expires_at: "2999-01-01T00:00:00Z".parse().expect("an instant"),
        who: "token:7".into(),
        operation: "GET /api/v1/areas/{area}/gaps".into(),
        area: "477".into(),
        purpose: "test".into(),
        format: "csv".into(),
    }
}

/// Level, for tests that go through all.
pub(crate) const LEVELS: [Level; 4] = Level::ALL;

/// A text as the value of a parameter.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut told, byte| {
        let _ = write!(told, "%{byte:02X}");
        told
    })
}
