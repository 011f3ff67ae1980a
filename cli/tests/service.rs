//! The service as a process: keys, queries of the command line, and what outlives SIGKILL.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod support;

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::Desk;
use support::served::{Served, key};

const NAME: &str = "欧阳建春";

fn send(
    address: &str,
    key: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{address}{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(body.map_or_else(String::new, ToString::to_string))
        .unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer = agent.run(request).ok()?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

fn fields(name: &str) -> Value {
    json!({ "name": name, "national_id": "110101196205070010", "birth_date": "1962-05-07", "start_date": "2024-01-01", "status": "active", "office_division": "310115" })
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let desk = Desk::new();
    desk.yiren(&["store", "init", "--store", "store"]).left(0);
    let loader = key(&desk, "store", "loader", &[]);
    let auditor = key(&desk, "store", "auditor", &[]);
    let next = AtomicUsize::new(0);
    let acknowledged = Mutex::new(Vec::new());
    for round in 1..=3 {
        let served = Served::start(&desk.path("store"));
        let gone = AtomicBool::new(false);
        let (enough, told) = (round * 40, Mutex::new(Some(served)));
        let address = told.lock().unwrap().as_ref().unwrap().address.clone();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !gone.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let path = format!("/v1/records/dibao/K{number}");
                        let body = json!({ "fields": fields(&format!("赵{number}")) });
                        if let Some((200, answer)) =
                            send(&address, &loader, "PUT", &path, Some(&body))
                        {
                            assert_eq!(answer["fate"], "added");
                            let mut kept = acknowledged.lock().unwrap();
                            kept.push(number);
                            if kept.len() >= enough
                                && let Some(served) = told.lock().unwrap().take()
                            {
                                served.kill();
                                gone.store(true, Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
    }
    let served = Served::start(&desk.path("store"));
    let kept = acknowledged.into_inner().unwrap();
    assert!(kept.len() >= 120);
    for number in kept {
        let path = format!("/v1/records/dibao/K{number}");
        let (status, _) = send(&served.address, &auditor, "GET", &path, None).unwrap();
        assert_eq!(status, 200, "record {number} was acknowledged and is gone");
    }
    let said = served.stop();
    assert!(
        !said.contains('赵') && !said.contains("110101196205070010"),
        "{said}"
    );
    // Leaves 1 where something is wrong.
    desk.yiren(&["store", "check", "--store", "store"]).left(0);
}

#[test]
fn a_query_says_the_same_over_a_store_and_over_a_server() {
    let desk = Desk::new();
    desk.yiren(&["store", "init", "--store", "store"]).left(0);
    desk.write("dibao.csv", format!("record_id,name,national_id,birth_date,start_date,status,office_division\nD1,{NAME},110101196205070010,1962-05-07,2024-01-01,active,310115\n"));
    desk.yiren(&["load", "--store", "store", "dibao.csv"])
        .left(0);
    let name = format!("name={NAME}");
    let asked = [
        "--programme",
        "tekun",
        "--as-of",
        "2026-06-30",
        &name,
        "身份证号=110101196205070010",
    ];
    let over = |place: &[&str], lang: &str, more: &[&str]| {
        let arguments: Vec<&str> = [&["query"], place, &asked[..], more].concat();
        desk.yiren_in(lang, &arguments)
    };
    let stored = over(&["--store", "store"], "C.UTF-8", &[]).left(0);
    insta::assert_snapshot!("query_en", stored);
    insta::assert_snapshot!(
        "query_zh",
        over(&["--store", "store"], "zh_CN.UTF-8", &[]).left(0)
    );
    let key = key(&desk, "store", "approver", &[]);
    let served = Served::start(&desk.path("store"));
    let output = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args(["query", "--server", &served.address])
        .args(asked)
        .env("YIREN_KEY", &key)
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .output()
        .unwrap();
    // The service masks the name.
    let masked = String::from_utf8(output.stdout).unwrap();
    assert_eq!(masked, stored.stdout.replace(NAME, "欧**春"));
    let nobody = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args([
            "query",
            "--server",
            &served.address,
            "--programme",
            "tekun",
            "name=马小跳",
            "birth_date=1950-01-03",
        ])
        .env("YIREN_KEY", &key)
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    let refused = Command::new(env!("CARGO_BIN_EXE_yiren"))
        .args(["--lang", "en", "query", "--server", &served.address])
        .args(asked)
        .env("YIREN_KEY", "yiren_0_0")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("unauthorised")
    );
    // While the service writes, a look at its folder is not noted, and that is said.
    let busy = over(&["--store", "store"], "C.UTF-8", &[]).left(0);
    assert!(busy.stderr.contains("not in its audit"), "{busy}");
    let listed = desk
        .yiren(&["keys", "list", "--store", "store", "--json"])
        .left(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    desk.yiren(&["keys", "revoke", "--store", "store", id])
        .left(0);
    desk.yiren(&["keys", "revoke", "--store", "store", id])
        .left(1);
    let (status, _) = send(&served.address, &key, "GET", "/v1/findings", None).unwrap();
    assert_eq!(status, 401, "a key that was taken back");
    served.stop();
    desk.yiren(&["keys", "revoke", "--store", "store", "none"])
        .left(2);
    desk.yiren(&["keys", "add", "--store", "store", "--role", "king"])
        .left(2);
    desk.yiren(&[
        "keys", "add", "--store", "store", "--role", "admin", "--scope", "上海",
    ])
    .left(2);
}

#[test]
fn settings_come_from_a_file_the_environment_and_flags_each_stronger() {
    let desk = Desk::new();
    desk.write("yiren.toml", "store = \"of-file\"\nwaiting_queries = 7\nlisten = \"127.0.0.1:1111\"\n[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    let printed = |environment: &[(&str, &str)], arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_yiren"))
            .args(["--lang", "en", "serve", "--print-settings"])
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(desk.path("."))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let settings: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        (
            output.status.code(),
            settings,
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (_, defaults, _) = printed(&[], &[]);
    assert_eq!(
        (&defaults["listen"], &defaults["tls"]),
        (&json!("127.0.0.1:7770"), &Value::Null)
    );
    let (_, of_file, _) = printed(&[], &["--config", "yiren.toml"]);
    assert_eq!(
        (
            &of_file["store"],
            &of_file["waiting_queries"],
            &of_file["tls"]["key"]
        ),
        (&json!("of-file"), &json!(7), &json!("k.pem"))
    );
    let (_, all, _) = printed(
        &[
            ("YIREN_STORE", "of-environment"),
            ("YIREN_WAITING_QUERIES", "8"),
            ("YIREN_TLS__KEY", "e.pem"),
        ],
        &["--config", "yiren.toml", "--store", "of-flag"],
    );
    assert_eq!(
        (
            &all["store"],
            &all["waiting_queries"],
            &all["listen"],
            &all["tls"]["key"]
        ),
        (
            &json!("of-flag"),
            &json!(8),
            &json!("127.0.0.1:1111"),
            &json!("e.pem")
        )
    );
    for (arguments, wanted) in [
        (&["--listen", "0.0.0.0:1"][..], "TLS"),
        (&["--config", "none.toml"][..], "none.toml"),
    ] {
        let (code, _, said) = printed(&[], arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
    desk.write("wrong.toml", "stor = \"x\"\n");
    let (code, _, said) = printed(&[], &["--config", "wrong.toml"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("stor"), "{said}");
    let (code, _, said) = printed(&[("YIREN_SECONDS", "0")], &[]);
    assert_eq!(code, Some(2), "{said}");
    let nowhere = desk.yiren(&["serve", "--store", "nowhere"]).left(2);
    assert!(nowhere.stderr.contains("no store here"), "{nowhere}");
}
