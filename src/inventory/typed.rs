//! From a tree with lines to our types, by their `Deserialize`: what is wrong is told with its line.

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::Problem;
use super::node::{Node, Value};

/// The value that `node` of `file` describes.
pub fn typed<T: DeserializeOwned>(file: &str, node: &Node) -> Result<T, Problem> {
    T::deserialize(At(node)).map_err(|Refused { line, problem }| {
        let line = if line == 0 { node.line } else { line };
        Problem::new(file, line, format!("{problem}; see `straykey inventory schema`"))
    })
}

struct At<'a>(&'a Node);

/// Why a value does not fit; line 0 until it is known.
#[derive(Debug)]
struct Refused {
    line: usize,
    problem: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.problem)
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { line: 0, problem: message.to_string() }
    }
}

impl Refused {
    fn at(mut self, line: usize) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }
}

impl<'de> IntoDeserializer<'de, Refused> for At<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A key of a table, which knows its line, so that an unknown one is told where it stands.
struct Key<'a>(&'a str, usize);

impl<'de> IntoDeserializer<'de, Refused> for Key<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Key<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_str(self.0).map_err(|error: Refused| error.at(self.1))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> At<'de> {
    fn parse<T: std::str::FromStr>(&self, what: &str) -> Result<T, Refused> {
        let refused = || Refused { line: self.0.line, problem: format!("this should be {what}") };
        self.0.text().and_then(|text| text.parse().ok()).ok_or_else(refused)
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            visitor.$visit(self.parse("a whole number that is not too large")?).map_err(|error: Refused| error.at(self.0.line))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for At<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let line = self.0.line;
        let result = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(list) => visitor.visit_seq(SeqDeserializer::new(list.iter().map(At))),
            Value::Table(entries) => visitor
                .visit_map(MapDeserializer::new(entries.iter().map(|(key, line, node)| (Key(key, *line), At(node))))),
        };
        result.map_err(|error: Refused| error.at(line))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if matches!(self.0.value, Value::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_bool(self.parse("true or false")?).map_err(|error: Refused| error.at(self.0.line))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let word = self.parse::<String>("one word")?;
        let deserializer: StrDeserializer<'_, Refused> = word.as_str().into_deserializer();
        de::Deserializer::deserialize_enum(deserializer, name, variants, visitor).map_err(|error| error.at(self.0.line))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    numbers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_f64 visit_f64
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
