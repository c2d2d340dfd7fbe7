//! JSON, strictly: UTF-8, one value, no field twice, no NUL. Everything found is reported.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::platform::error::{Error, FieldError, ProblemCode, Result};

/// Parses `bytes`. A syntax error names line and column; fields sent twice and NUL characters
/// are all named by pointer.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let found = RefCell::new(Vec::new());
    let seed = Strict {
        pointer: String::new(),
        found: &found,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            Error::problem(
                ProblemCode::MalformedBody,
                if bytes.is_empty() {
                    "The body is empty; send one JSON value.".to_owned()
                } else {
                    format!(
                        "The body is not valid JSON at line {}, column {}.",
                        error.line(),
                        error.column()
                    )
                },
            )
        })?;
    let found = found.into_inner();
    if found.is_empty() {
        Ok(value)
    } else {
        Err(Error::invalid(found))
    }
}

/// A key as a token of a JSON Pointer (RFC 6901), or nothing of it where a client put a value
/// into the place of a key.
#[must_use]
pub fn pointer_token(key: &str) -> String {
    let plain = (1..=64).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if plain {
        key.to_owned()
    } else {
        "…".to_owned()
    }
}

struct Strict<'a> {
    pointer: String,
    found: &'a RefCell<Vec<FieldError>>,
}

impl Strict<'_> {
    fn child(&self, token: &str) -> Self {
        Strict {
            pointer: format!("{}/{token}", self.pointer),
            found: self.found,
        }
    }

    fn text(&self, text: &str) {
        if text.contains('\0') {
            self.found.borrow_mut().push(FieldError::new(
                self.pointer.clone(),
                "invalidCharacter",
                "must not hold the character U+0000",
            ));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.text(value);
        Ok(Value::String(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.child(&list.len().to_string()))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let child = self.child(&pointer_token(&key));
            child.text(&key);
            if map.contains_key(&key) {
                self.found.borrow_mut().push(FieldError::new(
                    child.pointer.clone(),
                    "duplicateField",
                    "is sent more than once",
                ));
            }
            let value = entries.next_value_seed(child)?;
            map.insert(key, value);
            if map.len() > 1000 {
                return Err(A::Error::custom("too many fields"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(String, &'static str)> {
        match parse(text.as_bytes()) {
            Err(Error::Problem(problem)) => problem
                .errors
                .into_iter()
                .map(|error| (error.pointer, error.code))
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn duplicates_and_nul_are_all_named_by_pointer() {
        assert_eq!(
            problems(r#"{"a": {"b": 1, "b": 2}, "c": ["x\u0000"], "a": 1}"#),
            [
                ("/a/b".to_owned(), "duplicateField"),
                ("/c/0".to_owned(), "invalidCharacter"),
                ("/a".to_owned(), "duplicateField"),
            ]
        );
    }

    #[test]
    fn a_key_that_is_a_value_is_not_echoed() {
        assert_eq!(pointer_token("0707614285"), "…");
        assert_eq!(pointer_token("name"), "name");
    }

    #[test]
    fn what_is_not_one_json_value_is_malformed() {
        for text in ["", "{", "{} {}", "{\"a\": 1e999}", "\u{feff}{}"] {
            assert_eq!(
                parse(text.as_bytes()).unwrap_err().code(),
                ProblemCode::MalformedBody,
                "{text}"
            );
        }
        assert!(parse(b"{\"a\": \"\xff\"}").is_err());
    }
}
