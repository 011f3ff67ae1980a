//! Reading back, from JSON, the values that a service answers with, so that what they come to does
//! not depend on whether they went over a network: each comes back as it was, to the bit.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One of the words that programs know something by. Read back by [`code`] and its like.
pub type Code = &'static str;

/// All that are read back. A word that is not here is of another version of this program.
const CODES: [Code; 27] = [
    "",
    "added",
    "address",
    "born",
    "cannot_link",
    "changed",
    "closed",
    "county",
    "deleted",
    "end",
    "erased",
    "link",
    "must_link",
    "name",
    "non-link",
    "number",
    "opened",
    "pinyin",
    "programme",
    "register",
    "reversed",
    "review",
    "source",
    "start",
    "status",
    "unknown",
    "withdrawn",
];

fn known<E: Error>(text: &str) -> Result<Code, E> {
    let found = CODES.into_iter().find(|code| *code == text);
    found.ok_or_else(|| {
        E::custom("a code that this program does not know: it was written by another version")
    })
}

/// A code.
pub fn code<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
    known(&String::deserialize(from)?)
}

/// A code that may be absent.
pub fn code_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Code>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| known(&text)).transpose()
}

/// Several codes.
pub fn codes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Code>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| known(text)).collect()
}

/// A number as it was: the usual way of `serde_json` may be off by the last bit. What is no number,
/// such as an infinity, was written as `null`, and comes back as NaN.
pub fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    match text.get() {
        "null" => Ok(f64::NAN),
        text => text.parse().map_err(D::Error::custom),
    }
}

/// A number that may be absent, as it was.
pub fn exact_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let number = exact(from)?;
    Ok((!number.is_nan()).then_some(number))
}

/// Pairs that are written as a map and keep their order.
pub mod map {
    use serde::{Serialize, Serializer};

    use super::{Deserialize, Deserializer, Pairs, PhantomData};

    /// Writes them.
    pub fn serialize<T: Serialize, S: Serializer>(
        pairs: &[(String, T)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
    }

    /// Reads them back.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(String, T)>, D::Error> {
        from.deserialize_map(Pairs(PhantomData))
    }
}

struct Pairs<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
    type Value = Vec<(String, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0).min(100));
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sent {
        #[serde(deserialize_with = "exact")]
        weight: f64,
        #[serde(deserialize_with = "exact_if_any")]
        mean: Option<f64>,
        #[serde(deserialize_with = "code")]
        verdict: Code,
        #[serde(deserialize_with = "code_if_any")]
        said: Option<Code>,
        #[serde(with = "map")]
        cells: Vec<(String, String)>,
    }

    fn sent(weight: f64, mean: Option<f64>) -> Sent {
        Sent {
            weight,
            mean,
            verdict: "non-link",
            said: mean.map(|_| "must_link"),
            cells: [("z", "1"), ("a", "2")]
                .map(|(a, b)| (a.into(), b.into()))
                .to_vec(),
        }
    }

    proptest! {
        #[test]
        fn what_was_sent_comes_back_to_the_bit(weight in proptest::num::f64::NORMAL, mean in proptest::option::of(proptest::num::f64::NORMAL)) {
            let text = serde_json::to_string(&sent(weight, mean)).unwrap();
            let back: Sent = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.weight.to_bits(), weight.to_bits());
            prop_assert_eq!(back, sent(weight, mean));
        }
    }

    #[test]
    fn an_infinity_comes_back_as_no_number_and_an_unknown_code_not_at_all() {
        let text = serde_json::to_string(&sent(f64::INFINITY, None)).unwrap();
        let back: Sent = serde_json::from_str(&text).unwrap();
        assert!(back.weight.is_nan() && back.said.is_none());
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        let strange = text.replace("non-link", "perhaps");
        let error = serde_json::from_str::<Sent>(&strange).unwrap_err();
        assert!(error.to_string().contains("another version"), "{error}");
    }
}
