//! Who calls.

use serde_json::Value;

use super::answer::Answer;

/// Somebody with a token, or without one.
#[derive(Clone)]
pub struct Caller {
    pub base: String,
    pub token: Option<String>,
    pub agent: ureq::Agent,
}

impl Caller {
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body))
    }

    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send("POST", path, headers, Some(body))
    }

    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("if-match", etag)], Some(body))
    }

    pub fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send("DELETE", path, &[("if-match", etag)], None)
    }

    /// Any request below `/v1` with a JSON body.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut headers = headers.to_vec();
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", "application/json"));
        }
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap());
        self.raw(
            method,
            &format!("/v1{path}"),
            &headers,
            bytes.as_deref().unwrap_or_default(),
        )
    }

    /// Any request at all.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.to_vec()).unwrap();
        let mut response = self
            .agent
            .run(request)
            .unwrap_or_else(|error| panic!("{method} {}{path}: {error}", self.base));
        Answer {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: response
                .body_mut()
                .with_config()
                .limit(50_000_000)
                .read_to_vec()
                .unwrap(),
            request: format!("{method} {path}"),
        }
    }
}
