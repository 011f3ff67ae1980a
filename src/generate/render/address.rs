//! Forms and errors of an address.

use super::super::errors::AddressErrors;
use super::super::places::{Door, Flat, Home};
use super::super::random::Rng;
use super::Renderer;
use super::characters::homophone;
use super::date::{counted, positional};
use super::identifier::full_width;

#[derive(Copy, Clone)]
enum Numerals {
    Arabic,
    Chinese,
    FullWidth,
}

impl Numerals {
    fn write(self, number: u32) -> String {
        match self {
            Numerals::Arabic => number.to_string(),
            Numerals::Chinese if number > 99 => positional(number),
            Numerals::Chinese => counted(number),
            Numerals::FullWidth => full_width(&number.to_string()),
        }
    }
}

impl Renderer<'_> {
    pub(super) fn address(&mut self, errors: &AddressErrors, home: &Home, missing: f64) -> String {
        if self.rng.chance(missing) {
            return String::new();
        }
        let mut text = String::with_capacity(192);
        self.upper(errors, home, &mut text);
        let clipped = self.rng.chance(errors.town_clipped);
        text.push_str(if clipped {
            home.town
                .trim_end_matches(['镇', '乡'])
                .trim_end_matches("街道")
        } else {
            &home.town
        });
        let mut numerals = [Numerals::Arabic; 2];
        match self
            .rng
            .one_of(&[errors.chinese_numerals, errors.full_width])
        {
            // A clerk changes over within a line as often as not.
            Some(0) => match self.rng.below(3) {
                0 => numerals[0] = Numerals::Chinese,
                1 => numerals[1] = Numerals::Chinese,
                _ => numerals = [Numerals::Chinese; 2],
            },
            Some(_) => numerals = [Numerals::FullWidth; 2],
            None => {}
        }
        let other_form = self.rng.chance(errors.other_form);
        let suffix = !self.rng.chance(errors.suffix_dropped);
        let typo = self.rng.chance(errors.typo);
        match &home.door {
            Door::Village {
                name,
                group,
                number,
            } => {
                text.push_str(&self.place_name(name, typo));
                let (before, after) = if other_form {
                    *self.rng.pick(&[
                        ("第", "村民小组"),
                        ("第", "村民小组"),
                        ("", "社"),
                        ("", "队"),
                    ])
                } else {
                    ("", "组")
                };
                let end = if suffix { "号" } else { "" };
                text += &format!(
                    "{before}{}{after}{}{end}",
                    numerals[0].write(*group),
                    numerals[1].write(*number)
                );
            }
            Door::Road { name, number, flat } => {
                text.push_str(&self.place_name(name, typo));
                text += &format!("{}号", numerals[0].write(*number));
                if let Some(flat) = flat {
                    text.push_str(flat.compound);
                    text.push_str(&written_flat(
                        flat,
                        other_form,
                        suffix,
                        numerals[1],
                        &mut self.rng,
                    ));
                }
            }
        }
        text
    }

    /// Province, prefecture and county, as far as they are written.
    fn upper(&mut self, errors: &AddressErrors, home: &Home, text: &mut String) {
        let county = home.county;
        let prefecture = county.prefecture.unwrap_or("");
        let (first, second) = match self.rng.one_of(&[errors.upper_omitted, errors.abbreviated]) {
            Some(0) if self.rng.chance(0.6) => ("", prefecture),
            Some(0) => ("", ""),
            Some(_) if self.rng.chance(0.3) => (
                short_province(county.province),
                prefecture.trim_end_matches('市'),
            ),
            Some(_) => (short_province(county.province), prefecture),
            None => (county.province, prefecture),
        };
        [first, second, county.name]
            .into_iter()
            .for_each(|part| text.push_str(part));
    }

    fn place_name(&mut self, name: &str, typo: bool) -> String {
        if !typo {
            return name.to_owned();
        }
        let mut characters: Vec<char> = name.chars().collect();
        let at = self.rng.index(characters.len().saturating_sub(1).max(1));
        if let Some(other) = characters
            .get(at)
            .and_then(|character| homophone(*character, &mut self.rng))
        {
            characters[at] = other;
        }
        characters.into_iter().collect()
    }
}

fn written_flat(
    flat: &Flat,
    other_form: bool,
    suffix: bool,
    numerals: Numerals,
    rng: &mut Rng,
) -> String {
    let (building, unit, room) = (
        numerals.write(flat.building),
        numerals.write(flat.unit),
        numerals.write(flat.room),
    );
    let end = if suffix { "室" } else { "" };
    if !other_form {
        return format!("{building}栋{unit}单元{room}{end}");
    }
    match rng.below(10) {
        0..4 => format!("{building}-{unit}-{room}"),
        4..6 => format!("{building}幢{unit}单元{room}{end}"),
        6..9 => format!("{building}号楼{unit}单元{room}{end}"),
        _ => format!("{building}座{unit}单元{room}{end}"),
    }
}

fn short_province(name: &str) -> &str {
    let ends = [
        "壮族自治区",
        "回族自治区",
        "维吾尔自治区",
        "自治区",
        "省",
        "市",
    ];
    ends.iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_provinces() {
        for (name, short) in [
            ("河北省", "河北"),
            ("新疆维吾尔自治区", "新疆"),
            ("西藏自治区", "西藏"),
            ("重庆市", "重庆"),
        ] {
            assert_eq!(short_province(name), short);
        }
    }
}
