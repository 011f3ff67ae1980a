//! Invented figures, for the tests and to look at the pages.

use super::evaluation::{
    Calibration, CalibrationSlice, ErrorCount, ErrorReason, Errors, Evaluation, Gap, Group,
    Grouping, Groups, LeftOut, PairError, ScoredPair, Thresholds as AccuracyByThreshold,
};
use super::interval::Share;
use super::mask::mask_pair;
use super::summary::*;
use super::words::Text;

const PROGRAMMES: [(&str, u64); 10] = [
    ("dibao", 8_642),
    ("tekun", 702),
    ("medical", 3_911),
    ("housing", 1_630),
    ("education", 655),
    ("employment", 540),
    ("disaster", 1_287),
    ("temporary", 1_344),
    ("deaths", 1_120),
    ("payroll", 392),
];

/// The summary of a sweep that never took place.
pub fn summary() -> Summary {
    let role = |at: usize| {
        if at < 8 {
            Role::Programme
        } else {
            Role::Register
        }
    };
    let inputs = PROGRAMMES
        .iter()
        .enumerate()
        .map(|(at, (source, records))| Input {
            file: format!("{source}.csv"),
            source: (*source).to_owned(),
            role: role(at),
            rows: records + at as u64 % 3,
            rejected: at as u64 % 3,
            bytes: records * 243 + 211,
        });
    let sources = PROGRAMMES
        .iter()
        .enumerate()
        .map(|(at, (source, records))| SourceCount {
            source: (*source).to_owned(),
            label: Text::default(),
            role: role(at),
            records: *records,
            persons: records - records / 40,
            persons_repeated: records / 45,
            persons_elsewhere: records * (20 + 7 * at as u64) / 100,
        });
    let persons = |a: usize, b: usize| {
        let (a, b) = (a.min(b), a.max(b));
        let smaller = PROGRAMMES[a].1.min(PROGRAMMES[b].1);
        match a == b {
            true => smaller - smaller / 40,
            false => smaller * ((a * 7 + b * 13) % 37) as u64 / 60,
        }
    };
    let all: Vec<usize> = (0..PROGRAMMES.len()).collect();
    Summary {
        format: FORMAT,
        yiren_version: "0.1.0".to_owned(),
        as_of: "2026-06-30".to_owned(),
        model: model(),
        policy_version: "2026.1".to_owned(),
        inputs: inputs.collect(),
        totals: Totals {
            records: 20_223,
            rejected: 9,
            entities: 14_871,
            entities_with_several_records: 3_905,
            links: 6_730,
            review_pairs: 118,
            findings: 853,
        },
        sources: sources.collect(),
        overlap: OverlapMatrix {
            sources: PROGRAMMES
                .iter()
                .map(|(source, _)| (*source).to_owned())
                .collect(),
            persons: all
                .iter()
                .map(|&a| all.iter().map(|&b| persons(a, b)).collect())
                .collect(),
        },
        findings: findings(),
        findings_by_division: counties(),
        rejects: vec![
            RejectCount {
                reason: "wrong_column_count".to_owned(),
                rows: 6,
            },
            RejectCount {
                reason: "repeated_record_id".to_owned(),
                rows: 3,
            },
        ],
        weights: weights(),
        cluster_sizes: [
            (1, 10_966),
            (2, 2_930),
            (3, 731),
            (4, 186),
            (5, 41),
            (6, 13),
            (7, 3),
            (9, 1),
        ]
        .map(|(size, clusters)| ClusterSize { size, clusters })
        .to_vec(),
        blocking: blocking(),
        examples: examples(),
        run: Run {
            threads: 2,
            seconds_total: 1.93,
            peak_memory_bytes: 121_634_816,
            spilled_bytes: 0,
            phases: vec![
                Phase {
                    name: "read".to_owned(),
                    seconds: 0.21,
                    rows_per_second: 96_300.0,
                },
                Phase {
                    name: "score".to_owned(),
                    seconds: 0.64,
                    rows_per_second: 1_904_000.0,
                },
            ],
        },
    }
}

fn findings() -> Vec<FindingCount> {
    let rows = [
        (
            "duplicate_enrolment",
            "duplicate",
            "high",
            209,
            204,
            3_117,
            151_240_000,
        ),
        (
            "exclusive_overlap",
            "dibao-tekun",
            "high",
            40,
            40,
            611,
            40_917_550,
        ),
        (
            "paid_after_death",
            "after-death",
            "high",
            459,
            431,
            2_876,
            139_441_200,
        ),
        (
            "excluded_by_payroll",
            "payroll",
            "medium",
            65,
            63,
            1_204,
            58_112_000,
        ),
        ("repeat_enrolment", "repeat", "information", 52, 52, 0, 0),
        ("shared_national_id", "shared-id", "medium", 21, 42, 0, 0),
        (
            "several_national_ids",
            "several-ids",
            "information",
            7,
            7,
            0,
            0,
        ),
    ];
    let finding = |(kind, rule, severity, count, persons, months, amount_fen): (
        &str,
        &str,
        &str,
        _,
        _,
        _,
        _,
    )| {
        let basis = match kind {
            "exclusive_overlap" => Text::new(
                "依据：《特困人员认定办法》",
                "Basis: Measures for the Recognition of Tekun",
            ),
            _ => Text::default(),
        };
        FindingCount {
            kind: kind.to_owned(),
            rule: rule.to_owned(),
            severity: severity.to_owned(),
            label: Text::default(),
            basis,
            count,
            persons,
            months,
            amount_fen,
        }
    };
    rows.map(finding).to_vec()
}

fn counties() -> FindingsByDivision {
    let names = [
        ("410526", "河南省安阳市滑县"),
        ("632623", "青海省果洛藏族自治州甘德县"),
        ("532625", "云南省文山壮族苗族自治州马关县"),
        ("370983", "山东省泰安市肥城市"),
        ("500106", "重庆市沙坪坝区"),
        ("653125", "新疆维吾尔自治区喀什地区莎车县"),
        ("", ""),
        ("342401", ""),
    ];
    let kinds = [
        "duplicate_enrolment",
        "exclusive_overlap",
        "paid_after_death",
        "excluded_by_payroll",
        "repeat_enrolment",
    ];
    let row = |(at, (code, name)): (usize, &(&str, &str))| DivisionCount {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        counts: [41u64, 9, 72, 12, 8]
            .iter()
            .map(|most| most * (8 - at as u64) / 8)
            .collect(),
    };
    FindingsByDivision {
        kinds: kinds.map(str::to_owned).to_vec(),
        divisions: names.iter().enumerate().map(row).collect(),
        other_divisions: 61,
        other: vec![52, 11, 140, 17, 10],
    }
}

fn weights() -> WeightHistogram {
    let hill = |lower: i32, top: f64, middle: f64, width: f64| {
        (top * (-(f64::from(lower) - middle).powi(2) / width).exp()) as u64
    };
    let bin = |lower: i32| {
        let (apart, together) = (
            hill(lower, 160_000.0, -24.0, 60.0),
            hill(lower, 610.0, 24.0, 90.0),
        );
        let pairs = apart + together;
        let (linked, review) = match lower {
            10.. => (pairs - pairs / 50, pairs / 50),
            0..10 => (0, pairs),
            _ => (0, 0),
        };
        WeightBin {
            lower,
            pairs,
            linked,
            review,
        }
    };
    WeightHistogram {
        bins: (-45..45).map(bin).filter(|bin| bin.pairs > 0).collect(),
    }
}

fn blocking() -> Blocking {
    let rules = [
        ("national_id", 13_204, 5_731, 5_731, 9, 0, 0),
        ("name_pinyin + birth_date", 17_889, 6_904, 2_120, 14, 0, 0),
        (
            "surname + birth_date + county",
            18_116,
            21_377,
            17_214,
            31,
            0,
            0,
        ),
        ("phone", 9_771, 38_112, 30_006, 412, 2, 0),
        (
            "name + hukou_county",
            15_003,
            1_163_200,
            1_149_771,
            2_000,
            17,
            311,
        ),
    ];
    let rule = |(name, keys, pairs, new_pairs, largest_block, refined_blocks, cut_pairs): (
        &str,
        _,
        _,
        _,
        _,
        _,
        _,
    )| {
        BlockingRule {
            name: name.to_owned(),
            keys,
            pairs,
            new_pairs,
            largest_block,
            refined_blocks,
            cut_pairs,
        }
    };
    Blocking {
        rules: rules.map(rule).to_vec(),
        possible_pairs: 204_474_753,
        candidate_pairs: 1_204_842,
    }
}

fn model() -> Model {
    let comparison = |name: &str, levels: &[(&str, &str, f64, f64, f64)]| Comparison {
        name: name.to_owned(),
        label: Text::default(),
        levels: levels
            .iter()
            .map(|&(zh, en, m, u, relative)| Level {
                label: Text::new(zh, en),
                m,
                u,
                rivals: [("relative".to_owned(), relative)].into(),
                weight: match_weight(m, u),
            })
            .collect(),
    };
    Model {
        name: "china".to_owned(),
        version: "1".to_owned(),
        prior: 3.3e-5,
        rivals: vec![Rival {
            name: "relative".to_owned(),
            prior: 6.1e-5,
        }],
        thresholds: Thresholds {
            link: 10.0,
            review: 0.0,
        },
        comparisons: vec![
            comparison(
                "national_id",
                &[
                    ("相同", "equal", 0.914, 3e-8, 2e-5),
                    (
                        "一位数字不同或两位对调",
                        "one digit differs, or two swapped",
                        0.041,
                        9e-7,
                        0.004,
                    ),
                    ("不同", "different", 0.045, 0.999_999, 0.996),
                ],
            ),
            comparison(
                "name",
                &[
                    ("相同", "equal", 0.872, 0.000_9, 0.000_4),
                    ("读音相同", "same sound", 0.055, 0.002, 0.003),
                    ("字形相近", "similar shape", 0.031, 0.001, 0.002),
                    ("仅姓相同", "only the surname is equal", 0.021, 0.071, 0.68),
                    ("不同", "different", 0.021, 0.925_1, 0.314_6),
                ],
            ),
            comparison(
                "birth_date",
                &[
                    ("相同", "equal", 0.928, 0.000_05, 0.006),
                    (
                        "月日对调或一位不同",
                        "month and day swapped, or one digit",
                        0.048,
                        0.001_1,
                        0.011,
                    ),
                    ("不同", "different", 0.024, 0.998_85, 0.983),
                ],
            ),
            comparison(
                "address",
                &[
                    ("同一门牌", "same house", 0.61, 0.000_2, 0.78),
                    ("同一村", "same village", 0.22, 0.004, 0.1),
                    ("同一县", "same county", 0.13, 0.031, 0.09),
                    ("不同", "different", 0.04, 0.964_8, 0.03),
                ],
            ),
        ],
    }
}

fn examples() -> Vec<Example> {
    let step =
        |comparison: &str, column: &str, level: (&str, &str), values: (&str, &str), weight: f64| {
            let (left, right) = mask_pair(column, values.0, values.1);
            ExampleStep {
                comparison: comparison.to_owned(),
                level: Text::new(level.0, level.1),
                left,
                right,
                weight,
            }
        };
    let name = |source: &str, id: &str| RecordName {
        source: source.to_owned(),
        record_id: id.to_owned(),
    };
    let field = |column: &str, left: &str, right: &str| ExampleField {
        column: column.to_owned(),
        left: left.to_owned(),
        right: right.to_owned(),
    };
    let example = |title: (&str, &str),
                   left,
                   right,
                   verdict,
                   against: &str,
                   prior_weight: f64,
                   steps: Vec<ExampleStep>| {
        let weight = prior_weight + steps.iter().map(|step| step.weight).sum::<f64>();
        Example {
            title: Text::new(title.0, title.1),
            left,
            right,
            fields: vec![
                field("status", "active", "exited"),
                field("start_date", "2021-05", "2019-11"),
            ],
            verdict,
            against: against.to_owned(),
            prior_weight,
            steps,
            weight,
            probability: 1.0 / (1.0 + (-weight).exp2()),
        }
    };
    let equal = ("相同", "equal");
    vec![
        example(
            (
                "身份证号有两位对调",
                "Two digits of the ID number are swapped",
            ),
            name("dibao", "DIB071360005694"),
            name("medical", "MED000000001234"),
            Verdict::Link,
            "stranger",
            -14.9,
            vec![
                step(
                    "national_id",
                    "national_id",
                    (
                        "一位数字不同或两位对调",
                        "one digit differs, or two swapped",
                    ),
                    ("632623196312010130", "632623196312100130"),
                    15.5,
                ),
                step("name", "name", equal, ("张建海", "张建海"), 9.9),
                step(
                    "birth_date",
                    "birth_date",
                    ("月日对调或一位不同", "month and day swapped, or one digit"),
                    ("1963-12-01", "1963-12-10"),
                    5.4,
                ),
                step(
                    "address",
                    "hukou_address",
                    ("同一村", "same village"),
                    (
                        "青海省果洛藏族自治州甘德县江千乡万家村第7村民小组53号",
                        "青海省果洛州甘德县江千乡万家村",
                    ),
                    5.8,
                ),
            ],
        ),
        example(
            ("双胞胎姐妹", "Twin sisters"),
            name("education", "EDU55"),
            name("education", "EDU56"),
            Verdict::NonLink,
            "relative",
            -14.0,
            vec![
                step(
                    "national_id",
                    "national_id",
                    ("不同", "different"),
                    ("410526201004150024", "410526201004150040"),
                    -4.5,
                ),
                step(
                    "name",
                    "name",
                    ("仅姓相同", "only the surname is equal"),
                    ("李晓红", "李晓梅"),
                    -5.0,
                ),
                step(
                    "birth_date",
                    "birth_date",
                    equal,
                    ("2010-04-15", "2010-04-15"),
                    7.3,
                ),
                step(
                    "address",
                    "hukou_address",
                    ("同一门牌", "same house"),
                    (
                        "河南省安阳市滑县赵营镇安坪村1组119",
                        "河南省安阳市滑县赵营镇安坪村一组119号",
                    ),
                    -0.4,
                ),
            ],
        ),
        example(
            ("没有身份证号，常见姓名", "No ID number, a common name"),
            name("temporary", "TMP1"),
            name("deaths", "D<script>alert(1)</script>"),
            Verdict::Review,
            "stranger",
            -14.9,
            vec![
                step(
                    "name",
                    "name",
                    ("相同（常见姓名）", "equal (a common name)"),
                    ("张伟", "张伟"),
                    6.1,
                ),
                step(
                    "birth_date",
                    "birth_date",
                    equal,
                    ("1971-02-03", "1971-02-03"),
                    14.2,
                ),
                step(
                    "address",
                    "hukou_address",
                    ("不同", "different"),
                    ("山东省泰安市肥城市新城街道", "重庆市沙坪坝区"),
                    -4.6,
                ),
            ],
        ),
    ]
}

/// An evaluation with some of every kind of error.
pub fn evaluation() -> Evaluation {
    let truth: Vec<u32> = (0..4_000u32)
        .map(|record| record * record % 2_741)
        .collect();
    let wrong = |record: u32| record % 97 == 5;
    let predicted: Vec<u32> = truth
        .iter()
        .zip(0u32..)
        .map(|(&person, record)| if wrong(record) { person / 2 } else { person })
        .collect();
    let mut evaluation = Evaluation::of_partitions(&predicted, &truth);
    let pairs = (0..6_000u32).map(|pair| {
        let is_match = pair % 3 == 0;
        let spread = f64::from(pair * 7_919 % 1_000) / 1_000.0;
        ScoredPair {
            weight: if is_match {
                32.0 * spread.sqrt() - 2.0
            } else {
                34.0 * spread * spread - 31.0
            },
            is_match,
        }
    });
    let mut thresholds = AccuracyByThreshold::of_pairs(pairs, 2_060);
    thresholds.link = Some(10.0);
    thresholds.review = Some(0.0);
    evaluation.thresholds = Some(thresholds);
    evaluation.calibration = Some(calibration());
    evaluation.errors = Some(errors());
    evaluation.groups = Some(groups());
    evaluation
}

/// Weights that are too large either way.
fn calibration() -> Calibration {
    let pairs = (-160..=160).flat_map(|step| {
        let weight = f64::from(step) / 8.0;
        let share = 1.0 / (1.0 + (-0.8 * weight).exp2());
        (0..40).map(move |at| (weight, (f64::from(at) + 0.5) / 40.0 < share))
    });
    let slice = |of: &str, zh: &str, en: &str, expected, true_pairs, z| CalibrationSlice {
        of: of.to_owned(),
        name: en.replace(' ', "_"),
        label: Text::new(zh, en),
        pairs: 640,
        expected,
        true_pairs,
        z,
    };
    Calibration {
        slices: vec![
            slice("rival", "双胞胎", "twins", 91.25, 60, -4.1),
            slice("name", "同音", "same sound", 380.0, 402, 1.9),
            slice("birth_date", "同年", "same year", 31.5, 77, 8.6),
        ],
        ..Calibration::of_pairs(pairs)
    }
}

fn errors() -> Errors {
    let count = |reason, against: &str, pairs| ErrorCount {
        reason,
        against: against.to_owned(),
        pairs,
    };
    let error = |reason: ErrorReason, cause: Text, example: &Example| PairError {
        reason,
        cause,
        example: Example {
            title: reason.label(),
            ..example.clone()
        },
    };
    let examples = examples();
    let cause = Text::new(
        "出生日期（年）不同；姓名缺失",
        "Birth date (year) differs; Name missing",
    );
    Errors {
        counts: vec![
            count(ErrorReason::LinkedByWeight, "relative", 12),
            count(ErrorReason::BlockedOut, "stranger", 31),
            count(ErrorReason::WeighedApart, "stranger", 4),
        ],
        not_examined: 1_500,
        false_links: vec![error(
            ErrorReason::LinkedByWeight,
            Text::default(),
            &examples[1],
        )],
        missed_links: vec![error(
            ErrorReason::WeighedApart,
            Text::default(),
            &examples[0],
        )],
        blocked_out: vec![error(ErrorReason::BlockedOut, cause, &examples[2])],
    }
}

fn groups() -> Groups {
    let group = |code: &str, zh: &str, en: &str, true_pairs, missed, wrong| Group {
        group: code.to_owned(),
        label: Text::new(zh, en),
        persons: true_pairs / 2,
        true_pairs,
        found: true_pairs - missed,
        wrong,
        precision: Share::of(true_pairs - missed, true_pairs - missed + wrong),
        recall: Share::of(true_pairs - missed, true_pairs),
    };
    let gap = |lowest, highest, clear| {
        Some(Gap {
            lowest,
            highest,
            clear,
        })
    };
    let pairs = (0..50).map(|at| group(&format!("a-{at}"), "甲 – 乙", "A – B", at, at / 9, at % 3));
    Groups {
        as_of: "2026-06-30".to_owned(),
        by: vec![
            Grouping {
                by: "sex".to_owned(),
                recall_gap: gap(0, 1, true),
                precision_gap: gap(1, 0, false),
                groups: vec![
                    group("male", "男", "male", 3_000, 210, 9),
                    group("female", "女", "female", 2_800, 90, 11),
                    group("unknown", "未知", "unknown", 0, 0, 0),
                ],
            },
            Grouping {
                by: "source_pair".to_owned(),
                recall_gap: None,
                precision_gap: None,
                groups: pairs.collect(),
            },
        ],
        left_out: vec![
            LeftOut {
                by: "ethnicity".to_owned(),
                reason: "not_in_model".to_owned(),
            },
            LeftOut {
                by: "region".to_owned(),
                reason: "not_in_data".to_owned(),
            },
        ],
    }
}
