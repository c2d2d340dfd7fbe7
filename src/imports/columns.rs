//! Columns of a CSV file, by the contract's own schemas.
//!
//! A column is named by the path of its field: names joined by dots, items of a list by their
//! number from 1 (`telephones.1.number`). A list of plain words is one column, its items separated
//! by `|`. Where a person's `identifiers` or `identifier` stands, `cpr` and `personnummer` are
//! columns of their own, and `telephone` where `telephones` stand. An empty field says nothing.

use serde_json::{Map, Value, json};

use super::model::RowProblem;
use super::split::refuse;
use crate::platform::error::{FieldError, Result};

/// How the text of a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Text,
    Integer,
    Number,
    Boolean,
    /// Plain words separated by `|`.
    Words,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Name(String),
    /// The item of a list, from 1.
    Item(usize),
}

/// Where the text of a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Field(Vec<Token>, Leaf),
    /// An identity number of this system, as an item of `identifiers` below the path.
    Listed(Vec<Token>, &'static str),
    /// An identity number of this system, as the `identifier` below the path.
    Single(Vec<Token>, &'static str),
    /// A telephone, as an item of `telephones` below the path.
    Telephone(Vec<Token>),
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    target: Target,
}

/// The columns of one file.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
    /// In which order they are put together: items of lists in theirs.
    order: Vec<usize>,
}

/// What a row is put together to, and where each field came from.
#[derive(Debug)]
pub struct Built {
    /// The row as an object.
    pub value: Value,
    /// Pointers, with the number of the column that filled them.
    places: Vec<(String, usize)>,
}

const SHORT: [(&str, &str); 2] = [
    ("cpr", "urn:oid:1.2.208.176.1.2"),
    (
        "personnummer",
        "http://electronichealth.se/identifier/personnummer",
    ),
];

/// The schemas that a row fits together, and what may not be left out.
#[derive(Debug, Clone)]
pub struct Shape {
    documents: Vec<Value>,
    /// What may stand in the place of a column that no row can do without.
    instead: &'static [(&'static str, &'static str)],
}

impl Shape {
    /// The fields of all these schemas together.
    #[must_use]
    pub fn new(documents: Vec<Value>) -> Self {
        Self {
            documents,
            instead: &[],
        }
    }

    /// With columns that may stand in the place of others.
    #[must_use]
    pub fn instead(mut self, pairs: &'static [(&'static str, &'static str)]) -> Self {
        self.instead = pairs;
        self
    }

    fn target(&self, name: &str) -> Option<Target> {
        self.documents
            .iter()
            .find_map(|document| target(document, name))
    }

    /// The first paragraph of what the contract says of a column.
    #[must_use]
    pub fn describe(&self, name: &str) -> String {
        let words = match self.target(name) {
            Some(Target::Listed(_, system) | Target::Single(_, system)) => SHORT
                .iter()
                .find(|(_, known)| *known == system)
                .map(|(short, _)| {
                    format!("Identity number ({short}); spaces and separators do not matter.")
                }),
            Some(Target::Telephone(_)) => {
                Some("Telephone number, best with its country code.".to_owned())
            }
            Some(Target::Field(tokens, leaf)) => self.documents.iter().find_map(|document| {
                let words = description(document, &tokens)?;
                Some(match leaf {
                    Leaf::Words => format!("{words} Several are separated by |."),
                    _ => words,
                })
            }),
            None => None,
        };
        words.unwrap_or_default()
    }

    /// Whether no row can do without this column.
    #[must_use]
    pub fn is_required(&self, name: &str) -> bool {
        self.required().iter().any(|known| known == name)
    }

    /// The columns that no row can do without.
    fn required(&self) -> Vec<String> {
        let mut names = Vec::new();
        for document in &self.documents {
            required(document, document, "", &mut names, 4);
        }
        names
    }

    /// Reads a header. Everything wrong with it is named at once; names are not repeated, since a
    /// file without header has a person in its first row.
    pub fn read_header(&self, cells: &[String]) -> Result<Columns> {
        let mut wrong = Vec::new();
        let mut columns: Vec<Column> = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let place = || format!("column {}", index + 1);
            let found = self.column(cell.trim());
            match found {
                None => wrong.push(FieldError::new(
                    place(),
                    "unknownColumn",
                    "is not a column of this kind: take its name from the template",
                )),
                Some(column) if columns.iter().any(|known| known.name == column.name) => {
                    wrong.push(FieldError::new(
                        place(),
                        "duplicateColumn",
                        format!("is `{}` a second time", column.name),
                    ));
                }
                Some(column) => columns.push(column),
            }
        }
        if columns.is_empty() {
            return Err(refuse(
                "The first line must be the header: the names of the columns, separated by commas or semicolons.",
                vec![FieldError::new(
                    "line 1",
                    "headerMissing",
                    "names no column of this kind: take the first line from the template",
                )],
            ));
        }
        for name in self.required() {
            let below = format!("{name}.");
            let there = columns.iter().any(|column| {
                column.name == name
                    || column.name.starts_with(&below)
                    || column.fills(&name)
                    || self
                        .instead
                        .contains(&(name.as_str(), column.name.as_str()))
            });
            if !there {
                wrong.push(FieldError::new(
                    "line 1",
                    "missingColumn",
                    format!("needs the column `{name}`"),
                ));
            }
        }
        if wrong.is_empty() {
            Ok(Columns::of(columns))
        } else {
            Err(refuse(
                "The header is not as it must be; nothing of the file was taken.",
                wrong,
            ))
        }
    }

    /// The columns of a header that has been read before.
    #[must_use]
    pub fn columns(&self, names: &[String]) -> Columns {
        Columns::of(names.iter().filter_map(|name| self.column(name)).collect())
    }

    fn column(&self, name: &str) -> Option<Column> {
        let exact = self.target(name).map(|target| Column {
            name: name.to_owned(),
            target,
        });
        exact.or_else(|| {
            // Spreadsheets like to write the first letter large.
            let mut letters = name.chars();
            let first = letters.next()?.to_lowercase();
            let name: String = first.chain(letters).collect();
            let target = self.target(&name)?;
            Some(Column { name, target })
        })
    }
}

impl Column {
    /// Whether it fills the list or object `name` in the short way.
    fn fills(&self, name: &str) -> bool {
        let (tokens, field) = match &self.target {
            Target::Field(..) => return false,
            Target::Listed(tokens, _) => (tokens, "identifiers"),
            Target::Single(tokens, _) => (tokens, "identifier"),
            Target::Telephone(tokens) => (tokens, "telephones"),
        };
        let mut tokens = tokens.clone();
        tokens.push(Token::Name(field.to_owned()));
        dotted(&tokens) == name
    }

    fn tokens(&self) -> &[Token] {
        match &self.target {
            Target::Field(tokens, _)
            | Target::Listed(tokens, _)
            | Target::Single(tokens, _)
            | Target::Telephone(tokens) => tokens,
        }
    }
}

impl Columns {
    fn of(columns: Vec<Column>) -> Self {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by(|a, b| {
            let tokens = |index: &usize| columns.get(*index).map(Column::tokens);
            // Only the numbers of items decide: fields stay as the file has them.
            let items = |index: &usize| {
                tokens(index)
                    .into_iter()
                    .flatten()
                    .filter_map(|token| match token {
                        Token::Item(number) => Some(*number),
                        Token::Name(_) => None,
                    })
                    .collect::<Vec<_>>()
            };
            items(a).cmp(&items(b))
        });
        Self { columns, order }
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.columns.len()
    }

    /// Puts the fields of a row together.
    pub fn build(&self, cells: &[&str]) -> Result<Built, Vec<RowProblem>> {
        let mut built = Building {
            value: Value::Object(Map::new()),
            places: Vec::new(),
            items: Vec::new(),
        };
        let mut wrong = Vec::new();
        for index in &self.order {
            let (Some(column), Some(cell)) = (self.columns.get(*index), cells.get(*index)) else {
                continue;
            };
            let text = *cell;
            if text.trim().is_empty() {
                continue;
            }
            if text.contains('\0') {
                wrong.push(RowProblem {
                    column: Some(column.name.clone()),
                    pointer: String::new(),
                    code: "invalidCharacter".to_owned(),
                    detail: "must not hold the character U+0000".to_owned(),
                });
                continue;
            }
            built.fill(*index, &column.target, text);
        }
        if wrong.is_empty() {
            Ok(Built {
                value: built.value,
                places: built.places,
            })
        } else {
            Err(wrong)
        }
    }

    /// The column to correct for what is wrong at `pointer`.
    #[must_use]
    pub fn at(&self, shape: &Shape, built: &Built, pointer: &str) -> Option<String> {
        if pointer.is_empty() {
            return None;
        }
        let below = |whole: &str, part: &str| {
            whole
                .strip_prefix(part)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let places = &built.places;
        let found = places
            .iter()
            .find(|(place, _)| place == pointer)
            .or_else(|| {
                let above = places.iter().filter(|(place, _)| below(pointer, place));
                above.max_by_key(|(place, _)| place.len())
            })
            .or_else(|| places.iter().find(|(place, _)| below(place, pointer)));
        match found {
            Some((_, index)) => self.columns.get(*index).map(|column| column.name.clone()),
            // A field that is missing has no column in the row; in the contract it has.
            None => {
                let tokens: Vec<Token> = pointer
                    .split('/')
                    .skip(1)
                    .map(|part| match part.parse::<usize>() {
                        Ok(index) => Token::Item(index + 1),
                        Err(_) => Token::Name(part.to_owned()),
                    })
                    .collect();
                let name = dotted(&tokens);
                let known = shape.target(&name).is_some()
                    || shape.required().iter().any(|column| *column == name);
                known.then_some(name)
            }
        }
    }
}

/// A row while it is put together.
struct Building {
    value: Value,
    places: Vec<(String, usize)>,
    /// Which item of which list has which place: lists have no gaps where fields are empty.
    items: Vec<(String, usize)>,
}

impl Building {
    fn fill(&mut self, column: usize, target: &Target, text: &str) {
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

fn dotted(tokens: &[Token]) -> String {
    let parts: Vec<String> = tokens
        .iter()
        .map(|token| match token {
            Token::Name(name) => name.clone(),
            Token::Item(number) => number.to_string(),
        })
        .collect();
    parts.join(".")
}

/// The schema itself, references and "or null" followed.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..16 {
        let next = if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            document.pointer(reference.trim_start_matches('#'))
        } else {
            let branches = schema.get("oneOf").or_else(|| schema.get("anyOf"));
            branches.and_then(Value::as_array).and_then(|branches| {
                branches
                    .iter()
                    .find(|branch| branch.get("type") != Some(&Value::from("null")))
            })
        };
        match next {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

fn has_type(schema: &Value, word: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == word,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == word),
        _ => false,
    }
}

fn property<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    resolve(document, schema).get("properties")?.get(name)
}

fn leaf(document: &Value, schema: &Value) -> Option<Leaf> {
    let schema = resolve(document, schema);
    if has_type(schema, "string") {
        Some(Leaf::Text)
    } else if has_type(schema, "integer") {
        Some(Leaf::Integer)
    } else if has_type(schema, "number") {
        Some(Leaf::Number)
    } else if has_type(schema, "boolean") {
        Some(Leaf::Boolean)
    } else if has_type(schema, "array") {
        let items = schema.get("items")?;
        (leaf(document, items) == Some(Leaf::Text)).then_some(Leaf::Words)
    } else {
        None
    }
}

fn target(document: &Value, name: &str) -> Option<Target> {
    let mut schema = document;
    let mut tokens = Vec::new();
    let parts: Vec<&str> = name.split('.').collect();
    for (at, part) in parts.iter().enumerate() {
        let is_last = at + 1 == parts.len();
        if let Ok(number) = part.parse::<usize>() {
            let list = resolve(document, schema);
            let most = list.get("maxItems").and_then(Value::as_u64).unwrap_or(50);
            if number == 0 || u64::try_from(number).ok()? > most || !has_type(list, "array") {
                return None;
            }
            schema = list.get("items")?;
            tokens.push(Token::Item(number));
        } else if let Some(next) = property(document, schema, part) {
            schema = next;
            tokens.push(Token::Name((*part).to_owned()));
        } else if is_last {
            let has = |name: &str| property(document, schema, name).is_some();
            let system = SHORT
                .iter()
                .find(|(short, _)| short == part)
                .map(|(_, system)| *system);
            return match system {
                Some(system) if has("identifiers") => Some(Target::Listed(tokens, system)),
                Some(system) if has("identifier") => Some(Target::Single(tokens, system)),
                None if *part == "telephone" && has("telephones") => {
                    Some(Target::Telephone(tokens))
                }
                _ => None,
            };
        } else {
            return None;
        }
    }
    let leaf = leaf(document, schema)?;
    Some(Target::Field(tokens, leaf))
}

fn description(document: &Value, tokens: &[Token]) -> Option<String> {
    let mut schema = document;
    for token in tokens {
        schema = match token {
            Token::Name(name) => property(document, schema, name)?,
            Token::Item(_) => resolve(document, schema).get("items")?,
        };
    }
    let words = |schema: &Value| Some(schema.get("description")?.as_str()?.to_owned());
    let own = words(schema)
        .or_else(|| words(schema.get("oneOf")?.as_array()?.first()?))
        .or_else(|| words(resolve(document, schema)))?;
    // One line, and of an enum its words.
    let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
    let resolved = resolve(document, schema);
    let options = resolved.get("enum").or_else(|| {
        resolved
            .get("items")
            .and_then(|items| resolve(document, items).get("enum"))
    });
    Some(match options.and_then(Value::as_array) {
        Some(options) => {
            let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
            format!("{own} One of: {}.", words.join(", "))
        }
        None => own,
    })
}

fn required(document: &Value, schema: &Value, prefix: &str, names: &mut Vec<String>, depth: usize) {
    let schema = resolve(document, schema);
    let fields = schema.get("required").and_then(Value::as_array);
    for name in fields.into_iter().flatten().filter_map(Value::as_str) {
        let path = format!("{prefix}{name}");
        let Some(field) = property(document, schema, name) else {
            continue;
        };
        if has_type(resolve(document, field), "object") && depth > 0 {
            required(document, field, &format!("{path}."), names, depth - 1);
        } else {
            names.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patients::NewPatient;
    use crate::platform::error::Error;
    use crate::platform::http::schemas::document_of;
    use crate::volunteers::NewVolunteer;

    fn header(names: &[&str]) -> Result<Columns> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Shape::new(vec![document_of::<NewPatient>()?]).read_header(&names)
    }

    #[test]
    fn fields_are_put_where_the_contract_has_them() {
        let columns = header(&[
            "Name.given",
            "name.family",
            "telephones.2.number",
            "telephones.2.label",
            "cpr",
            "address.lines",
            "protected",
            "telephone",
        ])
        .unwrap();
        let row = columns
            .build(&[
                "Anna",
                "Prøvesen",
                "32105432",
                "home",
                "070761-4285",
                "Vej 1| 2. sal",
                "Ja",
                "",
            ])
            .unwrap();
        assert_eq!(
            row.value,
            json!({
                "name": {"given": "Anna", "family": "Prøvesen"},
                "telephones": [{"number": "32105432", "label": "home"}],
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
                "address": {"lines": ["Vej 1", "2. sal"]}, "protected": true,
            })
        );
        let shape = Shape::new(vec![document_of::<NewPatient>().unwrap()]);
        let at = |pointer| columns.at(&shape, &row, pointer);
        assert_eq!(
            at("/telephones/0/number").as_deref(),
            Some("telephones.2.number")
        );
        assert_eq!(at("/identifiers/0/value").as_deref(), Some("cpr"));
        assert_eq!(at("/address").as_deref(), Some("address.lines"));
        assert_eq!(at("/address/city").as_deref(), Some("address.lines"));
        assert_eq!(at("/birthDate").as_deref(), Some("birthDate"));
        assert_eq!(at(""), None);
    }

    #[test]
    fn everything_wrong_with_a_header_is_named_and_nothing_of_it_repeated() {
        let error = header(&[
            "name.given",
            "Zebrinette",
            "name.given",
            "telephones.9.number",
        ])
        .unwrap_err();
        let Error::Problem(problem) = error else {
            panic!()
        };
        let found: Vec<(&str, &str)> = problem
            .errors
            .iter()
            .map(|error| (error.pointer.as_str(), error.code))
            .collect();
        assert_eq!(
            found,
            [
                ("column 2", "unknownColumn"),
                ("column 3", "duplicateColumn"),
                ("column 4", "unknownColumn"),
                ("line 1", "missingColumn"),
            ]
        );
        assert!(!format!("{problem:?}").contains("Zebrinette"));
        let Error::Problem(problem) = header(&["Anna", "Prøvesen"]).unwrap_err() else {
            panic!()
        };
        assert_eq!(problem.errors[0].code, "headerMissing");
    }

    #[test]
    fn lists_of_words_are_one_column() {
        let shape = Shape::new(vec![document_of::<NewVolunteer>().unwrap()]);
        let names = [
            "programmeId",
            "name.given",
            "name.family",
            "subtypes",
            "languages",
            "capacityPerWeek",
        ];
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let columns = shape.read_header(&names).unwrap();
        let row = columns
            .build(&[
                "x",
                "Birgit",
                "P",
                "patientSupporter|parentSupporter",
                "da",
                "3",
            ])
            .unwrap();
        assert_eq!(
            row.value["subtypes"],
            json!(["patientSupporter", "parentSupporter"])
        );
        assert_eq!(row.value["capacityPerWeek"], json!(3));
        assert!(shape.describe("subtypes").contains("separated by |"));
    }
}
