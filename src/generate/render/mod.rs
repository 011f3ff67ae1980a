//! A person as one record shows them: the truth, with the errors of the field.

mod address;
mod characters;
mod date;
mod identifier;
mod name;

use super::enrolment::{Enrolment, Source};
use super::errors::ErrorMix;
use super::identity::Number;
use super::people::{Household, Person, Relation};
use super::places::Home;
use super::random::{Rng, hash};

/// The columns of every file, in this order.
pub(super) const COLUMNS: [&str; 22] = [
    "record_id",
    "national_id",
    "documents",
    "name",
    "former_name",
    "sex",
    "ethnicity",
    "birth_date",
    "hukou_address",
    "hukou_division",
    "residence_address",
    "household_id",
    "relation_to_head",
    "mother_name",
    "phone",
    "bank_account",
    "status",
    "start_date",
    "end_date",
    "monthly_amount",
    "office_division",
    "updated_at",
];

/// Draws the errors, from a stream of its own: two mixes of one seed show the same people.
pub(super) struct Renderer<'a> {
    mix: &'a ErrorMix,
    /// The register of residents is better kept.
    register_mix: &'a ErrorMix,
    national_id: bool,
    as_of: yiren_matchers::normalise::date::Date,
    rng: Rng,
    numbers: Vec<Number>,
}

impl<'a> Renderer<'a> {
    pub fn new(
        (mix, register_mix): (&'a ErrorMix, &'a ErrorMix),
        national_id: bool,
        as_of: yiren_matchers::normalise::date::Date,
        rng: Rng,
    ) -> Renderer<'a> {
        Renderer {
            mix,
            register_mix,
            national_id,
            as_of,
            rng,
            numbers: Vec::new(),
        }
    }

    /// The number all records of this person carry: their own, or by mistake an earlier person's.
    pub fn number_held(&mut self, person: &Person) -> Number {
        let shared = self.rng.chance(self.mix.id.shared) && !self.numbers.is_empty();
        let held = if shared {
            *self.rng.pick(&self.numbers)
        } else {
            person.number
        };
        self.numbers.push(person.number);
        held
    }

    /// One line of CSV without its end. No field needs quoting: none has a comma, a quote or a line break.
    pub fn record(
        &mut self,
        record_id: &str,
        person: &Person,
        held: &Number,
        household: &Household,
        enrolment: &Enrolment,
    ) -> String {
        let mix = if enrolment.source == Source::Population {
            self.register_mix
        } else {
            self.mix
        };
        let age = person.age(self.as_of);
        // People who enrol twice are more often people who moved.
        let moved = if enrolment.repeated {
            (mix.address.moved * 8.0).min(0.5)
        } else {
            mix.address.moved
        };
        let (home, away) = if self.rng.chance(moved) {
            (&household.former_home, None)
        } else {
            (&household.home, household.away.as_ref())
        };
        let place_of_need = matches!(enrolment.source, Source::Disaster | Source::Temporary)
            && self.rng.chance(0.5);
        let office = away.filter(|_| place_of_need).unwrap_or(home).county.code;

        let national_id = if self.national_id {
            self.identifier(mix, person, held, household, age)
        } else {
            String::new()
        };
        let (name, former_name) = self.name(&mix.name, person);
        let date = |date: Option<yiren_matchers::normalise::date::Date>| {
            date.map(|date| date.to_string()).unwrap_or_default()
        };
        let fields: [String; 22] = [
            record_id.to_owned(),
            national_id,
            self.documents(mix, person, age),
            name,
            former_name,
            self.sex(mix, person),
            self.ethnicity(mix, person),
            self.birth_date(&mix.birth, person.birth),
            self.address(&mix.address, home, mix.address.missing),
            self.division(mix, home),
            self.address(
                &mix.address,
                away.unwrap_or(home),
                mix.address.residence_missing,
            ),
            self.household_id(mix, home, household),
            self.relation(mix, person.relation),
            self.mother_name(mix, person, age),
            self.phone(mix, person, household),
            self.account(mix, person, household),
            enrolment.status.to_owned(),
            date(enrolment.start),
            date(enrolment.end),
            enrolment
                .amount
                .map(|amount| amount.to_string())
                .unwrap_or_default(),
            office.to_string(),
            date(Some(enrolment.updated)),
        ];
        fields.join(",")
    }

    /// A child's birth certificate; a disabled person's card, which holds the ID number.
    fn documents(&mut self, mix: &ErrorMix, person: &Person, age: i32) -> String {
        let missing = self.rng.chance(mix.other.documents_missing);
        let own = hash(&[
            u64::from(person.number.area),
            u64::from(person.birth.bits()),
            u64::from(person.number.sequence),
        ]);
        if missing {
            String::new()
        } else if age < 16 && person.birth.year() >= 1996 {
            let letter = char::from(b'A' + (person.birth.year() % 26) as u8);
            format!("birth_certificate:{letter}{:09}", own % 1_000_000_000)
        } else if person.disabled && self.national_id {
            format!(
                "disability_card:{}{}{}",
                person.number.long(),
                1 + own % 7,
                1 + hash(&[own]) % 4
            )
        } else {
            String::new()
        }
    }

    fn sex(&mut self, mix: &ErrorMix, person: &Person) -> String {
        let errors = &mix.other;
        let (male, text) = match self.rng.one_of(&[errors.sex_missing, errors.sex_wrong]) {
            Some(0) => return (*self.rng.pick(&["", "", "9", "0"])).to_owned(),
            Some(_) => (!person.male, ["女", "男"]),
            None => (person.male, ["女", "男"]),
        };
        let text = if self.rng.chance(errors.sex_coded) {
            ["2", "1"]
        } else {
            text
        };
        text[usize::from(male)].to_owned()
    }

    fn ethnicity(&mut self, mix: &ErrorMix, person: &Person) -> String {
        match self
            .rng
            .one_of(&[mix.other.ethnicity_missing, mix.other.ethnicity_coded])
        {
            Some(0) => String::new(),
            Some(_) => ethnicity_code(person.people)
                .unwrap_or(person.people)
                .to_owned(),
            None => person.people.to_owned(),
        }
    }

    fn division(&mut self, mix: &ErrorMix, home: &Home) -> String {
        match self.rng.one_of(&[mix.other.division_missing]) {
            Some(_) => String::new(),
            None if self.rng.chance(mix.other.division_short) => home.county.code.to_string(),
            None => home.town_code.to_string(),
        }
    }

    fn household_id(&mut self, mix: &ErrorMix, home: &Home, household: &Household) -> String {
        match self
            .rng
            .one_of(&[mix.other.household_missing, mix.other.household_old])
        {
            Some(0) => String::new(),
            Some(_) => household_number(&household.former_home),
            None => household_number(home),
        }
    }

    fn relation(&mut self, mix: &ErrorMix, relation: Relation) -> String {
        let (word, code) = match relation {
            Relation::Head => ("户主", "02"),
            Relation::Spouse => ("配偶", "10"),
            Relation::Son => ("子", "20"),
            Relation::Daughter => ("女", "30"),
            Relation::Grandchild => ("孙子女", "40"),
            Relation::Parent => ("父母", "50"),
            Relation::Unrelated => ("非亲属", "99"),
        };
        match self
            .rng
            .one_of(&[mix.other.relation_missing, mix.other.relation_coded])
        {
            Some(0) => String::new(),
            Some(_) => code.to_owned(),
            None => word.to_owned(),
        }
    }

    fn mother_name(&mut self, mix: &ErrorMix, person: &Person, age: i32) -> String {
        let missing = if age < 23 {
            mix.other.child_mother_missing
        } else {
            mix.other.mother_missing
        };
        if self.rng.chance(missing) {
            String::new()
        } else if self.rng.chance(mix.other.mother_typo) {
            self.misspelt(&person.mother)
        } else {
            person.mother.clone()
        }
    }

    fn phone(&mut self, mix: &ErrorMix, person: &Person, household: &Household) -> String {
        let errors = &mix.other;
        let of_household = if person.phone.is_some() {
            errors.phone_household
        } else {
            0.0
        };
        let kinds = [
            errors.phone_missing,
            errors.phone_changed,
            errors.phone_official,
            of_household,
        ];
        match self.rng.one_of(&kinds) {
            Some(0) => String::new(),
            Some(1) => person.former_phone.to_string(),
            Some(2) => {
                super::people::phone(&mut Rng::new(&[u64::from(household.home.town_code), 7]))
                    .to_string()
            }
            Some(_) => household.phone.to_string(),
            None => person.phone.unwrap_or(household.phone).to_string(),
        }
    }

    fn account(&mut self, mix: &ErrorMix, person: &Person, household: &Household) -> String {
        match self
            .rng
            .one_of(&[mix.other.account_missing, mix.other.account_changed])
        {
            Some(0) => String::new(),
            Some(_) => person.former_account.to_string(),
            None => person.account.unwrap_or(household.account).to_string(),
        }
    }
}

fn household_number(home: &Home) -> String {
    format!("{}{:06}", home.town_code, home.household)
}

/// GB/T 3304, for the peoples that the generator knows.
fn ethnicity_code(people: &str) -> Option<&'static str> {
    const CODES: [(&str, &str); 28] = [
        ("汉族", "01"),
        ("蒙古族", "02"),
        ("回族", "03"),
        ("藏族", "04"),
        ("维吾尔族", "05"),
        ("苗族", "06"),
        ("彝族", "07"),
        ("壮族", "08"),
        ("布依族", "09"),
        ("朝鲜族", "10"),
        ("满族", "11"),
        ("侗族", "12"),
        ("瑶族", "13"),
        ("白族", "14"),
        ("土家族", "15"),
        ("哈尼族", "16"),
        ("哈萨克族", "17"),
        ("傣族", "18"),
        ("黎族", "19"),
        ("傈僳族", "20"),
        ("佤族", "21"),
        ("畲族", "22"),
        ("拉祜族", "24"),
        ("东乡族", "26"),
        ("纳西族", "27"),
        ("土族", "30"),
        ("羌族", "33"),
        ("柯尔克孜族", "29"),
    ];
    CODES
        .iter()
        .find(|(name, _)| *name == people)
        .map(|(_, code)| *code)
}
