use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// One row, by column.
type Row = BTreeMap<String, String>;

/// Rows of one population, by source.
struct Population {
    folder: tempfile::TempDir,
    rows: BTreeMap<String, Vec<Row>>,
    /// (source, record) to person.
    truth: BTreeMap<(String, String), u64>,
    generated: Generated,
}

fn read(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn population(options: &Options) -> Population {
    let folder = tempfile::tempdir().unwrap();
    let generated = generate(options, folder.path(), &|_| {}).unwrap();
    let rows: BTreeMap<_, _> = generated
        .records
        .keys()
        .map(|source| {
            (
                source.name().to_owned(),
                read(&folder.path().join(format!("{}.csv", source.name()))),
            )
        })
        .collect();
    let mut truth = BTreeMap::new();
    for row in read(&folder.path().join("truth.csv")) {
        let key = (row["source"].clone(), row["record_id"].clone());
        assert!(
            truth
                .insert(key, row["person_id"].parse().unwrap())
                .is_none(),
            "twice in truth: {row:?}"
        );
    }
    Population {
        folder,
        rows,
        truth,
        generated,
    }
}

impl Population {
    fn all(&self) -> impl Iterator<Item = (&str, &Row)> {
        self.rows
            .iter()
            .flat_map(|(source, rows)| rows.iter().map(|row| (source.as_str(), row)))
    }
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

fn clean() -> Options {
    Options {
        errors: ErrorMix::clean(),
        ..Options::default()
    }
}

fn check_digit_is_right(number: &str) -> bool {
    let digits: Vec<u32> = number
        .chars()
        .map(|c| {
            if c == 'X' {
                10
            } else {
                c.to_digit(10).unwrap_or(99)
            }
        })
        .collect();
    // ISO 7064 MOD 11-2, in its recursive form: an independent way to the weights of GB 11643.
    digits.len() == 18
        && digits
            .iter()
            .rev()
            .enumerate()
            .map(|(i, d)| d * 2u32.pow(i as u32))
            .sum::<u32>()
            % 11
            == 1
}

#[test]
fn same_options_same_bytes() {
    for format in [Format::Csv, Format::Parquet] {
        // Three chunks, so that threads have something to disagree about.
        let options = Options {
            persons: 17_000,
            seed: 5,
            format,
            population_register: true,
            ..Options::default()
        };
        let made: Vec<_> = [1, 2, 5]
            .map(|threads| {
                let folder = tempfile::tempdir().unwrap();
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| generate(&options, folder.path(), &|_| {}))
                    .unwrap();
                bytes(folder.path())
            })
            .into();
        assert_eq!(made[0].len(), 13);
        assert!(made[0] == made[1] && made[1] == made[2]);
        let folder = tempfile::tempdir().unwrap();
        generate(&Options { seed: 6, ..options }, folder.path(), &|_| {}).unwrap();
        assert_ne!(made[0]["truth.csv"], bytes(folder.path())["truth.csv"]);
    }
}

#[test]
fn truth_is_complete() {
    let options = Options {
        persons: 9_000,
        population_register: true,
        ..Options::default()
    };
    let population = population(&options);
    let keys: BTreeSet<(String, String)> = population
        .all()
        .map(|(source, row)| (source.to_owned(), row["record_id"].clone()))
        .collect();
    let rows: u64 = population.generated.records.values().sum();
    assert_eq!(keys.len() as u64, rows, "record ids are unique");
    assert_eq!(keys, population.truth.keys().cloned().collect());
    let persons: BTreeSet<u64> = population.truth.values().copied().collect();
    assert_eq!(persons.len(), 9_000);
    assert_eq!(population.generated.persons, 9_000);
    let residents = population.generated.records[&Source::Population];
    let mean = (rows - residents) as f64 / 9_000.0;
    assert!((1.45..1.55).contains(&mean), "{mean}");
    assert!((8_000..9_000).contains(&residents), "{residents}");
}

#[test]
fn record_ids_tell_nothing_of_persons() {
    let population = population(&Options {
        persons: 5_000,
        ..Options::default()
    });
    // Neither in the order of rows nor in the order of ids are neighbours the same person more often than chance has it.
    let persons = |rows: &[String]| -> Vec<u64> {
        rows.iter()
            .map(|id| population.truth[&("dibao".to_owned(), id.clone())])
            .collect()
    };
    let mut ids: Vec<String> = population.rows["dibao"]
        .iter()
        .map(|row| row["record_id"].clone())
        .collect();
    for _ in 0..2 {
        let near = persons(&ids)
            .windows(2)
            .filter(|pair| pair[0].abs_diff(pair[1]) < 5)
            .count();
        assert!(near < 30, "{near} of {}", ids.len());
        ids.sort();
    }
}

#[test]
fn numbers_are_valid_and_unique_where_nothing_is_wrong() {
    let population = population(&Options {
        persons: 20_000,
        ..clean()
    });
    let mut holders: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (source, row) in population.all() {
        let number = row["national_id"].as_str();
        assert!(check_digit_is_right(number), "{row:?}");
        assert_eq!(number[6..14], row["birth_date"].replace('-', ""), "{row:?}");
        assert_eq!(
            number.as_bytes()[16] % 2 == 1,
            row["sex"] == "男",
            "{row:?}"
        );
        let person = population.truth[&(source.to_owned(), row["record_id"].clone())];
        holders.entry(number).or_default().insert(person);
    }
    assert!(holders.values().all(|persons| persons.len() == 1));
    assert_eq!(holders.len(), 20_000);
    // Most, but not all, were registered where they live.
    let elsewhere = population
        .all()
        .filter(|(_, row)| row["national_id"][..6] != row["hukou_division"][..6])
        .count();
    let share = elsewhere as f64 / population.truth.len() as f64;
    assert!((0.1..0.35).contains(&share), "{share}");
}

/// Numbers stay unique when many chunks share a county.
#[test]
fn numbers_are_unique_across_chunks() {
    let population = population(&Options {
        persons: 40_000,
        records_per_person: 1.0,
        ..clean()
    });
    let numbers: BTreeSet<&str> = population
        .all()
        .map(|(_, row)| row["national_id"].as_str())
        .collect();
    assert_eq!(numbers.len(), 40_000);
}

#[test]
fn without_numbers_there_is_none_anywhere() {
    for errors in [ErrorMix::clean(), ErrorMix::usual(), ErrorMix::heavy()] {
        let population = population(&Options {
            persons: 3_000,
            errors,
            national_id: false,
            ..Options::default()
        });
        for (_, row) in population.all() {
            assert_eq!(row["national_id"], "");
            assert!(!row["documents"].contains("disability_card"), "{row:?}");
        }
    }
}

/// Month by month, from the rows of the files alone.
#[test]
fn findings_agree_with_a_slow_count() {
    let population = population(&Options {
        persons: 20_000,
        seed: 3,
        second_enrolment: 0.1,
        ..clean()
    });
    let month = |date: &str| -> i32 {
        let mut parts = date.split('-').map(|part| part.parse::<i32>().unwrap());
        parts.next().unwrap() * 12 + parts.next().unwrap() - 1
    };
    let covered = |row: &Row| -> BTreeSet<i32> {
        let end = if row["end_date"].is_empty() {
            "2026-06-30"
        } else {
            &row["end_date"]
        };
        (month(&row["start_date"])..month(end)).collect()
    };
    let mut by_person: BTreeMap<u64, Vec<(&str, &Row)>> = BTreeMap::new();
    for (source, row) in population.all() {
        let person = population.truth[&(source.to_owned(), row["record_id"].clone())];
        by_person.entry(person).or_default().push((source, row));
    }
    let mut expected = BTreeSet::new();
    for (person, rows) in by_person {
        let paid: Vec<_> = rows
            .iter()
            .filter(|(source, row)| {
                !["deaths", "payroll"].contains(source) && row["status"] != "applied"
            })
            .collect();
        let mut add = |kind: &str, a: &(&str, &Row), b: &(&str, &Row)| {
            let mut records = [a, b].map(|(source, row)| format!("{source}:{}", row["record_id"]));
            records.sort();
            expected.insert((kind.to_owned(), person, records));
        };
        for (position, a) in paid.iter().enumerate() {
            let a_months = covered(a.1);
            for b in &paid[position + 1..] {
                let meet = covered(b.1).intersection(&a_months).next().is_some();
                if a.0 == b.0 {
                    add(
                        if meet {
                            "duplicate_enrolment"
                        } else {
                            "repeat_enrolment"
                        },
                        a,
                        b,
                    );
                } else if meet && BTreeSet::from([a.0, b.0]) == BTreeSet::from(["dibao", "tekun"]) {
                    add("exclusive_overlap", a, b);
                }
            }
            for b in rows.iter().filter(|(source, _)| *source == "deaths") {
                if a_months
                    .last()
                    .is_some_and(|last| *last > month(&b.1["start_date"]))
                {
                    add("paid_after_death", a, b);
                }
            }
            for b in rows.iter().filter(|(source, _)| *source == "payroll") {
                if ["dibao", "tekun"].contains(&a.0)
                    && covered(b.1).intersection(&a_months).next().is_some()
                {
                    add("excluded_by_payroll", a, b);
                }
            }
        }
    }
    let written: BTreeSet<_> = read(&population.folder.path().join("true_findings.csv"))
        .into_iter()
        .map(|row| {
            let mut records = [row["record_a"].clone(), row["record_b"].clone()];
            records.sort();
            (
                row["kind"].clone(),
                row["person_id"].parse::<u64>().unwrap(),
                records,
            )
        })
        .collect();
    assert_eq!(written, expected);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, ..) in &written {
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(kinds.len(), 5);
    assert!(kinds.values().all(|count| *count >= 20), "{kinds:?}");
    assert!(
        kinds
            .iter()
            .all(|(kind, count)| population.generated.findings[kind] == *count)
    );
}

#[test]
fn mixes_of_one_seed_show_the_same_people() {
    let [clean, heavy] = [ErrorMix::clean(), ErrorMix::heavy()].map(|errors| {
        population(&Options {
            persons: 2_000,
            errors,
            ..Options::default()
        })
    });
    assert_eq!(clean.truth, heavy.truth);
    let files = [&clean, &heavy].map(|population| {
        std::fs::read(population.folder.path().join("true_findings.csv")).unwrap()
    });
    assert_eq!(files[0], files[1]);
}

/// Each error alone, at a rate of its own: seen in the rows as often as asked for.
#[test]
fn errors_come_at_their_rates() {
    const RATE: f64 = 0.3;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let of_15 = move |text: &str| text.len() == 15 && digits(text) == 15;
    type Sees = Box<dyn Fn(&str, &str) -> Option<bool>>;
    type Rate = fn(&mut ErrorMix) -> &mut f64;
    /// A column, the rate to set, and whether the error is seen in (clean, erroneous); none where it cannot happen.
    type Case = (&'static str, Rate, Sees);
    let always = |sees: fn(&str, &str) -> bool| -> Sees {
        Box::new(move |clean, shown| Some(sees(clean, shown)))
    };
    let cases: Vec<Case> = vec![
        (
            "national_id",
            |mix| &mut mix.id.substituted,
            always(|clean, shown| clean != shown && clean.len() == shown.len()),
        ),
        (
            "national_id",
            |mix| &mut mix.id.transposed,
            always(|clean, shown| clean != shown),
        ),
        (
            "national_id",
            |mix| &mut mix.id.inserted,
            always(|_, shown| shown.len() == 19),
        ),
        (
            "national_id",
            |mix| &mut mix.id.deleted,
            always(|_, shown| shown.len() == 17),
        ),
        (
            "national_id",
            |mix| &mut mix.id.full_width,
            always(|_, shown| shown.chars().all(|c| c > '\u{ff00}')),
        ),
        (
            "national_id",
            |mix| &mut mix.id.masked,
            always(|_, shown| shown.contains("****")),
        ),
        (
            "national_id",
            |mix| &mut mix.id.spaced,
            always(|_, shown| shown.contains(' ')),
        ),
        (
            "national_id",
            |mix| &mut mix.id.legacy,
            Box::new(move |clean, shown| (clean[6..10] < *"2000").then(|| of_15(shown))),
        ),
        (
            "national_id",
            |mix| &mut mix.id.lower_x,
            Box::new(|clean, shown| clean.ends_with('X').then(|| shown.ends_with('x'))),
        ),
        (
            "national_id",
            |mix| &mut mix.id.shared,
            always(|clean, shown| clean != shown && check_digit_is_right(shown)),
        ),
        (
            "name",
            |mix| &mut mix.name.homophone,
            always(|clean, shown| clean != shown),
        ),
        (
            "name",
            |mix| &mut mix.name.extra_char,
            always(|clean, shown| clean.chars().count() + 1 == shown.chars().count()),
        ),
        (
            "name",
            |mix| &mut mix.name.spaced,
            always(|_, shown| shown.contains([' ', '\u{3000}'])),
        ),
        (
            "name",
            |mix| &mut mix.name.placeholder,
            always(|_, shown| shown.contains(['*', '?', '■', '※', '〇'])),
        ),
        (
            "name",
            |mix| &mut mix.name.romanised,
            always(|_, shown| shown.is_ascii()),
        ),
        (
            "name",
            |mix| &mut mix.name.dot_variant,
            Box::new(|clean, shown| clean.contains('·').then(|| !shown.contains('·'))),
        ),
        (
            "birth_date",
            |mix| &mut mix.birth.missing,
            always(|_, shown| shown.is_empty()),
        ),
        (
            "birth_date",
            |mix| &mut mix.birth.new_year,
            Box::new(|clean, shown| (!clean.ends_with("01-01")).then(|| shown.ends_with("01-01"))),
        ),
        (
            "birth_date",
            |mix| &mut mix.birth.digit,
            always(|clean, shown| {
                clean
                    .bytes()
                    .zip(shown.bytes())
                    .filter(|(a, b)| a != b)
                    .count()
                    == 1
            }),
        ),
        (
            "birth_date",
            |mix| &mut mix.birth.lunar,
            Box::new(|clean, shown| (clean[..4] < *"1989").then(|| clean != shown)),
        ),
        (
            "birth_date",
            |mix| &mut mix.birth.other_form,
            always(|_, shown| shown.as_bytes().get(4) != Some(&b'-')),
        ),
        (
            "hukou_address",
            |mix| &mut mix.address.missing,
            always(|_, shown| shown.is_empty()),
        ),
        (
            "hukou_address",
            |mix| &mut mix.address.upper_omitted,
            always(|clean, shown| shown.chars().count() < clean.chars().count()),
        ),
        (
            "hukou_address",
            |mix| &mut mix.address.moved,
            always(|clean, shown| clean != shown),
        ),
        (
            "residence_address",
            |mix| &mut mix.address.residence_missing,
            always(|_, shown| shown.is_empty()),
        ),
        (
            "sex",
            |mix| &mut mix.other.sex_coded,
            always(|_, shown| shown == "1" || shown == "2"),
        ),
        (
            "sex",
            |mix| &mut mix.other.sex_wrong,
            always(|clean, shown| clean != shown),
        ),
        (
            "ethnicity",
            |mix| &mut mix.other.ethnicity_missing,
            always(|_, shown| shown.is_empty()),
        ),
        (
            "hukou_division",
            |mix| &mut mix.other.division_short,
            always(|_, shown| shown.len() == 6),
        ),
        (
            "household_id",
            |mix| &mut mix.other.household_old,
            always(|clean, shown| clean != shown),
        ),
        (
            "relation_to_head",
            |mix| &mut mix.other.relation_coded,
            always(|_, shown| digits_only(shown)),
        ),
        (
            "phone",
            |mix| &mut mix.other.phone_changed,
            always(|clean, shown| clean != shown),
        ),
        (
            "phone",
            |mix| &mut mix.other.phone_official,
            always(|clean, shown| clean != shown),
        ),
        (
            "bank_account",
            |mix| &mut mix.other.account_missing,
            always(|_, shown| shown.is_empty()),
        ),
    ];
    let options = Options {
        persons: 3_000,
        seed: 8,
        second_enrolment: 0.0,
        ..clean()
    };
    let base = population(&options);
    let clean_rows: BTreeMap<&str, &Row> = base
        .all()
        .map(|(_, row)| (row["record_id"].as_str(), row))
        .collect();
    for (number, (column, rate, sees)) in cases.iter().enumerate() {
        let mut errors = ErrorMix::clean();
        *rate(&mut errors) = RATE;
        let shown = population(&Options {
            errors,
            ..options.clone()
        });
        let (mut possible, mut seen) = (0, 0);
        for (_, row) in shown.all() {
            let clean = clean_rows[row["record_id"].as_str()];
            for (name, value) in clean {
                let follows = [
                    "hukou_division",
                    "residence_address",
                    "household_id",
                    "office_division",
                ]
                .contains(&name.as_str());
                assert!(
                    name == column || follows || row[name] == *value,
                    "{column} {number}: {name} changed"
                );
            }
            if let Some(seen_here) = sees(&clean[*column], &row[*column]) {
                possible += 1;
                seen += u32::from(seen_here);
            }
        }
        let share = f64::from(seen) / f64::from(possible);
        let allowed = 4.0 * (RATE * (1.0 - RATE) / f64::from(possible)).sqrt() + 0.012;
        assert!(
            (share - RATE).abs() < allowed,
            "{column} {number}: {share} of {possible}"
        );
    }
}

fn digits_only(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn families_look_like_families() {
    let population = population(&Options {
        persons: 30_000,
        records_per_person: 1.0,
        ..clean()
    });
    let mut households: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for (_, row) in population.all() {
        households
            .entry(&row["household_id"])
            .or_default()
            .push(row);
    }
    let surname = |row: &Row| row["name"].chars().next();
    let (mut children, mut as_father, mut same_address) = (0, 0, 0);
    let mut twins = 0;
    for members in households.values() {
        let father = members.iter().find(|row| {
            row["sex"] == "男" && ["户主", "配偶"].contains(&row["relation_to_head"].as_str())
        });
        let young: Vec<_> = members
            .iter()
            .filter(|row| ["子", "女"].contains(&row["relation_to_head"].as_str()))
            .collect();
        for child in &young {
            if let Some(father) = father.filter(|father| !father["name"].contains('·')) {
                children += 1;
                as_father += u32::from(surname(father) == surname(child));
                same_address += u32::from(father["hukou_address"] == child["hukou_address"]);
            }
        }
        for (position, first) in young.iter().enumerate() {
            for second in &young[position + 1..] {
                if first["birth_date"] == second["birth_date"] {
                    twins += 1;
                    let sequence = |row: &Row| row["national_id"][14..17].parse::<i32>().unwrap();
                    assert!(
                        (sequence(first) - sequence(second)).abs() <= 2,
                        "{first:?} {second:?}"
                    );
                    assert_eq!(first["national_id"][..14], second["national_id"][..14]);
                }
            }
        }
    }
    let share = |part: u32| f64::from(part) / f64::from(children);
    assert!(
        children > 2_000 && (0.85..0.98).contains(&share(as_father)),
        "{}",
        share(as_father)
    );
    assert_eq!(same_address, children);
    assert!(twins >= 20, "{twins}");
}

#[test]
fn everyone_is_plausible() {
    let population = population(&Options {
        persons: 10_000,
        ..clean()
    });
    for (source, row) in population.all() {
        let age_years = 2026 - row["birth_date"][..4].parse::<i32>().unwrap();
        assert!((0..=97).contains(&age_years), "{row:?}");
        assert!(row["start_date"] >= row["birth_date"], "{row:?}");
        assert!(
            *row["start_date"] <= *"2026-06-30"
                && *row["end_date"] <= *"2026-06-30"
                && *row["updated_at"] <= *"2026-06-30"
        );
        assert!(
            row["end_date"].is_empty() || row["end_date"] >= row["start_date"],
            "{row:?}"
        );
        assert_eq!(
            row["status"] == "deceased" && row["end_date"].is_empty(),
            source == "deaths",
            "{row:?}"
        );
        assert!(row.values().all(|value| !value.contains([',', '"', '\n'])));
        assert!(
            row["hukou_division"].len() == 9
                && row["phone"].len() == 11
                && row["bank_account"].len() == 19
        );
    }
}

#[test]
fn names_collide_as_in_life() {
    let population = population(&Options {
        persons: 40_000,
        records_per_person: 1.0,
        ..clean()
    });
    let mut bearers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut minority = 0;
    for (_, row) in population.all() {
        *bearers.entry(&row["name"]).or_default() += 1;
        minority += u32::from(row["name"].contains('·'));
    }
    let shared: u32 = bearers.values().filter(|count| **count > 1).sum();
    // 张伟 alone is one in 4,800 of the country: among forty thousand, thousands share their whole name with someone.
    assert!((4_000..10_000).contains(&shared), "{shared}");
    assert!(bearers["张伟"] >= 2, "{}", bearers["张伟"]);
    assert!((200..3_000).contains(&minority), "{minority}");
    let wang = population
        .all()
        .filter(|(_, row)| row["name"].starts_with('王'))
        .count();
    assert!((2_200..3_400).contains(&wang), "{wang}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("never");
    let refused = |options: Options| generate(&options, &out, &|_| {}).unwrap_err().to_string();
    let mut errors = ErrorMix::usual();
    errors.name.homophone = f64::NAN;
    assert!(
        refused(Options {
            errors,
            ..Options::default()
        })
        .starts_with("NameErrors.homophone is NaN")
    );
    assert!(
        refused(Options {
            records_per_person: 0.5,
            ..Options::default()
        })
        .starts_with("records per person is 0.5")
    );
    assert!(
        refused(Options {
            as_of: Date::new(2026, 6, 0).unwrap(),
            ..Options::default()
        })
        .starts_with("as-of is 2026-06;")
    );
    assert!(
        refused(Options {
            persons: u64::MAX,
            ..Options::default()
        })
        .contains("too many")
    );
    assert!(!out.exists());
    std::fs::write(&out, "").unwrap();
    assert!(refused(Options::default()).starts_with("cannot write"));
}

#[test]
fn nobody_at_all_gives_headers() {
    let population = population(&Options {
        persons: 0,
        ..Options::default()
    });
    assert_eq!(population.truth.len(), 0);
    let text = std::fs::read_to_string(population.folder.path().join("dibao.csv")).unwrap();
    assert!(text.starts_with("record_id,national_id,") && text.lines().count() == 1);
}

#[test]
fn parquet_holds_what_csv_holds() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    let options = Options {
        persons: 500,
        ..Options::default()
    };
    let csv = population(&options);
    let folder = tempfile::tempdir().unwrap();
    generate(
        &Options {
            format: Format::Parquet,
            ..options
        },
        folder.path(),
        &|_| {},
    )
    .unwrap();
    let file = std::fs::File::open(folder.path().join("dibao.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let names: Vec<String> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_string(3).unwrap().clone())
        .collect();
    let expected: Vec<&String> = csv.rows["dibao"].iter().map(|row| &row["name"]).collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
}
