//! The operations of the OpenAPI document, as something that a test can walk over and call.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use brobygger::platform::http::openapi;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::caller::Caller;

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: String,
    /// Upper case.
    pub method: String,
    /// The template, below `/v1`.
    pub path: String,
    /// The names in the path, in order.
    pub path_parameters: Vec<String>,
    /// The scopes it needs; none where it is public.
    pub scopes: Vec<String>,
    /// The operation as it stands in the document.
    pub value: Value,
}

/// The document, made once.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(openapi::document)
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, value) in methods.as_object().unwrap() {
            all.push(Operation {
                id: value["operationId"].as_str().unwrap_or_default().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                path_parameters: path
                    .split('/')
                    .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                    .map(str::to_owned)
                    .collect(),
                scopes: scopes(value),
                value: value.clone(),
            });
        }
    }
    all
}

fn scopes(value: &Value) -> Vec<String> {
    value["security"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|need| need["oauth2"].as_array())
        .flatten()
        .map(|scope| scope.as_str().unwrap().to_owned())
        .collect()
}

impl Operation {
    pub fn is_public(&self) -> bool {
        self.scopes.is_empty()
    }

    /// The path with these ids in it; fresh ones where none is known.
    pub fn filled(&self, ids: &BTreeMap<String, Uuid>) -> String {
        let mut path = self.path.clone();
        for name in &self.path_parameters {
            let id = ids.get(name).copied().unwrap_or_else(Uuid::now_v7);
            path = path.replace(&format!("{{{name}}}"), &id.to_string());
        }
        // What a query must have.
        let query: Vec<String> = self
            .parameters()
            .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap();
                let id = ids.get(name).copied().unwrap_or_else(Uuid::now_v7);
                // A parameter may bring an example of its own.
                let example = parameter.get("example").filter(|_| !ids.contains_key(name));
                let schema = match example {
                    Some(example) => serde_json::json!({"example": example}),
                    None => resolve(&parameter["schema"]).clone(),
                };
                format!("{name}={}", query_value(&schema, id))
            })
            // A stream ends when there is nothing more to send.
            .chain(self.streams().then(|| "wait=0".to_owned()))
            .collect();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }

    /// Whether it answers with events as they come.
    fn streams(&self) -> bool {
        self.value
            .pointer("/responses/200/content/text~1event-stream")
            .is_some()
    }

    /// Its parameters, references followed.
    pub fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(resolve)
    }

    /// The schema and the example of its JSON request body.
    pub fn json_body(&self) -> Option<(&Value, &Value)> {
        let media = self
            .value
            .pointer("/requestBody/content/application~1json")?;
        Some((&media["schema"], &media["example"]))
    }

    /// Media type and example of its request body, where that is no JSON.
    pub fn file_body(&self) -> Option<(&str, &str)> {
        let content = self.value.pointer("/requestBody/content")?.as_object()?;
        content
            .iter()
            .find_map(|(media, content)| Some((media.as_str(), content["example"].as_str()?)))
    }

    /// Calls it with the example of the document as its body.
    pub fn call(&self, caller: &Caller, ids: &BTreeMap<String, Uuid>) -> Answer {
        let body = self.json_body().map(|(_, example)| example.clone());
        self.call_with(caller, ids, &[], body.as_ref())
    }

    /// Calls it with headers and a body of one's own.
    pub fn call_with(
        &self,
        caller: &Caller,
        ids: &BTreeMap<String, Uuid>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut headers = headers.to_vec();
        if matches!(&*self.method, "PATCH" | "PUT" | "DELETE")
            && !headers.iter().any(|(name, _)| *name == "if-match")
        {
            headers.push(("if-match", "*"));
        }
        if let (None, None, Some((media, file))) = (body, self.json_body(), self.file_body()) {
            headers.push(("content-type", media));
            let path = format!("/v1{}", self.filled(ids));
            return caller.raw(&self.method, &path, &headers, file.as_bytes());
        }
        caller.send(&self.method, &self.filled(ids), &headers, body)
    }
}

/// Something that a query parameter of this schema accepts.
fn query_value(schema: &Value, id: Uuid) -> String {
    if let Some(example) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return example.as_str().map_or(example.to_string(), str::to_owned);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (_, Some("uuid")) => id.to_string(),
        (_, Some("date")) => "2026-03-27".to_owned(),
        (_, Some("date-time")) => "2026-03-27T09:15:00Z".to_owned(),
        (Some("integer"), _) => "1".to_owned(),
        (Some("boolean"), _) => "true".to_owned(),
        _ => "text".to_owned(),
    }
}

/// What a `$ref` points to; the value itself where it is none.
pub fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => document()
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} points nowhere")),
        None => value,
    }
}

/// Calls `visit` with every value in `value`, and its pointer.
pub fn walk<'a>(value: &'a Value, pointer: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(pointer, value);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(value, &format!("{pointer}/{key}"), visit);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// A validator for a schema of the document.
pub fn validator(schema: &Value) -> jsonschema::Validator {
    let mut whole = serde_json::json!({"components": document()["components"]});
    whole["allOf"] = serde_json::json!([schema]);
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap()
}
