//! Counties that exist, and towns, villages and roads that do not.

use std::sync::LazyLock;

use gb2260::Division;

use super::names::lines;
use super::random::{Rng, Weighted, hash};

/// A county, district or banner of GB/T 2260.
#[derive(Debug)]
pub(super) struct County {
    pub code: u32,
    pub province: &'static str,
    /// None under a municipality and where the county stands directly under the province.
    pub prefecture: Option<&'static str>,
    pub name: &'static str,
    /// Codes of the same prefecture that were abolished before the revision used, ours to give to older people.
    pub retired: Vec<u32>,
    /// How often the poor live here: a share of the province's.
    weight: u32,
    urban_thousandths: u32,
    peoples: Weighted<&'static str>,
}

/// The revision of the county table.
const REVISION: &str = "201607";
/// Older revisions, for abolished codes.
const OLDER: [&str; 2] = ["200212", "200712"];

static COUNTIES: LazyLock<Vec<County>> = LazyLock::new(|| {
    let census: Vec<(u32, u32)> = lines(include_str!("data/provinces.txt"))
        .filter_map(|line| {
            let mut parts = line.split(' ').map(|part| part.parse::<u32>().ok());
            Some((parts.next()??, parts.next()?? * parts.next()??))
        })
        .collect();
    let mut counties = Vec::new();
    for &(province, people) in &census {
        let found: Vec<u32> = (province * 10_000 + 100..(province + 1) * 10_000)
            .filter(|code| code % 100 != 0 && division(*code, REVISION).is_some_and(is_county))
            .collect();
        let share = (people * 100 / u32::try_from(found.len().max(1)).unwrap_or(1)).max(1);
        counties.extend(found.into_iter().filter_map(|code| county(code, share)));
    }
    counties
});

/// Tables of GB/T 2260 have headings among the places.
fn is_county(name: &str) -> bool {
    !matches!(
        name,
        "市辖区" | "县" | "省直辖县级行政区划" | "自治区直辖县级行政区划" | "市"
    )
}

fn division(code: u32, revision: &str) -> Option<&'static str> {
    Division::get_by_revision(&code.to_string(), revision).map(|division| division.name)
}

fn county(code: u32, weight: u32) -> Option<County> {
    let name = division(code, REVISION)?;
    let province = division(code / 10_000 * 10_000, REVISION)?;
    let prefecture = division(code / 100 * 100, REVISION).filter(|name| is_county(name));
    let urban_thousandths = if name.ends_with('区') {
        480
    } else if name.ends_with('市') {
        300
    } else {
        160
    };
    // One county of the prefecture, by turns, inherits each abolished code, so that no two people can ever hold one number.
    let retired = (code / 100 * 100 + 1..code / 100 * 100 + 100)
        .filter(|&old| division(old, REVISION).is_none())
        .filter(|&old| {
            OLDER
                .iter()
                .any(|revision| division(old, revision).is_some_and(is_county))
        })
        .filter(|&old| heir(old) == Some(code))
        .collect();
    Some(County {
        code,
        province,
        prefecture,
        name,
        retired,
        weight,
        urban_thousandths,
        peoples: peoples(code, name, prefecture),
    })
}

fn heir(old: u32) -> Option<u32> {
    let living: Vec<u32> = (old / 100 * 100 + 1..old / 100 * 100 + 100)
        .filter(|&code| division(code, REVISION).is_some_and(is_county))
        .collect();
    living.get(old as usize % living.len().max(1)).copied()
}

fn peoples(code: u32, county: &str, prefecture: Option<&str>) -> Weighted<&'static str> {
    let mut shares: Vec<(&'static str, u32)> = lines(include_str!("data/ethnicities.txt"))
        .filter_map(|line| line.split_once(' '))
        .filter(|(province, _)| province.parse() == Ok(code / 10_000))
        .flat_map(|(_, shares)| shares.split(' '))
        .filter_map(|share| share.split_once('='))
        .filter_map(|(people, share)| Some((people, share.parse().ok()?)))
        .collect();
    for (people, share) in &mut shares {
        let stem = people.trim_end_matches('族');
        if county.contains(stem) {
            *share = (*share).max(480);
        } else if prefecture.is_some_and(|name| name.contains(stem)) {
            *share = (*share).max(330);
        } else if *people == "维吾尔族" {
            // The south of Xinjiang: Aksu, Kizilsu, Kashgar, Khotan.
            *share = if (6529..=6532).contains(&(code / 100)) {
                880
            } else {
                180
            };
        }
    }
    let others: u32 = shares.iter().map(|(_, share)| share).sum();
    shares.push(("汉族", 1000u32.saturating_sub(others).max(60)));
    Weighted::new(shares)
}

struct Parts(Vec<(&'static str, Vec<&'static str>)>);

static PARTS: LazyLock<Parts> = LazyLock::new(|| {
    let split = |(kind, parts): (&'static str, &'static str)| (kind, parts.split(' ').collect());
    Parts(
        lines(include_str!("data/places.txt"))
            .filter_map(|line| line.split_once(' '))
            .map(split)
            .collect(),
    )
});

fn part(kind: &str, rng: &mut Rng) -> &'static str {
    PARTS
        .0
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or("", |(_, parts)| rng.pick::<&str>(parts))
}

/// Where a household lives: down to the door, with the number of its hukou booklet.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub county: &'static County,
    /// Nine digits: county and town.
    pub town_code: u32,
    pub town: String,
    pub door: Door,
    /// Six digits that follow the town's code in the household number.
    pub household: u32,
}

/// The lower end of an address.
#[derive(Clone, Debug)]
pub(super) enum Door {
    /// Village, group, house number.
    Village {
        name: String,
        group: u32,
        number: u32,
    },
    /// Road, number, and the flat if the house has several.
    Road {
        name: String,
        number: u32,
        flat: Option<Flat>,
    },
}

/// A flat in a compound.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    pub compound: &'static str,
    pub building: u32,
    pub unit: u32,
    pub room: u32,
}

/// The counties of one population.
pub(super) struct Counties {
    groups: Vec<Weighted<&'static County>>,
}

impl Counties {
    /// A few hundred counties of every province for a small population, all of them from a million people on,
    /// dealt into groups. A group shares no county with another.
    pub fn select(persons: u64, seed: u64, groups: usize) -> Counties {
        let all = &*COUNTIES;
        let wanted = usize::try_from(250 + persons / 350)
            .unwrap_or(usize::MAX)
            .max(groups * 40)
            .min(all.len());
        let mut ranked: Vec<(u64, &County)> = Vec::with_capacity(all.len());
        for province in all.chunk_by(|a, b| a.code / 10_000 == b.code / 10_000) {
            let mut order: Vec<&County> = province.iter().collect();
            Rng::new(&[seed, 11, u64::from(province[0].code)]).shuffle(&mut order);
            // Proportional to the province's size, the first county of each before any second one.
            let size = order.len() as u64;
            ranked.extend(
                order
                    .into_iter()
                    .zip(0u64..)
                    .map(|(county, rank)| (rank * 1_000_000 / size, county)),
            );
        }
        ranked.sort_by_key(|(rank, county)| (*rank, county.code));
        let mut dealt: Vec<Vec<(&County, u32)>> = vec![Vec::new(); groups];
        for (position, (_, county)) in ranked.into_iter().take(wanted).enumerate() {
            dealt[position % groups].push((county, county.weight));
        }
        Counties {
            groups: dealt.into_iter().map(Weighted::new).collect(),
        }
    }

    /// The counties of a chunk.
    pub fn group(&self, number: usize) -> &Weighted<&'static County> {
        &self.groups[number]
    }
}

impl County {
    /// The people a household belongs to.
    pub fn people(&self, rng: &mut Rng) -> &'static str {
        self.peoples.pick(rng)
    }

    /// A house or flat in one of the county's towns; the household number is the caller's.
    pub fn home(&'static self, rng: &mut Rng) -> Home {
        let urban = rng.below(1000) < self.urban_thousandths;
        let of_county = |salt: u64| hash(&[u64::from(self.code), salt]);
        // 001… are streets, 100… towns, 200… townships, as in the statistical code of divisions.
        let index = if urban {
            1 + rng.below(2 + (of_county(1) % 6) as u32)
        } else if rng.chance(0.62) {
            100 + rng.below(3 + (of_county(2) % 12) as u32)
        } else {
            200 + rng.below(2 + (of_county(3) % 9) as u32)
        };
        let town = &mut Rng::new(&[u64::from(self.code), 4, u64::from(index)]);
        let kind = match index {
            0..100 => "街道",
            100..200 => "镇",
            _ => "乡",
        };
        let town_name = format!(
            "{}{}{kind}",
            part("town_first", town),
            part("town_second", town)
        );
        let door = if urban {
            road(rng)
        } else {
            village(u64::from(self.code) * 1000 + u64::from(index), rng)
        };
        Home {
            county: self,
            town_code: self.code * 1000 + index,
            town: town_name,
            door,
            household: 0,
        }
    }
}

fn road(rng: &mut Rng) -> Door {
    let name = format!("{}{}", part("road_first", rng), part("road_last", rng));
    let number = 1 + rng.below(298);
    // Most blocks have six floors, the height without a lift.
    let floors = if rng.chance(0.7) { 6 } else { 27 };
    let flat = rng.chance(0.75).then(|| Flat {
        compound: part("compound", rng),
        building: 1 + rng.below(30),
        unit: 1 + rng.below(5),
        room: (1 + rng.below(floors)) * 100 + 1 + rng.below(4),
    });
    Door::Road { name, number, flat }
}

fn village(town: u64, rng: &mut Rng) -> Door {
    let index = u64::from(rng.below(8 + (hash(&[town, 5]) % 14) as u32));
    let village = &mut Rng::new(&[town, 6, index]);
    let name = match village.below(10) {
        0..4 => format!(
            "{}{}",
            super::names::surname("", village),
            part("family_last", village)
        ),
        4..8 => {
            let first = if village.chance(0.3) {
                part("village_first", village)
            } else {
                part("village_root", village)
            };
            format!(
                "{first}{}{}",
                part("village_root", village),
                part("village_last", village)
            )
        }
        8 => format!(
            "{}{}",
            part("village_root", village),
            part("village_last", village)
        ),
        _ => part("slogan_village", village).to_owned(),
    };
    Door::Village {
        name,
        group: 1 + rng.below(2 + village.below(14)),
        number: 1 + rng.below(160),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_province_has_counties() {
        let all = &*COUNTIES;
        assert!((2_700..3_300).contains(&all.len()), "{}", all.len());
        let small = Counties::select(1_000, 1, 1);
        let provinces: std::collections::BTreeSet<u32> = small
            .group(0)
            .items()
            .iter()
            .map(|county| county.code / 10_000)
            .collect();
        assert_eq!(provinces.len(), 31);
        assert!(
            all.iter()
                .filter(|county| !county.retired.is_empty())
                .count()
                > 100
        );
    }

    #[test]
    fn no_code_belongs_to_two_counties() {
        let mut codes: Vec<u32> = COUNTIES
            .iter()
            .flat_map(|county| county.retired.iter().copied().chain([county.code]))
            .collect();
        let before = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), before);
    }

    #[test]
    fn groups_share_no_county() {
        let counties = Counties::select(1_000_000, 1, 3);
        let sizes: usize = (0..3)
            .map(|group| counties.group(group).items().len())
            .sum();
        let distinct: std::collections::BTreeSet<u32> = (0..3)
            .flat_map(|group| counties.group(group).items())
            .map(|county| county.code)
            .collect();
        assert_eq!(sizes, distinct.len());
    }
}
