//! Which steps a document and its versions take (HAL-6). Pure.

use super::model::{
    GoverningDocumentState, GoverningVersionChange, GoverningVersionContent, GoverningVersionState,
};
use crate::platform::crypto::sha256;
use crate::platform::error::{Error, Result};

/// What is withdrawn gets no new versions.
pub fn check_open(state: GoverningDocumentState) -> Result<()> {
    match state {
        GoverningDocumentState::Draft | GoverningDocumentState::Valid => Ok(()),
        GoverningDocumentState::Withdrawn => Err(Error::state(
            "The document has been withdrawn.",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// Only what is valid is withdrawn.
pub fn check_valid(state: GoverningDocumentState) -> Result<()> {
    match state {
        GoverningDocumentState::Valid => Ok(()),
        GoverningDocumentState::Draft => Err(Error::state(
            "Nothing of the document was approved yet: there is nothing to withdraw.",
            state,
            ["version", "approval"],
        )),
        GoverningDocumentState::Withdrawn => check_open(state),
    }
}

/// Only a draft is changed and approved.
pub fn check_draft(state: GoverningVersionState) -> Result<()> {
    match state {
        GoverningVersionState::Draft => Ok(()),
        GoverningVersionState::Valid
        | GoverningVersionState::Superseded
        | GoverningVersionState::Withdrawn => Err(Error::state(
            "What was approved does not change: a correction is a new version (HAL-6).",
            state,
            std::iter::empty::<&str>(),
        )),
    }
}

/// A draft with a change.
#[must_use]
pub fn changed(
    content: &GoverningVersionContent,
    change: &GoverningVersionChange,
) -> GoverningVersionContent {
    let mut content = content.clone();
    if let Some(title) = &change.title {
        content.title = title.clone();
    }
    if let Some(text) = &change.text {
        content.text = text.clone();
    }
    if let Some(author) = &change.main_author {
        content.main_author = author.clone();
    }
    if let Some(editor) = &change.editor {
        content.editor = editor.clone();
    }
    if let Some(applies_to) = &change.applies_to {
        content.applies_to = applies_to.clone();
    }
    if let Some(keywords) = &change.keywords {
        content.keywords.clone_from(keywords);
    }
    if let Some(news) = &change.change {
        content.change.clone_from(news);
    }
    if let Some(review_on) = change.review_on {
        content.review_on = review_on;
    }
    content
}

/// SHA-256 of what a version says, in hexadecimal. Fields are hashed one by one, each with its length.
#[must_use]
pub fn digest(content: &GoverningVersionContent) -> String {
    let review_on = content.review_on.map(|day| day.to_string());
    let mut parts: Vec<&[u8]> = vec![
        content.title.as_str().as_bytes(),
        content.text.as_str().as_bytes(),
        content.main_author.as_str().as_bytes(),
        content.editor.as_str().as_bytes(),
        content.applies_to.as_str().as_bytes(),
        content
            .change
            .as_ref()
            .map_or("", |text| text.as_str())
            .as_bytes(),
        review_on.as_deref().unwrap_or_default().as_bytes(),
    ];
    parts.extend(content.keywords.iter().map(|word| word.as_str().as_bytes()));
    let hash = sha256(&parts);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hal_6_what_was_approved_does_not_change() {
        for state in GoverningVersionState::ALL {
            assert_eq!(
                check_draft(*state).is_ok(),
                *state == GoverningVersionState::Draft
            );
        }
        for state in GoverningDocumentState::ALL {
            assert_eq!(
                check_valid(*state).is_ok(),
                *state == GoverningDocumentState::Valid
            );
            assert_eq!(
                check_open(*state).is_ok(),
                *state != GoverningDocumentState::Withdrawn
            );
        }
    }

    #[test]
    fn hal_6_another_text_is_another_digest() {
        let content = GoverningVersionContent {
            title: "a".into(),
            text: "b".into(),
            main_author: "c".into(),
            editor: "d".into(),
            applies_to: "e".into(),
            keywords: vec!["f".into(), "g".into()],
            change: None,
            review_on: None,
        };
        let other = |change: serde_json::Value| {
            digest(&changed(&content, &serde_json::from_value(change).unwrap()))
        };
        assert_eq!(other(serde_json::json!({})), digest(&content));
        for change in [
            serde_json::json!({"text": "B"}),
            serde_json::json!({"keywords": ["fg"]}),
            serde_json::json!({"title": "ab"}),
            serde_json::json!({"reviewOn": "2027-01-01"}),
        ] {
            assert_ne!(other(change.clone()), digest(&content), "{change}");
        }
    }
}
