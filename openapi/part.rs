//! Reading a part of a document: bounded in depth, and with a place for what is wrong.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// From one byte of a text to another.
pub(crate) type Range = (u32, u32);

/// An object, one level of it: names and what stands behind them, unread. Of a name that comes twice both are here.
pub(crate) struct Pairs<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
            type Value = Pairs<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'a>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Key<'a>>()? {
                    pairs.push((key.0, map.next_value::<&'a RawValue>()?));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Read(std::marker::PhantomData))
    }
}

/// A name, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Read<'a> {
            type Value = Key<'a>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Read(std::marker::PhantomData))
    }
}

/// One level of an object; nothing where it is none.
pub(crate) fn pairs(text: &str) -> Pairs<'_> {
    serde_json::from_str(text).unwrap_or(Pairs(Vec::new()))
}

/// Where a part stands in the text that it was read from.
pub(crate) fn range(text: &str, part: &RawValue) -> Range {
    // Both are addresses in one text, of less than four gigabytes.
    let start = (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    (start as u32, (start + part.get().len()) as u32)
}

/// A text value.
pub(crate) fn text_of(part: &RawValue) -> Option<String> {
    serde_json::from_str(part.get()).ok()
}
