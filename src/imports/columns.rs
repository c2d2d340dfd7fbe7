//! Columns of a CSV file, by the contract's own schemas.
//!
//! A column is named by the path of its field: names joined by dots, items of a list by their
//! number from 1 (`telephones.1.number`). A list of plain words is one column, its items separated
//! by `|`. Where a person's `identifiers` or `identifier` stands, `cpr` and `personnummer` are
//! columns of their own, and `telephone` where `telephones` stand. An empty field says nothing.

use serde_json::{Map, Value};

use super::building::{Building, Built};
use super::model::RowProblem;
use super::paths::{
    Leaf, SHORT, Target, Token, description, dotted, is_named_in, required, target,
};
use super::split::refuse;
use crate::platform::error::{FieldError, Result};

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

    /// Whether a field anywhere in them is called so.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        self.documents
            .iter()
            .any(|document| is_named_in(document, name))
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
    #[must_use]
    pub fn required(&self) -> Vec<String> {
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
                let known = shape.target(&name).is_some() || shape.required().contains(&name);
                known.then_some(name)
            }
        }
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
