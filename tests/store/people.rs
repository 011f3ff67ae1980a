//! A store of a few people who are easily taken for each other.

use std::path::Path;

use proptest::prelude::*;
use yiren::policy;
use yiren::resolve::{
    Applied, Change, Engine, Figures, Judgement, Op, Rebuilding, Rebuilt, Recording, apply,
    give_verdict, rebuild, verify,
};
use yiren::schema::CHINA;
use yiren::store::{Act, Cells, Durability, Moment, OpenOptions, Store, VerdictKind};
use yiren::sweep::Silent;
use yiren_matchers::normalise::date::Date;

/// Programmes and registers of the shipped policy.
const SOURCES: [&str; 5] = ["deaths", "dibao", "medical", "payroll", "tekun"];

const NAMES: [&str; 7] = ["张伟", "张玮", "李娜", "李楠", "王小芳", "王芳", "欧阳春"];
const BIRTHS: [&str; 5] = [
    "1962-05-07",
    "1962-07-05",
    "1962-05",
    "1990-01-01",
    "2015-11-30",
];
/// Valid numbers of the births above, and one of nobody's.
const NUMBERS: [&str; 5] = [
    "110101196205070010",
    "11010119620507001X",
    "110101199001010016",
    "110101201511300012",
    "330106197803154418",
];
const ADDRESSES: [&str; 4] = [
    "北京市东城区东华门街道王府井村3组15号",
    "北京市东城区东华门街道王府井村3组16号",
    "浙江省杭州市西湖区文新街道骆家庄1幢2单元301室",
    "河北省石家庄市长安区西兆通镇南石家庄村",
];
const HOUSEHOLDS: [&str; 3] = ["H001", "H002", "H003"];
const ACCOUNTS: [&str; 3] = [
    "6222021234567890128",
    "6222029876543210987",
    "6217001112223334445",
];
const PHONES: [&str; 3] = ["13912345678", "13812345679", "010-85115511"];

/// The shipped model with so small a cap that a handful of records pass it.
pub fn model(cap: usize) -> String {
    let lines = CHINA.lines().map(|line| match line.split_once("cap = ") {
        // One rule keeps to another cap than the rest.
        Some(("", "6")) => format!("cap = {}\n", cap + 1),
        Some((name, _)) => format!("{name}cap = {cap}\n"),
        None => format!("{line}\n"),
    });
    let text: String = lines.collect();
    assert!(
        text.contains(&format!("block_cap = {cap}\n"))
            && text.contains(&format!("\ncap = {}", cap + 1))
    );
    text
}

pub fn options() -> OpenOptions {
    OpenOptions {
        cache: 8 << 20,
        ..OpenOptions::default()
    }
}

pub fn recording() -> Recording {
    Recording {
        actor: "test".to_string(),
        at: Moment(1_800_000_000_000),
        as_of: Date::new(2026, 6, 30).unwrap(),
        durability: Durability::System,
    }
}

pub fn create(folder: &Path) -> Store {
    let act = Act {
        actor: "test".to_string(),
        action: "init",
        detail: serde_json::Value::Null,
    };
    Store::create(folder, &options(), act, recording().at).unwrap()
}

pub fn sweep(store: &Store, cap: usize, recount: bool) -> Rebuilt {
    let rebuilding = Rebuilding {
        model: model(cap),
        policy: policy::SHIPPED.to_string(),
        figures: match store.view().state().unwrap().in_force() {
            Some(generation) if !recount => Figures::Of(generation),
            _ => Figures::Count,
        },
    };
    rebuild(store, &rebuilding, &recording(), &Silent).unwrap()
}

pub fn engine(store: &Store) -> Engine {
    Engine::in_force(&store.view()).unwrap().unwrap()
}

/// A change of a record of the given source and number.
pub fn change((source, number): (usize, u8), op: Op) -> Change {
    Change {
        source: SOURCES[source].into(),
        record_id: format!("R{number}").into(),
        op,
    }
}

pub fn upsert(store: &Store, engine: &Engine, changes: &[Change]) -> Applied {
    apply(store, engine, changes, &recording()).unwrap()
}

/// What the store holds must hold together and be what a sweep over everything says.
pub fn assert_sound(store: &Store, engine: &Engine) -> Result<(), TestCaseError> {
    let view = store.view();
    let checked = view.check().unwrap();
    prop_assert!(checked.faults.is_empty(), "{:#?}", checked.faults);
    let difference = verify(&view, engine, recording().as_of, &Silent).unwrap();
    prop_assert!(difference.is_empty(), "{difference:#?}");
    Ok(())
}

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => proptest::sample::select(from), 1 => Just("")]
}

/// A record of one of these people.
pub fn cells() -> impl Strategy<Value = Cells> {
    let person = (
        proptest::sample::select(&NAMES[..]),
        pick(&BIRTHS),
        pick(&NUMBERS),
        pick(&ADDRESSES),
        pick(&HOUSEHOLDS),
    );
    let rest = (
        pick(&ACCOUNTS),
        pick(&PHONES),
        pick(&["1", "2"]),
        proptest::sample::select(&["active", "applied", "exited"][..]),
        proptest::sample::select(&["2024-01-01", "2025-03-10", "2026-02-01"][..]),
        pick(&["2025-06-30", "2026-04-30"]),
    );
    (person, rest).prop_map(
        |((name, birth, number, address, household), (account, phone, sex, status, start, end))| {
            let cells = [
                ("name", name),
                ("birth_date", birth),
                ("national_id", number),
                ("hukou_address", address),
                ("household_id", household),
                ("bank_account", account),
                ("phone", phone),
                ("sex", sex),
                ("status", status),
                ("start_date", start),
                ("end_date", end),
                ("monthly_amount", "500"),
            ];
            Cells::of(cells.into_iter())
        },
    )
}

/// A record of someone who has the same name, birth date and address as all others.
pub fn namesake() -> impl Strategy<Value = Cells> {
    (pick(&["1", "2"]), pick(&PHONES)).prop_map(|(sex, phone)| {
        let cells = [
            ("name", NAMES[0]),
            ("birth_date", BIRTHS[0]),
            ("hukou_address", ADDRESSES[0]),
            ("sex", sex),
            ("phone", phone),
        ];
        Cells::of(cells.into_iter())
    })
}

/// One of the records that a test knows.
pub fn place() -> impl Strategy<Value = (usize, u8)> {
    (0..SOURCES.len(), 0..6_u8)
}

/// What sources say in one go.
pub fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let op = prop_oneof![
        6 => cells().prop_map(Op::Upsert),
        2 => Just(Op::Delete),
        1 => Just(Op::Recheck),
    ];
    let one = (place(), op).prop_map(|(place, op)| change(place, op));
    proptest::collection::vec(one, 1..most)
}

/// What a person says of two records.
pub fn kind() -> impl Strategy<Value = VerdictKind> {
    prop_oneof![
        2 => Just(VerdictKind::MustLink),
        3 => Just(VerdictKind::CannotLink),
        1 => Just(VerdictKind::Withdrawn),
    ]
}

/// Gives a verdict, if both records are there and nothing contradicts it; whether it was given.
pub fn judge(
    store: &Store,
    engine: &Engine,
    a: (usize, u8),
    b: (usize, u8),
    kind: VerdictKind,
) -> bool {
    let name = |(source, number): (usize, u8)| (SOURCES[source].to_string(), format!("R{number}"));
    let judgement = Judgement {
        a: name(a),
        b: name(b),
        kind,
        why: "test".to_string(),
    };
    give_verdict(store, engine, &judgement, &recording()).is_ok()
}
