//! Requests that nobody would send: the service says what is wrong with them, and never fails.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tower::ServiceExt;
use yiren::service::access::Role;
use yiren::service::gate::RULES;
use yiren::service::routes::router;

use super::running::{Desk, NAME, NUMBER, fields};

/// How many requests are sent: some, or as many as `YIREN_REQUESTS` says.
fn requests() -> u32 {
    let asked = std::env::var("YIREN_REQUESTS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(3_000)
}

/// Parts of addresses, good and bad.
fn part() -> impl Strategy<Value = String> {
    let known = [
        "dibao",
        "D1",
        "E0000000000000000",
        "0000000000000000",
        "0000000000000000-0000000000000001",
        "1",
        "%00",
        "%ff%fe",
        "..",
        "%2e%2e%2f",
        "18446744073709551616",
        "-1",
        "NaN",
        "张三",
        "%F0%9F%98%80",
        "a:b",
        "",
    ];
    prop_oneof![
        4 => proptest::sample::select(known.to_vec()).prop_map(str::to_string),
        1 => "[a-zA-Z0-9%:~.-]{0,40}",
    ]
}

/// Queries, good and bad.
fn query() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "as_of",
        "known_at",
        "unmasked",
        "kind",
        "county",
        "programme",
        "status",
        "limit",
        "cursor",
        "after",
        "since",
        "purpose",
        "x",
    ]);
    let value = prop_oneof![
        proptest::sample::select(vec![
            "2026-06-30",
            "9999-99-99",
            "0000-00-00",
            "-292277022657-01-27T08:29:52Z",
            "true",
            "2",
            "1000",
            "99999999999999999999",
            "00",
            "zz",
            "c1",
            "open",
            "exclusive_overlap",
            "%00",
            "0000000000000000-0000000000000001",
            "2026-06-30T25:00:00",
            "\u{6d4b}",
        ])
        .prop_map(str::to_string),
        "[a-z0-9%+-]{0,30}",
    ];
    proptest::collection::vec((name, value), 0..3).prop_map(|pairs| {
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    })
}

/// Bodies: good ones, some of whose bytes were changed, cut out or doubled; and anything.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let record = json!({ "source": "dibao", "record_id": "D1", "fields": fields("310115") });
    let mut line = fields("310115");
    line["source"] = "dibao".into();
    line["record_id"] = "D1".into();
    let pair = json!({ "a": { "source": "dibao", "record_id": "D1" }, "b": { "source": "tekun", "record_id": "T1" } });
    let mut verdict = pair.clone();
    verdict["verdict"] = "same".into();
    verdict["why"] = "test".into();
    let good = [
        json!({ "applicant": { "name": NAME, "national_id": NUMBER }, "programme": "tekun", "purpose": "test", "as_of": "2026-06-30" }),
        json!({ "applicants": [{ "applicant": { "name": NAME }, "programme": "tekun" }], "purpose": "test" }),
        json!({ "applicant": { "birth_date": "0000-00-00", "national_id": "*".repeat(300), "documents": ";;:;a:", "start_date": "9999-12-31", "monthly_amount": "1e400" }, "programme": "dibao", "purpose": "x", "as_of": "9999-12-31" }),
        record,
        json!({ "fields": fields("310115") }),
        pair,
        verdict,
        json!({ "status": "open", "why": "x", "notified": "2026-06-30" }),
        line,
    ];
    let good: Vec<Vec<u8>> = good
        .iter()
        .map(|body| body.to_string().into_bytes())
        .collect();
    let changed = (
        proptest::sample::select(good),
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..6_u8), 0..4),
    );
    let changed = changed.prop_map(|(mut bytes, changes)| {
        for (place, byte, what) in changes {
            let at = place
                .index(bytes.len().max(1))
                .min(bytes.len().saturating_sub(1));
            match what {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                3 => bytes.truncate(at),
                4 => bytes.extend_from_within(at..),
                _ => bytes.splice(at..at, *b"\"\\u0000\"").for_each(drop),
            }
        }
        bytes
    });
    prop_oneof![
        8 => changed,
        1 => proptest::collection::vec(any::<u8>(), 0..200),
        1 => Just([b"[".repeat(10_000), b"]".repeat(10_000)].concat()),
    ]
}

/// Headers, good and bad.
fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let name = proptest::sample::select(vec![
        "if-match",
        "idempotency-key",
        "yiren-purpose",
        "accept",
        "content-type",
        "range",
        "expect",
    ]);
    let value = prop_oneof![
        proptest::sample::select(vec![
            &b"*"[..],
            b"\"c1\"",
            b"\"c99999999999999999999\"",
            b"text/html",
            b"application/json;",
            b"\xff\xfe",
            b"",
            b"k"
        ])
        .prop_map(<[u8]>::to_vec),
        proptest::collection::vec(0x20..0x7f_u8, 0..300),
    ];
    proptest::collection::vec((name, value), 0..3)
}

#[test]
fn no_request_makes_the_service_fail() {
    let desk = Desk::with(|settings| {
        settings.requests_per_second = u32::MAX;
        settings.body = 100_000;
    });
    let keys: Vec<Arc<str>> = Role::ALL
        .iter()
        .map(|role| desk.key(*role, &[], &[]).into())
        .collect();
    let app = router(desk.app.clone());
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    let rule = (
        0..RULES.len(),
        proptest::option::weighted(0.1, proptest::sample::select(methods.to_vec())),
    );
    let request = (
        rule,
        part(),
        part(),
        query(),
        headers(),
        body(),
        proptest::sample::select(keys),
    );
    let mut runner = TestRunner::new(Config {
        cases: requests(),
        // Addresses that are none are passed over, however many requests there are.
        max_global_rejects: u32::MAX,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let tried = runner.run(
        &request,
        |((place, method), first, second, query, headers, body, key)| {
            let rule = &RULES[place];
            // A sweep outlives the request, and holds the store.
            prop_assume!(rule.path != "/v1/sweeps");
            // Followers listen until somebody stops.
            let is_stream = rule.path == "/v1/changes"
                && headers
                    .iter()
                    .any(|(name, value)| *name == "accept" && value.starts_with(b"text/event"));
            prop_assume!(!is_stream);
            let mut path = rule.path.to_string();
            for name in ["{source}", "{id}"] {
                path = path.replace(name, &first);
            }
            path = path.replace("{record_id}", &second);
            if !query.is_empty() {
                path = format!("{path}?{query}");
            }
            let mut request = Request::builder()
                .method(method.unwrap_or_else(|| rule.method.clone()))
                .uri(path.as_str());
            request = request
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", "application/json");
            let mut request = match request.body(Body::from(body)) {
                Ok(request) => request,
                // No such address can be written.
                Err(_) => return Ok(()),
            };
            for (name, value) in &headers {
                if let (Ok(name), Ok(value)) = (
                    HeaderName::from_bytes(name.as_bytes()),
                    HeaderValue::from_bytes(value),
                ) {
                    request.headers_mut().insert(name, value);
                }
            }
            let (status, text) = desk.runtime.block_on(async {
                let answer = app.clone().oneshot(request).await.unwrap();
                let status = answer.status();
                let bytes = to_bytes(answer.into_body(), 10 << 20).await.unwrap();
                (status, String::from_utf8_lossy(&bytes).into_owned())
            });
            prop_assert!(!status.is_server_error(), "{status} {path}: {text}");
            if status.is_client_error() {
                prop_assert!(!text.contains(NAME) && !text.contains(NUMBER), "{text}");
            }
            Ok(())
        },
    );
    tried.unwrap();
    drop(app);
    let folder = desk.stop();
    let store =
        yiren::store::Store::open(&folder.path().join("store"), &Default::default()).unwrap();
    assert!(store.view().check().unwrap().faults.is_empty());
}
