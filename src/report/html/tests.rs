use proptest::prelude::*;

use super::*;
use crate::report::Share;
use crate::report::evaluation::{
    Calibration, CalibrationBin, CalibrationLine, CalibrationSlice, ErrorCount, ErrorReason,
    Errors, Gap, Group, Grouping, Groups, LeftOut, PairError,
};
use crate::report::sample;
use crate::report::summary::*;
use crate::report::words::Text;

/// Everything from one mark (inclusive) to the next occurrence of another (exclusive).
fn part<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let start = page.find(from).unwrap_or_else(|| panic!("no {from}"));
    let end = page[start + 1..]
        .find(to)
        .map_or(page.len(), |at| start + 1 + at);
    &page[start..end]
}

/// Fails unless every element that is opened is closed, in order; returns the names met.
fn assert_balanced(page: &str) -> Vec<String> {
    let body = part(page, "<body>", "<script>");
    let (mut open, mut met) = (Vec::new(), Vec::new());
    for tag in body.split('<').skip(1) {
        let tag = &tag[..tag.find('>').unwrap_or_else(|| panic!("unclosed <{tag}"))];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap_or_default();
        met.push(name.to_owned());
        match (tag.starts_with('/'), tag.ends_with('/') || name == "input") {
            (true, _) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            (false, false) => open.push(name),
            (false, true) => {}
        }
    }
    assert_eq!(open, ["body"], "left open");
    met
}

#[test]
fn summary_is_stable_json() {
    let summary = sample::summary();
    let text = serde_json::to_string_pretty(&summary).expect("a summary is JSON");
    assert_eq!(
        serde_json::from_str::<Summary>(&text).expect("and reads back"),
        summary
    );
    let short = Summary {
        inputs: summary.inputs[..1].to_vec(),
        sources: summary.sources[..1].to_vec(),
        overlap: OverlapMatrix {
            sources: vec!["dibao".to_owned()],
            persons: vec![vec![1]],
        },
        findings: summary.findings[1..2].to_vec(),
        weights: WeightHistogram {
            bins: summary.weights.bins[..1].to_vec(),
        },
        cluster_sizes: summary.cluster_sizes[..1].to_vec(),
        blocking: Blocking {
            rules: summary.blocking.rules[..1].to_vec(),
            ..summary.blocking
        },
        examples: summary.examples[..1].to_vec(),
        findings_by_division: FindingsByDivision {
            divisions: summary.findings_by_division.divisions[..1].to_vec(),
            ..summary.findings_by_division
        },
        model: Model {
            comparisons: summary.model.comparisons[..1].to_vec(),
            ..summary.model
        },
        ..summary
    };
    let text = serde_json::to_string_pretty(&short).expect("a summary is JSON");
    insta::assert_snapshot!("summary_json", text);
}

#[test]
fn a_summary_of_another_version_still_reads() {
    let summary: Summary =
        serde_json::from_str(r#"{"as_of": "2026-06-30", "key_of_the_future": [1]}"#)
            .expect("reads");
    assert_eq!(
        summary,
        Summary {
            as_of: "2026-06-30".to_owned(),
            ..Summary::default()
        }
    );
}

#[test]
fn parts_of_the_page() {
    let page = render(&sample::summary());
    insta::assert_snapshot!(
        "page_figures",
        part(&page, "<section id=\"figures\"", "<section")
    );
    insta::assert_snapshot!(
        "page_findings",
        part(&page, "<section id=\"findings\"", "<section")
    );
    insta::assert_snapshot!("page_example", part(&page, "<article", "</article>"));
    insta::assert_snapshot!(
        "page_blocking",
        part(&page, "<section id=\"blocking\"", "<section")
    );
    insta::assert_snapshot!(
        "page_model_name",
        part(&page, "<tbody><tr><th scope=\"rowgroup\"", "</tbody>")
    );
}

#[test]
fn parts_of_the_evaluation() {
    let page = render_evaluation(&sample::evaluation());
    insta::assert_snapshot!(
        "evaluation_accuracy",
        part(&page, "<section id=\"accuracy\"", "<section")
    );
    for (section, to) in [
        ("calibration", "<section"),
        ("groups", "<details"),
        ("errors", "<section"),
    ] {
        let from = format!("<section id=\"{section}\"");
        insta::assert_snapshot!(format!("evaluation_{section}"), part(&page, &from, to));
    }
    insta::assert_snapshot!(
        "evaluation_sizes",
        part(&page, "<section id=\"sizes\"", "<section")
    );
}

#[test]
fn pages_are_whole_and_need_no_network() {
    for page in [
        render(&sample::summary()),
        render(&Summary::default()),
        render_evaluation(&sample::evaluation()),
        render_evaluation(&Evaluation::default()),
    ] {
        assert_balanced(&page);
        assert!(!page.contains("{{") && !page.contains("}}"));
        for outside in ["http:", "https:", "//", "url(", "@import", "src=", "<link"] {
            // Comments of the script are the only double slash.
            let found = page
                .lines()
                .find(|line| line.contains(outside) && !line.trim_start().starts_with("//"));
            assert_eq!(found, None, "{outside}");
        }
    }
}

#[test]
fn every_section_is_in_the_contents() {
    let page = render(&sample::summary());
    let sections: Vec<&str> = page
        .split("<section id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let contents = part(&page, "<nav", "</nav>");
    let links: Vec<&str> = contents
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(sections, links);
    assert_eq!(sections.len(), 12);
}

#[test]
fn both_languages_say_everything() {
    for page in [
        render(&sample::summary()),
        render_evaluation(&sample::evaluation()),
    ] {
        let (zh, en) = (
            page.matches("lang=\"zh\"").count(),
            page.matches("lang=\"en\"").count(),
        );
        assert_eq!(zh, en);
        // Nothing in the English half is Chinese, apart from names between <bdi>.
        let english = page
            .split("<span lang=\"en\">")
            .skip(1)
            .filter_map(|rest| rest.split("</span>").next());
        let glossary = page.find("id=\"glossary\"").expect("a glossary");
        for text in english {
            let at = text.as_ptr() as usize - page.as_ptr() as usize;
            let is_chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(!is_chinese || at > glossary, "{text}");
        }
    }
}

#[test]
fn the_page_does_not_tell_runs_apart() {
    let summary = sample::summary();
    let other = Summary {
        run: Run {
            threads: 64,
            seconds_total: 9.0,
            ..Run::default()
        },
        ..summary.clone()
    };
    assert_eq!(render(&summary), render(&other));
}

/// A summary in which every text and every number comes from the arguments.
fn hostile(text: &str, number: f64, count: u64) -> Summary {
    let string = || text.to_owned();
    let words = || Text::same(text);
    Summary {
        format: 1,
        yiren_version: string(),
        as_of: string(),
        model: Model {
            name: string(),
            version: string(),
            prior: number,
            rivals: vec![Rival {
                name: string(),
                prior: number,
            }],
            thresholds: Thresholds {
                link: number,
                review: -number,
            },
            comparisons: vec![Comparison {
                name: string(),
                label: words(),
                levels: vec![Level {
                    label: words(),
                    m: number,
                    u: -number,
                    rivals: [(string(), number)].into(),
                    weight: number,
                }],
            }],
        },
        policy_version: string(),
        inputs: vec![Input {
            file: string(),
            source: string(),
            bytes: count,
            ..Input::default()
        }],
        totals: Totals {
            records: count,
            ..Totals::default()
        },
        sources: vec![SourceCount {
            source: string(),
            records: count,
            ..SourceCount::default()
        }],
        overlap: OverlapMatrix {
            sources: vec![string(); 3],
            persons: vec![vec![count]],
        },
        findings: vec![FindingCount {
            kind: string(),
            rule: string(),
            severity: string(),
            basis: words(),
            count,
            amount_fen: i64::MIN,
            ..FindingCount::default()
        }],
        findings_by_division: FindingsByDivision {
            kinds: vec![string(); 2],
            divisions: vec![DivisionCount {
                code: string(),
                name: string(),
                counts: vec![count / 2],
            }],
            other_divisions: 1,
            other: vec![],
        },
        rejects: vec![RejectCount {
            reason: string(),
            rows: count,
        }],
        weights: WeightHistogram {
            bins: vec![WeightBin {
                lower: number as i32,
                pairs: count,
                linked: count,
                review: count,
            }],
        },
        cluster_sizes: vec![ClusterSize {
            size: count,
            clusters: count,
        }],
        blocking: Blocking {
            rules: vec![BlockingRule {
                name: string(),
                pairs: count,
                ..BlockingRule::default()
            }],
            possible_pairs: 0,
            candidate_pairs: count,
        },
        examples: vec![Example {
            title: words(),
            left: RecordName {
                source: string(),
                record_id: string(),
            },
            right: RecordName {
                source: string(),
                record_id: string(),
            },
            fields: vec![ExampleField {
                column: string(),
                left: string(),
                right: string(),
            }],
            verdict: Verdict::Review,
            against: string(),
            prior_weight: number,
            steps: vec![ExampleStep {
                comparison: string(),
                level: words(),
                left: string(),
                right: string(),
                weight: number,
            }],
            weight: number,
            probability: number,
        }],
        run: Run::default(),
    }
}

#[test]
fn no_value_becomes_markup() {
    let plain: Vec<String> = assert_balanced(&render(&hostile("x", 1.0, 1)));
    for text in [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "' onmouseover='alert(1)",
        "{{script}}{{body}}",
        "<!-- ]]> --> &lt;b&gt;",
    ] {
        let page = render(&hostile(text, 1.0, 1));
        assert_eq!(assert_balanced(&page), plain, "{text}");
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("</script").count(), 1);
        assert!(!page.contains("<img") && !page.contains(" onerror=alert(1)>"));
    }
}

/// An evaluation in which every text and every number comes from the arguments.
fn hostile_evaluation(text: &str, number: f64, count: u64) -> Evaluation {
    let words = || Text::same(text);
    let share = Share {
        value: number,
        low: -number,
        high: number,
    };
    let group = Group {
        group: text.to_owned(),
        label: words(),
        persons: count,
        true_pairs: count,
        found: count / 2,
        wrong: count,
        precision: share,
        recall: share,
    };
    let gap = Some(Gap {
        lowest: 0,
        highest: count as usize,
        clear: true,
    });
    let error = PairError {
        reason: ErrorReason::BlockedOut,
        cause: words(),
        example: hostile(text, number, count).examples.remove(0),
    };
    Evaluation {
        records: count,
        calibration: Some(Calibration {
            pairs: 1 + count / 2,
            true_pairs: count,
            expected_true_pairs: number,
            expected_calibration_error: number,
            expected_calibration_error_contested: Some(number),
            contested_pairs: count,
            brier: number,
            log_loss: number,
            line: Some(CalibrationLine {
                intercept: number,
                slope: number,
            }),
            bins: vec![CalibrationBin {
                from: number,
                to: number,
                pairs: count,
                predicted: number,
                true_pairs: count,
                share,
            }],
            slices: vec![CalibrationSlice {
                of: text.to_owned(),
                name: text.to_owned(),
                label: words(),
                pairs: count,
                expected: number,
                true_pairs: count,
                z: number + 4.0,
            }],
        }),
        errors: Some(Errors {
            counts: vec![ErrorCount {
                reason: ErrorReason::JoinedByOthers,
                against: text.to_owned(),
                pairs: count,
            }],
            not_examined: count,
            false_links: vec![error.clone()],
            missed_links: vec![],
            blocked_out: vec![error],
        }),
        groups: Some(Groups {
            as_of: text.to_owned(),
            by: vec![Grouping {
                by: text.to_owned(),
                recall_gap: gap.clone(),
                precision_gap: gap,
                groups: vec![group],
            }],
            left_out: vec![LeftOut {
                by: text.to_owned(),
                reason: text.to_owned(),
            }],
        }),
        ..Evaluation::default()
    }
}

#[test]
fn no_value_of_an_evaluation_becomes_markup() {
    let plain = assert_balanced(&render_evaluation(&hostile_evaluation("x", 1.0, 1)));
    for text in [
        "</script><img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "{{script}}{{body}}",
    ] {
        let page = render_evaluation(&hostile_evaluation(text, 1.0, 1));
        assert_eq!(assert_balanced(&page), plain, "{text}");
        assert!(!page.contains("<img") && page.matches("<script").count() == 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_evaluation_gives_a_sound_page(text in any::<String>(), number in any::<f64>(), count in any::<u64>()) {
        let page = render_evaluation(&hostile_evaluation(&text, number, count / 4));
        assert_balanced(&page);
        let body = part(&page, "<main>", "</main>");
        prop_assert!(!body.contains("NaN") || text.contains("NaN"));
        prop_assert!(!body.contains("=\"inf") || text.contains("inf"));
    }

    #[test]
    fn any_summary_gives_a_sound_page(text in any::<String>(), number in any::<f64>(), count in any::<u64>()) {
        let page = render(&hostile(&text, number, count / 4));
        assert_balanced(&page);
        let body = part(&page, "<main>", "</main>");
        prop_assert!(!body.contains("NaN") || text.contains("NaN"));
        prop_assert!(!body.contains("=\"inf") || text.contains("inf"));
    }
}

#[test]
#[ignore = "writes the sample pages into the temporary folder, to look at"]
fn write_pages_to_look_at() {
    let folder = std::env::temp_dir().join("yiren-pages");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("report.html"), render(&sample::summary())).expect("written");
    std::fs::write(
        folder.join("evaluation.html"),
        render_evaluation(&sample::evaluation()),
    )
    .expect("written");
    println!("{}", folder.display());
}
