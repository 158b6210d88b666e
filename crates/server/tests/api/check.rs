//! Files and single submissions looked at over HTTP; nothing of them is kept.

use axum::http::StatusCode;
use serde_json::{Value, json};

use diachiso_model::{Date, Level, LonLat};
use diachiso_pipeline::Reference;
use diachiso_spatial::{distance::DegreeLength, projected_zone::ZONES, vn2000};
use diachiso_testkit::Rng;

use crate::state::{Server, encoded};

const FILE: &str = "Họ và tên chủ hộ;Số điện thoại;Xã/Phường;Vĩ độ;Kinh độ;Ngày thu thập;Tôn giáo\n\
    nguyễn văn AN;0126 123 4567;Xã Quảng Phú;16,5735;107,5060;12/03/2024;x\n\
    Trần Thị Bé;0905123123;Xã Quảng Phú;16,5736;107,5061;31/02/2024;y\n\
    Cộng thôn;;;;;;\n";

const CHECK: &str = "/api/v1/check?name=phieu.csv&legal_basis=true";

fn rule<'a>(body: &'a Value, code: &str) -> &'a Value {
    body["rules"].as_array().unwrap().iter().find(|r| r["code"] == code).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_file_is_judged_row_by_row_and_every_row_ends_somewhere() {
    let server = Server::published().await;
    let answer = server.post(CHECK, FILE, true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["columns"][3]["field"], "Vĩ độ");
    assert_eq!(body["columns"][6]["sensitive"], true);
    assert_eq!(rule(&body, "N02")["examples"][0]["replacement"], "Nguyễn Văn An");
    assert_eq!(rule(&body, "T01")["severity"], "E");
    assert_eq!(rule(&body, "C02")["findings"], 1);
    let sum: u64 =
        body["verdicts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    let skipped: u64 =
        body["skipped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(
        (body["rows_read"].as_u64().unwrap(), body["verdicts"]["rejected"].as_u64()),
        (sum + skipped, Some(1))
    );
}

#[tokio::test]
async fn columns_are_told_with_values_before_anything_is_judged_and_a_mapping_changes_them() {
    let server = Server::published().await;
    let url = "/api/v1/check/columns?name=phieu.csv";
    let body = server.post(url, FILE, true).await.json();
    let columns = |body: &Value| body["sheets"][0]["columns"].as_array().unwrap().clone();
    let found = columns(&body);
    assert_eq!(found[0]["field"], "head");
    assert_eq!(found[0]["samples"], json!(["nguyễn văn AN", "Trần Thị Bé", "Cộng thôn"]));
    assert_eq!(found[1]["samples"], json!(["0126***567", "0905***123"]), "phones are masked");
    assert_eq!((&found[6]["sensitive"], &found[6]["samples"]), (&json!(true), &json!([])));
    assert!(body["fields"].as_array().unwrap().iter().any(|f| f["key"] == "head"));
    let told = |text: &str| format!("{url}&mapping={}", encoded(text));
    let said = "[columns]\nnote = 7\nphone = false\n";
    let found = columns(&server.post(&told(said), FILE, true).await.json());
    assert_eq!((&found[6]["field"], &found[1]["field"]), (&json!("note"), &Value::Null));
    // Headings that nobody knows: the columns are told all the same, and what lacks.
    let strange =
        "Cột 1;Cột 2;Cột 3;Cột 4;Cột 5\nNguyễn Văn An;Xã Quảng Phú;16,57;107,50;1/3/2024\n";
    let body = server.post(url, strange, true).await.json();
    assert!(body["sheets"][0]["missing"].as_array().unwrap().len() > 1, "{body}");
    assert_eq!(columns(&body)[1]["samples"], json!(["Xã Quảng Phú"]));
    let said = "heading_row = 1\n[columns]\nhead = 1\ncommune = 2\nlatitude = 3\nlongitude = 4\ncollected_on = 5\n";
    let body = server.post(&told(said), strange, true).await.json();
    assert_eq!(body["sheets"][0]["missing"], json!([]), "{body}");
    let checked = format!("{CHECK}&mapping={}", encoded(said));
    let body = server.post(&checked, strange, true).await.json();
    assert_eq!(
        (&body["rows_read"], &body["columns"][0]["field"]),
        (&json!(2), &json!("Họ và tên chủ hộ")),
        "the heading is a row that was read, too"
    );
    for wrong in ["[columns]\nhead = 99\n", "[columns]\nnobody = 1\n"] {
        let answer = server.post(&told(wrong), FILE, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let answer = server.post(&told("[columns"), FILE, true).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn columns_of_a_register_are_told_and_changed_as_those_of_submissions_are() {
    const STRANGE: &str = "Cột 1;Cột 2;Cột 3;Cột 4;Số CCCD\n\
        H1;Võ Thị Lài;Thôn Hà Hải;Xã Quảng Phước;046086012345\n";
    let server = Server::published().await;
    let url = "/api/v1/check/columns?name=ho.csv&kind=register";
    let told = |text: &str| format!("{url}&mapping={}", encoded(text));
    let body = server.post(url, STRANGE, true).await.json();
    let sheet = &body["sheets"][0];
    assert_eq!(
        sheet["missing"],
        json!(["Mã hộ", "Họ và tên chủ hộ", "Thôn/Tổ dân phố", "Xã/Phường"])
    );
    let column = &sheet["columns"][4];
    assert_eq!((&column["sensitive"], &column["samples"]), (&json!(true), &json!([])), "{column}");
    let fields = body["fields"].as_array().unwrap();
    let field = |key: &str| fields.iter().find(|f| f["key"] == key).unwrap_or(&Value::Null);
    assert_eq!(field("latitude"), &Value::Null, "a field of submissions alone");
    assert_eq!(field("closed_on")["required"], false);
    let stand_in = json!({"key": "household_id", "title": "Mã hộ", "required": true, "stand_ins": ["poverty", "decision"]});
    assert_eq!(field("household_id"), &stand_in);
    let said = "heading_row = 1\n[columns]\nhousehold_id = 1\nhead = 2\nvillage = 3\ncommune = 4\n";
    let body = server.post(&told(said), STRANGE, true).await.json();
    let sheet = &body["sheets"][0];
    assert_eq!((&sheet["missing"], &sheet["columns"][2]["field"]), (&json!([]), &json!("village")));
    // A choice is told as it was made, though others are missing still.
    let part = "heading_row = 1\n[columns]\nhousehold_id = 1\n";
    let told_of_part = server.post(&told(part), STRANGE, true).await.json();
    let sheet = &told_of_part["sheets"][0];
    assert_eq!(sheet["columns"][0]["field"], "household_id");
    assert_eq!(sheet["missing"].as_array().unwrap().len(), 3, "{sheet}");
    // A list of the poor has the same columns; submissions have others.
    let poor = told(said).replace("kind=register", "kind=poor");
    assert_eq!(server.post(&poor, STRANGE, true).await.json(), body);
    for (kind, said, words) in [
        ("register", said.replace("household_id = 1", "household_id = 5"), "identity numbers"),
        ("register", "[columns]\nlatitude = 1\n".into(), "household_id"),
        ("submissions", said.into(), "collected_on"),
    ] {
        let url = told(&said).replace("kind=register", &format!("kind={kind}"));
        let answer = server.post(&url, STRANGE, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(!answer.text().contains("046086012345"), "{}", answer.text());
    }
    let url = url.replace("register", "people");
    let answer = server.post(&url, STRANGE, true).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("submissions | register | poor"), "{}", answer.text());
}

#[tokio::test]
async fn every_sheet_of_households_is_read_and_the_others_are_named() {
    let server = Server::published().await;
    let book = std::fs::read(diachiso_testkit::fixture("dirty/files/moi-thon-mot-trang.xlsx"));
    let answer = server.post("/api/v1/check?name=thon.xlsx", book.expect("a workbook"), true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["rows_read"], 16);
    let sheets: Vec<&Value> =
        body["sheets"].as_array().unwrap().iter().map(|s| &s["sheet"]).collect();
    assert_eq!(sheets, ["Thôn Hà Hải", "Thôn Phò Mai"]);
    let unread = json!([
        {"sheet": "Bìa", "rows": 3, "why": "not_data"},
        {"sheet": "Tổng hợp", "rows": 4, "why": "not_data"},
        {"sheet": "Nháp", "rows": 2, "why": "hidden"},
    ]);
    assert_eq!(body["unread_sheets"], unread);
    let shared = &rule(&body, "D02")["examples"][0];
    assert_eq!(shared["rows"], json!([6, 4]));
    assert_eq!(shared["sheets"], json!(["Thôn Hà Hải", "Thôn Phò Mai"]));
}

#[tokio::test]
async fn without_a_token_nothing_is_read() {
    let server = Server::published().await;
    for url in [CHECK, "/api/v1/check/submission"] {
        assert_eq!(server.post(url, FILE, false).await.status, StatusCode::UNAUTHORIZED, "{url}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_with_its_rule() {
    let server = Server::published().await;
    for (body, rule) in [("%PDF-1.7 …", "F01"), ("a;b;c\n1;2;3\n", "F02"), ("", "F01")] {
        let answer = server.post(CHECK, body, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(rule), "{detail}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let server = Server::published().await;
    let long = vec![b'x'; (16 << 20) + 1];
    assert_eq!(server.post(CHECK, long, true).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = vec![b' '; 32 << 10];
    let answer = server.post("/api/v1/check/submission", long, true).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn one_submission_is_judged_with_the_villages_of_the_register() {
    let server = Server::published().await;
    let cells = json!({
        "head": "Nguyễn Văn An", "commune": "Xã Quảng Phú", "village": "Thôn Không Có",
        "phone": "01261234567", "latitude": "16,5735", "longitude": "107,5060",
        "collected_on": "12/03/2024",
    });
    let url = "/api/v1/check/submission?profile=strict&legal_basis=true";
    let answer = server.post(url, cells.to_string(), true).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let body = answer.json();
    let codes: Vec<&str> =
        body["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    for code in ["G01", "P02", "M01"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert_eq!(body["verdict"], "held", "no code is enough to hold in the strict profile");
    assert!(!answer.text().contains("01261234567"), "phones are masked");
}

#[tokio::test]
async fn a_submission_without_coordinates_is_told_where_its_household_is_likely_to_be() {
    let server = Server::published().await;
    let cells = json!({
        "head": "Nguyễn Văn An", "commune": "Xã Quảng Phú", "district": "Huyện Quảng Điền",
        "latitude": "0", "longitude": "0", "collected_on": "12/03/2024",
    });
    let url = "/api/v1/check/submission?legal_basis=true";
    let answer = server.post(url, cells.to_string(), true).await;
    let body = answer.json();
    let findings = body["findings"].as_array().unwrap();
    let g07 = findings.iter().find(|f| f["code"] == "G07").unwrap();
    assert_eq!((&body["verdict"], &g07["suggested"]["precision"]), (&json!("held"), &json!("E")));
    let degrees = |key: &str| g07["suggested"][key].as_f64().unwrap();
    let point = LonLat::new(degrees("lon"), degrees("lat")).unwrap();
    let reference = Reference::load([]).unwrap();
    let on: Date = "2024-03-12".parse().unwrap();
    let commune = reference.boundaries.locate(point, on).unwrap();
    assert_eq!(reference.units.get(commune).full_name(), "Xã Quảng Phú");
    assert!(degrees("radius_m") > 500.0);
    let others = findings.iter().filter(|f| f["code"] != "G07");
    assert!(others.into_iter().all(|f| f.get("suggested").is_none()));
}

#[tokio::test]
async fn what_is_no_submission_is_refused_with_the_columns_that_there_are() {
    let server = Server::published().await;
    for (body, words) in [("[1]", "JSON"), ("{\"ten\": \"x\"}", "head"), ("{\"head\": 1}", "JSON")]
    {
        let answer = server.post("/api/v1/check/submission", body, true).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

const DEVICE: &str = "Hà Thị Mỹ";

/// What one device does to the fix of its nth house.
type Deed = fn(usize, LonLat) -> (String, String);

fn honest(_: usize, fix: LonLat) -> (String, String) {
    (format!("{:.6}", fix.lat()), format!("{:.6}", fix.lon()))
}

fn shifted(nth: usize, fix: LonLat) -> (String, String) {
    honest(nth, vn2000::wgs84_to_geographic(fix))
}

fn in_another_zone(_: usize, fix: LonLat) -> (String, String) {
    let (easting, northing) = ZONES[1].from_wgs84(fix);
    (format!("{northing:.2}"), format!("{easting:.2}"))
}

/// Three of every twelve houses bear one fix.
fn copied(nth: usize, fix: LonLat) -> (String, String) {
    if nth % 12 < 3 {
        let of = |degrees: f64| format!("{:.6}", degrees + (nth / 12) as f64 * 1e-3);
        (of(16.573_412), of(107.506_127))
    } else {
        honest(nth, fix)
    }
}

fn moved(from: LonLat, east_m: f64, north_m: f64) -> LonLat {
    let degree = DegreeLength::at(from.lat());
    LonLat::new(from.lon() + east_m / degree.lon_m, from.lat() + north_m / degree.lat_m)
        .expect("in the province")
}

/// Middles of six villages of Quảng Phú.
fn villages(rng: &mut Rng) -> Vec<LonLat> {
    const ON: Date = Date::constant(2024, 3, 12);
    let reference = Reference::load([]).expect("reference data");
    let mut communes = reference.units.on(Level::Commune, ON);
    let (commune, _) = communes.find(|(_, u)| u.full_name() == "Xã Quảng Phú").expect("a commune");
    let inside = |point| reference.boundaries.locate(point, ON) == Some(commune);
    let anywhere = || {
        LonLat::new(rng.between(107.3, 107.7), rng.between(16.4, 16.7)).expect("in the province")
    };
    let around = [(0.0, 200.0), (200.0, 0.0), (0.0, -200.0), (-200.0, 0.0)];
    std::iter::repeat_with(anywhere)
        .filter(|at| around.iter().all(|(e, n)| inside(moved(*at, *e, *n))))
        .take(6)
        .collect()
}

/// Every fourth house is visited by one device, the others by two people a village.
fn file(deed: Deed) -> String {
    let mut rng = Rng::new(3);
    let mut rows =
        "Họ và tên chủ hộ;Số nhà;Thôn;Xã/Phường;Vĩ độ;Kinh độ;Người thu thập;Ngày thu thập\n"
            .to_owned();
    let mut nth = 0;
    for (village, middle) in villages(&mut rng).into_iter().enumerate() {
        for house in 0..48 {
            let mut off_m = || rng.between(-150.0, 150.0);
            let fix = moved(middle, off_m(), off_m());
            let own = house % 4 == 0;
            let (lat, lon) = if own { deed(nth, fix) } else { honest(nth, fix) };
            nth += usize::from(own);
            let who = if own {
                DEVICE.to_owned()
            } else {
                format!("Trần Văn {village}.{}", house % 2)
            };
            let (head, number) = (["Võ Thị An", "Lê Văn Ba", "Đỗ Tám"][house % 3], house + 1);
            let row = format!(
                "{head} {village} {house};{number};Thôn {village};Xã Quảng Phú;{lat};{lon};{who};12/03/2024\n"
            );
            rows.push_str(&row);
        }
    }
    rows
}

#[tokio::test]
async fn what_one_device_did_to_all_rows_is_proposed_in_the_shape_of_a_run() {
    let server = Server::published().await;
    for (kind, deed) in
        [("datum", shifted as Deed), ("zone", in_another_zone), ("copied_fix", copied)]
    {
        let body = server.post(CHECK, file(deed), true).await.json();
        let found = body["proposals"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{kind}: {found:#?}");
        let p = &found[0];
        assert_eq!(
            (&p["kind"], &p["collector"], &p["status"]),
            (&json!(kind), &json!(DEVICE), &json!("open"))
        );
        assert!(p["confidence"].as_f64() > Some(0.9) && p["votes"].as_u64() > Some(10), "{p}");
        let id = p["id"].as_str().unwrap();
        assert!(p["advice_vi"].as_str().unwrap().contains(&format!("diachiso decide {id}")));
        // Nothing less than what a proposal of a run has.
        let of_run = server.get_with_token("/api/v1/proposals").await.json();
        for key in of_run["proposals"][0].as_object().unwrap().keys() {
            assert!(p.get(key).is_some(), "{key} in {p}");
        }
        if kind == "datum" {
            assert!((150.0..300.0).contains(&p["shift_m"].as_f64().unwrap()), "{p}");
            assert!((-90.0..-30.0).contains(&p["azimuth_deg"].as_f64().unwrap()), "{p}");
        }
    }
}

#[tokio::test]
async fn honest_rows_give_no_proposal_and_the_answer_says_what_they_were_compared_with() {
    let server = Server::published().await;
    let body = server.post(CHECK, file(honest), true).await.json();
    assert_eq!(body["proposals"], json!([]));
    let compared = &body["compared_with"];
    assert_eq!((&compared["schematic_communes"], &compared["villages"]), (&json!(1), &json!(6)));
    assert!(
        compared["vi"].as_str().unwrap().contains("không xét điểm đã nhận từ trước"),
        "{compared}"
    );
}
