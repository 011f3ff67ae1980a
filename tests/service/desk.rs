//! The looks of the desk: what a caller of one county sees of another's records, what is masked,
//! and what is noted.

use serde_json::{Value, json};
use yiren::service::access::Role;
use yiren::store::Store;

use super::running::{Desk, NAME, NUMBER, Told, fields};

const OURS: &str = "13705641234";
const THEIRS: &str = "13911112222";

/// The person of [`fields`] in Dibao in Shanghai and, under another spelling and telephone, in Tekun
/// in Guangdong; who shares the one telephone or the other with them in either place.
fn two_counties() -> (Desk, String) {
    let desk = Desk::new();
    let loader = desk.key(Role::Loader, &[], &[]);
    let put = |name: &str, fields: Value| {
        let path = format!("/v1/records/{name}");
        let body = json!({ "fields": fields });
        let told = desk.send(Some(&loader), "PUT", &path, &[], Some(&body));
        assert_eq!(told.status, 200, "{told:?}");
        told.body["entity"].as_str().unwrap().to_string()
    };
    let mut here = fields("310115");
    here["phone"] = OURS.into();
    let mut there = fields("440106");
    (there["phone"], there["name"]) = (THEIRS.into(), "欧阳健春".into());
    let other = |name: &str, born: &str, office: &str, phone: &str| {
        json!({
            "name": name, "birth_date": born, "phone": phone, "office_division": office,
            "start_date": "2025-01-01", "status": "active", "household_id": format!("{office}77"),
        })
    };
    let entity = put("dibao/D1", here);
    assert_eq!(put("tekun/T1", there), entity, "one person");
    put("dibao/D6", other("王芳", "1970-03-04", "310115", OURS));
    put("dibao/D7", other("李雷", "1980-05-06", "440106", OURS));
    put("dibao/D8", other("李娜", "1990-07-08", "440106", THEIRS));
    (desk, entity)
}

/// Nothing that only Guangdong's records say.
fn tells_nothing_of_theirs(told: &Told) {
    for theirs in [
        "健春", THEIRS, "李雷", "李娜", "tekun:", "D7", "D8", "44010677",
    ] {
        assert!(!told.text.contains(theirs), "{theirs} in {}", told.text);
    }
}

fn post(desk: &Desk, key: &str, path: &str, body: Value) -> Told {
    desk.send(Some(key), "POST", path, &[], Some(&body))
}

/// A body that asks for whole values.
fn whole(mut body: Value) -> Value {
    body["unmasked"] = true.into();
    body["purpose"] = "test".into();
    body
}

#[test]
fn a_county_sees_of_another_that_there_is_an_enrolment_since_when_and_the_office() {
    let (desk, entity) = two_counties();
    let ours = desk.key(Role::Investigator, &["31"], &[]);
    let all = desk.key(Role::Investigator, &[], &[]);
    let shown = post(
        &desk,
        &ours,
        "/v1/show",
        whole(json!({ "who": "dibao:D1", "as_of": "2026-06-30" })),
    );
    tells_nothing_of_theirs(&shown);
    let person = &shown.body["entity"];
    let outside = &person["records"][1];
    assert_eq!(
        (
            &outside["source"],
            &outside["record_id"],
            &outside["outside_scope"]
        ),
        (&json!("tekun"), &json!(""), &json!(true)),
        "{}",
        shown.text
    );
    assert_eq!(
        outside["cells"],
        json!({ "start_date": "2024-01-01", "office_division": "440106" })
    );
    assert_eq!(person["records"][0]["cells"]["name"], NAME);
    assert_eq!(shown.header("yiren-reduced"), Some("scope"));
    // What they are part of with ours is a finding of ours; golden values are of ours alone.
    assert_eq!(
        person["findings"][0]["records"],
        json!(["dibao:D1", "tekun"])
    );
    let golden = person["golden"].as_array().unwrap();
    assert!(
        golden.iter().all(|golden| golden["of"] == 1),
        "{}",
        shown.text
    );
    // By the record of theirs as well.
    let by_theirs = post(
        &desk,
        &ours,
        "/v1/show",
        whole(json!({ "who": "tekun:T1" })),
    );
    assert_eq!(by_theirs.body["entity"]["id"], entity.as_str());
    tells_nothing_of_theirs(&by_theirs);
    let seen = post(&desk, &all, "/v1/show", whole(json!({ "who": "dibao:D1" })));
    assert!(seen.text.contains("健春") && seen.header("yiren-reduced").is_none());

    for path in [
        "/v1/network",
        &format!("/v1/entities/{entity}/network?unmasked=true&depth=2"),
    ] {
        let told = match path {
            "/v1/network" => post(
                &desk,
                &ours,
                path,
                whole(json!({ "who": "dibao:D1", "depth": 2 })),
            ),
            path => desk.send(Some(&ours), "GET", path, &[("yiren-purpose", "test")], None),
        };
        tells_nothing_of_theirs(&told);
        assert!(
            told.text.contains(OURS) && told.text.contains("王芳"),
            "{}",
            told.text
        );
        let persons = told.body["persons"].as_array().unwrap();
        assert_eq!(
            persons.len(),
            4,
            "they count, without a name: {}",
            told.text
        );
    }
    let tied = post(
        &desk,
        &ours,
        "/v1/paths",
        whole(json!({ "a": "dibao:D1", "b": "dibao:D6" })),
    );
    assert_eq!(
        tied.body["chains"][0][0]["values"][0]["text"], OURS,
        "{}",
        tied.text
    );
    tells_nothing_of_theirs(&tied);
    let why = post(
        &desk,
        &ours,
        "/v1/why",
        whole(json!({ "a": entity, "b": "dibao:D6" })),
    );
    assert_eq!(
        why.body["records"],
        json!(["dibao:D1", "dibao:D6"]),
        "{}",
        why.text
    );
    tells_nothing_of_theirs(&why);

    for (path, body) in [
        ("/v1/why", json!({ "a": "dibao:D1", "b": "tekun:T1" })),
        ("/v1/how", json!({ "who": "dibao:D1" })),
        ("/v1/network", json!({ "who": "dibao:D8" })),
        ("/v1/paths", json!({ "a": "dibao:D1", "b": "dibao:D8" })),
        ("/v1/timeline", json!({ "who": "dibao:D1" })),
        ("/v1/matrix", json!({ "by": "county" })),
        (
            "/v1/matrix/persons",
            json!({ "by": "county", "cell": ["310115", "440106"] }),
        ),
    ] {
        let told = post(&desk, &ours, path, body.clone());
        assert_eq!(
            (told.status, &told.body["code"]),
            (403, &json!("out_of_scope")),
            "{path}"
        );
        tells_nothing_of_theirs(&told);
        assert_eq!(post(&desk, &all, path, body).status, 200, "{path}");
    }
    desk.stop();
}

#[test]
fn values_are_masked_without_a_purpose_and_looks_are_noted_with_it() {
    let (desk, _) = two_counties();
    let key = desk.key(Role::Investigator, &[], &[]);
    let auditor = desk.key(Role::Auditor, &[], &[]);
    let routes = [
        ("/v1/show", json!({ "who": "dibao:D1" })),
        ("/v1/why", json!({ "a": "dibao:D1", "b": "tekun:T1" })),
        ("/v1/how", json!({ "who": "dibao:D1" })),
        (
            "/v1/network",
            json!({ "who": "dibao:D1", "addresses": true }),
        ),
        (
            "/v1/paths",
            json!({ "a": "dibao:D1", "b": "dibao:D8", "addresses": true }),
        ),
        ("/v1/timeline", json!({ "who": "dibao:D1" })),
        ("/v1/matrix", json!({ "by": "programme" })),
        (
            "/v1/matrix/persons",
            json!({ "by": "programme", "cell": ["dibao", "tekun"] }),
        ),
    ];
    // 举报核查
    let purpose = [(
        "Yiren-Purpose",
        "UTF-8''%E4%B8%BE%E6%8A%A5%E6%A0%B8%E6%9F%A5",
    )];
    for (path, body) in &routes {
        let masked = desk.send(Some(&key), "POST", path, &[], Some(body));
        assert_eq!(masked.status, 200, "{path} {}", masked.text);
        for whole in [NAME, "健春", NUMBER, "1962-05-07", OURS, THEIRS, "骆家庄"] {
            assert!(
                !masked.text.contains(whole),
                "{path}: {whole} in {}",
                masked.text
            );
        }
        let mut asked = body.clone();
        asked["unmasked"] = true.into();
        let told = desk.send(Some(&key), "POST", path, &[], Some(&asked));
        assert_eq!(told.body["code"], "purpose_missing", "{path}");
        let told = desk.send(Some(&auditor), "POST", path, &purpose, Some(&asked));
        assert_eq!(told.body["code"], "forbidden", "{path}");
        let told = desk.send(Some(&key), "POST", path, &purpose, Some(&asked));
        assert_eq!(told.status, 200, "{path} {}", told.text);
        let holds_values = !matches!(*path, "/v1/how" | "/v1/matrix");
        assert_eq!(
            told.text != masked.text,
            holds_values,
            "{path} {}",
            told.text
        );
    }
    let wrong = desk.send(
        Some(&key),
        "POST",
        "/v1/show",
        &[("Yiren-Purpose", "UTF-8''%E4%B8")],
        Some(&json!({ "who": "dibao:D1" })),
    );
    assert_eq!(wrong.body["code"], "invalid_header");
    for (path, body, status) in [
        ("/v1/show", json!({ "who": "dibao:none" }), 404),
        ("/v1/show", json!({ "who": "nobody" }), 422),
        (
            "/v1/show",
            json!({ "who": "dibao:D1", "known_at": "2000-01-01" }),
            404,
        ),
        ("/v1/how", json!({ "who": "E8DTH1JD5YNCE6G26" }), 404),
        ("/v1/why", json!({ "a": "dibao:D1", "b": "dibao:D1" }), 404),
        ("/v1/network", json!({ "who": "dibao:D1", "depth": 7 }), 400),
        (
            "/v1/paths",
            json!({ "a": "dibao:D1", "b": "dibao:D6", "depth": 13 }),
            400,
        ),
        ("/v1/matrix", json!({ "by": "weather" }), 400),
        (
            "/v1/matrix/persons",
            json!({ "by": "county", "cell": ["1", "2"], "limit": 10_001 }),
            400,
        ),
    ] {
        let told = post(&desk, &key, path, body);
        assert_eq!(told.status, status, "{path} {}", told.text);
    }

    let folder = desk.stop();
    let store = Store::open(&folder.path().join("store"), &Default::default()).unwrap();
    let view = store.view();
    let (last, _) = view.commit().unwrap();
    let entries = (1..=last).filter_map(|commit| view.audit(commit).unwrap());
    let looks: Vec<Value> = entries
        .filter(|entry| entry.action == "looks")
        .flat_map(|entry| entry.detail.as_array().unwrap().clone())
        .collect();
    for (path, _) in &routes {
        let what = path.trim_start_matches("/v1/").split('/').next().unwrap();
        let of = |unmasked: bool, purpose: &str| {
            looks.iter().any(|look| {
                look["what"] == what && look["unmasked"] == unmasked && look["purpose"] == purpose
            })
        };
        assert!(of(false, "") && of(true, "举报核查"), "{what}");
    }
    let text = serde_json::to_string(&looks).unwrap();
    assert!(!text.contains(NAME) && !text.contains(NUMBER));
}

#[test]
fn a_search_takes_several_sources_by_any_name() {
    let (desk, _) = two_counties();
    let key = desk.key(Role::Investigator, &[], &[]);
    desk.app.search.keep_up(&desk.app.store.view()).unwrap();
    let find = |body: Value| {
        let told = post(&desk, &key, "/v1/search", body);
        assert_eq!(told.status, 200, "{}", told.text);
        told.body["total"].as_u64().unwrap()
    };
    for (source, found) in [
        (json!("dibao"), 4),
        (json!("低保"), 4),
        (json!(["dibao", "tekun"]), 5),
        (json!([]), 5),
        (json!("medical"), 0),
    ] {
        let asked = json!({ "source": source, "born": "1950-1999" });
        assert_eq!(find(asked), found, "{source}");
    }
    let ours = desk.key(Role::Investigator, &["31"], &[]);
    let told = post(&desk, &ours, "/v1/search", json!({ "born": "1950-1999" }));
    assert_eq!(told.body["total"], 2);
    tells_nothing_of_theirs(&told);
    desk.stop();
}
