//! The top of a JSON object: the fields that are watched, found in one pass that copies nothing.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::names::Name;

/// Watched fields of an object.
#[derive(Debug, Default)]
pub struct Top<'a> {
    /// Each field with its value, in the object's order.
    pub fields: Vec<(&'static str, &'a RawValue)>,
    /// The first one that stands there twice, or in another spelling: upstreams differ in which
    /// value they take.
    pub ambiguous: Option<&'static str>,
}

impl<'a> Top<'a> {
    /// The value of this field, as it is written.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(found, _)| *found == name).map(|(_, value)| value.get())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Top<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Top<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top<'de>, A::Error> {
                let mut top = Top::default();
                while let Some(name) = map.next_key()? {
                    match name {
                        Name::Watched(name) if top.value(name).is_none() => {
                            top.fields.push((name, map.next_value()?));
                        }
                        Name::Watched(name) | Name::Like(name) => {
                            top.ambiguous.get_or_insert(name);
                            map.next_value::<IgnoredAny>()?;
                        }
                        Name::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(top)
            }
        }

        from.deserialize_map(Reader)
    }
}
