//! The way through a schema of the contract along the name of a column.

use serde_json::Value;

/// How the text of a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Text,
    Integer,
    Number,
    Boolean,
    /// Plain words separated by `|`.
    Words,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    Name(String),
    /// The item of a list, from 1.
    Item(usize),
}

/// Where the text of a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Field(Vec<Token>, Leaf),
    /// An identity number of this system, as an item of `identifiers` below the path.
    Listed(Vec<Token>, &'static str),
    /// An identity number of this system, as the `identifier` below the path.
    Single(Vec<Token>, &'static str),
    /// A telephone, as an item of `telephones` below the path.
    Telephone(Vec<Token>),
}

/// Columns that stand for an identity number of a system.
pub(super) const SHORT: [(&str, &str); 2] = [
    ("cpr", "urn:oid:1.2.208.176.1.2"),
    (
        "personnummer",
        "http://electronichealth.se/identifier/personnummer",
    ),
];

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

pub(super) fn target(document: &Value, name: &str) -> Option<Target> {
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

pub(super) fn description(document: &Value, tokens: &[Token]) -> Option<String> {
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

pub(super) fn required(
    document: &Value,
    schema: &Value,
    prefix: &str,
    names: &mut Vec<String>,
    depth: usize,
) {
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

/// Whether a field anywhere in a schema is called so.
pub(super) fn is_named_in(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(parts) => {
            parts
                .get("properties")
                .is_some_and(|fields| fields.get(name).is_some())
                || parts.values().any(|part| is_named_in(part, name))
        }
        Value::Array(parts) => parts.iter().any(|part| is_named_in(part, name)),
        _ => false,
    }
}

/// The name of a path.
pub(super) fn dotted(tokens: &[Token]) -> String {
    let parts: Vec<String> = tokens
        .iter()
        .map(|token| match token {
            Token::Name(name) => name.clone(),
            Token::Item(number) => number.to_string(),
        })
        .collect();
    parts.join(".")
}
