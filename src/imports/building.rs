//! The fields of a row put together to the object that the contract has in their place.

use serde_json::{Map, Value, json};

use super::paths::{Leaf, Target, Token};

/// What a row is put together to, and where each field came from.
#[derive(Debug)]
pub struct Built {
    /// The row as an object.
    pub value: Value,
    /// Pointers, with the number of the column that filled them.
    pub(super) places: Vec<(String, usize)>,
}

/// A row while it is put together.
pub(super) struct Building {
    pub value: Value,
    pub places: Vec<(String, usize)>,
    /// Which item of which list has which place: lists have no gaps where fields are empty.
    pub items: Vec<(String, usize)>,
}

impl Building {
    pub fn fill(&mut self, column: usize, target: &Target, text: &str) {
        match target {
            Target::Field(tokens, leaf) => {
                let pointer = self.put(tokens, read(*leaf, text));
                self.places.push((pointer, column));
            }
            Target::Listed(tokens, system) => {
                let item = json!({"system": system, "value": text});
                self.put_item(column, tokens, "identifiers", item);
            }
            Target::Single(tokens, system) => {
                let mut tokens = tokens.clone();
                tokens.push(Token::Name("identifier".to_owned()));
                let item = json!({"system": system, "value": text});
                let pointer = self.put(&tokens, item);
                self.places.push((pointer, column));
            }
            Target::Telephone(tokens) => {
                let item = json!({"label": "other", "number": text});
                self.put_item(column, tokens, "telephones", item);
            }
        }
    }

    /// An item that has no number of its own: behind those that have, each column its own.
    fn put_item(&mut self, column: usize, tokens: &[Token], list: &str, item: Value) {
        let mut tokens = tokens.to_vec();
        tokens.push(Token::Name(list.to_owned()));
        tokens.push(Token::Item(1_000_000 + column));
        let pointer = self.put(&tokens, item);
        self.places.push((pointer, column));
    }

    fn put(&mut self, tokens: &[Token], text: Value) -> String {
        let mut at = &mut self.value;
        let mut pointer = String::new();
        for token in tokens {
            match token {
                Token::Name(name) => {
                    if !at.is_object() {
                        *at = Value::Object(Map::new());
                    }
                    pointer.push('/');
                    pointer.push_str(name);
                    let Value::Object(object) = at else {
                        return pointer;
                    };
                    at = object.entry(name.clone()).or_insert(Value::Null);
                }
                Token::Item(number) => {
                    if !at.is_array() {
                        *at = Value::Array(Vec::new());
                    }
                    let before = self.items.iter().filter(|(list, _)| *list == pointer);
                    let known = before.clone().position(|(_, known)| known == number);
                    let place = known.unwrap_or_else(|| before.count());
                    if known.is_none() {
                        self.items.push((pointer.clone(), *number));
                    }
                    pointer.push_str(&format!("/{place}"));
                    let Value::Array(list) = at else {
                        return pointer;
                    };
                    if list.len() <= place {
                        list.resize(place + 1, Value::Null);
                    }
                    let Some(item) = list.get_mut(place) else {
                        return pointer;
                    };
                    at = item;
                }
            }
        }
        *at = text;
        pointer
    }
}

/// What cannot be read stays text: the schema says what is wrong with it.
fn read(leaf: Leaf, text: &str) -> Value {
    if leaf == Leaf::Text {
        return Value::from(text);
    }
    let text = text.trim();
    match leaf {
        Leaf::Text => Value::from(text),
        Leaf::Integer => text.parse::<i64>().map_or(Value::from(text), Value::from),
        Leaf::Number => text
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or(Value::from(text), Value::Number),
        // As spreadsheets write it in English, Danish and Swedish.
        Leaf::Boolean => match &*text.to_lowercase() {
            "true" | "yes" | "ja" | "sand" | "sant" | "1" => Value::from(true),
            "false" | "no" | "nej" | "falsk" | "falskt" | "0" => Value::from(false),
            _ => Value::from(text),
        },
        Leaf::Words => text
            .split('|')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(Value::from)
            .collect(),
    }
}
