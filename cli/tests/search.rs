//! `yiren search`: what an investigator types and sees.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod support;

use insta::assert_snapshot;
use support::{Desk, Run};

/// A store of nine people, some of whom are easily taken for each other.
fn desk() -> Desk {
    let desk = Desk::new();
    let header = "record_id,national_id,name,former_name,sex,birth_date,hukou_address,office_division,phone,bank_account,status,start_date";
    desk.write(
        "in/dibao.csv",
        format!(
            "{header}\n\
             D1,11010519491231002X,张伟,,1,1949-12-31,河南省安阳市滑县赵营镇安坪村第一村民小组119号,410526,13812345670,6222021234567890128,active,2024-03-01\n\
             D2,34240119620507331X,王建国,,1,1962-05-07,滑县赵营镇安坪村2组7号,410526,13912345671,,exited,2023-01-01\n\
             D3,,章炜,,男,19620211,内黄县后河镇,410527,13912345672,,active,2024-01-15\n\
             D4,,买买提·吐尔逊,,男,1980.03.04,英吉沙县朱峪镇盐岩村,653123,0371-66661234,,active,2024-01-15\n\
             D5,,李娜,张娜,女,1990,,110105,,,active,2024-01-15\n"
        ),
    );
    desk.write(
        "in/medical.csv",
        format!(
            "{header}\n\
             M1,11010519491231002x,張 偉,,男,1949.12.31,滑县赵营镇安坪村1组,410526,,,active,2025-01-01\n\
             M2,,王?国,,男,1962,,,,,suspended,2025-01-01\n"
        ),
    );
    let load = [
        "load",
        "--store",
        "s",
        "--as-of",
        "2026-06-30",
        "--by",
        "test",
        "in",
    ];
    desk.yiren(&load).left(0);
    desk
}

fn search(desk: &Desk, words: &[&str]) -> Run {
    desk.yiren(&[&["search", "--store", "s", "--by", "test"][..], words].concat())
}

#[test]
fn people_are_found_by_what_is_half_remembered() {
    let desk = desk();
    assert_snapshot!("name", search(&desk, &["张伟"]).left(0));
    assert_snapshot!(
        "several_words",
        search(&desk, &["zhwei", "安坪村1组", "5670"]).left(0)
    );
    assert_snapshot!("pattern", search(&desk, &["王?国", "1962"]).left(0));
    assert_snapshot!(
        "page",
        search(&desk, &["低保", "--limit", "2", "--page", "2"]).left(0)
    );
    assert_snapshot!(
        "filters",
        search(
            &desk,
            &[
                "--county",
                "4105",
                "--status",
                "在享",
                "--born",
                "1940-1965",
                "--source",
                "低保"
            ]
        )
        .left(0)
    );
    let chinese = ["search", "--store", "s", "吐尔逊", "0371-66661234"];
    assert_snapshot!("chinese", desk.yiren_in("zh_CN.UTF-8", &chinese).left(0));
    assert_snapshot!("json", search(&desk, &["former", "张娜", "--json"]).left(1));
    assert_snapshot!("json_found", search(&desk, &["张娜", "--json"]).left(0));
}

#[test]
fn what_is_not_there_is_told() {
    let desk = desk();
    assert_snapshot!("nothing", search(&desk, &["诸葛亮"]).left(1));
    assert_snapshot!("not_understood", search(&desk, &["※", "张伟"]).left(1));
    assert_snapshot!("no_question", search(&desk, &[]).left(2));
    assert_snapshot!("no_division", search(&desk, &["--county", "滑县"]).left(2));
    assert_snapshot!("no_state", search(&desk, &["--status", "well"]).left(2));
    let run = desk.yiren_in("zh_CN.UTF-8", &["search", "--store", "s", "--born", "从前"]);
    assert_snapshot!("no_birth_zh", run.left(2));
    assert_snapshot!(
        "no_store",
        desk.yiren(&["search", "--store", "none", "张伟"]).left(2)
    );
}

#[test]
fn the_index_is_made_anew_and_keeps_up() {
    let desk = desk();
    search(&desk, &["张伟"]).left(0);
    desk.write(
        "more/dibao.csv",
        "record_id,name,birth_date\nD6,张伟,1955-05-05\n",
    );
    desk.yiren(&["load", "--store", "s", "more", "--by", "test"])
        .left(0);
    let found = search(&desk, &["张伟", "1955"]).left(0);
    assert!(found.stdout.contains("dibao:D6"), "{found}");
    let meta = desk.path("s/search/1/meta.json");
    std::fs::write(&meta, "{").unwrap();
    assert_snapshot!("damaged", search(&desk, &["张伟"]).left(2));
    assert_snapshot!("rebuilt", search(&desk, &["--rebuild"]).left(0));
    let again = search(&desk, &["张伟", "1955"]).left(0);
    assert_eq!(again.stdout, found.stdout);
}

#[test]
fn an_erased_record_leaves_the_index_at_once() {
    let desk = desk();
    desk.write("more/dibao.csv", "record_id,name\nERASED7,诸葛亮\n");
    desk.yiren(&["load", "--store", "s", "more", "--by", "test"])
        .left(0);
    search(&desk, &["诸葛亮"]).left(0);
    let holds = || {
        let folder = desk.path("s/search/1");
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(7).any(|window| window == b"ERASED7")
        })
    };
    assert!(holds(), "the test would prove nothing");
    let erase = [
        "store",
        "erase",
        "--store",
        "s",
        "dibao:ERASED7",
        "--why",
        "asked",
    ];
    desk.yiren(&erase).left(0);
    assert!(!holds());
}

/// What was shown is in the audit by person, and no word of the question is.
#[test]
fn a_look_is_in_the_audit() {
    let desk = desk();
    let found = search(&desk, &["吐尔逊", "--json"]).left(0);
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let entity = found["hits"][0]["entity"].as_str().unwrap();
    let store =
        yiren::store::Store::open(&desk.path("s"), &yiren::store::OpenOptions::default()).unwrap();
    let (last, _) = store.view().commit().unwrap();
    let entry = serde_json::to_string(&store.view().audit(last).unwrap()).unwrap();
    assert!(
        entry.contains(entity) && entry.contains("\"search\"") && entry.contains("\"test\""),
        "{entry}"
    );
    assert!(!entry.contains("吐尔逊"), "{entry}");
}
