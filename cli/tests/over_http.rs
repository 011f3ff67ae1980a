//! The verbs of the desk over a service: what they print is what they print over the store, as far
//! as the key may see it.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;

use support::served::{Served, key};
use support::village::village;
use support::{Desk, Run, without_moments};

/// What is asked, without where.
const QUESTIONS: &[&[&str]] = &[
    &["show", "dibao:D1", "--as-of", "2026-06-30"],
    &["show", "deaths:X1", "--as-of", "2026-06-30"],
    &["why", "dibao:D1", "tekun:T1"],
    &["why-not", "dibao:D3", "dibao:D4"],
    &["how", "dibao:D1"],
    &["how", "medical:M2"],
    &["network", "dibao:D4", "--depth", "2"],
    &["network", "dibao:D4", "--addresses"],
    &["paths", "dibao:D3", "medical:M2"],
    &["paths", "dibao:D1", "dibao:D5"],
    &["timeline", "dibao:D1", "--as-of", "2026-06-30"],
    &["overlap", "--as-of", "2026-06-30"],
    &["overlap", "--as-of", "2026-06-30", "--by", "county"],
    &["overlap", "--as-of", "2026-06-30", "--cell", "dibao,tekun"],
    &["search", "张伟"],
    &["search", "wjg", "--source", "低保", "--county", "34"],
    &["search", "没有此人"],
    &["show", "dibao:none"],
    &["how", "E8DTH1JD5YNCE6G26"],
    &["why", "dibao:D1", "dibao:D1"],
    &["paths", "dibao:D1", "dibao:none"],
    &["show", "dibao:D1", "--known-at", "2001-01-01"],
    &["timeline", "dibao:D1", "--known-at", "2001-01-01"],
];

/// A service over a store, and who asks it.
struct Office {
    desk: Desk,
    served: Served,
    key: String,
}

impl Office {
    /// Of the village, with a key of a role and a scope.
    fn open(role: &str, scope: &[&str]) -> Office {
        let desk = village();
        // Makes the index of the search, which the service only keeps up.
        desk.yiren(&["search", "--store", "s", "--rebuild"]).left(0);
        let key = key(&desk, "s", role, scope);
        let served = Served::start(&desk.path("s"));
        Office { desk, served, key }
    }

    fn ask(&self, lang: &str, question: &[&str], more: &[&str]) -> Run {
        let place = ["--server", &*self.served.address];
        let arguments = [question, &place[..], more].concat();
        let key = [("YIREN_KEY", &*self.key)];
        self.desk.yiren_with(lang, &key, &arguments)
    }

    /// The same of the store, which is only read, as the service writes to it.
    fn look(&self, lang: &str, question: &[&str], more: &[&str]) -> Run {
        let arguments = [question, &["--store", "s"], more].concat();
        self.desk.yiren_in(lang, &arguments)
    }
}

/// Each look is a commit of its own, so the last one and when it was are not compared.
fn steady(output: &str) -> String {
    let hidden = ["commit", "known_at", "store_commit"];
    let lines = output.lines().map(|line| {
        let name = line
            .strip_prefix("  \"")
            .and_then(|rest| rest.split_once("\": "));
        match name {
            Some((name, _)) if hidden.contains(&name) => format!("  \"{name}\": #\n"),
            _ => format!("{line}\n"),
        }
    });
    without_moments(&lines.collect::<String>())
}

#[test]
fn a_verb_prints_over_a_service_what_it_prints_over_the_store() {
    let office = Office::open("investigator", &[]);
    for question in QUESTIONS {
        for (lang, more) in [
            ("C.UTF-8", &[][..]),
            ("zh_CN.UTF-8", &[]),
            ("C.UTF-8", &["--json"]),
        ] {
            let stored = office.look(lang, question, more);
            let served = office.ask(lang, question, &[more, &["--purpose", "举报 12"]].concat());
            assert_eq!(
                steady(&served.stdout),
                steady(&stored.stdout),
                "{question:?} {more:?}: {served}"
            );
            assert_eq!(served.code, stored.code, "{question:?} {more:?}: {served}");
            assert!(!served.stderr.contains("masked"), "{served}");
        }
    }
    // Graphs and pages are drawn here.
    let drawn = ["network", "dibao:D4", "--depth", "2"];
    for form in ["--dot", "--graphml"] {
        let stored = office.look("C.UTF-8", &drawn, &[form]).left(0);
        let served = office.ask("C.UTF-8", &drawn, &[form, "--purpose", "x"]);
        assert_eq!(served.stdout, stored.stdout);
    }
    office
        .look("C.UTF-8", &drawn, &["--html", "a.html"])
        .left(0);
    let asked = ["--html", "b.html", "--purpose", "x"];
    office.ask("C.UTF-8", &drawn, &asked).left(0);
    assert_eq!(office.desk.read("a.html"), office.desk.read("b.html"));
    office.served.stop();
}

#[test]
fn a_key_of_one_county_sees_less() {
    let office = Office::open("investigator", &["--scope", "3415"]);
    let ask = |question: &[&str]| office.ask("C.UTF-8", question, &["--purpose", "case 12"]);
    let show = ask(&["show", "dibao:D3", "--as-of", "2026-06-30"]).left(0);
    assert!(show.stdout.contains("王建国"), "{show}");
    insta::assert_snapshot!(
        "show_outside",
        support::steady(&ask(&["show", "dibao:D1", "--as-of", "2026-06-30"]))
    );
    let network = ask(&["network", "dibao:D4"]).left(0);
    assert!(network.stdout.contains("李娜"), "{network}");
    let search = ask(&["search", "1940-1970"]).left(0);
    assert!(!search.stdout.contains("张伟"), "{search}");
    for refused in [
        &["timeline", "dibao:D3"][..],
        &["overlap"],
        &["overlap", "--cell", "dibao,tekun"],
        &["why", "dibao:D1", "tekun:T1"],
        &["how", "dibao:D1"],
        &["network", "dibao:D1"],
        &["paths", "dibao:D1", "dibao:D3"],
    ] {
        let run = ask(refused).left(2);
        assert!(run.stdout.is_empty(), "{run}");
        assert!(run.stderr.contains("(out_of_scope)"), "{run}");
    }
    let chinese = office.ask("zh_CN.UTF-8", &["timeline", "dibao:D3"], &[]);
    assert!(chinese.left(2).stderr.contains("超出此密钥的辖区"));
    office.served.stop();
}

#[test]
fn a_look_without_a_purpose_is_masked_and_that_is_said() {
    let office = Office::open("investigator", &[]);
    let whole = ["张伟", "11010519491231002X", "13800138000", "1949-12-31"];
    for question in QUESTIONS {
        let masked = office.ask("C.UTF-8", question, &[]);
        for value in whole {
            assert!(!masked.stdout.contains(value), "{value} in {masked}");
        }
        if masked.code == Some(0) {
            assert!(masked.stderr.contains("masked"), "{masked}");
        }
    }
    let masked = office.ask("C.UTF-8", QUESTIONS[0], &[]);
    insta::assert_snapshot!("show_masked", support::steady(&masked));
    // Whoever sees masked values only is not refused for saying what the look is for.
    let steward = Office {
        key: key(&office.desk, "s", "steward", &[]),
        ..office
    };
    let run = steward.ask("zh_CN.UTF-8", QUESTIONS[0], &["--purpose", "质量检查"]);
    assert!(run.stdout.contains("张*"), "{run}");
    assert!(
        !run.stdout.contains("张伟") && run.stderr.contains("角色"),
        "{run}"
    );
    steward.served.stop();
}

#[test]
fn what_is_said_of_two_records_goes_over_a_service() {
    let office = Office::open("investigator", &["--scope", "3415"]);
    let review = |pair: [&str; 2], more: &[&str]| {
        let said = [&["review"][..], &pair, more, &["--why", "two brothers"]].concat();
        office.ask("C.UTF-8", &said, &[])
    };
    let pair = ["dibao:D3", "dibao:D4"];
    let undone = review(pair, &["--undo"]).left(1);
    assert!(undone.stderr.contains("nothing changed"), "{undone}");
    let told = review(pair, &["--different", "--json"]).left(0);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert!(
        told["commit"].as_u64() > Some(1) && told["outcome"]["records_moved"] == 0,
        "{told}"
    );
    assert!(
        review(pair, &["--different"])
            .left(1)
            .stderr
            .contains("nothing changed")
    );
    let undone = review(pair, &["--undo"]).left(0);
    assert!(undone.stdout.starts_with("recorded (commit "), "{undone}");
    let elsewhere = review(["dibao:D1", "tekun:T1"], &["--same"]).left(2);
    assert!(elsewhere.stderr.contains("(out_of_scope)"), "{elsewhere}");
    let named = review(pair, &["--same", "--by", "me"]).left(2);
    assert!(named.stderr.contains("whose key"), "{named}");
    let dated = review(pair, &["--same", "--as-of", "2026-06-30"]).left(2);
    assert!(dated.stderr.contains("--as-of"), "{dated}");
    for task in [&[][..], &["--agreement"], &["--labels", "-"]] {
        let queue = [&["review"], task].concat();
        let refused = office.ask("zh_CN.UTF-8", &queue, &[]).left(2);
        assert!(refused.stderr.contains("须用 --store"), "{refused}");
    }
    // Who said it is the key's name, in the same audit as all.
    let spoken = office
        .look("C.UTF-8", &["timeline", "dibao:D3"], &[])
        .left(0);
    assert!(spoken.stdout.contains("two brothers"), "{spoken}");
    office.served.stop();
}

#[test]
fn what_cannot_be_asked_of_a_service_is_refused() {
    let office = Office::open("loader", &[]);
    let refused = [
        (&["show", "dibao:D1"][..], &[][..], "(forbidden)"),
        (&["show", "dibao:D1"], &["--purpose", "x"], "(forbidden)"),
        (&["show", "dibao:D1"], &["--by", "me"], "whose key"),
        (&["overlap"], &["--user", "me"], "whose key"),
        (&["search", "张伟"], &["--rebuild"], "--rebuild"),
        (&["show", "dibao:D1"], &["--store", "s"], "--store"),
    ];
    for (question, more, said) in refused {
        let run = office.ask("C.UTF-8", question, more).left(2);
        assert!(run.stderr.contains(said), "{run}");
    }
    let address = office.served.address.clone();
    let server = ["show", "dibao:D1", "--server", &address];
    let no_key = office.desk.yiren(&server).left(2);
    assert!(no_key.stderr.contains("YIREN_KEY"), "{no_key}");
    let wrong = [("YIREN_KEY", "yiren_0_0")];
    let wrong = office
        .desk
        .yiren_with("zh_CN.UTF-8", &wrong, &server)
        .left(2);
    assert!(wrong.stderr.contains("须有有效的密钥"), "{wrong}");
    office.served.stop();
    let gone = [("YIREN_KEY", "x")];
    let gone = office.desk.yiren_with("C.UTF-8", &gone, &server).left(2);
    assert!(gone.stderr.contains("no answer"), "{gone}");
}

#[test]
fn what_answers_and_is_no_yiren_is_told() {
    let desk = Desk::new();
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut caller, _) = listener.accept().unwrap();
                let mut asked = [0; 4096];
                assert!(caller.read(&mut asked).unwrap() > 0);
                caller.write_all(answer.as_bytes()).unwrap();
            });
            let key = [("YIREN_KEY", "x")];
            let question = ["how", "dibao:D1", "--server", &address];
            let run = desk.yiren_with("C.UTF-8", &key, &question).left(2);
            assert!(
                run.stderr.contains("no yiren service") || run.stderr.contains("no answer"),
                "{run}"
            );
        });
    }
}
