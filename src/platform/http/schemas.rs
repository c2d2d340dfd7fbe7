//! The contract, enforced: bodies and queries are checked against the very schemas that the
//! OpenAPI document publishes, and everything that does not fit is named at once.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Parameter;
use utoipa::{IntoParams, ToSchema};

use super::json::pointer_token;
use crate::platform::error::{Error, FieldError, Result};

/// Compiled schemas by the type that has them, compiled when first needed.
#[derive(Default)]
pub struct Schemas {
    compiled: RwLock<HashMap<TypeId, Arc<Schema>>>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schemas")
    }
}

/// One compiled schema.
pub struct Schema {
    validator: Validator,
    /// For queries: the parameters, and whether each is a list, a number or text.
    parameters: Vec<(String, Shape)>,
}

/// How the text of a query parameter is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Integer,
    Boolean,
    List,
}

impl Schemas {
    /// The schema of a body.
    pub fn body<T: ToSchema + 'static>(&self) -> Result<Arc<Schema>> {
        self.get_or_compile(TypeId::of::<T>(), || {
            Ok(Schema {
                validator: compile(&document_of::<T>()?)?,
                parameters: Vec::new(),
            })
        })
    }

    /// The schema of a query.
    pub fn query<T: IntoParams + 'static>(&self, components: &Value) -> Result<Arc<Schema>> {
        self.get_or_compile(TypeId::of::<T>(), || {
            let mut properties = Map::new();
            let mut required = Vec::new();
            let mut parameters = Vec::new();
            for parameter in T::into_params(|| None) {
                let Parameter { name, schema, .. } = &parameter;
                let schema = schema.as_ref().map_or(Ok(json!({})), to_value)?;
                parameters.push((name.clone(), shape(&schema, components)));
                if parameter.required == utoipa::openapi::Required::True {
                    required.push(Value::from(name.clone()));
                }
                properties.insert(name.clone(), schema);
            }
            Ok(Schema {
                validator: compile(&json!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                    "components": components,
                }))?,
                parameters,
            })
        })
    }

    fn get_or_compile(
        &self,
        key: TypeId,
        compile: impl FnOnce() -> Result<Schema>,
    ) -> Result<Arc<Schema>> {
        let known = self
            .compiled
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(schema) = known {
            return Ok(schema);
        }
        let schema = Arc::new(compile()?);
        self.compiled
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, Arc::clone(&schema));
        Ok(schema)
    }
}

impl Schema {
    /// Everything that does not fit, by JSON Pointer.
    #[must_use]
    pub fn check(&self, value: &Value) -> Vec<FieldError> {
        let mut found = Vec::new();
        for error in self.validator.iter_errors(value) {
            explain(&error, &mut found);
        }
        found.dedup();
        found
    }

    /// Reads the pairs of a query as the object that the schema describes. What cannot be read
    /// as a number or boolean stays text, so that the check names it.
    pub fn read_query(&self, query: &str) -> Result<Value> {
        let mut object = Map::new();
        let mut twice = Vec::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let shape = self
                .parameters
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(Shape::Text, |(_, shape)| *shape);
            let text = text.into_owned();
            match shape {
                Shape::List => {
                    if let Value::Array(list) = object
                        .entry(name.into_owned())
                        .or_insert_with(|| Value::Array(Vec::new()))
                    {
                        list.push(text.into());
                    }
                    continue;
                }
                _ if object.contains_key(name.as_ref()) => {
                    twice.push(FieldError::new(
                        format!("?{}", pointer_token(&name)),
                        "duplicateField",
                        "is sent more than once",
                    ));
                    continue;
                }
                _ => {}
            }
            let value = match shape {
                Shape::Integer => text.parse::<i64>().map_or(Value::from(text), Value::from),
                Shape::Boolean => text.parse::<bool>().map_or(Value::from(text), Value::from),
                Shape::Text | Shape::List => Value::from(text),
            };
            object.insert(name.into_owned(), value);
        }
        if twice.is_empty() {
            Ok(Value::Object(object))
        } else {
            Err(Error::invalid(twice))
        }
    }
}

/// The schema of `T` as JSON, with everything that it refers to.
pub fn document_of<T: ToSchema>() -> Result<Value> {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    parts.push((T::name().into_owned(), T::schema()));
    let components: Map<String, Value> = parts
        .into_iter()
        .map(|(name, schema)| Ok((name, to_value(&schema)?)))
        .collect::<Result<_>>()?;
    Ok(json!({
        "$ref": format!("#/components/schemas/{}", T::name()),
        "components": {"schemas": components},
    }))
}

fn to_value(schema: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(schema).map_err(Error::internal)
}

fn compile(schema: &Value) -> Result<Validator> {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| Error::internal(format_args!("a schema does not compile: {error}")))
}

fn shape(schema: &Value, components: &Value) -> Shape {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference
            .strip_prefix("#/components")
            .and_then(|pointer| components.pointer(pointer));
        return target.map_or(Shape::Text, |target| shape(target, components));
    }
    let has = |word: &str| match schema.get("type") {
        Some(Value::String(kind)) => kind == word,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == word),
        _ => false,
    };
    if has("array") {
        Shape::List
    } else if has("integer") {
        Shape::Integer
    } else if has("boolean") {
        Shape::Boolean
    } else if let Some(branches) = schema.get("oneOf").and_then(Value::as_array) {
        branches
            .iter()
            .map(|branch| shape(branch, components))
            .find(|shape| *shape != Shape::Text)
            .unwrap_or(Shape::Text)
    } else {
        Shape::Text
    }
}

/// Turns a schema error into our words. Values are never repeated.
fn explain(error: &ValidationError<'_>, found: &mut Vec<FieldError>) {
    let pointer = error.instance_path().to_string();
    let below = |key: &str| format!("{pointer}/{}", pointer_token(key));
    let mut push =
        |code, detail: String| found.push(FieldError::new(pointer.clone(), code, detail));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(FieldError::new(below(name), "required", "is required"));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                found.push(FieldError::new(
                    below(name),
                    "unknownField",
                    "is not a field here",
                ));
            }
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            // `oneOf: [null, T]` is how an optional T is written: what T says is what matters.
            let branch = context.iter().find(|branch| {
                !branch.iter().any(|error| {
                    matches!(error.kind(), ValidationErrorKind::Type { kind }
                        if format!("{kind:?}").contains("Null"))
                })
            });
            match branch {
                Some(errors) if !errors.is_empty() => {
                    for error in errors {
                        explain(error, found);
                    }
                }
                _ => push("invalid", "fits none of the forms allowed here".to_owned()),
            }
        }
        ValidationErrorKind::Type { .. } => {
            push("wrongType", expected(error, "has the wrong type"))
        }
        ValidationErrorKind::Enum { options } => {
            push("unknownValue", format!("must be one of {options}"));
        }
        ValidationErrorKind::Format { format } => push("invalidFormat", format_words(format)),
        ValidationErrorKind::Pattern { .. } => push(
            "invalidFormat",
            "does not have the form that the contract describes".to_owned(),
        ),
        ValidationErrorKind::MaxLength { limit } => {
            push("tooLong", format!("must have at most {limit} characters"));
        }
        ValidationErrorKind::MinLength { limit } => {
            push("tooShort", format!("must have at least {limit} characters"));
        }
        ValidationErrorKind::MaxItems { limit } => {
            push("tooMany", format!("must have at most {limit} items"));
        }
        ValidationErrorKind::MinItems { limit } => {
            push("tooFew", format!("must have at least {limit} items"));
        }
        ValidationErrorKind::Maximum { limit } => {
            push("tooLarge", format!("must be at most {limit}"))
        }
        ValidationErrorKind::Minimum { limit } => {
            push("tooSmall", format!("must be at least {limit}"))
        }
        ValidationErrorKind::UniqueItems => push("duplicateItem", "has an item twice".to_owned()),
        other => push("invalid", format!("breaks the rule {}", other.keyword())),
    }
}

fn expected(error: &ValidationError<'_>, otherwise: &str) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            let kinds = format!("{kind:?}").to_lowercase();
            let words: Vec<&str> = [
                "string", "integer", "number", "boolean", "array", "object", "null",
            ]
            .into_iter()
            .filter(|word| kinds.contains(word))
            .collect();
            format!("must be of type {}", words.join(" or "))
        }
        _ => otherwise.to_owned(),
    }
}

fn format_words(format: &str) -> String {
    match format {
        "date" => "must be a date that exists, YYYY-MM-DD".to_owned(),
        "date-time" => {
            "must be a date and time that exists, with offset, as in 2026-03-27T09:15:00+01:00"
                .to_owned()
        }
        "uuid" => "must be an id (UUID)".to_owned(),
        other => format!("must be a valid {other}"),
    }
}
