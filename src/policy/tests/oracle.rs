//! The evaluation against a slow and obvious one: every pair of records, months as sets.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rayon::ThreadPool;

use super::*;

/// All shapes. The oracle below knows what is written here; it does not read it.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let rules = [
        (
            "twice",
            "duplicate_enrolment",
            "from = 2020-06-01\nto = 2021-06-01",
        ),
        ("again", "repeat_enrolment", ""),
        (
            "apart",
            "exclusive_overlap",
            "programmes = ['dibao']\nwith = ['tekun']\nmin_months = 2",
        ),
        (
            "offset",
            "offset_overlap",
            "programmes = ['dibao']\nwith = ['housing']\nby = 'household'",
        ),
        (
            "needs",
            "requirement_missing",
            "programmes = ['housing']\nrequires = ['dibao', 'tekun']\nby = 'household'",
        ),
        ("dead", "paid_after_death", ""),
        ("paid", "excluded_by_payroll", "programmes = ['dibao']"),
        (
            "taxed",
            "excluded_by_register",
            "programmes = ['dibao', 'housing']\nregisters = ['tax']\nmin_months = 3",
        ),
        ("number", "shared_national_id", ""),
        ("numbers", "several_national_ids", "to = 2021-01-01"),
        ("account", "shared_account", "min_households = 2"),
    ];
    let sources = SHIPPED.split("# ---- the same programme").next();
    let mut text = sources.expect("sources come first").to_string();
    for (id, kind, more) in rules {
        text += &format!(
            "[[rule]]\nid = '{id}'\nkind = '{kind}'\nseverity = 'low'\n{more}\n\
             title = {{ zh = '题', en = 'title' }}\nbasis = {{ zh = '法', en = 'law', checked = 'read' }}\n"
        );
    }
    text += "[[region]]\ncode = '31'\n[[region.rule]]\nid = 'twice'\noff = true\n\
             [[region.rule]]\nid = 'apart'\nby = 'household'\nmin_months = 1\n";
    Policy::parse(&text, "test.toml").unwrap_or_else(|errors| panic!("{errors}"))
});

/// January of this year is month 0 of the oracle; as of month 24.
const BASE: i32 = 2020 * 12;
const AS_OF: i32 = 24;

fn name(enrolment: &Enrolment) -> &'static str {
    match SOURCES[usize::from(enrolment.source)] {
        "dibao_310000" => "dibao",
        other => other,
    }
}

fn programme(enrolment: &Enrolment) -> bool {
    enrolment.status != Status::Applied
        && ["dibao", "tekun", "housing", "education"].contains(&name(enrolment))
}

fn number(date: Date) -> i32 {
    date.month_number() - BASE
}

/// The months covered one by one, or `None` if they are not known.
fn months(enrolment: &Enrolment) -> Option<BTreeSet<i32>> {
    let start = number(enrolment.start?);
    let end = match (enrolment.end, enrolment.status) {
        (Some(end), _) => number(end),
        (None, Status::Exited) => return None,
        (None, _) => AS_OF.max(start),
    };
    (end >= start).then(|| (start..end).collect())
}

fn in_region(enrolment: &Enrolment) -> bool {
    enrolment.division / 10_000 == 31
}

type Row = (&'static str, u32, u32, BTreeSet<i32>, i64);

/// Everything the policy finds: rule, records, months and amount.
fn slow(enrolments: &[Enrolment], entity_of: &[u32]) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    let all: Vec<(u32, &Enrolment, u32)> = (0..)
        .zip(enrolments)
        .zip(entity_of)
        .map(|((record, enrolment), &entity)| (record, enrolment, entity))
        .collect();
    for &(i, a, who) in &all {
        for &(j, b, other) in &all {
            let (Some(first), Some(second)) = (months(a), months(b)) else {
                continue;
            };
            let both: BTreeSet<i32> = first.intersection(&second).copied().collect();
            let amount = |months: &BTreeSet<i32>, monthly: i64| months.len() as i64 * monthly;
            let smaller = a.monthly_amount.min(b.monthly_amount);
            let one = who == other;
            let family = one || a.household == b.household && a.household != 0;
            if i < j && programme(a) && programme(b) {
                let (start_a, start_b) = (a.start.map(number), b.start.map(number));
                let region = if start_b > start_a {
                    in_region(b)
                } else {
                    in_region(a)
                };
                let names = BTreeSet::from([name(a), name(b)]);
                if one && names.len() == 1 {
                    if both.is_empty() {
                        let until = start_a.max(start_b).expect("known");
                        let covered: BTreeSet<i32> =
                            if start_a > start_b { &second } else { &first }
                                .iter()
                                .copied()
                                .filter(|month| *month < until)
                                .collect();
                        let from = covered
                            .last()
                            .map_or(start_a.min(start_b).expect("known"), |last| last + 1);
                        rows.insert(("again", i, j, (from..until).collect(), 0));
                    } else if !region {
                        let both: BTreeSet<i32> = both
                            .iter()
                            .copied()
                            .filter(|month| (5..17).contains(month))
                            .collect();
                        if !both.is_empty() {
                            rows.insert(("twice", i, j, both.clone(), amount(&both, smaller)));
                        }
                    }
                }
                let (reach, least) = if region { (family, 1) } else { (one, 2) };
                if names == BTreeSet::from(["dibao", "tekun"]) && reach && both.len() >= least {
                    rows.insert(("apart", i, j, both.clone(), amount(&both, smaller)));
                }
                if names == BTreeSet::from(["dibao", "housing"]) && family && !both.is_empty() {
                    rows.insert(("offset", i, j, both.clone(), amount(&both, smaller)));
                }
            }
            if one && programme(a) {
                let covered = (name(a), name(b));
                if matches!(covered, ("dibao", "payroll")) && !both.is_empty() {
                    rows.insert(("paid", i, j, both.clone(), amount(&both, a.monthly_amount)));
                }
                if matches!(covered, ("dibao" | "housing", "tax")) && both.len() >= 3 {
                    rows.insert(("taxed", i, j, both.clone(), amount(&both, a.monthly_amount)));
                }
            }
        }
        for &(j, b, other) in &all {
            if who == other
                && programme(a)
                && name(b) == "deaths"
                && let (Some(covered), Some(death)) = (months(a), b.start.map(number))
            {
                let after: BTreeSet<i32> =
                    covered.into_iter().filter(|month| *month > death).collect();
                if !after.is_empty() {
                    let amount = after.len() as i64 * a.monthly_amount;
                    rows.insert(("dead", i, j, after, amount));
                }
            }
        }
        if programme(a)
            && name(a) == "housing"
            && let Some(mut lacking) = months(a)
        {
            let having = all.iter().filter(|(_, b, other)| {
                let family = who == *other || a.household == b.household && a.household != 0;
                programme(b) && ["dibao", "tekun"].contains(&name(b)) && family
            });
            let having: Option<Vec<_>> = having.map(|(_, b, _)| months(b)).collect();
            if let Some(having) = having {
                lacking.retain(|month| !having.iter().any(|months| months.contains(month)));
                if !lacking.is_empty() {
                    let amount = lacking.len() as i64 * a.monthly_amount;
                    rows.insert(("needs", i, i, lacking, amount));
                }
            }
        }
        // stars: a is the first of all, b the first of its kind
        let star = |rule,
                    key: &dyn Fn(&Enrolment, u32) -> u64,
                    same: &dyn Fn(&Enrolment, u32) -> bool,
                    rows: &mut BTreeSet<Row>| {
            let mut seen: BTreeSet<u64> = BTreeSet::new();
            let group = all.iter().filter(|(_, b, other)| same(b, *other));
            let firsts: Vec<u32> = group
                .filter(|(_, b, other)| seen.insert(key(b, *other)))
                .map(|(j, ..)| *j)
                .collect();
            if firsts[0] == i {
                rows.extend(
                    firsts[1..]
                        .iter()
                        .map(|&j| (rule, i, j, BTreeSet::new(), 0)),
                );
            }
        };
        if a.national_id != 0 {
            star(
                "number",
                &|_, who| u64::from(who),
                &|b, _| b.national_id == a.national_id,
                &mut rows,
            );
        }
    }
    for account in all
        .iter()
        .map(|(_, b, _)| b.account)
        .filter(|&account| account != 0)
    {
        let holders: BTreeSet<u32> = all
            .iter()
            .filter(|(_, b, _)| b.account == account && programme(b))
            .map(|(_, _, who)| *who)
            .collect();
        let homes = |who: u32| {
            all.iter()
                .filter(move |(_, b, other)| *other == who && b.household != 0)
                .map(|(_, b, _)| b.household)
                .collect::<BTreeSet<u64>>()
        };
        // join people who share a household until nothing changes
        let mut groups: Vec<(BTreeSet<u32>, BTreeSet<u64>)> = holders
            .iter()
            .map(|&who| (BTreeSet::from([who]), homes(who)))
            .filter(|(_, homes)| !homes.is_empty())
            .collect();
        while let Some((x, y)) = (0..groups.len())
            .flat_map(|x| (0..x).map(move |y| (x, y)))
            .find(|&(x, y)| !groups[x].1.is_disjoint(&groups[y].1))
        {
            let (people, homes) = groups.remove(x);
            groups[y].0.extend(people);
            groups[y].1.extend(homes);
        }
        let first = |people: &BTreeSet<u32>| {
            all.iter()
                .find(|(_, b, who)| people.contains(who) && b.account == account && programme(b))
                .expect("a holder")
                .0
        };
        let mut firsts: Vec<u32> = groups.iter().map(|(people, _)| first(people)).collect();
        firsts.sort_unstable();
        if let [hub, others @ ..] = &firsts[..] {
            rows.extend(
                others
                    .iter()
                    .map(|&j| ("account", *hub, j, BTreeSet::new(), 0)),
            );
        }
    }
    rows
}

/// The findings as the oracle states them. Of `needs`, the months are known by number and ends only.
fn fast(found: &Findings) -> BTreeSet<Row> {
    let row = |finding: &Finding| {
        let rule = POLICY.rules()[usize::from(finding.rule)].id.as_str();
        let rule = [
            "twice", "again", "apart", "offset", "needs", "dead", "paid", "taxed", "number",
            "numbers", "account",
        ]
        .into_iter()
        .find(|known| *known == rule)
        .expect("a rule");
        let months = finding.period.map_or(0..0, |period| {
            period.start().number() - BASE..period.end().number() - BASE
        });
        (
            rule,
            finding.record_a,
            finding.record_b,
            months.collect(),
            finding.amount,
        )
    };
    found.rows.iter().map(row).collect()
}

/// The hull of a set of months.
fn hull(months: &BTreeSet<i32>) -> BTreeSet<i32> {
    match (months.first(), months.last()) {
        (Some(&first), Some(&last)) => (first..=last).collect(),
        _ => BTreeSet::new(),
    }
}

fn an_enrolment() -> impl Strategy<Value = (u32, Enrolment)> {
    let month = |month: i32| date((2020 + month / 12) as u16, (month % 12 + 1) as u8, 15);
    let status = prop_oneof![
        Just(Status::Active),
        Just(Status::Exited),
        Just(Status::Applied),
        Just(Status::Suspended)
    ];
    (
        (0..SOURCES.len() as u16, 0..4_u32, status),
        (
            prop::option::weighted(0.9, 0..30_i32),
            prop::option::weighted(0.6, -1..14_i32),
        ),
        (
            -1..4_i64,
            0..4_u64,
            0..3_u64,
            0..4_u64,
            prop_oneof![Just(0), Just(310_115), Just(420_101)],
        ),
    )
        .prop_map(
            move |(
                (source, who, status),
                (start, length),
                (amount, household, account, id, division),
            )| {
                let end = length.map(|length| (start.unwrap_or(9) + length).max(0));
                let enrolment = Enrolment {
                    source,
                    status,
                    start: start.map(month),
                    end: end.map(month),
                    end_unreadable: false,
                    monthly_amount: amount * 100,
                    national_id: id,
                    household,
                    account,
                    division,
                };
                (who, enrolment)
            },
        )
}

/// Runs in a pool of so many threads.
fn in_threads(threads: usize, run: impl FnOnce() -> Findings + Send) -> Findings {
    static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        (1..=4)
            .map(|threads| pool(threads).expect("threads"))
            .collect()
    });
    POOLS[threads - 1].install(run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn finds_what_the_oracle_finds(records in prop::collection::vec(an_enrolment(), 0..14)) {
        let (entity_of, enrolments): (Vec<u32>, Vec<Enrolment>) = records.into_iter().unzip();
        let as_of = date(2022, 1, 1);
        let found = run(&POLICY, &enrolments, &entity_of, as_of);
        let expected: BTreeSet<Row> = slow(&enrolments, &entity_of)
            .into_iter()
            .map(|(rule, a, b, months, amount)| {
                // an amount that makes no sense counts as none
                (rule, a, b, hull(&months), amount.max(0))
            })
            .collect();
        prop_assert_eq!(fast(&found), expected);
        prop_assert_eq!(found.rows.len(), fast(&found).len());
    }

    #[test]
    fn threads_and_entity_numbers_do_not_matter(
        records in prop::collection::vec(an_enrolment(), 0..200),
        labels in Just(vec![0_u32, 1, 2, 3]).prop_shuffle(),
        people in 1..60_u32,
    ) {
        let as_of = date(2022, 1, 1);
        let (_, enrolments): (Vec<u32>, Vec<Enrolment>) = records.into_iter().unzip();
        let entity_of: Vec<u32> = (0..enrolments.len() as u32).map(|record| record * 7 % people).collect();
        let one = in_threads(1, || run(&POLICY, &enrolments, &entity_of, as_of));
        for threads in 2..=4 {
            let many = in_threads(threads, || run(&POLICY, &enrolments, &entity_of, as_of));
            prop_assert_eq!(&one, &many);
        }
        let relabel = |entity: u32| entity / 4 * 4 + labels[entity as usize % 4];
        let relabelled: Vec<u32> = entity_of.iter().map(|&entity| relabel(entity)).collect();
        let mut other = run(&POLICY, &enrolments, &relabelled, as_of);
        for (finding, original) in other.rows.iter_mut().zip(&one.rows) {
            prop_assert_eq!(finding.entity, relabel(original.entity));
            finding.entity = original.entity;
        }
        prop_assert_eq!(one, other);
    }
}
