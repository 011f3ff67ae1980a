//! Findings over HTTP: which are listed, and the steps that due process allows.

use serde_json::{Value, json};
use yiren::service::access::Role;

use super::running::{Desk, NAME, Told, fields};

/// Someone in Dibao in Shanghai and in Tekun in Jiangsu: one finding.
fn one_finding(desk: &Desk) -> String {
    let loader = desk.key(Role::Loader, &[], &[]);
    let put = |path: &str, office: &str| {
        let body = json!({ "fields": fields(office) });
        desk.send(Some(&loader), "PUT", path, &[], Some(&body))
    };
    put("/v1/records/dibao/D1", "310115");
    let told = put("/v1/records/tekun/T1", "320102");
    told.body["findings"][0].as_str().unwrap().to_string()
}

fn code(told: &Told) -> (u16, &str) {
    (told.status, told.body["code"].as_str().unwrap_or_default())
}

#[test]
fn a_case_takes_the_steps_that_due_process_allows_and_no_others() {
    let desk = Desk::new();
    let id = one_finding(&desk);
    let key = desk.key(Role::Investigator, &[], &[]);
    let path = format!("/v1/findings/{id}");
    let say = |body: &Value| desk.send(Some(&key), "PATCH", &path, &[], Some(body));
    // What is said, and the status that it comes to or what the refusal names.
    let steps = [
        (
            json!({ "status": "confirmed", "why": "paid twice" }),
            "no such step",
        ),
        (json!({ "status": "under_review" }), "say why"),
        (json!({ "assignee": "Li" }), "open"),
        (json!({ "assignee": "Li" }), "nothing would be otherwise"),
        (
            json!({ "status": "under_review", "why": "seen in the list" }),
            "under_review",
        ),
        (
            json!({ "status": "confirmed", "why": "paid twice" }),
            "(notified)",
        ),
        (
            json!({ "why": "letter", "notified": "2024-05-01", "respond_by": "2099-05-31" }),
            "under_review",
        ),
        (
            json!({ "status": "confirmed", "why": "paid twice" }),
            "may answer until 2099-05-31",
        ),
        (
            json!({ "why": "came in", "answered": "2099-05-10" }),
            "still to come",
        ),
        (json!({ "status": "resolved", "why": "x" }), "no such step"),
        (
            json!({ "status": "confirmed", "why": "paid twice", "answered": "2024-05-20" }),
            "confirmed",
        ),
        (json!({ "status": "dismissed", "why": "x" }), "no such step"),
        (
            json!({ "status": "resolved", "why": "Tekun ended" }),
            "resolved",
        ),
        (
            json!({ "status": "under_review", "why": "objection" }),
            "under_review",
        ),
        (
            json!({ "status": "dismissed", "why": "two grants were allowed" }),
            "dismissed",
        ),
    ];
    for (body, expected) in &steps {
        let told = say(body);
        let is_refused = expected.contains(' ') || expected.starts_with('(');
        match is_refused {
            false => assert_eq!(
                (told.status, &told.body["status"]),
                (200, &json!(expected)),
                "{body}"
            ),
            true => {
                assert_eq!(code(&told), (409, "step_refused"), "{body}");
                let detail = told.body["detail"].as_str().unwrap();
                assert!(detail.contains(expected), "{body}: {detail}");
            }
        }
    }
    for (body, expected) in [
        (
            json!({ "status": "gone", "why": "x" }),
            (422, "invalid_field"),
        ),
        (
            json!({ "why": "x", "notified": "soon" }),
            (422, "invalid_field"),
        ),
        (
            json!({ "why": "a\nb", "status": "under_review" }),
            (422, "invalid_field"),
        ),
        (json!({ "reason": "x" }), (400, "invalid_body")),
    ] {
        assert_eq!(code(&say(&body)), expected, "{body}");
    }
    let shown = desk.send(Some(&key), "GET", &path, &[], None);
    let history = shown.body["history"].as_array().unwrap();
    let told = history.iter().map(|step| step["status"].as_str().unwrap());
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "open",
            "under_review",
            "under_review",
            "confirmed",
            "resolved",
            "under_review",
            "dismissed"
        ]
    );
    assert_eq!(
        (
            &history[3]["notified"],
            &history[3]["answered"],
            &history[5]["notified"]
        ),
        (&json!("2024-05-01"), &json!("2024-05-20"), &json!(""))
    );
    assert_eq!(
        (
            &shown.body["basis"]["checked"],
            &shown.body["rule"],
            &shown.body["assignee"]
        ),
        (&json!("unread"), &json!("dibao-tekun"), &json!("Li"))
    );
    desk.stop();
}

#[test]
fn findings_are_listed_by_who_works_on_them_whose_they_are_and_what_is_overdue() {
    let desk = Desk::new();
    let id = one_finding(&desk);
    let key = desk.key(Role::Investigator, &[], &[]);
    let path = format!("/v1/findings/{id}");
    let before = desk.send(Some(&key), "GET", &path, &[], None);
    let entity = before.body["entity"].as_str().unwrap().to_string();
    for body in [
        json!({ "status": "under_review", "why": "x", "assignee": "李 & 王" }),
        json!({ "notified": "2024-05-01", "respond_by": "2024-05-31", "why": "letter" }),
    ] {
        let told = desk.send(Some(&key), "PATCH", &path, &[], Some(&body));
        assert_eq!(told.status, 200, "{told:?}");
    }
    let count = |query: &str| {
        let told = desk.send(
            Some(&key),
            "GET",
            &format!("/v1/findings?{query}"),
            &[],
            None,
        );
        told.body["findings"].as_array().map(Vec::len)
    };
    let cases = [
        ("assignee=%E6%9D%8E%20%26%20%E7%8E%8B", Some(1)),
        ("assignee=", Some(0)),
        ("overdue=2024-05-31", Some(0)),
        ("overdue=2024-06-01", Some(1)),
        ("person=dibao:D1", Some(1)),
        ("person=tekun:T1&status=under_review", Some(1)),
        ("person=dibao:D9", Some(0)),
        ("person=E0000000000000000", Some(0)),
        ("person=D1", None),
        ("overdue=soon", None),
        ("programme=dibao&county=32", Some(1)),
        ("programme=medical", Some(0)),
    ];
    for (query, expected) in cases {
        assert_eq!(count(query), expected, "{query}");
    }
    assert_eq!(count(&format!("person={entity}")), Some(1));

    // Names are masked, unless there is a purpose for which they are not.
    let names = |query: &str, headers: &[(&str, &str)], key: &str| {
        let path = format!("/v1/findings?{query}");
        let told = desk.send(Some(key), "GET", &path, headers, None);
        match told.status {
            200 => told.body["findings"][0]["names"].clone(),
            _ => told.body["code"].clone(),
        }
    };
    let purpose = [("yiren-purpose", "case 7")];
    let auditor = desk.key(Role::Auditor, &[], &[]);
    let local = desk.key(Role::Investigator, &["31"], &[]);
    assert_eq!(names("", &[], &key), json!(["欧**春", "欧**春"]));
    assert_eq!(names("unmasked=true", &[], &key), "purpose_missing");
    assert_eq!(names("unmasked=true", &purpose, &key), json!([NAME, NAME]));
    assert_eq!(names("unmasked=true", &purpose, &auditor), "forbidden");
    assert_eq!(names("unmasked=true", &purpose, &local), json!([NAME, ""]));
    desk.stop();
}

#[test]
fn a_finding_that_holds_no_more_is_shown_as_it_was_and_cannot_be_worked_on() {
    let desk = Desk::new();
    let id = one_finding(&desk);
    let loader = desk.key(Role::Loader, &[], &[]);
    let key = desk.key(Role::Investigator, &[], &[]);
    let path = format!("/v1/findings/{id}");
    let shown = desk.send(Some(&key), "GET", &path, &[], None);
    assert_eq!(shown.body["closed"], Value::Null);
    desk.send(Some(&loader), "DELETE", "/v1/records/tekun/T1", &[], None);
    let shown = desk.send(Some(&key), "GET", &path, &[], None);
    assert_eq!((shown.status, &shown.body["id"]), (200, &json!(id)));
    assert!(shown.body["closed"].is_number(), "{shown:?}");
    let body = json!({ "status": "under_review", "why": "x" });
    let told = desk.send(Some(&key), "PATCH", &path, &[], Some(&body));
    assert_eq!(code(&told), (404, "not_found"));
    let never = desk.send(
        Some(&key),
        "GET",
        "/v1/findings/0000000000000001",
        &[],
        None,
    );
    assert_eq!(code(&never), (404, "not_found"));
    desk.stop();
}
