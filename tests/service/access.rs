//! Every route, every role, inside and outside the scope: none forgotten.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use yiren::service::access::Role;
use yiren::service::gate::{Access, RULES};
use yiren::service::routes::document;

use super::running::{Desk, NAME, NUMBER, Told, fields};

use Role::{Admin, Approver, Auditor, Investigator, Loader, Steward};

/// What is asked for on a route, and who gets it.
struct Row {
    method: &'static str,
    path: &'static str,
    /// The address and the body; made anew for each call.
    call: fn(&Known) -> (String, Option<Value>),
    roles: &'static [Role],
    /// Status for those who may, of what is inside their scope, and of what is outside.
    inside: u16,
    outside: u16,
}

/// What is in the store: a record of Shanghai, and what follows from it.
struct Known {
    entity: String,
    finding: String,
    verdict: String,
}

const ROWS: &[Row] = &[
    Row {
        method: "GET",
        path: "/healthz",
        call: |_| ("/healthz".into(), None),
        roles: &Role::ALL,
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/readyz",
        call: |_| ("/readyz".into(), None),
        roles: &Role::ALL,
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/openapi.json",
        call: |_| ("/openapi.json".into(), None),
        roles: &Role::ALL,
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/metrics",
        call: |_| ("/metrics".into(), None),
        roles: &[Auditor, Admin],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/overlap",
        call: |_| ("/v1/overlap".into(), Some(overlap())),
        roles: &[Approver, Investigator],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/overlap/batch",
        call: |_| ("/v1/overlap/batch".into(), Some(batch())),
        roles: &[Approver, Investigator],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/records",
        call: |_| ("/v1/records".into(), Some(record())),
        roles: &[Loader],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/records/bulk",
        call: |_| ("/v1/records/bulk".into(), Some(line())),
        roles: &[Loader],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/records/{source}/{record_id}",
        call: |_| ("/v1/records/dibao/D1".into(), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "PUT",
        path: "/v1/records/{source}/{record_id}",
        call: |_| {
            (
                "/v1/records/dibao/D1".into(),
                Some(json!({ "fields": fields("310115") })),
            )
        },
        roles: &[Loader],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "DELETE",
        path: "/v1/records/{source}/{record_id}",
        call: |_| ("/v1/records/dibao/D9".into(), None),
        roles: &[Loader],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "GET",
        path: "/v1/entities/{id}",
        call: |known| (format!("/v1/entities/{}", known.entity), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/entities/{id}/history",
        call: |known| (format!("/v1/entities/{}/history", known.entity), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/entities/{id}/network",
        call: |known| (format!("/v1/entities/{}/network", known.entity), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/search",
        call: |_| ("/v1/search?text=1962".into(), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/search",
        call: |_| ("/v1/search".into(), Some(json!({ "text": "1962" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/show",
        call: |_| ("/v1/show".into(), Some(json!({ "who": "dibao:D1" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "POST",
        path: "/v1/why",
        call: |_| {
            (
                "/v1/why".into(),
                Some(json!({ "a": "dibao:D1", "b": "tekun:T1" })),
            )
        },
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/how",
        call: |_| ("/v1/how".into(), Some(json!({ "who": "dibao:D1" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/network",
        call: |_| ("/v1/network".into(), Some(json!({ "who": "dibao:D1" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/paths",
        call: |_| {
            (
                "/v1/paths".into(),
                Some(json!({ "a": "dibao:D1", "b": "dibao:D2" })),
            )
        },
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 403,
    },
    // These are of the whole country.
    Row {
        method: "POST",
        path: "/v1/timeline",
        call: |_| ("/v1/timeline".into(), Some(json!({ "who": "dibao:D1" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 403,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/matrix",
        call: |_| ("/v1/matrix".into(), Some(json!({ "by": "programme" }))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 403,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/matrix/persons",
        call: |_| {
            (
                "/v1/matrix/persons".into(),
                Some(json!({ "by": "programme", "cell": ["dibao", "tekun"] })),
            )
        },
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 403,
        outside: 403,
    },
    Row {
        method: "POST",
        path: "/v1/explain",
        call: |_| ("/v1/explain".into(), Some(pair(None))),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "GET",
        path: "/v1/findings",
        call: |_| ("/v1/findings".into(), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/findings/{id}",
        call: |known| (format!("/v1/findings/{}", known.finding), None),
        roles: &[Approver, Investigator, Steward, Auditor],
        inside: 200,
        outside: 404,
    },
    Row {
        method: "PATCH",
        path: "/v1/findings/{id}",
        call: |known| {
            // Somebody else each time, as what changes nothing is refused.
            static CALLS: AtomicUsize = AtomicUsize::new(0);
            let assignee = format!("Li {}", CALLS.fetch_add(1, Ordering::Relaxed));
            (
                format!("/v1/findings/{}", known.finding),
                Some(json!({ "assignee": assignee })),
            )
        },
        roles: &[Investigator],
        inside: 200,
        outside: 404,
    },
    Row {
        method: "POST",
        path: "/v1/findings/export",
        call: |known| {
            (
                "/v1/findings/export".into(),
                Some(json!({ "ids": [known.finding], "purpose": "case 7" })),
            )
        },
        roles: &[Investigator],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "GET",
        path: "/v1/reviews/next",
        call: |_| ("/v1/reviews/next".into(), None),
        roles: &[Investigator, Steward],
        inside: 200,
        outside: 404,
    },
    Row {
        method: "POST",
        path: "/v1/verdicts",
        call: |_| ("/v1/verdicts".into(), Some(pair(Some("same")))),
        roles: &[Investigator, Steward],
        inside: 200,
        outside: 403,
    },
    Row {
        method: "DELETE",
        path: "/v1/verdicts/{id}",
        call: |known| (format!("/v1/verdicts/{}", known.verdict), None),
        roles: &[Investigator, Steward],
        inside: 200,
        outside: 403,
    },
    // A sweep is of the whole country.
    Row {
        method: "POST",
        path: "/v1/sweeps",
        call: |_| ("/v1/sweeps".into(), None),
        roles: &[Steward, Admin],
        inside: 403,
        outside: 403,
    },
    Row {
        method: "GET",
        path: "/v1/sweeps/{id}",
        call: |_| ("/v1/sweeps/1".into(), None),
        roles: &[Steward, Admin],
        inside: 200,
        outside: 200,
    },
    Row {
        method: "GET",
        path: "/v1/changes",
        call: |_| ("/v1/changes".into(), None),
        roles: &[Loader, Auditor, Admin],
        inside: 200,
        outside: 200,
    },
];

fn overlap() -> Value {
    json!({ "applicant": { "name": NAME, "national_id": NUMBER }, "programme": "tekun", "purpose": "test" })
}

fn batch() -> Value {
    json!({ "applicants": [{ "applicant": { "name": NAME, "national_id": NUMBER }, "programme": "tekun" }], "purpose": "test" })
}

fn record() -> Value {
    json!({ "source": "dibao", "record_id": "D1", "fields": fields("310115") })
}

fn line() -> Value {
    let mut line = fields("310115");
    line["source"] = "dibao".into();
    line["record_id"] = "D1".into();
    line
}

fn pair(verdict: Option<&str>) -> Value {
    let mut pair = json!({ "a": { "source": "dibao", "record_id": "D1" }, "b": { "source": "tekun", "record_id": "T1" } });
    if let Some(verdict) = verdict {
        pair["verdict"] = verdict.into();
        pair["why"] = "test".into();
    }
    pair
}

#[test]
fn every_route_has_a_rule_a_row_and_a_description() {
    let name = |method: &str, path: &str| format!("{method} {path}");
    let rules: BTreeSet<String> = RULES
        .iter()
        .map(|rule| name(rule.method.as_str(), rule.path))
        .collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| name(row.method, row.path)).collect();
    assert_eq!(rules, rows, "rules and rows");
    let document = serde_json::to_value(document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert(name(&method.to_uppercase(), path));
            let rule = RULES.iter().find(|rule| {
                rule.path == path && rule.method.as_str().eq_ignore_ascii_case(method)
            });
            let is_public = rule.is_some_and(|rule| rule.access == Access::Public);
            assert_eq!(
                operation["security"].is_null(),
                is_public,
                "{method} {path}"
            );
        }
    }
    assert_eq!(rules, described, "rules and the document");
}

#[test]
fn every_route_answers_those_who_may_and_nobody_else() {
    let desk = Desk::new();
    let loader = desk.key(Loader, &[], &[]);
    let put = |path: &str, fields: Value| {
        let told = desk.send(
            Some(&loader),
            "PUT",
            path,
            &[],
            Some(&json!({ "fields": fields })),
        );
        assert_eq!(told.status, 200, "{told:?}");
        told
    };
    put("/v1/records/dibao/D1", fields("310115"));
    let told = put("/v1/records/tekun/T1", fields("310115"));
    let known = Known {
        entity: told.body["entity"].as_str().unwrap().to_string(),
        finding: told.body["findings"][0].as_str().unwrap().to_string(),
        verdict: String::new(),
    };
    // Someone like him, of whom nobody has said who that is.
    let alike = json!({ "name": "李娜", "birth_date": "1988-01-20", "hukou_division": "371721", "office_division": "310115" });
    put("/v1/records/dibao/D2", alike.clone());
    put("/v1/records/medical/M2", alike);

    // Callers of all roles and scopes.
    let scopes: [(&str, &[&str]); 3] = [("whole", &[]), ("inside", &["31"]), ("outside", &["44"])];
    let steward = desk.key(Steward, &[], &[]);
    let swept = desk.send(Some(&steward), "POST", "/v1/sweeps", &[], None);
    assert_eq!(swept.status, 202, "{swept:?}");
    let judge = || {
        let told = desk.send(
            Some(&steward),
            "POST",
            "/v1/verdicts",
            &[],
            Some(&pair(Some("same"))),
        );
        assert_eq!(told.status, 200, "{told:?}");
        told.body["id"].as_str().unwrap().to_string()
    };
    let verdict = judge();
    let known = Known { verdict, ..known };
    let keys: Vec<(Role, &str, String)> = Role::ALL
        .into_iter()
        .flat_map(|role| {
            scopes.map(|(name, divisions)| (role, name, desk.key(role, divisions, &[])))
        })
        .collect();
    for row in ROWS {
        let is_public = RULES
            .iter()
            .any(|rule| rule.path == row.path && rule.access == Access::Public);
        for (role, scope, key) in &keys {
            // What a call before has taken away.
            put("/v1/records/dibao/D9", fields("310115"));
            judge();
            let (path, body) = (row.call)(&known);
            let told = desk.send(Some(key), row.method, &path, &[], body.as_ref());
            let what = format!(
                "{} {} as {role} of {scope}: {}",
                row.method, row.path, told.text
            );
            let expected = match (row.roles.contains(role), *scope) {
                (false, _) => 403,
                (true, "whole") if row.path == "/v1/sweeps" => {
                    // One may be under way.
                    assert!(matches!(told.status, 202 | 409), "{what}");
                    continue;
                }
                // Only keys without a scope get these.
                (true, "whole") if row.inside == 403 => 200,
                (true, "whole") => row.inside.min(202),
                (true, "inside") => row.inside,
                (true, _) => row.outside,
            };
            assert_eq!(told.status, expected, "{what}");
            if *scope == "outside" && !is_public {
                tells_nothing(&told, &what);
            }
        }
        let (path, body) = (row.call)(&known);
        for key in [
            None,
            Some("yiren_000000000000_0"),
            Some("nonsense"),
            Some("a.b.c"),
        ] {
            let told = desk.send(key, row.method, &path, &[], body.as_ref());
            assert_eq!(
                told.status,
                if is_public { row.inside } else { 401 },
                "{} {}",
                row.method,
                row.path
            );
        }
    }
    desk.stop();
}

/// A caller of elsewhere learns no name, number, address or record of ours.
fn tells_nothing(told: &Told, what: &str) {
    for personal in ["欧阳", "1962-05", NUMBER, "骆家庄", "D1\"", "李娜"] {
        assert!(!told.text.contains(personal), "{personal} in {what}");
    }
}

#[test]
fn a_caller_of_elsewhere_learns_that_there_is_an_enrolment_and_whom_to_call() {
    let desk = Desk::new();
    let loader = desk.key(Loader, &[], &[]);
    let body = json!({ "fields": fields("310115") });
    assert_eq!(
        desk.send(
            Some(&loader),
            "PUT",
            "/v1/records/dibao/D1",
            &[],
            Some(&body)
        )
        .status,
        200
    );
    let ask = |key: &str, unmasked: bool| {
        let mut asked = overlap();
        asked["unmasked"] = unmasked.into();
        asked["as_of"] = "2026-06-30".into();
        desk.send(Some(key), "POST", "/v1/overlap", &[], Some(&asked))
    };
    let elsewhere = ask(&desk.key(Approver, &["44"], &[]), true);
    let record = &elsewhere.body["people"][0]["records"][0];
    assert_eq!(elsewhere.body["decision"], "same_person");
    assert_eq!(record["outside_scope"], true);
    assert_eq!(
        (
            &record["office"],
            &record["enrolment"]["programme"],
            &record["enrolment"]["start"]
        ),
        (&json!("310115"), &json!("dibao"), &json!("2024-01-01"))
    );
    assert_eq!(
        (&record["record_id"], &record["fields"]),
        (&json!(""), &json!({}))
    );
    assert_eq!(elsewhere.body["findings"][0]["with"], "dibao");

    let here = desk.key(Approver, &["3101"], &[]);
    let masked = ask(&here, false);
    let shown = &masked.body["people"][0]["records"][0]["fields"];
    assert_eq!(
        (&shown["name"], &shown["national_id"]),
        (&json!("欧**春"), &json!("110***********0010"))
    );
    assert!(!masked.text.contains(NUMBER) && !masked.text.contains(NAME));
    let whole = ask(&here, true);
    assert_eq!(
        whole.body["people"][0]["records"][0]["fields"]["name"],
        NAME
    );

    // A key for one programme asks for that programme.
    let of_medical = desk.key(Approver, &[], &["medical"]);
    assert_eq!(ask(&of_medical, false).body["code"], "out_of_scope");
    // Whole values are for those who may, and for a purpose.
    let auditor = desk.key(Auditor, &[], &[]);
    let told = desk.send(
        Some(&auditor),
        "GET",
        "/v1/records/dibao/D1?unmasked=true",
        &[("yiren-purpose", "test")],
        None,
    );
    assert_eq!(told.body["code"], "forbidden");
    let investigator = desk.key(Investigator, &[], &[]);
    let told = desk.send(
        Some(&investigator),
        "GET",
        "/v1/records/dibao/D1?unmasked=true",
        &[],
        None,
    );
    assert_eq!(told.body["code"], "purpose_missing");
    let told = desk.send(
        Some(&investigator),
        "GET",
        "/v1/records/dibao/D1?unmasked=true",
        &[("yiren-purpose", "case 12")],
        None,
    );
    assert_eq!(told.body["fields"]["name"], NAME);

    // All of that is in the audit once the service has stopped, by name, with the purpose.
    let folder = desk.stop();
    let store =
        yiren::store::Store::open(&folder.path().join("store"), &Default::default()).unwrap();
    let view = store.view();
    assert!(view.looks(1).unwrap().is_empty());
    let (last, _) = view.commit().unwrap();
    let entries = (1..=last)
        .filter_map(|commit| view.audit(commit).unwrap())
        .filter(|entry| entry.action == "looks");
    let looks: Vec<Value> = entries
        .flat_map(|entry| entry.detail.as_array().unwrap().clone())
        .collect();
    let count = |what: &str, unmasked: bool| {
        looks
            .iter()
            .filter(|look| look["what"] == what && look["unmasked"] == unmasked)
            .count()
    };
    assert_eq!(
        (
            count("overlap", true),
            count("overlap", false),
            count("record", true)
        ),
        (2, 1, 1)
    );
    assert!(looks.iter().any(|look| look["purpose"] == "case 12"
        && look["actor"] == "investigator"
        && look["shown"] == json!(["dibao:D1"])));
    let text = serde_json::to_string(&looks).unwrap();
    assert!(!text.contains(NAME) && !text.contains(NUMBER));
    assert!(view.check().unwrap().faults.is_empty());
}
