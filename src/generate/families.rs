//! Households as they are found among the poor: old people alone, couples with and without children,
//! three generations, one parent, grandparents with the children left behind, collective households.

use rustc_hash::FxHashSet;
use yiren_matchers::normalise::date::{Date, days_in_month};

use super::calendar::{days_between, plus_days};
use super::identity::{Number, Register};
use super::names::{self, Style};
use super::people::{Household, Person, Relation, account, phone};
use super::places::{County, Home};
use super::random::{Rng, Weighted};

#[derive(Copy, Clone, Eq, PartialEq)]
enum Kind {
    Elder,
    ElderCouple,
    Couple,
    ThreeGenerations,
    OneParent,
    Single,
    Grandparents,
    Collective,
}

/// Shares of the kinds in thousandths: the poor are older, and more often alone, than the country.
const KINDS: [(Kind, u32); 8] = [
    (Kind::Elder, 215),
    (Kind::ElderCouple, 165),
    (Kind::Couple, 255),
    (Kind::ThreeGenerations, 150),
    (Kind::OneParent, 80),
    (Kind::Single, 102),
    (Kind::Grandparents, 28),
    (Kind::Collective, 5),
];

/// Makes the households of one chunk.
pub(super) struct Families<'a> {
    as_of: Date,
    counties: &'a Weighted<&'static County>,
    kinds: Weighted<Kind>,
    register: Register,
    household_numbers: FxHashSet<(u32, u32)>,
    household_low: u32,
    household_width: u32,
    pub rng: Rng,
}

/// What the members of a family have in common.
struct Family {
    county: &'static County,
    people: &'static str,
    style: Style,
}

impl<'a> Families<'a> {
    /// For block `block` of `blocks` of the counties' numbers.
    pub fn new(
        as_of: Date,
        counties: &'a Weighted<&'static County>,
        block: u64,
        blocks: u64,
        rng: Rng,
    ) -> Families<'a> {
        let width = 999_999 / blocks.clamp(1, Register::BLOCKS) as u32;
        Families {
            as_of,
            counties,
            kinds: Weighted::new(KINDS),
            register: Register::new(block, blocks),
            household_numbers: FxHashSet::default(),
            household_low: 1 + width * block as u32,
            household_width: width,
            rng,
        }
    }

    /// One more household.
    pub fn household(&mut self) -> Household {
        let kind = *self.kinds.pick(&mut self.rng);
        let county = *self.counties.pick(&mut self.rng);
        let people = county.people(&mut self.rng);
        let style = Style::of(people, county.code / 10_000, &mut self.rng);
        let family = Family {
            county,
            people,
            style,
        };
        let members = self.members(kind, &family);

        let mut home = county.home(&mut self.rng);
        if matches!(kind, Kind::Elder | Kind::ElderCouple | Kind::Grandparents)
            && self.rng.chance(0.5)
        {
            home = county.home(&mut self.rng);
        }
        self.number_household(&mut home);
        let former_county = if self.rng.chance(0.55) {
            county
        } else {
            *self.counties.pick(&mut self.rng)
        };
        let mut former_home = former_county.home(&mut self.rng);
        self.number_household(&mut former_home);
        let away_chance = if kind == Kind::Collective { 0.3 } else { 0.07 };
        let away = self.rng.chance(away_chance).then(|| {
            let county = *self.counties.pick(&mut self.rng);
            county.home(&mut self.rng)
        });
        let on_dibao = self.rng.chance(match kind {
            Kind::Collective => 0.1,
            Kind::Elder | Kind::Single => 0.6,
            _ => 0.75,
        });
        Household {
            members,
            home,
            former_home,
            away,
            phone: phone(&mut self.rng),
            account: account(&mut self.rng),
            on_dibao,
        }
    }

    fn number_household(&mut self, home: &mut Home) {
        // Chunks are far smaller than a block, so a free number is found at once.
        loop {
            home.household = self.household_low + self.rng.below(self.household_width);
            if self
                .household_numbers
                .insert((home.town_code, home.household))
            {
                return;
            }
        }
    }

    fn members(&mut self, kind: Kind, family: &Family) -> Vec<Person> {
        let mut members = Vec::with_capacity(4);
        match kind {
            Kind::Elder => {
                let age = 60 + self.skewed(32);
                let male = self.rng.chance(0.52);
                let mut person = self.person(family, male, age, Relation::Head, None, None);
                person.destitute = self.rng.chance(0.5);
                members.push(person);
            }
            Kind::ElderCouple => {
                let age = 60 + self.skewed(28);
                self.couple(family, age, &mut members);
            }
            Kind::Couple => {
                let age = 24 + self.rng.between(0, 33);
                self.couple(family, age, &mut members);
                self.children(family, &mut members, age);
            }
            Kind::ThreeGenerations => {
                let age = 26 + self.rng.between(0, 32);
                self.couple(family, age, &mut members);
                // The parents who live with them are the husband's.
                let of = usize::from(!members[0].male);
                let both = self.rng.chance(0.4);
                for male in [true, false] {
                    if both || male == self.rng.chance(0.3) || (!male && members.len() == 2) {
                        self.parent(family, of, male, &mut members);
                    }
                }
                self.children(family, &mut members, age);
            }
            Kind::OneParent => {
                let age = 24 + self.rng.between(0, 33);
                let male = self.rng.chance(0.4);
                let head = self.person(family, male, age, Relation::Head, None, None);
                members.push(head);
                self.children(family, &mut members, age);
            }
            Kind::Single => {
                let age = 18 + self.rng.between(0, 47);
                let male = self.rng.chance(0.66);
                let mut person = self.person(family, male, age, Relation::Head, None, None);
                person.disabled = self.rng.chance(0.4);
                person.destitute = person.disabled && self.rng.chance(0.2);
                members.push(person);
            }
            Kind::Grandparents => {
                let age = 52 + self.rng.between(0, 22);
                self.couple(family, age, &mut members);
                if self.rng.chance(0.4) {
                    members.truncate(1);
                }
                // A surname or a clan goes from grandfather to grandchild; a father's name does not.
                let surname = members
                    .iter()
                    .find(|person| person.male && matches!(family.style, Style::Han | Style::Yi))
                    .map(|person| person.name.handed_on.clone());
                for _ in 0..1 + self.rng.below(2) {
                    let child_age = self.rng.between(1, (age - 42).clamp(2, 17));
                    let male = self.rng.chance(0.52);
                    members.push(self.person(
                        family,
                        male,
                        child_age,
                        Relation::Grandchild,
                        surname.as_deref(),
                        None,
                    ));
                }
            }
            Kind::Collective => {
                for position in 0..4 + self.rng.below(9) {
                    let county = *self.counties.pick(&mut self.rng);
                    let people = county.people(&mut self.rng);
                    let style = Style::of(people, county.code / 10_000, &mut self.rng);
                    let (male, age) = (self.rng.chance(0.55), self.rng.between(18, 45));
                    let relation = if position == 0 {
                        Relation::Head
                    } else {
                        Relation::Unrelated
                    };
                    members.push(self.person(
                        &Family {
                            county,
                            people,
                            style,
                        },
                        male,
                        age,
                        relation,
                        None,
                        None,
                    ));
                }
            }
        }
        members
    }

    /// Fewer the older: the smaller of two draws.
    fn skewed(&mut self, range: i32) -> i32 {
        self.rng.between(0, range).min(self.rng.between(0, range))
    }

    fn couple(&mut self, family: &Family, husband_age: i32, members: &mut Vec<Person>) {
        let head_male = self.rng.chance(0.85);
        let wife_age = (husband_age - self.rng.between(-2, 5)).max(20);
        for (relation, male) in [(Relation::Head, head_male), (Relation::Spouse, !head_male)] {
            let age = if male { husband_age } else { wife_age };
            let mut person = self.person(family, male, age, relation, None, None);
            person.disabled = self.rng.chance(0.1);
            members.push(person);
        }
    }

    /// A parent of the member at position `of`.
    fn parent(&mut self, family: &Family, of: usize, male: bool, members: &mut Vec<Person>) {
        let child = &mut members[of];
        let age = (child.age(self.as_of) + self.rng.between(20, 34)).min(96);
        // A father handed his surname or clan on; a mother did not.
        let handed_on = male && matches!(family.style, Style::Han | Style::Yi);
        let from = handed_on.then(|| child.name.handed_on.clone());
        let parent = self.person(family, male, age, Relation::Parent, from.as_deref(), None);
        if !male {
            child.mother.clone_from(&parent.name.text);
        }
        members.push(parent);
    }

    /// One to three children of the parents at the front of the household.
    fn children(&mut self, family: &Family, members: &mut Vec<Person>, father_age: i32) {
        let parents = || {
            members
                .iter()
                .filter(|m| matches!(m.relation, Relation::Head | Relation::Spouse))
        };
        let father = parents().find(|person| person.male);
        let mother = parents().find(|person| !person.male);
        // A twelfth of the children take the mother's surname; nobody a mother's own name for the father's.
        let patronym = matches!(family.style, Style::Uyghur | Style::Kazakh);
        let by_mother = mother.is_some()
            && !patronym
            && (father.is_none() || (family.style == Style::Han && self.rng.chance(0.08)));
        let from =
            if by_mother { mother } else { father }.map(|parent| parent.name.handed_on.clone());
        let youngest_parent = parents()
            .map(|parent| parent.age(self.as_of))
            .min()
            .unwrap_or(father_age);
        let shares_character = self.rng.chance(0.4);
        let characters = [false, true].map(|male| {
            let year = self.as_of.year().saturating_sub(8);
            shares_character
                .then(|| names::generation_character(male, year.max(1950), &mut self.rng))
        });
        let mother_name = mother.map(|person| person.name.text.clone());
        let count = 1 + self.rng.below(2) + u32::from(self.rng.chance(0.2));
        let mut age = (youngest_parent - self.rng.between(20, 27)).max(0);
        for _ in 0..count {
            // Most of the grown-up have a booklet of their own.
            if age > 24 && self.rng.chance(0.55) {
                age -= self.rng.between(1, 6);
                continue;
            }
            let male = self.rng.chance(0.53);
            let child = self.child(
                family,
                male,
                age,
                from.as_deref(),
                characters[usize::from(male)],
                mother_name.as_deref(),
            );
            let twin = self
                .rng
                .chance(0.016)
                .then(|| self.twin(family, &child, from.as_deref(), characters));
            members.push(child);
            members.extend(twin.flatten());
            age -= self.rng.between(1, 6);
            if age < 0 {
                break;
            }
        }
    }

    fn child(
        &mut self,
        family: &Family,
        male: bool,
        age: i32,
        from: Option<&str>,
        character: Option<char>,
        mother: Option<&str>,
    ) -> Person {
        let relation = if male {
            Relation::Son
        } else {
            Relation::Daughter
        };
        let mut child = self.person(family, male, age, relation, from, character);
        if let Some(mother) = mother {
            child.mother = mother.to_owned();
        }
        child.disabled = self.rng.chance(0.05);
        child
    }

    /// A twin of the child, whose ID number comes next; none if that day's numbers are gone.
    fn twin(
        &mut self,
        family: &Family,
        first: &Person,
        from: Option<&str>,
        characters: [Option<char>; 2],
    ) -> Option<Person> {
        let male = if self.rng.chance(0.7) {
            first.male
        } else {
            !first.male
        };
        let number = self.register.issue_after(&first.number, male)?;
        // Twins are given matching names: the same first character.
        let shared = first
            .name
            .text
            .chars()
            .nth(first.name.surname)
            .filter(|_| first.name.text.chars().count() == first.name.surname + 2);
        let character = characters[usize::from(male)].or(shared);
        let name = names::name(
            family.style,
            family.people,
            male,
            first.birth.year(),
            from,
            character,
            &mut self.rng,
        );
        let relation = if male {
            Relation::Son
        } else {
            Relation::Daughter
        };
        Some(Person {
            name,
            male,
            relation,
            number,
            former_name: None,
            second_number: None,
            dead: None,
            phone: first.phone.map(|_| phone(&mut self.rng)),
            former_phone: phone(&mut self.rng),
            account: first.account.map(|_| account(&mut self.rng)),
            former_account: account(&mut self.rng),
            ..first.clone()
        })
    }

    fn person(
        &mut self,
        family: &Family,
        male: bool,
        age: i32,
        relation: Relation,
        from: Option<&str>,
        character: Option<char>,
    ) -> Person {
        let year = (i32::from(self.as_of.year()) - age).clamp(1900, 2100) as u16;
        let mut name = names::name(
            family.style,
            family.people,
            male,
            year,
            from,
            character,
            &mut self.rng,
        );
        if name.surname > 0 && self.rng.chance(0.004) {
            let kept: String = name.text.chars().take(name.surname).collect();
            let last: String = name.text.chars().skip(name.surname + 1).collect();
            name.text = format!("{kept}{}{last}", names::rare_character(&mut self.rng));
        }
        let former_name = self.rng.chance(0.02).then(|| {
            names::name(
                family.style,
                family.people,
                male,
                year,
                Some(&name.handed_on),
                None,
                &mut self.rng,
            )
            .text
        });
        let mother = names::name(
            family.style,
            family.people,
            false,
            year - 26,
            None,
            None,
            &mut self.rng,
        )
        .text;
        let (birth, number) = self.birth_and_number(family, age, male, relation);
        let second_number = self
            .rng
            .chance(0.01)
            .then(|| self.second_number(birth, male))
            .flatten();
        let days_alive = days_between(birth, self.as_of);
        let dead_chance = match age {
            75.. => 0.24,
            60.. => 0.12,
            _ => 0.05,
        };
        let dead = self.rng.chance(dead_chance).then(|| {
            let days = self.rng.between(1, (5 * 365).min(days_alive.max(1)));
            plus_days(self.as_of, -days)
        });
        let own_phone = age >= 16 && self.rng.chance(0.7);
        Person {
            former_name: former_name.filter(|former| *former != name.text),
            name,
            male,
            birth,
            people: family.people,
            relation,
            mother,
            number,
            second_number,
            phone: own_phone.then(|| phone(&mut self.rng)),
            former_phone: phone(&mut self.rng),
            account: self.rng.chance(0.25).then(|| account(&mut self.rng)),
            former_account: account(&mut self.rng),
            dead,
            official: (22..=60).contains(&age) && self.rng.chance(0.06),
            destitute: false,
            disabled: false,
        }
    }

    /// A birth date at this age, and a number for it: of the family's county, of the one someone moved or married
    /// from, or of one abolished since.
    fn birth_and_number(
        &mut self,
        family: &Family,
        age: i32,
        male: bool,
        relation: Relation,
    ) -> (Date, Number) {
        let moved = match relation {
            Relation::Spouse => 0.30,
            Relation::Head | Relation::Unrelated => 0.15,
            _ => 0.08,
        };
        loop {
            let birth = self.birth(age);
            let county = if self.rng.chance(moved) {
                *self.counties.pick(&mut self.rng)
            } else {
                family.county
            };
            let retired =
                birth.year() < 2003 && !county.retired.is_empty() && self.rng.chance(0.12);
            let area = if retired {
                *self.rng.pick(&county.retired)
            } else {
                county.code
            };
            if let Some(number) = self.register.issue(area, birth, male, &mut self.rng) {
                return (birth, number);
            }
        }
    }

    /// A day on which the person has just this age; the first of January is no commoner than other days.
    fn birth(&mut self, age: i32) -> Date {
        let days = age * 1461 / 4 + self.rng.between(0, 364);
        plus_days(self.as_of, -days)
    }

    /// A second number came with a corrected birth date, or with a second hukou elsewhere.
    fn second_number(&mut self, birth: Date, male: bool) -> Option<Number> {
        let county = *self.counties.pick(&mut self.rng);
        let registered = if self.rng.chance(0.5) {
            birth
        } else {
            let year = (i32::from(birth.year()) + self.rng.between(-2, 2)).clamp(1900, 2100) as u16;
            let month = 1 + self.rng.below(12) as u8;
            let day = birth.day().min(days_in_month(year, month));
            Date::new(year, month, day).filter(|date| *date <= self.as_of)?
        };
        self.register
            .issue(county.code, registered, male, &mut self.rng)
    }
}
