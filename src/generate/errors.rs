//! How often the records of the field are wrong, field by field and kind by kind.

/// Rates of all errors. Each is the share, 0 to 1, of those records to which the error *can* happen
/// (a lower-case check digit only where the digit is X, a 15-digit number only for people born before
/// 2000). Kinds of one group exclude each other where a record shows only one, so their sum should be at most 1.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorMix {
    /// Errors of `national_id`.
    pub id: IdErrors,
    /// Errors of `name`.
    pub name: NameErrors,
    /// Errors and other forms of `birth_date`.
    pub birth: BirthErrors,
    /// Errors and other forms of the two addresses.
    pub address: AddressErrors,
    /// All other fields.
    pub other: OtherErrors,
}

macro_rules! rates {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $usual:literal, $heavy:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { $($(#[$field_doc])* pub $field: f64,)* }
        impl $name {
            fn usual() -> Self { Self { $($field: $usual,)* } }
            fn heavy() -> Self { Self { $($field: $heavy,)* } }
            fn scaled(&self, by: f64) -> Self { Self { $($field: (self.$field * by).min(1.0),)* } }
            fn rates(&self) -> Vec<(&'static str, f64)> {
                vec![$((concat!(stringify!($name), ".", stringify!($field)), self.$field),)*]
            }
        }
    };
}

rates! {
    /// Errors of the ID number: usual and heavy.
    IdErrors {
        /// Left empty.
        missing: 0.045, 0.12;
        /// Left empty for a child under six.
        child_missing: 0.25, 0.45;
        /// One digit wrong.
        substituted: 0.007, 0.025;
        /// Two neighbouring digits exchanged.
        transposed: 0.004, 0.012;
        /// One digit too many.
        inserted: 0.002, 0.006;
        /// One digit too few.
        deleted: 0.002, 0.006;
        /// The 15-digit form of before 1999, of people born before 2000.
        legacy: 0.013, 0.05;
        /// Full-width digits.
        full_width: 0.004, 0.02;
        /// Middle digits masked with `*`.
        masked: 0.004, 0.03;
        /// `x` for `X`.
        lower_x: 0.2, 0.4;
        /// Spaces inside.
        spaced: 0.003, 0.015;
        /// The number of another member of the household.
        relative: 0.001, 0.008;
        /// Of people: those who hold a number that is another person's (重号).
        shared: 0.0003, 0.002;
        /// Of records of the one person in a hundred who has two numbers: those with the second.
        second: 0.3, 0.5;
    }
}

rates! {
    /// Errors of the name: usual and heavy.
    NameErrors {
        /// A character of the same or a similar sound.
        homophone: 0.019, 0.04;
        /// A character that looks alike.
        look_alike: 0.008, 0.016;
        /// A character whose pinyin has one letter more or less.
        keystroke: 0.002, 0.006;
        /// One character too few.
        missing_char: 0.002, 0.006;
        /// One character too many.
        extra_char: 0.001, 0.003;
        /// The given name before the surname, or two characters exchanged.
        transposed: 0.002, 0.008;
        /// Traditional characters.
        traditional: 0.014, 0.025;
        /// Spaces before, inside or after.
        spaced: 0.012, 0.025;
        /// A placeholder for one character.
        placeholder: 0.005, 0.01;
        /// A placeholder, pinyin or a commoner character for a rare one.
        rare_placeholder: 0.4, 0.7;
        /// Pinyin for one character.
        pinyin_char: 0.003, 0.006;
        /// All in Latin letters.
        romanised: 0.001, 0.004;
        /// In names with a dot: another dot.
        dot_variant: 0.45, 0.6;
        /// In names with a dot: none, or a space.
        dot_missing: 0.10, 0.2;
        /// Of people who changed their name: records under the former one.
        former: 0.3, 0.4;
        /// Of people who changed their name: records under the new one that state the former.
        former_stated: 0.4, 0.2;
    }
}

rates! {
    /// Errors and other forms of the birth date: usual and heavy.
    BirthErrors {
        /// Left empty.
        missing: 0.011, 0.035;
        /// 1 January for an unknown day.
        new_year: 0.006, 0.02;
        /// One digit wrong, the date still possible.
        digit: 0.007, 0.022;
        /// Day and month exchanged.
        swapped: 0.003, 0.008;
        /// The year before or after.
        year_off: 0.003, 0.010;
        /// As the Chinese calendar has it, in four of ten cases off by some days, of people born before 1990.
        lunar: 0.003, 0.015;
        /// Written otherwise than 1962-05-07.
        other_form: 0.40, 0.5;
    }
}

rates! {
    /// Errors and other forms of an address: usual and heavy.
    AddressErrors {
        /// Left empty (hukou).
        missing: 0.02, 0.05;
        /// Left empty (residence).
        residence_missing: 0.28, 0.35;
        /// The whole household as it was before it moved: address, division, household number, office.
        moved: 0.02, 0.05;
        /// Province, or province and prefecture, left out.
        upper_omitted: 0.32, 0.4;
        /// 河北 for 河北省 and the like.
        abbreviated: 0.06, 0.1;
        /// 镇 or 乡 left out.
        town_clipped: 0.025, 0.06;
        /// Chinese numerals for Arabic.
        chinese_numerals: 0.13, 0.18;
        /// Full-width numerals.
        full_width: 0.04, 0.07;
        /// 村民小组, 社, 队 for 组; 幢, 号楼, 座, hyphens for 栋.
        other_form: 0.55, 0.6;
        /// 号 or 室 left out.
        suffix_dropped: 0.35, 0.4;
        /// A character of the same sound.
        typo: 0.01, 0.03;
    }
}

rates! {
    /// Errors of all other fields: usual and heavy.
    OtherErrors {
        /// `1`, `2` for 男, 女.
        sex_coded: 0.33, 0.33;
        /// Sex left empty, or `9`.
        sex_missing: 0.003, 0.02;
        /// The other sex.
        sex_wrong: 0.003, 0.010;
        /// Ethnicity left empty.
        ethnicity_missing: 0.10, 0.15;
        /// GB/T 3304 code for the name.
        ethnicity_coded: 0.05, 0.1;
        /// Division left empty.
        division_missing: 0.20, 0.25;
        /// Six digits for nine.
        division_short: 0.5, 0.6;
        /// Household number left empty.
        household_missing: 0.35, 0.4;
        /// Another household number than today's.
        household_old: 0.005, 0.015;
        /// Relation left empty.
        relation_missing: 0.20, 0.25;
        /// GB/T 4761 code for the word.
        relation_coded: 0.05, 0.1;
        /// Mother's name left empty, of people from 23 on.
        mother_missing: 0.9, 0.9;
        /// Mother's name left empty, of the younger.
        child_mother_missing: 0.30, 0.4;
        /// Mother's name with an error of a name.
        mother_typo: 0.06, 0.12;
        /// Phone left empty.
        phone_missing: 0.34, 0.4;
        /// A former phone, no longer theirs.
        phone_changed: 0.09, 0.18;
        /// The household's phone for a person's own.
        phone_household: 0.08, 0.12;
        /// The phone of a village official, who puts it on many files.
        phone_official: 0.015, 0.05;
        /// Account left empty.
        account_missing: 0.5, 0.5;
        /// Another account.
        account_changed: 0.01, 0.03;
        /// Papers other than the ID card left out.
        documents_missing: 0.85, 0.9;
    }
}

impl ErrorMix {
    /// No error at all: every field given, right, and in its first form.
    pub fn clean() -> ErrorMix {
        ErrorMix {
            id: IdErrors::default(),
            name: NameErrors::default(),
            birth: BirthErrors::default(),
            address: AddressErrors::default(),
            other: OtherErrors::default(),
        }
    }

    /// Errors as a programme with ID numbers meets them.
    pub fn usual() -> ErrorMix {
        ErrorMix {
            id: IdErrors::usual(),
            name: NameErrors::usual(),
            birth: BirthErrors::usual(),
            address: AddressErrors::usual(),
            other: OtherErrors::usual(),
        }
    }

    /// Two to three times as many, as where records are typed from paper.
    pub fn heavy() -> ErrorMix {
        ErrorMix {
            id: IdErrors::heavy(),
            name: NameErrors::heavy(),
            birth: BirthErrors::heavy(),
            address: AddressErrors::heavy(),
            other: OtherErrors::heavy(),
        }
    }

    /// All rates times `by`, none above 1.
    pub fn scaled(&self, by: f64) -> ErrorMix {
        ErrorMix {
            id: self.id.scaled(by),
            name: self.name.scaled(by),
            birth: self.birth.scaled(by),
            address: self.address.scaled(by),
            other: self.other.scaled(by),
        }
    }

    /// The preset of this name: `clean`, `usual` or `heavy`.
    pub fn preset(name: &str) -> Option<ErrorMix> {
        match name {
            "clean" => Some(ErrorMix::clean()),
            "usual" => Some(ErrorMix::usual()),
            "heavy" => Some(ErrorMix::heavy()),
            _ => None,
        }
    }

    /// Every rate with its name, in the order of the fields.
    pub fn rates(&self) -> Vec<(&'static str, f64)> {
        [
            self.id.rates(),
            self.name.rates(),
            self.birth.rates(),
            self.address.rates(),
            self.other.rates(),
        ]
        .concat()
    }
}
