//! What the service answered.

use serde_json::Value;

/// An answer. Look at it: `expect` checks the status, `problem` the problem's code.
#[must_use]
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Method and path, for messages.
    pub request: String,
}

impl Answer {
    /// The JSON body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self.json()
    }

    /// Checks the status, and that the body is the problem document of `code`.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}: {problem}", self.request);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["requestId"].as_str(), self.header("request-id"));
        problem
    }

    /// The pointers and codes of a 400, in order.
    #[track_caller]
    pub fn field_errors(self) -> Vec<(String, String)> {
        let problem = self.problem(400, "invalidRequest");
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| {
                (
                    error["pointer"].as_str().unwrap().to_owned(),
                    error["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.request, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether `what` stands in the body outside of ids.
    pub fn tells(&self, what: &str) -> bool {
        tells(&self.text(), what)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The ETag, which must be there.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }
}

/// Whether `what` stands in the text outside of ids, which are random: any four digits stand in
/// one of them now and then.
pub fn tells(text: &str, what: &str) -> bool {
    let mut said = text.to_owned();
    for id in text
        .split(|c: char| !c.is_ascii_hexdigit() && c != '-')
        .filter(|piece| piece.len() == 36 && uuid::Uuid::try_parse(piece).is_ok())
    {
        said = said.replace(id, " ");
    }
    said.contains(what)
}
