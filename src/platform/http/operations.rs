//! What the running service must know of the contract: operations by route for logs, audit rows,
//! 405, 406 and the check for unknown query parameters; the document's bytes; its schemas.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Bytes;
use serde_json::{Map, Value, json};

use crate::platform::error::{Error, Result};

/// The operations of the contract, by route.
#[derive(Debug)]
pub struct Operations {
    /// By the pattern of the path, as the router names it.
    routes: HashMap<String, Vec<Operation>>,
    /// `components` with the schemas that query parameters refer to, and no others.
    components: Value,
    document: Bytes,
}

#[derive(Debug)]
struct Operation {
    method: Method,
    id: Arc<str>,
    /// The names of its query parameters.
    query: Vec<String>,
    /// Whether a body is sent with it.
    takes_body: bool,
    /// What it answers with: JSON, or something else instead or besides.
    media: Vec<String>,
}

impl Operation {
    fn read(document: &Value, method: &str, operation: &Value) -> Result<Self> {
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .ok_or_else(|| Error::internal("an operation without id"))?;
        let query = operation
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|parameter| resolve(document, parameter))
            .filter(|parameter| parameter.get("in") == Some(&"query".into()))
            .filter_map(|parameter| parameter.get("name")?.as_str().map(str::to_owned))
            .collect();
        let media = operation
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2'))
            .filter_map(|(_, response)| response.get("content")?.as_object())
            .flat_map(|content| content.keys().cloned())
            .collect();
        Ok(Self {
            method: Method::from_bytes(method.to_ascii_uppercase().as_bytes())
                .map_err(Error::internal)?,
            id: id.into(),
            query,
            takes_body: operation.get("requestBody").is_some(),
            media,
        })
    }
}

impl Operations {
    /// Reads them from the document.
    pub fn new(document: &Value) -> Result<Self> {
        let mut routes = HashMap::new();
        let mut schemas = Map::new();
        let paths = document
            .get("paths")
            .and_then(Value::as_object)
            .ok_or_else(|| Error::internal("the document has no paths"))?;
        for (path, operations) in paths {
            for parameter in operations
                .as_object()
                .into_iter()
                .flat_map(Map::values)
                .filter_map(|operation| operation.get("parameters"))
            {
                collect(document, parameter, &mut schemas);
            }
            let operations = operations
                .as_object()
                .into_iter()
                .flatten()
                .map(|(method, operation)| Operation::read(document, method, operation))
                .collect::<Result<Vec<_>>>()?;
            routes.insert(format!("/v1{path}"), operations);
        }
        Ok(Self {
            routes,
            document: serde_json::to_vec(document)
                .map_err(Error::internal)?
                .into(),
            components: json!({ "schemas": schemas }),
        })
    }

    fn find(&self, method: &Method, pattern: &str) -> Option<&Operation> {
        let operations = self.routes.get(pattern)?;
        operations.iter().find(|known| known.method == *method)
    }

    /// The operationId of a route.
    #[must_use]
    pub fn id_of(&self, method: &Method, pattern: &str) -> Option<Arc<str>> {
        self.find(method, pattern)
            .map(|operation| Arc::clone(&operation.id))
    }

    /// Whether a route has this query parameter.
    #[must_use]
    pub fn has_query(&self, method: &Method, pattern: &str, name: &str) -> bool {
        self.find(method, pattern)
            .is_some_and(|operation| operation.query.iter().any(|known| known == name))
    }

    /// Whether a body is sent to a route.
    #[must_use]
    pub fn takes_body(&self, method: &Method, pattern: &str) -> bool {
        self.find(method, pattern)
            .is_some_and(|operation| operation.takes_body)
    }

    /// The document as it is served.
    #[must_use]
    pub fn document(&self) -> Bytes {
        self.document.clone()
    }

    /// The components of the document that schemas of queries refer to.
    #[must_use]
    pub fn components(&self) -> &Value {
        &self.components
    }

    /// Whether the operation at this path answers with what the media range names
    /// (`text/csv`, `text/*`; RFC 9110, section 12.5.1).
    #[must_use]
    pub fn answers(&self, method: &Method, path: &str, range: &str) -> bool {
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        let fits = |media: &str| match range.strip_suffix('*') {
            Some(kind) => media.starts_with(kind),
            None => media == range,
        };
        self.at(path)
            .filter(|operation| operation.method == *method)
            .any(|operation| operation.media.iter().any(|media| fits(media)))
    }

    /// Whether a path is one of the contract as it stands, without anything filled in:
    /// `/v1/patients/search` is no patient.
    #[must_use]
    pub fn is_literal(&self, path: &str) -> bool {
        self.routes.contains_key(path)
    }

    /// The methods that a path has, for `Allow`. Empty where there is no such path.
    #[must_use]
    pub fn methods_of(&self, path: &str) -> String {
        let mut methods: Vec<&str> = self
            .at(path)
            .map(|operation| operation.method.as_str())
            .collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.join(", ")
    }

    /// The operations that a path has.
    fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Operation> {
        let literal = self.is_literal(path);
        self.routes
            .iter()
            .filter(move |(pattern, _)| {
                if literal {
                    *pattern == path
                } else {
                    fits(pattern, path)
                }
            })
            .flat_map(|(_, operations)| operations)
    }
}

/// Whether a path is a pattern with something filled in.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut left, mut right) = (pattern.split('/'), path.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right))
                if left == right || (left.starts_with('{') && !right.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Gathers the schemas that a part of the document refers to, and those that these refer to.
fn collect(document: &Value, part: &Value, schemas: &mut Map<String, Value>) {
    match part {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(document, item, schemas)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("$ref", Some(reference)) => {
                        let target = resolve(document, part);
                        if let Some(name) = reference.strip_prefix("#/components/schemas/") {
                            if schemas.contains_key(name) {
                                continue;
                            }
                            schemas.insert(name.to_owned(), target.clone());
                        }
                        if target != part {
                            collect(document, target, schemas);
                        }
                    }
                    _ => collect(document, value, schemas),
                }
            }
        }
        _ => {}
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.trim_start_matches('#')))
        .unwrap_or(value)
}
