//! Records that are sent, looked at, changed and taken away; what is wrong with a request.

use serde_json::{Value, json};
use yiren::service::access::Role;
use yiren::store::Store;

use super::running::{Desk, NAME, NUMBER, fields};

const D1: &str = "/v1/records/dibao/D1";

#[test]
fn a_change_is_made_once_however_often_it_is_sent() {
    let desk = Desk::new();
    let key = desk.key(Role::Loader, &[], &[]);
    let look = desk.key(Role::Steward, &[], &[]);
    let send = |method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>| {
        desk.send(Some(&key), method, path, headers, body.as_ref())
    };
    let body = || json!({ "fields": fields("310115") });
    let first = send("PUT", D1, &[("idempotency-key", "k1")], Some(body()));
    assert_eq!((first.status, &first.body["fate"]), (200, &json!("added")));
    let tag = first.header("etag").unwrap().to_string();
    let again = send("PUT", D1, &[("idempotency-key", "k1")], Some(body()));
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = send(
        "PUT",
        D1,
        &[("idempotency-key", "k1")],
        Some(json!({ "fields": fields("320000") })),
    );
    assert_eq!(
        (other.status, &other.body["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    let unchanged = send("PUT", D1, &[], Some(body()));
    assert_eq!(
        (&unchanged.body["fate"], &unchanged.body["commit"]),
        (&json!("unchanged"), &Value::Null)
    );

    let shown = desk.send(Some(&look), "GET", D1, &[], None);
    assert_eq!(shown.header("etag"), Some(tag.as_str()));
    assert_eq!(shown.body["fields"]["name"], "欧**春");
    let stale = send(
        "PUT",
        D1,
        &[("if-match", "\"c99999\"")],
        Some(json!({ "fields": fields("320000") })),
    );
    assert_eq!(
        (stale.status, &stale.body["code"]),
        (412, &json!("precondition_failed"))
    );
    let missing = send(
        "PUT",
        "/v1/records/dibao/none",
        &[("if-match", "*")],
        Some(body()),
    );
    assert_eq!(missing.status, 412);
    let changed = send(
        "PUT",
        D1,
        &[("if-match", &tag)],
        Some(json!({ "fields": fields("320000") })),
    );
    assert_eq!(
        (changed.status, &changed.body["fate"]),
        (200, &json!("changed"))
    );
    let garbled = send("PUT", D1, &[("if-match", "x")], Some(body()));
    assert_eq!(
        (garbled.status, &garbled.body["code"]),
        (400, &json!("invalid_header"))
    );

    // The same person again is the same entity; gone, it is parted.
    let second = send(
        "POST",
        "/v1/records",
        &[],
        Some(json!({ "source": "tekun", "record_id": "T1", "fields": fields("310115") })),
    );
    assert_eq!(second.body["entity"], first.body["entity"]);
    assert_eq!(
        second.body["findings"].as_array().unwrap().len(),
        1,
        "{second:?}"
    );
    assert_eq!(send("DELETE", D1, &[], None).body["fate"], "deleted");
    assert_eq!(send("DELETE", D1, &[], None).status, 404);
    assert_eq!(desk.send(Some(&look), "GET", D1, &[], None).status, 404);

    // What changed can be followed.
    let changes = send("GET", "/v1/changes?since=0&limit=1000", &[], None);
    let listed = changes.body["changes"].as_array().unwrap();
    let of = |name: &str| {
        listed
            .iter()
            .filter(|change| change["records"].as_array().unwrap().contains(&json!(name)))
            .count()
    };
    assert_eq!((of("dibao:D1"), of("tekun:T1")), (3, 1));
    let after = send(
        "GET",
        &format!("/v1/changes?since={}", changes.body["next"]),
        &[],
        None,
    );
    assert_eq!(after.body["changes"], json!([]));

    let folder = desk.stop();
    let store = Store::open(&folder.path().join("store"), &Default::default()).unwrap();
    assert!(store.view().check().unwrap().faults.is_empty());
}

#[test]
fn a_stream_of_records_is_taken_in_and_what_is_wrong_is_named() {
    let desk = Desk::new();
    let key = desk.key(Role::Loader, &["31"], &["dibao", "tekun"]);
    let mut lines = Vec::new();
    for number in 0..700 {
        let mut line = json!({ "source": "dibao", "record_id": format!("B{number}"), "name": format!("赵{number}"), "birth_date": "1950-01-02", "office_division": "310115" });
        if number == 3 {
            line["source"] = "medical".into();
        }
        if number == 5 {
            line["office_division"] = "440000".into();
        }
        lines.push(line.to_string());
    }
    lines.push(String::new());
    lines.push("{ broken".to_string());
    lines.push(json!({ "source": "dibao", "record_id": "B1", "op": "delete" }).to_string());
    lines.push(json!({ "source": "dibao", "record_id": "B2", "op": "vanish" }).to_string());
    let told = desk.send_text(
        Some(&key),
        "POST",
        "/v1/records/bulk",
        &[("content-type", "application/x-ndjson")],
        Some(&lines.join("\n")),
    );
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(told.body["fates"], json!({ "added": 698, "deleted": 1 }));
    assert_eq!(
        (&told.body["lines"], &told.body["refused"]),
        (&json!(704), &json!(4))
    );
    let problems: Vec<(u64, &str)> = told.body["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            (
                problem["line"].as_u64().unwrap(),
                problem["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        problems,
        [
            (4, "out_of_scope"),
            (6, "out_of_scope"),
            (702, "invalid_body"),
            (704, "invalid_field")
        ]
    );
    desk.stop();
}

#[test]
fn whatever_is_wrong_is_told_by_its_code_and_without_the_value() {
    let desk = Desk::with(|settings| {
        settings.body = 10_000;
        settings.batch = 3;
    });
    let loader = desk.key(Role::Loader, &[], &[]);
    let investigator = desk.key(Role::Investigator, &[], &[]);
    let overlap = |body: &str| ("POST", "/v1/overlap".to_string(), body.to_string());
    let put = |path: &str, body: &str| ("PUT", path.to_string(), body.to_string());
    let long = "长".repeat(1_000);
    let cases = [
        (overlap("{"), 400, "invalid_body"),
        (overlap("[]"), 400, "invalid_body"),
        (overlap("\u{0}"), 400, "invalid_body"),
        (
            overlap(&format!(r#"{{"applicant":{{"name":"{NAME}"}}}}"#)),
            400,
            "invalid_body",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":"{NUMBER}","programme":"dibao","purpose":"x"}}"#
            )),
            400,
            "invalid_body",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"dibao","purpose":"x","{NAME}":1}}"#
            )),
            400,
            "invalid_body",
        ),
        (
            overlap(r#"{"applicant":{},"programme":"dibao","purpose":"x"}"#),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":["{NAME}"]}},"programme":"dibao","purpose":"x"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}","姓名":"{NAME}"}},"programme":"dibao","purpose":"x"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{long}"}},"programme":"dibao","purpose":"x"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"{NAME}","purpose":"x"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"deaths","purpose":"x"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"dibao","purpose":" "}}"#
            )),
            422,
            "purpose_missing",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"dibao","purpose":"x","as_of":"2026"}}"#
            )),
            400,
            "invalid_parameter",
        ),
        (
            overlap(&format!(
                r#"{{"applicant":{{"name":"{NAME}"}},"programme":"dibao","purpose":"x\ny"}}"#
            )),
            422,
            "invalid_field",
        ),
        (
            (
                "POST",
                "/v1/overlap/batch".to_string(),
                format!(
                    r#"{{"applicants":[{}],"purpose":"x"}}"#,
                    [r#"{"applicant":{"name":"a"},"programme":"dibao"}"#; 4].join(",")
                ),
            ),
            413,
            "body_too_large",
        ),
        (overlap(&" ".repeat(10_001)), 413, "body_too_large"),
        (
            put("/v1/records/di%3Abao/D1", r#"{"fields":{}}"#),
            422,
            "invalid_field",
        ),
        (
            put("/v1/records/dibao/%20D1", r#"{"fields":{}}"#),
            422,
            "invalid_field",
        ),
        (
            put("/v1/records/dibao/%ff", r#"{"fields":{}}"#),
            400,
            "invalid_parameter",
        ),
        (
            put("/v1/records/dibao/D1", r#"{"cells":{}}"#),
            400,
            "invalid_body",
        ),
        (
            ("GET", "/v1/entities/E0".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            (
                "GET",
                "/v1/entities/E0000000000000000".to_string(),
                String::new(),
            ),
            404,
            "not_found",
        ),
        (
            (
                "GET",
                "/v1/entities/E0000000000000000?as_of=x".to_string(),
                String::new(),
            ),
            400,
            "invalid_parameter",
        ),
        (
            (
                "GET",
                "/v1/entities/E0000000000000000?known_at=x".to_string(),
                String::new(),
            ),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/findings?limit=0".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/findings?cursor=zz".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/findings?status=x".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/findings?nonsense=1".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/findings/xyz".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            (
                "GET",
                "/v1/findings/0000000000000000".to_string(),
                String::new(),
            ),
            404,
            "not_found",
        ),
        (
            ("GET", "/v1/reviews/next?after=x".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            ("GET", "/v1/reviews/next".to_string(), String::new()),
            404,
            "not_found",
        ),
        (
            ("DELETE", "/v1/verdicts/x".to_string(), String::new()),
            400,
            "invalid_parameter",
        ),
        (
            (
                "DELETE",
                "/v1/verdicts/0000000000000000-0000000000000001".to_string(),
                String::new(),
            ),
            404,
            "not_found",
        ),
        (
            ("GET", "/v1/nothing".to_string(), String::new()),
            404,
            "not_found",
        ),
        (
            ("GET", "/v1/overlap".to_string(), String::new()),
            405,
            "method_not_allowed",
        ),
    ];
    for ((method, path, body), status, code) in cases {
        let key = if method == "PUT" {
            &loader
        } else {
            &investigator
        };
        let body = Some(body.as_str()).filter(|body| !body.is_empty());
        let told = desk.send_text(Some(key), method, &path, &[], body);
        assert_eq!(
            (told.status, told.body["code"].as_str()),
            (status, Some(code)),
            "{method} {path} {body:?}: {}",
            told.text
        );
        assert_eq!(
            told.header("content-type"),
            Some("application/problem+json"),
            "{method} {path}"
        );
        assert_eq!(told.body["status"], status);
        assert!(
            !told.text.contains(NAME) && !told.text.contains(NUMBER),
            "{}",
            told.text
        );
    }
    let told = desk.send_text(
        Some(&investigator),
        "POST",
        "/v1/overlap",
        &[("content-type", "text/plain")],
        Some("{}"),
    );
    assert_eq!(told.body["code"], "unsupported_media_type");
    desk.stop();
}

#[test]
fn who_sends_too_much_is_told_to_wait() {
    let desk = Desk::with(|settings| settings.requests_per_second = 3);
    let key = desk.key(Role::Auditor, &[], &[]);
    let told: Vec<_> = (0..30)
        .map(|_| desk.send(Some(&key), "GET", "/v1/findings", &[], None))
        .collect();
    let refused = told.iter().find(|told| told.status == 429).unwrap();
    assert_eq!(
        (&refused.body["code"], refused.header("retry-after")),
        (&json!("rate_limited"), Some("1"))
    );
    desk.stop();
}

#[test]
fn a_sweep_is_followed_to_its_end() {
    let desk = Desk::with(|settings| settings.requests_per_second = 1_000_000);
    let loader = desk.key(Role::Loader, &[], &[]);
    let steward = desk.key(Role::Steward, &[], &[]);
    desk.send(
        Some(&loader),
        "PUT",
        D1,
        &[],
        Some(&json!({ "fields": fields("310115") })),
    );
    let begun = desk.send(Some(&steward), "POST", "/v1/sweeps", &[], None);
    assert_eq!(
        (begun.status, begun.header("location")),
        (202, Some("/v1/sweeps/1"))
    );
    let ended = loop {
        let told = desk.send(Some(&steward), "GET", "/v1/sweeps/1", &[], None);
        if told.body["state"] != "running" {
            break told;
        }
    };
    assert_eq!(
        (&ended.body["state"], &ended.body["unsettled"]),
        (&json!("done"), &json!(0)),
        "{ended:?}"
    );
    assert_eq!(
        desk.send(Some(&steward), "GET", "/v1/sweeps/2", &[], None)
            .status,
        404
    );
    desk.stop();
}

#[test]
fn what_people_say_of_pairs_and_findings_is_kept_and_can_be_taken_back() {
    let desk = Desk::new();
    let loader = desk.key(Role::Loader, &[], &[]);
    let key = desk.key(Role::Investigator, &[], &[]);
    let put = |path: &str| {
        desk.send(
            Some(&loader),
            "PUT",
            path,
            &[],
            Some(&json!({ "fields": fields("310115") })),
        )
    };
    put(D1);
    let told = put("/v1/records/tekun/T1");
    let entity = told.body["entity"].as_str().unwrap().to_string();
    let finding = told.body["findings"][0].as_str().unwrap().to_string();
    let path = format!("/v1/findings/{finding}");
    let say = |body: Value| desk.send(Some(&key), "PATCH", &path, &[], Some(&body));
    let said =
        say(json!({ "status": "under_review", "why": "called the office", "assignee": "Li" }));
    assert_eq!(
        (
            &said.body["status"],
            &said.body["assignee"],
            &said.body["by"]
        ),
        (&json!("under_review"), &json!("Li"), &json!("investigator"))
    );
    let said = say(
        json!({ "why": "letter sent", "notified": "2024年7月1日", "respond_by": "2024-07-15" }),
    );
    assert_eq!(
        (
            &said.body["assignee"],
            &said.body["notified"],
            &said.body["status"]
        ),
        (&json!("Li"), &json!("2024-07-01"), &json!("under_review"))
    );
    assert_eq!(
        say(json!({ "status": "gone", "why": "x" })).body["code"],
        "invalid_field"
    );
    let said = say(json!({ "status": "confirmed", "why": "paid twice, no answer" }));
    assert_eq!(said.body["status"], "confirmed", "{said:?}");
    let list = |query: &str| {
        desk.send(
            Some(&key),
            "GET",
            &format!("/v1/findings?{query}"),
            &[],
            None,
        )
        .body["findings"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            list("status=confirmed"),
            list("status=open"),
            list("kind=exclusive_overlap&county=3101&programme=tekun"),
            list("county=32")
        ),
        (1, 0, 1, 0)
    );

    let pair = json!({ "a": { "source": "dibao", "record_id": "D1" }, "b": { "source": "tekun", "record_id": "T1" }, "verdict": "different", "why": "two cousins" });
    let judged = desk.send(Some(&key), "POST", "/v1/verdicts", &[], Some(&pair));
    assert_eq!(
        (judged.status, &judged.body["outcome"]["entities_created"]),
        (200, &json!(1)),
        "{judged:?}"
    );
    assert_eq!(list("status=confirmed"), 0);
    let shown = desk.send(
        Some(&key),
        "GET",
        &format!("/v1/entities/{entity}"),
        &[],
        None,
    );
    assert_eq!(
        (
            shown.body["records"].as_array().unwrap().len(),
            &shown.body["verdicts"][0]["why"]
        ),
        (1, &json!("two cousins"))
    );
    let against = desk.send(Some(&key), "POST", "/v1/verdicts", &[], Some(&pair));
    assert_eq!(against.body["commit"], Value::Null, "said already");
    let id = judged.body["id"].as_str().unwrap();
    assert_eq!(
        desk.send(
            Some(&key),
            "DELETE",
            &format!("/v1/verdicts/{id}"),
            &[],
            None
        )
        .status,
        200
    );
    assert_eq!(
        desk.send(
            Some(&key),
            "DELETE",
            &format!("/v1/verdicts/{id}"),
            &[],
            None
        )
        .status,
        404
    );
    // What was said of the finding is still known when it holds again.
    assert_eq!(list("status=confirmed"), 1);
    let history = desk.send(
        Some(&key),
        "GET",
        &format!("/v1/entities/{entity}/history"),
        &[],
        None,
    );
    assert!(
        history.body["events"].as_array().unwrap().len() >= 3,
        "{history:?}"
    );
    desk.stop();
}
